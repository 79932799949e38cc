//! Reads what changed, and keeps the latest version of each record.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::fmt::rfc2822;
use pipefit_component::{
    ChainedPages, ChangeFields, Code, Error, Feed, Feeds, Inputs, ListEndpoint, NumberedPages, Paging, Request, Result,
    Sorting, Transport,
};

use super::change::{Change, Position};
use super::state::State;
use super::{LAG, bad_reply};
use crate::lists::{Chain, Key, KeyReader, Page};

/// How often counted pages are read again before the list is said to change too fast.
const SWEEPS: usize = 20;

pub(super) struct Reader<'a> {
    transport: &'a dyn Transport,
    fields: ChangeFields,
    feed: &'static Feed,
    keys: KeyReader,
    found: BTreeMap<Key, Change>,
    /// When the service gave its first response, by its own clock.
    date: Option<Timestamp>,
}

/// What one page says beside its records.
struct Read {
    more: bool,
    newest: Option<Timestamp>,
}

/// The requests for the pages of one sweep.
enum Pages {
    Numbered { request: Request, paging: NumberedPages, number: u64 },
    Chained(Chain),
}

impl<'a> Reader<'a> {
    pub(super) fn new(transport: &'a dyn Transport, feeds: &Feeds, feed: &'static Feed) -> Self {
        let keys = KeyReader::new(feed.list.id);
        Self { transport, fields: feeds.fields, feed, keys, found: BTreeMap::new(), date: None }
    }

    /// The request that a poll from this state makes first.
    pub(super) fn first_request(feeds: &Feeds, feed: &Feed, state: Option<&State>) -> Result<Request> {
        match state {
            Some(state) => Ok(Pages::since(feed.list, feeds.fields, state.resume_at())?.request()),
            None if sort_of(feed.list).is_some() => newest_request(feed.list, feeds.fields),
            None => Ok(Pages::since(feed.list, feeds.fields, Timestamp::UNIX_EPOCH)?.request()),
        }
    }

