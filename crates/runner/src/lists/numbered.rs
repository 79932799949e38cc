//! Numbered pages: reads a whole list, several pages at a time, while the list may change.
//!
//! Consecutive pages overlap: each starts among the records of the one before. If the list is sorted so that new
//! records are last, two pages that overlap have no gap between them, whenever each was read. Every record that exists
//! from the first request to the last is therefore returned once, in order; a record that is added or removed meanwhile
//! may or may not be returned. If two pages do not overlap because too many records were removed, reading restarts
//! further back. Where the service allows only pages so small that the next one starts where the last one ended, the
//! last one is read again after the next: what moved out of the next is then in it.
//!
//! A list in another order is deduplicated by key. That handles every shift, but misses a record that moves from the
//! unread part to the part that was read. The same holds if the service does not keep to the requested order. Pages of
//! 3 records or fewer cannot always overlap: a record may then be missed if others come before it and go meanwhile.

use std::collections::{HashSet, VecDeque};
use std::future::{poll_fn, ready};
use std::mem;
use std::task::Poll;

use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesOrdered, StreamExt};
use pipefit_component::{Code, Error, ListEndpoint, NumberedPages, Request, Result, Sorting};

use super::increasing_ids::IncreasingIds;
use super::keyed_page::KeyedPage;
use super::page::NewRecords;
use super::position::{ListPosition, Place, Seen, another_list};
use super::record_key::{Key, KeyReader};
use super::{EndGuard, PageSource, halved};
use crate::replies::bad_reply;

/// The maximum number of bytes of pages that are requested at the same time.
const MAX_BYTES_IN_FLIGHT: usize = 32 * 1024 * 1024;

/// The maximum number of pages that are requested at the same time.
const MAX_PAGES_IN_FLIGHT: usize = 8;

/// How many times reading may restart before it fails because the list changes too fast.
const MAX_RESTARTS: u32 = 50;

/// A page to request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Slice {
    /// The number, starting at 1.
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

    /// The page of at most `max_size` records that starts before `offset` and ends as far after it as possible. If
    /// pages are so small that there is none, the page that starts at `offset`.
    fn overlapping(offset: u64, max_size: u64) -> Self {
        let sizes = (max_size / 2).max(1)..=max_size;
        let best = sizes.filter(|size| !offset.is_multiple_of(*size)).max_by_key(|size| size - offset % size);
        best.map_or_else(|| Self::after(offset, max_size), |size| Self { number: offset / size + 1, size })
    }

    /// The page of `max_size` records that contains the record at `offset`.
    fn after(offset: u64, max_size: u64) -> Self {
        Self { number: offset / max_size + 1, size: max_size }
    }
}

/// How new records are distinguished from those of earlier pages.
enum Dedup {
    /// By increasing ids: those that were returned.
    Increasing(IncreasingIds),
    /// By key: the keys of all records that were returned.
    Seen(HashSet<Key>),
}

/// Reads a list whose pages are numbered.
pub(crate) struct Numbered<'a> {
    source: PageSource<'a>,
    request: Request,
    list: &'static ListEndpoint,
    paging: NumberedPages,
    keys: KeyReader,
    dedup: Dedup,
    /// The maximum number of records of a page.
    max_size: u64,
    /// The size that was requested before a first page with fewer records seemed to show a limit.
    size_before_limit: Option<u64>,
    /// The number of records, as reported by the service.
    total: Option<u64>,
    /// The offset up to which records were returned.
    covered: u64,
    /// The offset up to which pages were requested.
    planned: u64,
    /// The highest offset that was read.
    reached: u64,
    in_flight: FuturesOrdered<BoxFuture<'a, Result<KeyedPage>>>,
    slices: VecDeque<Slice>,
    max_in_flight: usize,
    /// The minimum overlap of pages, in records.
    overlap: u64,
    /// A page that starts where the one before ended. That one is read again first.
    held: Option<(Slice, KeyedPage)>,
    /// Whether the service left records out of a page, so that pages need not overlap.
    sparse: bool,
    /// Whether two pages had a record in common.
    joined: bool,
    restarts: u32,
    guard: EndGuard,
    /// The keys of the last page that was returned.
    last_page: Vec<Key>,
    more: bool,
}

