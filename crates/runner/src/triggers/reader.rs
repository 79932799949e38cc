//! Reads the changes of a list, and keeps the latest version of each record.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use jiff::Timestamp;
use jiff::fmt::rfc2822;
use pipefit_component::{
    ChangeFields, Code, Error, Feed, Feeds, Field, Inputs, ListEndpoint, Paging, Request, Response, Result, Skipped,
    Sorting, Transport,
};
use serde_json::Value;

use super::LAG;
use super::change::{Change, Position, Unreadable};
use super::state::State;
use crate::lists::{EndGuard, Key, KeyReader, Page, Sequence};
use crate::replies::bad_reply;

/// How many times pages are read again before the poll fails because the list changes too fast.
const SWEEPS: usize = 20;

/// The maximum number of unreadable records that a poll reports.
const MAX_SKIPPED: usize = 100;

pub(super) struct Reader<'a> {
    transport: &'a dyn Transport,
    fields: ChangeFields,
    feed: &'static Feed,
    keys: KeyReader,
    found: BTreeMap<Key, Change>,
    /// The records that cannot be read; the first of them.
    skipped: BTreeSet<Unreadable>,
    guard: EndGuard,
    /// The time of the first response, by the service's clock.
    date: Option<Timestamp>,
    /// The time of the poll, by the runtime's clock.
    now: Timestamp,
}

/// What a list is read by: the times of change or, for records without one, of creation.
#[derive(Clone, Copy)]
struct Order {
    created: bool,
    since: &'static str,
    oldest_first: &'static str,
    newest_first: &'static str,
}

impl Order {
    fn by_change(fields: ChangeFields) -> Self {
        let ChangeFields { since, oldest_first, newest_first, .. } = fields;
        Self { created: false, since, oldest_first, newest_first }
    }

    fn by_creation(fields: ChangeFields) -> Self {
        let ChangeFields { created_since, oldest_created, newest_created, .. } = fields;
        Self { created: true, since: created_since, oldest_first: oldest_created, newest_first: newest_created }
    }

    /// The time of a record in this order, unless it has none.
    fn time_of(self, change: &Change) -> Option<Timestamp> {
        match (self.created, change.unchanged) {
            (true, _) => Some(change.created),
            (false, false) => Some(change.position.at),
            (false, true) => None,
        }
    }
}

/// The members of a page, apart from its records, that decide what is read next.
struct PageSummary {
    more: bool,
    newest: Option<Timestamp>,
    keys: Vec<Option<Key>>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(transport: &'a dyn Transport, feeds: &Feeds, feed: &'static Feed, now: Timestamp) -> Self {
        let keys = KeyReader::new(feed.list.id);
        let (found, skipped) = (BTreeMap::new(), BTreeSet::new());
        Self {
            transport,
            fields: feeds.fields,
            feed,
            keys,
            found,
            skipped,
            guard: EndGuard::default(),
            date: None,
            now,
        }
    }

    /// Returns the first request of a poll from this state.
    pub(super) fn first_request(feeds: &Feeds, feed: &Feed, state: Option<&State>) -> Result<Request> {
        let order = Order::by_change(feeds.fields);
        match state {
            Some(state) => Ok(pages_since(feed.list, order, state.resume_at())?.request().clone()),
            None if sort_of(feed.list).is_some() => newest_request(feed.list, order),
            None => Ok(pages_since(feed.list, order, Timestamp::UNIX_EPOCH)?.request().clone()),
        }
    }

