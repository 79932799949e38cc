//! Paging: how a list is read page by page, and the layout of a page.

/// How the pages of a list are requested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Paging {
    /// Pages have numbers; any page can be requested at any time.
    Numbered(NumberedPages),
    /// Each page contains a cursor or a link to the next one.
    Chained(ChainedPages),
}

/// The query parameters and limits of numbered pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NumberedPages {
    /// The parameter with the number of the page.
    pub number: &'static str,
    /// The number of the first page.
    pub first: u64,
    /// The parameter with the maximum number of records of a page.
    pub size: &'static str,
    /// The largest size that the service allows.
    pub max_size: u64,
    /// The size of a page if the request states none.
    pub default_size: u64,
    /// The parameter that requests the total number of records, with the value `true`.
    pub total: &'static str,
}

/// The query parameters and limits of chained pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChainedPages {
    /// How a page leads to the next one.
    pub next: Next,
    /// The parameter with the maximum number of records of a page.
    pub size: &'static str,
    /// The largest size that the service allows.
    pub max_size: u64,
}

/// How a page refers to the next one. If the cursor or link is missing or empty, the page is the last one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Next {
    /// A cursor in the page's [`Next`](PageRole::Next) member, which is sent in this query parameter.
    Cursor(&'static str),
    /// The URL of the next page, in the page's [`Next`](PageRole::Next) member.
    Url,
    /// The URL of the next page, in a `Link` header with `rel="next"` (RFC 8288).
    LinkHeader,
}

impl Paging {
    /// Returns the parameter with the maximum number of records of a page.
    pub fn size_parameter(&self) -> &'static str {
        match self {
            Self::Numbered(pages) => pages.size,
            Self::Chained(pages) => pages.size,
        }
    }

    /// Returns the largest number of records of a page that the service allows.
    pub fn max_size(&self) -> u64 {
        match self {
            Self::Numbered(pages) => pages.max_size,
            Self::Chained(pages) => pages.max_size,
        }
    }

    /// Returns the query parameters that the runtime sets when it reads page by page.
    pub fn parameters(&self) -> Vec<&'static str> {
        match self {
            Self::Numbered(pages) => vec![pages.number, pages.size, pages.total],
            Self::Chained(ChainedPages { next: Next::Cursor(cursor), size, .. }) => vec![cursor, size],
            Self::Chained(pages) => vec![pages.size],
        }
    }
}

/// The members of a page, in the order of the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageLayout(pub &'static [PageMember]);

/// One member of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageMember {
    /// The name of the member; the names of nested members are joined by dots.
    pub name: &'static str,
    /// The meaning of the member.
    pub role: PageRole,
    /// The description of the member, for people.
    pub help: &'static str,
}

/// The meaning of a member of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PageRole {
    /// The number of the page.
    Number,
    /// The maximum number of records of a page.
    Size,
    /// Whether there are more records.
    HasMore,
    /// The number of records of the whole list; null if it was not requested.
    Total,
    /// The cursor or the URL of the next page; null on the last page.
    Next,
    /// The records.
    Records,
}

impl PageMember {
    /// Declares a member.
    pub const fn new(name: &'static str, role: PageRole, help: &'static str) -> Self {
        Self { name, role, help }
    }
}

impl PageLayout {
    /// Returns the name of the member with this role, if there is one.
    pub fn name_of(&self, role: PageRole) -> Option<&'static str> {
        self.0.iter().find(|member| member.role == role).map(|member| member.name)
    }
}
