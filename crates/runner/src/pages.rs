//! Reads all pages of a list, several at a time, while the list may change.
//!
//! Pages overlap: each begins among the records of the one before. Where the list has an order that new records only
//! ever extend, two pages that overlap leave no gap between them, whenever each was read; so every record that is
//! there from the first request to the last is answered, once, in that order. A record that is added or removed
//! meanwhile may be answered or not. Where pages do not meet, since more was removed than they overlap, reading goes
//! back and on from there. A list whose order is another one is joined by the records' own keys, which finds every
//! shift but not a record that moves from the part yet unread to the part already read.

use std::collections::{HashSet, VecDeque};
use std::ops::Range;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesOrdered, StreamExt};
use pipefit_component::{Code, Error, Paging, Reply, Request, Result, Transport};
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::io::{AsyncWrite, AsyncWriteExt};

use crate::reply;

/// The bytes of pages that may be under way at once.
const AHEAD: usize = 16 * 1024 * 1024;

/// The most pages that are under way at once.
const SIDE_BY_SIDE: usize = 8;

/// How many pages in a row may bring nothing new, while records come in before them.
const STALE: u32 = 3;

/// How often reading may go back before the list is said to change too fast.
const RETURNS: u32 = 50;

/// One page to ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Slice {
    /// Its number, counted from 1.
    number: u64,
    size: u64,
}

impl Slice {
    fn start(self) -> u64 {
        (self.number - 1) * self.size
    }

    fn end(self) -> u64 {
        self.number * self.size
    }

    /// The page of at most `most` records that goes furthest beyond `offset` and begins before it. Only where pages
    /// are tiny there may be none; then it is the page that begins there.
    fn overlapping(offset: u64, most: u64) -> Self {
        let sizes = (most / 2).max(1)..=most;
        let best = sizes.filter(|size| !offset.is_multiple_of(*size)).max_by_key(|size| size - offset % size);
        best.map_or_else(|| Self::after(offset, most), |size| Self { number: offset / size + 1, size })
    }

    /// The page of `most` records that holds the record at `offset`.
    fn after(offset: u64, most: u64) -> Self {
        Self { number: offset / most + 1, size: most }
    }
}

/// Records that were not there before, as they stand in the body of a page.
pub(crate) struct Fresh {
    body: Bytes,
    records: Vec<Range<usize>>,
}

impl Fresh {
    pub(crate) fn len(&self) -> usize {
        self.records.len()
    }

    /// All of them as they stand in the page: what stood side by side is one piece.
    pub(crate) fn pieces(&self) -> impl Iterator<Item = &[u8]> {
        let adjoin = |one: &Range<usize>, next: &Range<usize>| {
            self.body[one.end..next.start].iter().all(|byte| *byte == b',' || byte.is_ascii_whitespace())
        };
        self.records.chunk_by(adjoin).map(|run| match run {
            [] => &[][..],
            [first, .., last] => &self.body[first.start..last.end],
            [only] => &self.body[only.clone()],
        })
    }

    /// Each of them.
    pub(crate) fn each(&self) -> impl Iterator<Item = &[u8]> {
        self.records.iter().map(|range| &self.body[range.clone()])
    }

    pub(crate) fn truncate(&mut self, most: usize) {
        self.records.truncate(most);
    }
}

/// What identifies a record: the order of a list compares the numbers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Key {
    Number(i64),
    Text(Box<str>),
}

/// How pages are joined.
enum Joint {
    /// By an order that only grows: the last key that was answered.
    Growing(Option<i64>),
    /// By what was answered before.
    Known(HashSet<Key>),
    /// Not at all: the pages stand side by side.
    None,
}

/// A list that is read page by page.
pub(crate) struct Pages<'a> {
    transport: &'a dyn Transport,
    request: Request,
    paging: Paging,
    joint: Joint,
    /// The most records that a page may have.
    most: u64,
    /// How many records there are, by the service's account.
    total: Option<u64>,
    /// Up to where the list has been answered.
    covered: u64,
    /// Up to where pages have been asked for.
    planned: u64,
    /// The furthest that any answered page reached.
    reached: u64,
    ahead: FuturesOrdered<BoxFuture<'a, Result<Bytes>>>,
    slices: VecDeque<Slice>,
    side_by_side: usize,
    /// How far pages overlap at least.
    overlap: u64,
    /// Pages in a row that brought nothing new.
    stale: u32,
    returns: u32,
    more: bool,
}