impl<'a> Numbered<'a> {
    pub(super) fn new(
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
        let max_size = super::take_size(&mut request, list);
        Self {
            source,
            request,
            list,
            paging,
            keys: KeyReader::new(list.id),
            dedup: if increasing { Dedup::Increasing(IncreasingIds::default()) } else { Dedup::Seen(HashSet::new()) },
            max_size,
            size_before_limit: None,
            total: None,
            covered: 0,
            planned: 0,
            reached: 0,
            in_flight: FuturesOrdered::new(),
            slices: VecDeque::new(),
            max_in_flight: 1,
            overlap: 0,
            held: None,
            sparse: false,
            joined: false,
            restarts: 0,
            guard: EndGuard::default(),
            last_page: Vec::new(),
            more: true,
        }
    }

    /// Goes on at a position of the same list.
    pub(super) fn resume(&mut self, position: &ListPosition) -> Result<()> {
        let Place::Offset { records, size } = position.place else { return Err(another_list()) };
        (self.covered, self.planned, self.reached) = (records, records, records);
        self.max_size = size.clamp(1, self.paging.max_size);
        match &position.seen {
            Seen::UpTo(last) => drop(self.is_new(Some(&Key::Number(*last)))),
            Seen::Keys(keys) => self.dedup = Dedup::Seen(keys.iter().cloned().collect()),
        }
        self.more = position.more;
        Ok(())
    }

    /// Where reading stands.
    pub(super) fn position(&self) -> ListPosition {
        let place = Place::Offset { records: self.covered, size: self.max_size };
        let last = match &self.dedup {
            Dedup::Increasing(returned) => returned.last(),
            Dedup::Seen(_) => None,
        };
        let seen = last.map_or_else(|| Seen::Keys(self.last_page.clone()), Seen::UpTo);
        ListPosition { place, seen, more: self.more }
    }

    /// The maximum number of records of a page.
    pub(crate) fn size(&self) -> u64 {
        self.max_size
    }

    /// The number of records, as reported by the service.
    pub(super) fn total(&self) -> Option<u64> {
        self.total
    }

    /// Returns the new records of the next page, or `None` after the last page.
    pub(crate) async fn next(&mut self) -> Result<Option<NewRecords>> {
        while self.more {
            let verified = self.held.is_some();
            let Some((mut slice, page)) = self.take_page().await? else { continue };
            if self.total.is_none() && self.reached == 0 {
                self.total = page.total;
                self.max_in_flight = (MAX_BYTES_IN_FLIGHT / page.bytes().max(1)).clamp(1, MAX_PAGES_IN_FLIGHT);
            }
            if let Some(size) = self.limit(slice, &page) {
                tracing::info!(target: "pipefit::pages", "the service allows {size} records a page");
                self.size_before_limit = page.size.is_none_or(|named| named != size).then_some(self.max_size);
                self.max_size = size;
                if slice.number > 1 {
                    self.continue_from(self.covered);
                    continue;
                }
                slice.size = size;
                self.continue_from(size);
            }
            if page.has_more && page.keys.iter().any(Option::is_none) {
                let id = self.list.id;
                let message = format!("records of the list have no `{id}`, so its pages cannot be joined");
                return Err(bad_reply(message));
            }
            if page.has_more && page.keys.is_empty() && !self.sparse {
                // What the service leaves out makes pages smaller, too.
                self.sparse = true;
                self.max_size = self.size_before_limit.unwrap_or(self.max_size);
                self.continue_from(slice.end());
            }
            self.check_order(&page.keys);
            if !verified && slice.number > 1 {
                if !self.overlaps(&page.keys) {
                    self.go_back(slice)?;
                    continue;
                }
                self.joined = true;
            }
            let records = page.new_records(|key| self.is_new(key));
            if page.has_more && (slice.end() > self.reached || !records.is_empty()) {
                self.guard.page(records.len())?;
            }
            self.more = page.has_more || self.held.is_some();
            self.covered = slice.end();
            self.reached = self.reached.max(self.covered);
            self.last_page = page.keys.into_iter().flatten().collect();
            return Ok(Some(records));
        }
        self.in_flight.clear();
        Ok(None)
    }

