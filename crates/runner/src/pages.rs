//! Reads all pages of a list.

use pipefit_component::{Error, Paging, Reply, Request, Result, Transport};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::reply;

/// The records that were read, and whether the service has more.
pub(crate) struct Records {
    pub(crate) found: Vec<Box<RawValue>>,
    pub(crate) more: bool,
    /// How many records a page had.
    size: u64,
}

/// A whole list in the form of one page.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Whole {
    page: u64,
    page_size: u64,
    has_more: bool,
    total_count: usize,
    data: Vec<Box<RawValue>>,
}

/// Reads pages until the list ends, or `most` records are there.
pub(crate) async fn read(transport: &dyn Transport, mut request: Request, most: usize) -> Result<Records> {
    let Some(paging) = request.paging else { return Err(Error::internal("a list that says nothing of its pages")) };
    let size = size_of(&mut request, paging);
    let mut records: Vec<Box<RawValue>> = Vec::new();
    let mut number = paging.first;
    let mut last = None;
    loop {
        let mut one = request.clone();
        one.query.insert(0, (paging.page.to_owned(), number.to_string()));
        one.query.insert(1, (paging.size.to_owned(), size.to_string()));
        let body = transport.send(one).await?.body;
        let page = reply::page(&body)?;
        if page.has_more && (page.data.is_empty() || last.as_ref() == Some(&body)) {
            let message = format!("page {number} brings nothing new, yet the service says that there is more");
            return Err(reply::bad_reply(message));
        }
        let more = page.has_more;
        let room = most - records.len();
        let over = page.data.len() > room;
        records.extend(page.data.into_iter().take(room).map(ToOwned::to_owned));
        if !more || over || records.len() == most {
            return Ok(Records { found: records, more: more || over, size });
        }
        last = Some(body);
        number += 1;
    }
}

/// Reads all there is and answers it as one page.
pub(crate) async fn read_all(transport: &dyn Transport, request: Request) -> Result<Reply> {
    let Records { found, more, size } = read(transport, request, usize::MAX).await?;
    let whole = Whole { page: 1, page_size: size, has_more: more, total_count: found.len(), data: found };
    let body = serde_json::to_vec(&whole).map_err(|error| Error::internal(format!("a list: {error}")))?;
    Ok(Reply::new(body))
}

/// Takes the paging out of a request's query; answers the size of a page that was asked for, or the largest.
fn size_of(request: &mut Request, paging: Paging) -> u64 {
    let asked = request.query.iter().find(|(name, _)| name == paging.size).and_then(|(_, size)| size.parse().ok());
    request.query.retain(|(name, _)| ![paging.page, paging.size, paging.total].contains(&name.as_str()));
    asked.filter(|size| (1..=paging.most).contains(size)).unwrap_or(paging.most)
}
