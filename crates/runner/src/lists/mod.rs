//! Lists: reads them page by page, as a whole, sorted, and as the entries of a dropdown.

mod decimal;
mod end_guard;
#[cfg(test)]
pub(crate) mod fixtures;
mod increasing_ids;
mod keyed_page;
mod local_sort;
mod numbered;
mod order;
pub(crate) mod page;
pub(crate) mod picklist;
mod position;
mod record_key;
mod records;
mod sequence;
mod sequential;
mod whole;

use pipefit_component::{Action, Code, Error, ListEndpoint, Paging, Request, Response, Result, Transport};

pub(crate) use self::decimal::Decimal;
pub(crate) use self::end_guard::EndGuard;
pub(crate) use self::local_sort::LocalSort;
use self::numbered::Numbered;
pub(crate) use self::order::check_order;
pub(crate) use self::page::{NewRecords, Page};
pub use self::position::{ListPage, ListPosition};
pub(crate) use self::position::{read_again, read_page};
pub(crate) use self::record_key::{Key, KeyReader};
pub use self::records::{RawRecord, RecordStream};
pub(crate) use self::records::{RecordSender, bad_form, send_records};
pub(crate) use self::sequence::Sequence;
pub(crate) use self::sequential::Sequential;
pub(crate) use self::whole::{Observer, not_written, read_all, write_line, write_records, write_reply};
pub use self::whole::{Progress, ReplyWriter};

/// The minimum page size of whole lists. Pages of fewer records cannot always overlap.
const MIN_PAGE_SIZE: u64 = 20;

/// Where the pages of a list come from: the transport, and the action that may convert responses.
#[derive(Clone, Copy)]
pub(crate) struct PageSource<'a> {
    pub(crate) transport: &'a dyn Transport,
    pub(crate) action: Option<&'a dyn Action>,
    /// What is told of the progress of a whole list.
    pub(crate) observer: Option<&'a Observer>,
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

/// The pages of a whole list, in order, each with the records that earlier pages did not contain.
pub(crate) enum Pages<'a> {
    Numbered(Box<Numbered<'a>>),
    Chained(Box<Sequential<'a>>),
}

impl<'a> Pages<'a> {
    /// Reads all records of the list, without gaps.
    pub(crate) fn all(source: PageSource<'a>, request: Request) -> Result<Self> {
        let list = list_of(&request)?;
        match list.paging {
            Paging::Numbered(paging) => Ok(Self::Numbered(Box::new(Numbered::new(source, request, list, paging)))),
            _ => Ok(Self::Chained(Box::new(Sequential::new(source, request)?))),
        }
    }

    /// Reads what comes after this position of the list, or all.
    fn after(source: PageSource<'a>, request: Request, position: Option<&ListPosition>) -> Result<Self> {
        let mut pages = Self::all(source, request)?;
        if let Some(position) = position {
            match &mut pages {
                Self::Numbered(pages) => pages.resume(position)?,
                Self::Chained(pages) => pages.resume(position)?,
            }
        }
        Ok(pages)
    }

    /// Where reading stands.
    fn position(&self) -> ListPosition {
        match self {
            Self::Numbered(pages) => pages.position(),
            Self::Chained(pages) => pages.position(),
        }
    }

    /// The request for the first page.
    pub(crate) fn first_request(&self) -> Request {
        match self {
            Self::Numbered(pages) => pages.first_request(),
            Self::Chained(pages) => pages.first_request(),
        }
    }

    /// Returns the new records of the next page, or `None` after the last page.
    pub(crate) async fn next(&mut self) -> Result<Option<NewRecords>> {
        match self {
            Self::Numbered(pages) => pages.next().await,
            Self::Chained(pages) => pages.next().await,
        }
    }

    /// The number of records of the whole list when reading began, if the service reports it.
    fn total(&self) -> Option<u64> {
        match self {
            Self::Numbered(pages) => pages.total(),
            Self::Chained(_) => None,
        }
    }

    /// The maximum number of records of a page.
    pub(crate) fn size(&self) -> u64 {
        match self {
            Self::Numbered(pages) => pages.size(),
            Self::Chained(pages) => pages.size(),
        }
    }
}

/// Returns half the size of a page that took too long, or `None` if the error is another or the page cannot be smaller.
fn halved(error: &Error, size: u64) -> Option<u64> {
    let half = Some(size / 2).filter(|half| error.code() == Code::Timeout && *half > 0)?;
    tracing::info!(target: "pipefit::pages", "{error}; reducing the page size to {half}");
    Some(half)
}

/// Returns the list that a request reads. Fails if it reads none.
pub(crate) fn list_of(request: &Request) -> Result<&'static ListEndpoint> {
    request.list.ok_or_else(|| Error::internal("the request does not read a list"))
}

/// Removes the paging parameters from the query of a request. Returns the requested page size or, without a valid one,
/// the largest; but at least [`MIN_PAGE_SIZE`], as far as the service allows.
fn take_size(request: &mut Request, list: &ListEndpoint) -> u64 {
    let (parameter, max_size) = (list.paging.size_parameter(), list.paging.max_size());
    let requested = request.query.iter().find(|(name, _)| name == parameter).and_then(|(_, size)| size.parse().ok());
    let paging = list.paging.parameters();
    request.query.retain(|(name, _)| !paging.contains(&name.as_str()));
    requested.filter(|size| (1..=max_size).contains(size)).unwrap_or(max_size).max(MIN_PAGE_SIZE.min(max_size))
}
