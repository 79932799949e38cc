//! Reads the changes of a list, and keeps the latest version of each record.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::fmt::rfc2822;
use pipefit_component::{
    ChangeFields, Code, Error, Feed, Feeds, Inputs, ListEndpoint, Paging, Request, Response, Result, Sorting, Transport,
};

use super::LAG;
use super::change::{Change, Position};
use super::state::State;
use crate::lists::{Key, KeyReader, Page, Sequence};
use crate::replies::bad_reply;

/// How many times pages are read again before the poll fails because the list changes too fast.
const SWEEPS: usize = 20;

pub(super) struct Reader<'a> {
    transport: &'a dyn Transport,
    fields: ChangeFields,
    feed: &'static Feed,
    keys: KeyReader,
    found: BTreeMap<Key, Change>,
    /// The time of the first response, by the service's clock.
    date: Option<Timestamp>,
}

/// The members of a page, apart from its records, that decide what is read next.
struct PageSummary {
    more: bool,
    newest: Option<Timestamp>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(transport: &'a dyn Transport, feeds: &Feeds, feed: &'static Feed) -> Self {
        let keys = KeyReader::new(feed.list.id);
        Self { transport, fields: feeds.fields, feed, keys, found: BTreeMap::new(), date: None }
    }

    /// Returns the first request of a poll from this state.
    pub(super) fn first_request(feeds: &Feeds, feed: &Feed, state: Option<&State>) -> Result<Request> {
        match state {
            Some(state) => Ok(pages_since(feed.list, feeds.fields, state.resume_at())?.request().clone()),
            None if sort_of(feed.list).is_some() => newest_request(feed.list, feeds.fields),
            None => Ok(pages_since(feed.list, feeds.fields, Timestamp::UNIX_EPOCH)?.request().clone()),
        }
    }

    pub(super) fn feed(&self) -> &'static Feed {
        self.feed
    }

    /// The time of the first response, by the service's clock.
    pub(super) fn date(&self) -> Option<Timestamp> {
        self.date
    }

    pub(super) fn found(&self) -> impl Iterator<Item = &Change> {
        self.found.values()
    }

    pub(super) fn into_found(self) -> BTreeMap<Key, Change> {
        self.found
    }

    /// Returns the time at which the first poll starts: [`LAG`] before the newest change.
    pub(super) async fn start(&mut self) -> Result<Timestamp> {
        let newest = match sort_of(self.feed.list) {
            Some(_) => self.read_page(&newest_request(self.feed.list, self.fields)?, |_, _| Ok(false)).await?.newest,
            None => None,
        };
        let start = self.date.map_or(newest, |date| newest.map(|newest| newest.min(date)));
        Ok(start.and_then(|start| start.checked_sub(LAG).ok()).unwrap_or(Timestamp::UNIX_EPOCH))
    }

    /// Continues where the state ended, until there are `wanted` new changes. Returns the position up to which all
    /// changes were read, or `None` at the end of the list.
    pub(super) async fn read(&mut self, state: &State, wanted: usize) -> Result<Option<Position>> {
        let mut from = state.resume_at();
        loop {
            let page = self.sweep(from).await?;
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
    async fn sweep(&mut self, from: Timestamp) -> Result<PageSummary> {
        let sorted = sort_of(self.feed.list).is_some();
        for _ in 0..SWEEPS {
            let known = self.found.len();
            let mut pages = pages_since(self.feed.list, self.fields, from)?;
            let mut is_first = true;
            loop {
                let request = pages.request().clone();
                let page = self.read_page(&request, |page, response| pages.advance(page, response)).await?;
                let beyond = sorted && page.newest.is_some_and(|newest| newest > from);
                if page.more && !beyond {
                    is_first = false;
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
        advance: impl FnOnce(&Page<'_>, &Response) -> Result<bool>,
    ) -> Result<PageSummary> {
        let response = self.transport.send(request).await?;
        if self.date.is_none() {
            self.date = response.header("date").and_then(|date| Some(rfc2822::parse(date).ok()?.timestamp()));
        }
        let page = Page::read(&self.feed.list.layout, &response.body)?;
        let more = advance(&page, &response)?;
        if more && page.records.is_empty() {
            return Err(bad_reply("a page contains no records, but the service reports more"));
        }
        let sorted = sort_of(self.feed.list).is_some();
        let mut newest = None;
        for record in page.records {
            let change = Change::read(record, &self.keys, self.fields)?;
            if sorted && newest.is_some_and(|newest| change.position.at < newest) {
                return Err(bad_reply("the service does not return the requested order"));
            }
            newest = newest.max(Some(change.position.at));
            self.keep(change);
        }
        Ok(PageSummary { more, newest })
    }

    fn keep(&mut self, change: Change) {
        let known = self.found.get(&change.position.id);
        if known.is_none_or(|known| known.position < change.position) {
            self.found.insert(change.position.id.clone(), change);
        }
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
    let size = (list.paging.size().0, size.to_string());
    match list.paging {
        Paging::Numbered(paging) => vec![(paging.number, paging.first.to_string()), size],
        _ => vec![size],
    }
}

/// Returns the request for the newest change.
fn newest_request(list: &'static ListEndpoint, fields: ChangeFields) -> Result<Request> {
    let sort = sort_of(list).map(|parameter| (parameter, fields.newest_first.to_owned()));
    let page = first_page(list, 1);
    let mut request = list.list().query(Inputs::default())?;
    request.query = owned_query(sort.into_iter().chain(page).chain(with_inactive(list)));
    Ok(request)
}

/// Returns the pages of the records that changed at this time or later, oldest change first if the list can be sorted.
fn pages_since(list: &'static ListEndpoint, fields: ChangeFields, from: Timestamp) -> Result<Sequence> {
    let mut request = list.list().query(Inputs::default())?;
    let since = (fields.since, from.to_string());
    let sort = sort_of(list).map(|parameter| (parameter, fields.oldest_first.to_owned()));
    let size = list.paging.size().1;
    let page = first_page(list, size);
    request.query = owned_query([since].into_iter().chain(page).chain(sort).chain(with_inactive(list)));
    Sequence::start(request, list, size)
}