#[derive(Deserialize)]
struct Total {
    #[serde(rename = "totalCount")]
    total: Option<u64>,
}

impl<'a> Pages<'a> {
    /// All records, without a gap.
    pub(crate) fn all(transport: &'a dyn Transport, mut request: Request) -> Result<Self> {
        let Some(paging) = request.paging else { return Err(unpaged()) };
        let order = request.query.iter().find(|(name, _)| name == paging.sort).map(|(_, order)| order.clone());
        let growing = order.as_ref().is_none_or(|order| order.eq_ignore_ascii_case(paging.growing));
        if order.is_none() && paging.sorted_by_service {
            request.query.push((paging.sort.to_owned(), paging.growing.to_owned()));
        }
        let growing = growing && paging.sorted_by_service;
        let joint = if growing { Joint::Growing(None) } else { Joint::Known(HashSet::new()) };
        Ok(Self::of(transport, request, paging, joint))
    }

    /// Records from the start, in the fewest calls; what changes meanwhile may shift the pages.
    pub(crate) fn few(transport: &'a dyn Transport, request: Request) -> Result<Self> {
        let Some(paging) = request.paging else { return Err(unpaged()) };
        Ok(Self::of(transport, request, paging, Joint::None))
    }

    fn of(transport: &'a dyn Transport, mut request: Request, paging: Paging, joint: Joint) -> Self {
        let most = size_of(&mut request, paging);
        Self {
            transport,
            request,
            paging,
            joint,
            most,
            total: None,
            covered: 0,
            planned: 0,
            reached: 0,
            ahead: FuturesOrdered::new(),
            slices: VecDeque::new(),
            side_by_side: 1,
            overlap: 0,
            stale: 0,
            returns: 0,
            more: true,
        }
    }

    /// The most records on a page.
    pub(crate) fn size(&self) -> u64 {
        self.most
    }

    /// Whether the service has more than was answered.
    pub(crate) fn has_more(&self) -> bool {
        self.more
    }