    pub(super) fn feed(&self) -> &'static Feed {
        self.feed
    }

    /// The time of the first response, by the service's clock or, if it does not say, the runtime's.
    pub(super) fn date(&self) -> Timestamp {
        self.date.unwrap_or(self.now)
    }

    pub(super) fn skipped(&self) -> Vec<Skipped> {
        let skipped = |it: &Unreadable| Skipped { id: it.id.as_ref().map(json_of), reason: it.reason.clone() };
        self.skipped.iter().map(skipped).collect()
    }

    pub(super) fn found(&self) -> impl Iterator<Item = &Change> {
        self.found.values()
    }

    pub(super) fn into_found(self) -> BTreeMap<Key, Change> {
        self.found
    }

    /// Returns the time at which the first poll starts: [`LAG`] before the newest change.
    pub(super) async fn start(&mut self) -> Result<Timestamp> {
        let mut newest = None;
        if sort_of(self.feed.list).is_some() {
            for order in self.orders() {
                let request = newest_request(self.feed.list, order)?;
                newest = newest.max(self.read_page(&request, order, |_, _| Ok(false)).await?.newest);
            }
        }
        let start = newest.map(|newest| newest.min(self.date()));
        Ok(start.and_then(|start| start.checked_sub(LAG).ok()).unwrap_or(Timestamp::UNIX_EPOCH))
    }

    /// The orders in which the list is read: a second time if records may have no time of change.
    fn orders(&self) -> impl Iterator<Item = Order> + use<> {
        let field = self.feed.list.record.and_then(|record| record.field(self.fields.modified));
        let by_creation = field.is_some_and(Field::is_nullable).then(|| Order::by_creation(self.fields));
        [Order::by_change(self.fields)].into_iter().chain(by_creation)
    }

    /// Continues where the state ended, until there are `wanted` new changes. Returns the position up to which all
    /// changes were read, or `None` at the end of the list.
    pub(super) async fn read(&mut self, state: &State, wanted: usize) -> Result<Option<Position>> {
        let mut end = None;
        for order in self.orders() {
            let unread = self.read_in(order, state, wanted).await?;
            end = [end, unread].into_iter().flatten().min();
        }
        Ok(end)
    }

    async fn read_in(&mut self, order: Order, state: &State, wanted: usize) -> Result<Option<Position>> {
        let mut from = state.resume_at();
        loop {
            let page = self.sweep(order, from).await?;
            let (true, Some(newest)) = (page.more, page.newest) else { return Ok(None) };
            from = newest;
            let end = Position::before(from);
            let new = self.found.values().filter(|it| it.position < end && !state.has_seen(&it.position));
            if new.count() >= wanted {
                return Ok(Some(end));
            }
        }
    }

    /// Reads from this time up to a page that contains later changes. A list that cannot be sorted is read to its end.
    async fn sweep(&mut self, order: Order, from: Timestamp) -> Result<PageSummary> {
        let sorted = sort_of(self.feed.list).is_some();
        for _ in 0..SWEEPS {
            let known = self.found.len();
            let mut pages = pages_since(self.feed.list, order, from)?;
            let (mut is_first, mut seen) = (true, HashSet::new());
            loop {
                let request = pages.request().clone();
                let page = self.read_page(&request, order, |page, response| pages.advance(page, response)).await?;
                let beyond = sorted && page.newest.is_some_and(|newest| newest > from);
                if page.more && !beyond {
                    is_first = false;
                    let known = seen.len();
                    seen.extend(page.keys);
                    self.guard.page(seen.len() - known)?;
                    continue;
                }
                if is_first || self.found.len() == known {
                    return Ok(page);
                }
                break;
            }
        }
        Err(Error::new(Code::Unavailable, "the list changes faster than its pages can be read"))
    }

    /// Reads one page and keeps its records. `advance` returns whether there is a next page.
    async fn read_page(
        &mut self,
        request: &Request,
        order: Order,
        advance: impl FnOnce(&Page<'_>, &Response) -> Result<bool>,
    ) -> Result<PageSummary> {
        self.guard.request()?;
        let response = self.transport.send(request).await?;
        if self.date.is_none() {
            self.date = response.header("date").and_then(|date| Some(rfc2822::parse(&date).ok()?.timestamp()));
        }
        let page = Page::read(&self.feed.list.layout, &response.body)?;
        let more = advance(&page, &response)?;
        let sorted = sort_of(self.feed.list).is_some();
        let (mut newest, mut keys) = (None, Vec::with_capacity(page.records.len()));
        for record in page.records {
            keys.push(self.keys.key(record));
            let change = match Change::read(record, self.feed.list, &self.keys, self.fields) {
                Ok(change) => change,
                Err(unreadable) => {
                    self.skip(unreadable);
                    continue;
                }
            };
            let time = order.time_of(&change);
            if sorted && time.is_some() && time < newest {
                return Err(bad_reply("the service does not return the requested order"));
            }
            newest = newest.max(time);
            // What has a time of change is read by it.
            if !order.created || change.unchanged {
                self.keep(change);
            }
        }
        Ok(PageSummary { more, newest, keys })
    }

    fn skip(&mut self, unreadable: Unreadable) {
        if self.skipped.len() < MAX_SKIPPED && !self.skipped.contains(&unreadable) {
            let id = unreadable.id.as_ref().map_or_else(|| "without an id".to_owned(), ToString::to_string);
            tracing::warn!(target: "pipefit", "{}: skipping the record {id}: {}", self.feed.key, unreadable.reason);
            self.skipped.insert(unreadable);
        }
    }

    fn keep(&mut self, change: Change) {
        let known = self.found.get(&change.position.id);
        if known.is_none_or(|known| known.position < change.position) {
            self.found.insert(change.position.id.clone(), change);
        }
    }
}

fn json_of(key: &Key) -> Value {
    match key {
        Key::Number(number) => (*number).into(),
        Key::Text(text) => Value::from(&**text),
    }
}

/// Returns the query parameter by which the service sorts a list, if it does.
fn sort_of(list: &ListEndpoint) -> Option<&'static str> {
    match list.sorting {
        Sorting::ByService { parameter, .. } => Some(parameter),
        _ => None,
    }
}

fn owned_query(query: impl IntoIterator<Item = (&'static str, String)>) -> Vec<(String, String)> {
    query.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn with_inactive(list: &ListEndpoint) -> Option<(&'static str, String)> {
    list.including_inactive.map(|(parameter, value)| (parameter, value.to_owned()))
}

/// Returns the query parameters of a first page with at most `size` records.
fn first_page(list: &ListEndpoint, size: u64) -> Vec<(&'static str, String)> {
    let size = (list.paging.size_parameter(), size.to_string());
    match list.paging {
        Paging::Numbered(paging) => vec![(paging.number, paging.first.to_string()), size],
        _ => vec![size],
    }
}

/// Returns the request for the newest change.
fn newest_request(list: &'static ListEndpoint, order: Order) -> Result<Request> {
    let sort = sort_of(list).map(|parameter| (parameter, order.newest_first.to_owned()));
    let page = first_page(list, 1);
    let mut request = list.list().query(Inputs::default())?;
    request.query = owned_query(sort.into_iter().chain(page).chain(with_inactive(list)));
    Ok(request)
}

/// Returns the pages of the records that changed at this time or later, oldest change first if the list can be sorted.
fn pages_since(list: &'static ListEndpoint, order: Order, from: Timestamp) -> Result<Sequence> {
    let mut request = list.list().query(Inputs::default())?;
    let since = (order.since, from.to_string());
    let sort = sort_of(list).map(|parameter| (parameter, order.oldest_first.to_owned()));
    let size = list.paging.max_size();
    let page = first_page(list, size);
    request.query = owned_query([since].into_iter().chain(page).chain(sort).chain(with_inactive(list)));
    Sequence::start(request, list, size)
}
