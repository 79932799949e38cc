//! Lists: reading them page by page, whole, sorted, and as the entries of a dropdown.

mod chained;
mod local_sort;
mod numbered;
pub(crate) mod page;
pub(crate) mod picklist;
mod record_key;
mod whole;

use pipefit_component::{Action, Error, ListEndpoint, Paging, Request, Response, Result, Transport};

pub(crate) use self::chained::Chain;
use self::chained::Chained;
pub(crate) use self::local_sort::LocalSort;
use self::numbered::Numbered;
use self::page::NewRecords;
pub(crate) use self::page::Page;
pub(crate) use self::record_key::{Key, KeyReader};
pub use self::whole::Out;
pub(crate) use self::whole::{not_written, read_all, write_reply};

/// Where the pages of a list come from: the service, and then the action that may turn its responses.
#[derive(Clone, Copy)]
pub(crate) struct PageSource<'a> {
    pub(crate) transport: &'a dyn Transport,
    pub(crate) action: Option<&'a dyn Action>,
}

impl PageSource<'_> {
    async fn page(&self, request: &Request) -> Result<Response> {
        let outcome = self.transport.send(request).await;
        match self.action {
            Some(action) => action.reply(request, outcome),
            None => outcome,
        }
    }
}

/// The pages of a list, in order, each with the records that the pages before it did not hold.
pub(crate) enum Pages<'a> {
    Numbered(Box<Numbered<'a>>),
    Chained(Box<Chained<'a>>),
}

impl<'a> Pages<'a> {
    /// All records of the list that a request reads, without a gap.
    pub(crate) fn all(source: PageSource<'a>, request: Request) -> Result<Self> {
        let list = list_of(&request)?;
        match list.paging {
            Paging::Numbered(paging) => Ok(Self::Numbered(Box::new(Numbered::all(source, request, list, paging)))),
            Paging::Chained(paging) => Ok(Self::Chained(Box::new(Chained::new(source, request, list, paging)))),
            _ => Err(unknown_paging()),
        }
    }

    /// Records from the start, in the fewest calls; what changes meanwhile may shift the pages.
    pub(crate) fn few(source: PageSource<'a>, request: Request) -> Result<Self> {
        let list = list_of(&request)?;
        match list.paging {
            Paging::Numbered(paging) => Ok(Self::Numbered(Box::new(Numbered::few(source, request, list, paging)))),
            Paging::Chained(paging) => Ok(Self::Chained(Box::new(Chained::new(source, request, list, paging)))),
            _ => Err(unknown_paging()),
        }
    }

    /// The request for the first page.
    pub(crate) fn first_request(&self) -> Request {
        match self {
            Self::Numbered(pages) => pages.first_request(),
            Self::Chained(pages) => pages.first_request(),
        }
    }

    /// The records of the next page that are new; `None` at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<NewRecords>> {
        match self {
            Self::Numbered(pages) => pages.next().await,
            Self::Chained(pages) => pages.next().await,
        }
    }

    /// The most records on a page.
    pub(crate) fn size(&self) -> u64 {
        match self {
            Self::Numbered(pages) => pages.size(),
            Self::Chained(pages) => pages.size(),
        }
    }

    /// Whether the service has more than was returned.
    pub(crate) fn has_more(&self) -> bool {
        match self {
            Self::Numbered(pages) => pages.has_more(),
            Self::Chained(pages) => pages.has_more(),
        }
    }
}

/// The list that a request reads. Fails if it reads none.
pub(crate) fn list_of(request: &Request) -> Result<&'static ListEndpoint> {
    request.list.ok_or_else(|| Error::internal("a list was read by a request that reads none"))
}

fn unknown_paging() -> Error {
    Error::internal("this runtime does not know how to read such pages")
}

/// Takes what reading page by page decides out of a request's query. Returns the size of a page that was asked for, or
/// the largest.
fn take_size(request: &mut Request, list: &ListEndpoint) -> u64 {
    let (parameter, most) = list.paging.size();
    let asked = request.query.iter().find(|(name, _)| name == parameter).and_then(|(_, size)| size.parse().ok());
    let decided = list.paging.parameters();
    request.query.retain(|(name, _)| !decided.contains(&name.as_str()));
    asked.filter(|size| (1..=most).contains(size)).unwrap_or(most)
}
