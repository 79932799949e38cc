//! Chained pages: each page contains a cursor or a link to the next one.

use std::collections::HashSet;

use pipefit_component::{ChainedPages, ListEndpoint, Next, Request, Response, Result};
use reqwest::Url;

use super::PageSource;
use super::page::{NewRecords, Page, next_link};
use super::record_key::{Key, KeyReader};
use crate::replies::bad_reply;

/// How many consecutive pages may contain no new records.
const MAX_STALE_PAGES: u32 = 3;

/// Reads a list whose pages are chained.
pub(crate) struct Chained<'a> {
    source: PageSource<'a>,
    list: &'static ListEndpoint,
    keys: KeyReader,
    chain: Chain,
    max_size: u64,
    /// The keys of the records that were returned.
    seen: HashSet<Key>,
    stale: u32,
    more: bool,
}

impl<'a> Chained<'a> {
    pub(super) fn new(
        source: PageSource<'a>,
        mut request: Request,
        list: &'static ListEndpoint,
        paging: ChainedPages,
    ) -> Self {
        let max_size = super::take_size(&mut request, list);
        let chain = Chain::start(request, paging, max_size);
        Self {
            source,
            list,
            keys: KeyReader::new(list.id),
            chain,
            max_size,
            seen: HashSet::new(),
            stale: 0,
            more: true,
        }
    }

    /// The request for the first page.
    pub(super) fn first_request(&self) -> Request {
        self.chain.request().clone()
    }

    pub(super) fn size(&self) -> u64 {
        self.max_size
    }

    pub(super) fn has_more(&self) -> bool {
        self.more
    }

    /// Returns the new records of the next page, or `None` after the last page.
    pub(super) async fn next(&mut self) -> Result<Option<NewRecords>> {
        if !self.more {
            return Ok(None);
        }
        let response = self.source.page(self.chain.request()).await?;
        let page = Page::read(&self.list.layout, &response.body)?;
        let is_new =
            |record: &&&serde_json::value::RawValue| self.keys.key(record).is_none_or(|key| self.seen.insert(key));
        let new: Vec<_> = page.records.iter().filter(is_new).copied().collect();
        self.stale = if new.is_empty() { self.stale + 1 } else { 0 };
        self.more = self.chain.advance(&page, &response)?;
        if self.more && self.stale > MAX_STALE_PAGES {
            return Err(bad_reply("the pages contain no new records, but the service reports more"));
        }
        Ok(Some(NewRecords::new(&response.body, new.into_iter())))
    }
}

/// The position in a chain of pages: the request for the next page.
pub(crate) struct Chain {
    request: Request,
    paging: ChainedPages,
    max_size: u64,
    /// All cursors or links that were followed, to detect a loop.
    followed: HashSet<String>,
}

impl Chain {
    /// Starts at the first page, with at most `max_size` records per page.
    pub(crate) fn start(mut request: Request, paging: ChainedPages, max_size: u64) -> Self {
        request.query.push((paging.size.to_owned(), max_size.to_string()));
        Self { request, paging, max_size, followed: HashSet::new() }
    }

    /// The request for the next page.
    pub(crate) fn request(&self) -> &Request {
        &self.request
    }

    /// Moves to the page after this one, and returns whether there is one. Fails if that page was read before.
    pub(crate) fn advance(&mut self, page: &Page<'_>, response: &Response) -> Result<bool> {
        let next = match self.paging.next {
            Next::LinkHeader => next_link(response),
            _ => page.next.clone(),
        };
        let Some(next) = next else { return Ok(false) };
        match self.paging.next {
            Next::Cursor(parameter) => {
                self.request.query.retain(|(name, _)| name != parameter);
                self.request.query.push((parameter.to_owned(), next.clone()));
            }
            _ => self.request.query = query_of(&next)?,
        }
        let size = self.paging.size;
        if !self.request.query.iter().any(|(name, _)| name == size) {
            self.request.query.push((size.to_owned(), self.max_size.to_string()));
        }
        if self.followed.insert(next) {
            return Ok(true);
        }
        Err(bad_reply("the pages of the list form a loop"))
    }
}

/// Returns the query of a link. Its host and path are ignored in favor of those of the request.
fn query_of(link: &str) -> Result<Vec<(String, String)>> {
    const BASE: &str = "https://service.invalid";
    let url = Url::parse(BASE).and_then(|base| base.join(link));
    let url = url.map_err(|_| bad_reply("the link to the next page is not a URL"))?;
    Ok(url.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned())).collect())
}
