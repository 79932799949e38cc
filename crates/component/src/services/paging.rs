//! How a list is read page by page, and how a page is laid out.

/// How the pages of a list are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Paging {
    /// Pages are numbered: any of them can be asked for at any time.
    Numbered(NumberedPages),
    /// Each page leads to the next one.
    Chained(ChainedPages),
}

/// The query parameters and bounds of numbered pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NumberedPages {
    /// The parameter with the number of the page.
    pub number: &'static str,
    /// The number of the first page.
    pub first: u64,
    /// The parameter with the most records that a page may have.
    pub size: &'static str,
    /// The largest size that the service takes.
    pub max_size: u64,
    /// The size of a page if the request states none.
    pub default_size: u64,
    /// The parameter that asks for the total, by the value `true`.
    pub total: &'static str,
}

/// The query parameters and bounds of chained pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChainedPages {
    /// How a page leads to the next one.
    pub next: Next,
    /// The parameter with the most records that a page may have.
    pub size: &'static str,
    /// The largest size that the service takes.
    pub max_size: u64,
}

/// How a page leads to the next one. Without it, or with an empty one, the page is the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Next {
    /// A cursor, in the page's [`Next`](PageRole::Next) member, to send in this query parameter.
    Cursor(&'static str),
    /// The URL of the next page, in the page's [`Next`](PageRole::Next) member.
    Url,
    /// The URL of the next page, in a `Link` header with `rel="next"` (RFC 8288).
    LinkHeader,
}

impl Paging {
    /// The parameter with the most records that a page may have, and the largest value that it takes.
    pub fn size(&self) -> (&'static str, u64) {
        match self {
            Self::Numbered(pages) => (pages.size, pages.max_size),
            Self::Chained(pages) => (pages.size, pages.max_size),
        }
    }

    /// The query parameters that reading page by page decides.
    pub fn parameters(&self) -> Vec<&'static str> {
        match self {
            Self::Numbered(pages) => vec![pages.number, pages.size, pages.total],
            Self::Chained(ChainedPages { next: Next::Cursor(cursor), size, .. }) => vec![cursor, size],
            Self::Chained(pages) => vec![pages.size],
        }
    }
}

/// The members of a page, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageLayout(pub &'static [PageMember]);

/// One member of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageMember {
    /// The name of the member.
    pub name: &'static str,
    /// What the member says.
    pub role: PageRole,
    /// What the member says, for people.
    pub help: &'static str,
}

/// What a member of a page says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PageRole {
    /// The number of the page.
    Number,
    /// The most records that the page may have.
    Size,
    /// Whether there are more records.
    HasMore,
    /// How many records the whole list has; null if it was not asked for.
    Total,
    /// The cursor or the URL of the next page; null at the end.
    Next,
    /// The records.
    Records,
}

impl PageMember {
    /// A member of this name.
    pub const fn new(name: &'static str, role: PageRole, help: &'static str) -> Self {
        Self { name, role, help }
    }
}

impl PageLayout {
    /// The name of the member with this role, if a page has one.
    pub fn name_of(&self, role: PageRole) -> Option<&'static str> {
        self.0.iter().find(|member| member.role == role).map(|member| member.name)
    }
}
