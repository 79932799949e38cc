//! Numbered pages: reads a whole list, several pages at a time, while the list may change.
//!
//! Pages overlap: each begins among the records of the one before. In an order that new records only ever extend, two
//! pages that overlap leave no gap between them, whenever each was read. So every record that is there from the first
//! request to the last is returned, once, in that order; a record that is added or removed meanwhile may be returned or
//! not. If two pages do not overlap, because too many records were removed, reading goes back and on from there. A list
//! in another order is deduplicated by the records' own keys, which finds every shift but not a record that moves from
//! the part that is still to be read to the part that was read.

use std::collections::{HashSet, VecDeque};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesOrdered, StreamExt};
use pipefit_component::{Code, Error, ListEndpoint, NumberedPages, Request, Result, Sorting};

use super::PageSource;
use super::page::{NewRecords, Page, bad_page};
use super::record_key::{Key, KeyReader};

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

/// How records that several pages hold are told from new ones.
enum Dedup {
    /// Ids increase: the last one that was returned.
    Increasing(Option<i64>),
    /// By the keys of all records that were returned.
    Seen(HashSet<Key>),
    /// Not at all: pages do not overlap.
    Off,
}

/// A list that is read page by page.
pub(crate) struct Numbered<'a> {
    source: PageSource<'a>,
    request: Request,
    list: &'static ListEndpoint,
    paging: NumberedPages,
    keys: KeyReader,
    dedup: Dedup,
    /// The most records that a page may have.
    most: u64,
    /// How many records there are, by the service's account.
    total: Option<u64>,
    /// Up to where the list has been returned.
    covered: u64,
    /// Up to where pages have been asked for.
    planned: u64,
    /// The furthest that any page which was read reached.
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

impl<'a> Numbered<'a> {
    /// All records, without a gap.
    pub(super) fn all(
        source: PageSource<'a>,
        mut request: Request,
        list: &'static ListEndpoint,
        paging: NumberedPages,
    ) -> Self {
        let increasing = match list.sorting {
            Sorting::ByService { parameter, by_id } => {
                let order = request.query.iter().find(|(name, _)| name == parameter).map(|(_, order)| order.as_str());
                let increasing = order.is_none_or(|order| order.eq_ignore_ascii_case(by_id));
                if order.is_none() {
                    request.query.push((parameter.to_owned(), by_id.to_owned()));
                }
                increasing
            }
            _ => false,
        };
        let dedup = if increasing { Dedup::Increasing(None) } else { Dedup::Seen(HashSet::new()) };
        Self::new(source, request, list, paging, dedup)
    }

    /// Records from the start, in the fewest calls; what changes meanwhile may shift the pages.
    pub(super) fn few(
        source: PageSource<'a>,
        request: Request,
        list: &'static ListEndpoint,
        paging: NumberedPages,
    ) -> Self {
        Self::new(source, request, list, paging, Dedup::Off)
    }

    fn new(
        source: PageSource<'a>,
        mut request: Request,
        list: &'static ListEndpoint,
        paging: NumberedPages,
        dedup: Dedup,
    ) -> Self {
        let most = super::take_size(&mut request, list);
        Self {
            source,
            request,
            list,
            paging,
            keys: KeyReader::new(list.id),
            dedup,
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

    /// Whether the service has more than was returned.
    pub(crate) fn has_more(&self) -> bool {
        self.more
    }

    /// The records of the next page that are new; `None` at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<NewRecords>> {
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
            let page = Page::read(&self.list.layout, &body)?;
            if self.total.is_none() && self.reached == 0 {
                self.total = page.total;
                self.side_by_side = (AHEAD / body.len().max(1)).clamp(1, SIDE_BY_SIDE);
            }
            let keys: Vec<_> = page.records.iter().map(|record| self.keys.key(record)).collect();
            if page.has_more && !matches!(self.dedup, Dedup::Off) && keys.iter().any(Option::is_none) {
                let id = self.list.id;
                let message =
                    format!("records of the service's list have no `{id}`, so its pages cannot be put together");
                return Err(bad_page(message));
            }
            if !self.overlaps(slice, &keys)? {
                self.go_back(slice)?;
                continue;
            }
            let records = page.records.iter().zip(&keys).filter(|(_, key)| self.is_new(key.as_ref()));
            let records = NewRecords::new(&body, records.map(|(record, _)| *record));
            let stale = records.is_empty() && slice.end() > self.reached;
            self.stale = if stale { self.stale + 1 } else { 0 };
            if page.has_more && (page.records.is_empty() || self.stale > STALE) {
                let number = slice.number;
                let message = format!("page {number} brings nothing new, yet the service says that there is more");
                return Err(bad_page(message));
            }
            self.more = page.has_more;
            self.covered = slice.end();
            self.reached = self.reached.max(self.covered);
            return Ok(Some(records));
        }
        self.ahead.clear();
        Ok(None)
    }

    /// The request for the first page.
    pub(super) fn first_request(&self) -> Request {
        self.request_for(Slice::after(0, self.most))
    }

    fn request_for(&self, slice: Slice) -> Request {
        let mut request = self.request.clone();
        let number = slice.number - 1 + self.paging.first;
        request.query.insert(0, (self.paging.number.to_owned(), number.to_string()));
        request.query.insert(1, (self.paging.size.to_owned(), slice.size.to_string()));
        // The total lets pages be read side by side; asked for once, since it costs the service time.
        if self.reached == 0 && !matches!(self.dedup, Dedup::Off) {
            request.query.push((self.paging.total.to_owned(), "true".to_owned()));
        }
        request
    }

    /// Keeps as many pages under way as fit; beyond the known total one by one.
    fn ask_ahead(&mut self) {
        while self.slices.is_empty()
            || (self.slices.len() < self.side_by_side && self.total.is_some_and(|total| self.planned < total))
        {
            let slice = match self.dedup {
                _ if self.planned == 0 => Slice::after(0, self.most),
                Dedup::Off => Slice::after(self.planned, self.most),
                _ => {
                    let wide = Slice::overlapping(self.planned.saturating_sub(self.overlap), self.most);
                    if wide.end() > self.planned { wide } else { Slice::overlapping(self.planned, self.most) }
                }
            };
            let request = self.request_for(slice);
            let source = self.source;
            self.ahead.push_back(Box::pin(async move { Ok(source.page(&request).await?.body) }));
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

    /// Whether nothing can lie between what was returned and this page.
    fn overlaps(&self, slice: Slice, keys: &[Option<Key>]) -> Result<bool> {
        let no_overlap = slice.start() >= self.covered;
        match &self.dedup {
            Dedup::Increasing(last) => {
                if !keys.is_sorted_by(|one, other| Key::number_of(one.as_ref()) < Key::number_of(other.as_ref())) {
                    return Err(bad_page("the service does not keep the order that it was asked for"));
                }
                let first = keys.first().and_then(|key| Key::number_of(key.as_ref()));
                Ok(no_overlap || slice.number == 1 || first.zip(*last).is_some_and(|(first, last)| first <= last))
            }
            Dedup::Seen(known) => {
                Ok(no_overlap || slice.number == 1 || keys.iter().flatten().any(|key| known.contains(key)))
            }
            Dedup::Off => Ok(true),
        }
    }

    fn is_new(&mut self, key: Option<&Key>) -> bool {
        match (&mut self.dedup, key) {
            (Dedup::Increasing(last), Some(Key::Number(number))) => {
                let new = last.is_none_or(|last| *number > last);
                *last = (*last).max(Some(*number));
                new
            }
            (Dedup::Seen(known), Some(key)) => known.insert(key.clone()),
            _ => true,
        }
    }
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