    /// Returns the next page to use, or `None` if pages of another size must be requested.
    async fn take_page(&mut self) -> Result<Option<(Slice, KeyedPage)>> {
        if let Some(held) = self.held.take() {
            return Ok(Some(held));
        }
        self.request_ahead().await?;
        let (Some(slice), Some(response)) = (self.slices.pop_front(), self.in_flight.next().await) else {
            return Err(Error::internal("the list has more records but no page was requested"));
        };
        let page = match response {
            Ok(page) => page,
            // A page that takes too long is requested in halves.
            Err(error) => {
                self.max_size = halved(&error, slice.size).ok_or(error)?;
                self.size_before_limit = None;
                self.continue_from(self.covered);
                return Ok(None);
            }
        };
        if slice.number == 1 || slice.start() < self.covered {
            return Ok(Some((slice, page)));
        }
        self.held = Some((slice, page));
        let before = Slice { number: slice.number - 1, ..slice };
        self.guard.request()?;
        Ok(Some((before, self.page(before).await?)))
    }

    /// Requests a page and reads it.
    fn page(&self, slice: Slice) -> BoxFuture<'a, Result<KeyedPage>> {
        let (request, source, list, keys) = (self.request_for(slice), self.source, self.list, self.keys.clone());
        Box::pin(async move { KeyedPage::read(list, keys, source.page(&request).await?.body).await })
    }

    /// The request for the first page.
    pub(super) fn first_request(&self) -> Request {
        self.request_for(Slice::after(0, self.max_size))
    }

    fn request_for(&self, slice: Slice) -> Request {
        let mut request = self.request.clone();
        let number = slice.number - 1 + self.paging.first;
        request.query.insert(0, (self.paging.number.to_owned(), number.to_string()));
        request.query.insert(1, (self.paging.size.to_owned(), slice.size.to_string()));
        // The total allows concurrent reads. It is requested once because it costs the service time.
        if self.reached == 0 {
            request.query.push((self.paging.total.to_owned(), "true".to_owned()));
        }
        request
    }

    /// Requests as many pages at the same time as allowed; beyond the known total, one at a time.
    async fn request_ahead(&mut self) -> Result<()> {
        while self.slices.is_empty()
            || (self.slices.len() < self.max_in_flight && self.total.is_some_and(|total| self.planned < total))
        {
            let slice = if self.planned == 0 {
                Slice::after(0, self.max_size)
            } else {
                let wide = Slice::overlapping(self.planned.saturating_sub(self.overlap), self.max_size);
                if wide.end() > self.planned { wide } else { Slice::overlapping(self.planned, self.max_size) }
            };
            self.guard.request()?;
            let mut page = self.page(slice);
            // Sent at once: large pages that arrive already would go first.
            let begun = poll_fn(|context| Poll::Ready(page.as_mut().poll(context))).await;
            self.in_flight.push_back(match begun {
                Poll::Ready(done) => Box::pin(ready(done)),
                Poll::Pending => page,
            });
            self.slices.push_back(slice);
            self.planned = slice.end();
        }
        Ok(())
    }

    fn continue_from(&mut self, offset: u64) {
        self.in_flight.clear();
        self.slices.clear();
        self.held = None;
        self.planned = offset;
    }

    /// Restarts before the gap: further back each time, with fewer pages at the same time and more overlap.
    fn go_back(&mut self, slice: Slice) -> Result<()> {
        self.restarts += 1;
        if self.restarts > MAX_RESTARTS && !self.joined {
            return Err(bad_reply("no two pages of the list have a record in common"));
        }
        if self.restarts > MAX_RESTARTS {
            let message = "the list changes faster than its pages can be read";
            return Err(Error::new(Code::Unavailable, message));
        }
        let factor = 1 << self.restarts.min(16);
        let back = self.max_size.saturating_mul(factor);
        self.overlap = factor.min(self.max_size / 2);
        self.max_in_flight = (self.max_in_flight / 2).max(1);
        self.continue_from(slice.start().saturating_sub(back));
        Ok(())
    }

    /// Returns the number of records that the service allows on a page, if that is less than was requested.
    fn limit(&self, slice: Slice, page: &KeyedPage) -> Option<u64> {
        let count = page.keys.len() as u64;
        let named = page.size.filter(|size| (1..slice.size).contains(size)).map(|size| size.max(count));
        let size = named.or((slice.number == 1 && !self.sparse).then_some(count));
        size.filter(|size| page.has_more && (1..slice.size).contains(size))
    }

    /// Joins the pages by key if the service does not keep to the requested order, or leaves records out of a page.
    fn check_order(&mut self, keys: &[Option<Key>]) {
        let Dedup::Increasing(returned) = &mut self.dedup else { return };
        let ids = || keys.iter().map(|key| Key::number_of(key.as_ref()));
        if self.sparse || !ids().is_sorted_by(|one, other| one < other) || ids().any(|id| id.is_none()) {
            let list = self.list.resource.key;
            let message = "the service does not return the requested order; what moves while it is read may be missed";
            tracing::warn!(target: "pipefit", "{list}: {message}");
            self.dedup = Dedup::Seen(mem::take(returned).iter().map(Key::Number).collect());
        }
    }

    /// Whether there is no gap between the returned records and this page, which is not the first.
    fn overlaps(&self, keys: &[Option<Key>]) -> bool {
        if self.sparse {
            return true;
        }
        match &self.dedup {
            Dedup::Increasing(returned) => {
                let first = keys.first().and_then(|key| Key::number_of(key.as_ref()));
                first.zip(returned.last()).is_some_and(|(first, last)| first <= last)
            }
            Dedup::Seen(known) => keys.iter().flatten().any(|key| known.contains(key)),
        }
    }

    fn is_new(&mut self, key: Option<&Key>) -> bool {
        match (&mut self.dedup, key) {
            (Dedup::Increasing(returned), Some(Key::Number(number))) => returned.push(*number),
            (Dedup::Seen(known), Some(key)) => known.insert(key.clone()),
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use pipefit_component::{Inputs, Paging};

    use super::*;
    use crate::lists::fixtures::{Endless, NUMBERED, run};

    #[test]
    fn pages_overlap_with_little_waste() {
        for (max_size, percent) in [(10, 200), (50, 150), (5_000, 105)] {
            let (mut offset, mut count) = (max_size, 1_u64);
            while offset < max_size * 200 {
                let slice = Slice::overlapping(offset, max_size);
                assert!(slice.size <= max_size && slice.start() < offset && slice.end() > offset, "{slice:?}");
                (offset, count) = (slice.end(), count + 1);
            }
            let ideal = offset.div_ceil(max_size);
            assert!(count * 100 <= ideal * percent, "{count} pages of {max_size} for {ideal}");
        }
    }

    #[test]
    fn ends_at_the_bound() {
        let transport = Endless::default();
        let source = PageSource { transport: &transport, action: None, observer: None };
        let request = NUMBERED.list().query(Inputs::default()).expect("it has no placeholders");
        let Paging::Numbered(paging) = NUMBERED.paging else { panic!("its pages are numbered") };
        let mut pages = Numbered::new(source, request, &NUMBERED, paging);
        pages.guard = EndGuard::with_max_requests(7);
        let error = run(async {
            while pages.next().await?.is_some() {}
            Ok::<_, Error>(())
        });
        assert_eq!((error.expect_err("it ends").code(), transport.requests()), (Code::BadReply, 7));
    }
}