    /// The records of the next page that are new; `None` at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<Fresh>> {
        while self.more {
            self.ask_ahead();
            let (Some(slice), Some(reply)) = (self.slices.pop_front(), self.ahead.next().await) else {
                return Err(Error::internal("a list that has more and asks for nothing"));
            };
            let body = match reply {
                Ok(body) => body,
                // A page that takes too long may come as two halves.
                Err(error) if error.code() == Code::Timeout && self.most > 1 && slice.size > 1 => {
                    self.most = (self.most / 2).max(1);
                    self.go_on_from(self.covered);
                    tracing::info!(target: "pipefit::pages", "{error}; pages of {} from here", self.most);
                    continue;
                }
                Err(error) => return Err(error),
            };
            let page = reply::page(&body)?;
            if self.total.is_none() && self.reached == 0 {
                self.total = serde_json::from_slice::<Total>(&body).ok().and_then(|page| page.total);
                self.side_by_side = (AHEAD / body.len().max(1)).clamp(1, SIDE_BY_SIDE);
            }
            let keys: Vec<_> = page.data.iter().map(|record| key(record)).collect();
            if page.has_more && !matches!(self.joint, Joint::None) && keys.iter().any(Option::is_none) {
                let message = "records of the service's list have no `id`, so its pages cannot be put together";
                return Err(reply::bad_reply(message));
            }
            if !self.meets(slice, &keys)? {
                self.go_back(slice)?;
                continue;
            }
            let records = page.data.iter().zip(&keys).filter(|(_, key)| self.is_fresh(key.as_ref()));
            let records: Vec<_> = records.map(|(record, _)| range_in(&body, record)).collect();
            let stale = records.is_empty() && slice.end() > self.reached;
            self.stale = if stale { self.stale + 1 } else { 0 };
            if page.has_more && (page.data.is_empty() || self.stale > STALE) {
                let number = slice.number;
                let message = format!("page {number} brings nothing new, yet the service says that there is more");
                return Err(reply::bad_reply(message));
            }
            self.more = page.has_more;
            self.covered = slice.end();
            self.reached = self.reached.max(self.covered);
            return Ok(Some(Fresh { body, records }));
        }
        self.ahead.clear();
        Ok(None)
    }

    /// Keeps as many pages under way as fit; beyond the known total one by one.
    fn ask_ahead(&mut self) {
        while self.slices.is_empty()
            || (self.slices.len() < self.side_by_side && self.total.is_some_and(|total| self.planned < total))
        {
            let slice = match self.joint {
                _ if self.planned == 0 => Slice::after(0, self.most),
                Joint::None => Slice::after(self.planned, self.most),
                _ => {
                    let wide = Slice::overlapping(self.planned.saturating_sub(self.overlap), self.most);
                    if wide.end() > self.planned { wide } else { Slice::overlapping(self.planned, self.most) }
                }
            };
            let mut request = self.request.clone();
            let number = slice.number - 1 + self.paging.first;
            request.query.insert(0, (self.paging.page.to_owned(), number.to_string()));
            request.query.insert(1, (self.paging.size.to_owned(), slice.size.to_string()));
            // The total lets pages be read side by side; asked for once, since it costs the service time.
            if self.reached == 0 && !matches!(self.joint, Joint::None) {
                request.query.push((self.paging.total.to_owned(), "true".to_owned()));
            }
            let transport = self.transport;
            self.ahead.push_back(Box::pin(async move { Ok(transport.send(request).await?.body) }));
            self.slices.push_back(slice);
            self.planned = slice.end();
        }
    }

    fn go_on_from(&mut self, offset: u64) {
        self.ahead.clear();
        self.slices.clear();
        self.planned = offset;
    }

    /// Reads again what may have slipped to the front: further back each time, fewer pages at once, and with more
    /// overlap from there.
    fn go_back(&mut self, slice: Slice) -> Result<()> {
        self.returns += 1;
        if self.returns > RETURNS {
            let message = "the list changes faster than its pages can be read";
            return Err(Error::new(Code::Unavailable, message));
        }
        let factor = 1 << self.returns.min(16);
        let back = self.most.saturating_mul(factor);
        self.overlap = factor.min(self.most / 2);
        self.side_by_side = (self.side_by_side / 2).max(1);
        self.go_on_from(slice.start().saturating_sub(back));
        Ok(())
    }

    /// Whether nothing can lie between what was answered and this page.
    fn meets(&self, slice: Slice, keys: &[Option<Key>]) -> Result<bool> {
        let no_overlap = slice.start() >= self.covered;
        match &self.joint {
            Joint::Growing(last) => {
                if !keys.is_sorted_by(|one, other| number(one.as_ref()) < number(other.as_ref())) {
                    return Err(reply::bad_reply("the service does not keep the order that it was asked for"));
                }
                let first = keys.first().and_then(|key| number(key.as_ref()));
                Ok(no_overlap || slice.number == 1 || first.zip(*last).is_some_and(|(first, last)| first <= last))
            }
            Joint::Known(known) => {
                Ok(no_overlap || slice.number == 1 || keys.iter().flatten().any(|key| known.contains(key)))
            }
            Joint::None => Ok(true),
        }
    }

    fn is_fresh(&mut self, key: Option<&Key>) -> bool {
        match (&mut self.joint, key) {
            (Joint::Growing(last), Some(Key::Number(number))) => {
                let fresh = last.is_none_or(|last| *number > last);
                *last = (*last).max(Some(*number));
                fresh
            }
            (Joint::Known(known), Some(key)) => known.insert(key.clone()),
            _ => true,
        }
    }
}