    pub(super) fn feed(&self) -> &'static Feed {
        self.feed
    }

    /// When the service gave its first response, by its own clock.
    pub(super) fn date(&self) -> Option<Timestamp> {
        self.date
    }

    pub(super) fn found(&self) -> impl Iterator<Item = &Change> {
        self.found.values()
    }

    pub(super) fn into_found(self) -> BTreeMap<Key, Change> {
        self.found
    }

    /// The time at which the first poll begins: shortly before the newest change there is.
    pub(super) async fn start(&mut self) -> Result<Timestamp> {
        let newest = match sort_of(self.feed.list) {
            Some(_) => self.ask(&newest_request(self.feed.list, self.fields)?, |_, _| Ok(false)).await?.newest,
            None => None,
        };
        let start = self.date.map_or(newest, |date| newest.map(|newest| newest.min(date)));
        Ok(start.and_then(|start| start.checked_sub(LAG).ok()).unwrap_or(Timestamp::UNIX_EPOCH))
    }

    /// Reads on from where the state left off, until there are enough changes or no more. Returns the position before
    /// which nothing is missing; `None` at the end.
    pub(super) async fn read(&mut self, state: &State, enough: usize) -> Result<Option<Position>> {
        let mut from = state.resume_at();
        loop {
            let page = self.sweep(from).await?;
            let (true, Some(newest)) = (page.more, page.newest) else { return Ok(None) };
            from = newest;
            let end = Position::before(from);
            let new = self.found.values().filter(|it| it.position < end && !state.has_seen(&it.position));
            if new.count() >= enough {
                return Ok(Some(end));
            }
        }
    }

    /// Reads from this time to a page that goes beyond it. A list that cannot be sorted is read to its end.
    async fn sweep(&mut self, from: Timestamp) -> Result<Read> {
        let sorted = sort_of(self.feed.list).is_some();
        for _ in 0..SWEEPS {
            let known = self.found.len();
            let mut pages = Pages::since(self.feed.list, self.fields, from)?;
            let mut is_first = true;
            loop {
                let request = pages.request();
                let page = self.ask(&request, |page, response| pages.advance(page, response)).await?;
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

    /// Asks for one page and keeps its records; `advance` says whether there is another one.
    async fn ask(
        &mut self,
        request: &Request,
        advance: impl FnOnce(&Page<'_>, &pipefit_component::Response) -> Result<bool>,
    ) -> Result<Read> {
        let response = self.transport.send(request).await?;
        if self.date.is_none() {
            self.date = response.header("date").and_then(|date| Some(rfc2822::parse(date).ok()?.timestamp()));
        }
        let page = Page::read(&self.feed.list.layout, &response.body)?;
        let more = advance(&page, &response)?;
        if more && page.records.is_empty() {
            return Err(bad_reply("a page holds nothing, yet the service says that there is more"));
        }
        let sorted = sort_of(self.feed.list).is_some();
        let mut newest = None;
        for record in page.records {
            let change = Change::read(record, &self.keys, self.fields)?;
            if sorted && newest.is_some_and(|newest| change.position.at < newest) {
                return Err(bad_reply("the service does not keep the order that it was asked for"));
            }
            newest = newest.max(Some(change.position.at));
            self.keep(change);
        }
        Ok(Read { more, newest })
    }

    fn keep(&mut self, change: Change) {
        let known = self.found.get(&change.position.id);
        if known.is_none_or(|known| known.position < change.position) {
            self.found.insert(change.position.id.clone(), change);
        }
    }
}

/// The query parameter that sorts a list at the service, if it does.
fn sort_of(list: &ListEndpoint) -> Option<&'static str> {
    match list.sorting {
        Sorting::ByService { parameter, .. } => Some(parameter),
        _ => None,
    }
}

fn own(query: impl IntoIterator<Item = (&'static str, String)>) -> Vec<(String, String)> {
    query.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn with_inactive(list: &ListEndpoint) -> Option<(&'static str, String)> {
    list.including_inactive.map(|(parameter, value)| (parameter, value.to_owned()))
}

/// The request for the latest change there is.
fn newest_request(list: &'static ListEndpoint, fields: ChangeFields) -> Result<Request> {
    let sort = sort_of(list).map(|parameter| (parameter, fields.newest_first.to_owned()));
    let page = match list.paging {
        Paging::Numbered(paging) => vec![(paging.number, paging.first.to_string()), (paging.size, "1".to_owned())],
        _ => vec![(list.paging.size().0, "1".to_owned())],
    };
    let mut request = list.list().query(Inputs::default())?;
    request.query = own(sort.into_iter().chain(page).chain(with_inactive(list)));
    Ok(request)
}

impl Pages {
    /// The pages of what changed at this time or later, the oldest first if the list can be sorted.
    fn since(list: &'static ListEndpoint, fields: ChangeFields, from: Timestamp) -> Result<Self> {
        let mut request = list.list().query(Inputs::default())?;
        let since = (fields.since, from.to_string());
        let sort = sort_of(list).map(|parameter| (parameter, fields.oldest_first.to_owned()));
        let rest = sort.into_iter().chain(with_inactive(list));
        match list.paging {
            Paging::Numbered(paging) => {
                let page = [(paging.number, String::new()), (paging.size, paging.max_size.to_string())];
                request.query = own([since].into_iter().chain(page).chain(rest));
                Ok(Self::Numbered { request, paging, number: paging.first })
            }
            Paging::Chained(paging @ ChainedPages { max_size, .. }) => {
                request.query = own([since].into_iter().chain(rest));
                Ok(Self::Chained(Chain::start(request, paging, max_size)))
            }
            _ => Err(Error::internal("this runtime does not know how to read such pages")),
        }
    }

    fn request(&self) -> Request {
        match self {
            Self::Chained(chain) => chain.request().clone(),
            Self::Numbered { request, paging, number } => {
                let mut request = request.clone();
                let page = request.query.iter_mut().filter(|(name, _)| name == paging.number);
                page.for_each(|(_, value)| *value = number.to_string());
                request
            }
        }
    }

    fn advance(&mut self, page: &Page<'_>, response: &pipefit_component::Response) -> Result<bool> {
        match self {
            Self::Chained(chain) => chain.advance(page, response),
            Self::Numbered { number, .. } => {
                *number += 1;
                Ok(page.has_more)
            }
        }
    }
}
