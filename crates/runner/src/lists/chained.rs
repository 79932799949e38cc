//! Chained pages: each page leads to the next one, by a cursor or a link.

use std::collections::HashSet;

use pipefit_component::{ChainedPages, ListEndpoint, Next, Request, Response, Result};
use reqwest::Url;

use super::PageSource;
use super::page::{NewRecords, Page, bad_page, next_link};
use super::record_key::{Key, KeyReader};

/// How many pages in a row may bring nothing new.
const STALE: u32 = 3;

/// A list that is read page by page.
pub(crate) struct Chained<'a> {
    source: PageSource<'a>,
    list: &'static ListEndpoint,
    keys: KeyReader,
    chain: Chain,
    most: u64,
    /// The keys of all records that were returned.
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
        let most = super::take_size(&mut request, list);
        let chain = Chain::start(request, paging, most);
        Self { source, list, keys: KeyReader::new(list.id), chain, most, seen: HashSet::new(), stale: 0, more: true }
    }

    /// The request for the first page.
    pub(super) fn first_request(&self) -> Request {
        self.chain.request().clone()
    }

    pub(super) fn size(&self) -> u64 {
        self.most
    }

    pub(super) fn has_more(&self) -> bool {
        self.more
    }

    /// The records of the next page that are new; `None` at the end.
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
        if self.more && self.stale > STALE {
            return Err(bad_page("page after page brings nothing new, yet the service says that there is more"));
        }
        Ok(Some(NewRecords::new(&response.body, new.into_iter())))
    }
}

/// The place in a chain of pages: the request for the page that comes next.
pub(crate) struct Chain {
    request: Request,
    paging: ChainedPages,
    most: u64,
    /// Every cursor or link that was followed: a chain that comes back to one would never end.
    followed: HashSet<String>,
}

impl Chain {
    /// The first page, with at most so many records on each.
    pub(crate) fn start(mut request: Request, paging: ChainedPages, most: u64) -> Self {
        request.query.push((paging.size.to_owned(), most.to_string()));
        Self { request, paging, most, followed: HashSet::new() }
    }

    /// The request for the next page.
    pub(crate) fn request(&self) -> &Request {
        &self.request
    }

    /// Goes on to the page that this one leads to, and returns whether there is one. Fails if the chain leads back to a
    /// page that was read.
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
            self.request.query.push((size.to_owned(), self.most.to_string()));
        }
        if self.followed.insert(next) {
            return Ok(true);
        }
        Err(bad_page("the pages of the service's list lead back to a page that was read"))
    }
}

/// The query of a link. Its host and path are not followed: they are the request's own.
fn query_of(link: &str) -> Result<Vec<(String, String)>> {
    const BASE: &str = "https://service.invalid";
    let url = Url::parse(BASE).and_then(|base| base.join(link));
    let url = url.map_err(|_| bad_page("the link to the next page is not a URL"))?;
    Ok(url.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned())).collect())
}