/// Writes a whole list in the form of one page. Nothing is written before the first page is there; after an error
/// what was written is no JSON document.
async fn write_list(transport: &dyn Transport, request: Request, before: &str, out: &mut Out<'_>) -> Result<()> {
    let mut pages = Pages::all(transport, request)?;
    let size = pages.size();
    let (mut count, mut head) = (0, format!(r#"{before}{{"page":1,"pageSize":{size},"data":["#));
    while let Some(fresh) = pages.next().await? {
        for piece in fresh.pieces() {
            out.write_all(head.as_bytes()).await.map_err(not_written)?;
            out.write_all(piece).await.map_err(not_written)?;
            ",".clone_into(&mut head);
        }
        count += fresh.len();
        out.flush().await.map_err(not_written)?;
    }
    let head = if count == 0 { head.as_str() } else { "" };
    let tail = format!(r#"{head}],"hasMore":false,"totalCount":{count}}}"#);
    out.write_all(tail.as_bytes()).await.map_err(not_written)
}

/// Writes `{"data": …}` with a whole list in it.
pub(crate) async fn write_reply(transport: &dyn Transport, request: Request, out: &mut Out<'_>) -> Result<()> {
    write_list(transport, request, r#"{"data":"#, out).await?;
    out.write_all(b"}").await.map_err(not_written)
}

/// Where a reply is written.
pub type Out<'a> = dyn AsyncWrite + Unpin + Send + 'a;

/// The reader is gone or its disk is full: nobody is left to answer to.
#[expect(clippy::needless_pass_by_value, reason = "handed to `map_err`")]
pub(crate) fn not_written(error: std::io::Error) -> Error {
    Error::new(Code::Cancelled, format!("the reply cannot be written: {error}"))
}

/// Reads all there is and answers it as one page.
pub(crate) async fn read_all(transport: &dyn Transport, request: Request) -> Result<Reply> {
    let mut body = Vec::new();
    write_list(transport, request, "", &mut body).await?;
    Ok(Reply::new(body))
}

/// Takes the paging out of a request's query; answers the size of a page that was asked for, or the largest.
fn size_of(request: &mut Request, paging: Paging) -> u64 {
    let asked = request.query.iter().find(|(name, _)| name == paging.size).and_then(|(_, size)| size.parse().ok());
    request.query.retain(|(name, _)| ![paging.page, paging.size, paging.total].contains(&name.as_str()));
    asked.filter(|size| (1..=paging.most).contains(size)).unwrap_or(paging.most)
}

pub(crate) fn unpaged() -> Error {
    Error::internal("a list that says nothing of its pages")
}

#[derive(Deserialize)]
struct Keyed<'a> {
    #[serde(borrow)]
    id: &'a RawValue,
}

fn key(record: &RawValue) -> Option<Key> {
    // Most services put the number first: then the rest need not be read.
    let digits = record.get().strip_prefix(r#"{"id":"#).and_then(|rest| rest.split_once(','));
    if let Some(number) = digits.and_then(|(digits, _)| digits.parse().ok()) {
        return Some(Key::Number(number));
    }
    let id = serde_json::from_str::<Keyed<'_>>(record.get()).ok()?.id.get();
    Some(id.parse().map_or_else(|_| Key::Text(id.into()), Key::Number))
}

fn number(key: Option<&Key>) -> Option<i64> {
    match key {
        Some(Key::Number(number)) => Some(*number),
        _ => None,
    }
}

/// Where a record stands in the body that it was borrowed from.
fn range_in(body: &Bytes, record: &RawValue) -> Range<usize> {
    let start = record.get().as_ptr().addr() - body.as_ptr().addr();
    start..start + record.get().len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_overlap_and_waste_little() {
        for (most, percent) in [(10, 200), (50, 150), (5_000, 105)] {
            let (mut offset, mut count) = (most, 1_u64);
            while offset < most * 200 {
                let slice = Slice::overlapping(offset, most);
                assert!(slice.size <= most && slice.start() < offset && slice.end() > offset, "{slice:?}");
                (offset, count) = (slice.end(), count + 1);
            }
            let ideal = offset.div_ceil(most);
            assert!(count * 100 <= ideal * percent, "{count} pages of {most} for {ideal}");
        }
    }
}
