//! The requests for the pages of a list, one after the other, whether pages are numbered or chained.

use std::collections::HashSet;

use pipefit_component::{ChainedPages, Error, ListEndpoint, Next, NumberedPages, Paging, Request, Response, Result};
use reqwest::Url;

use super::halved;
use super::page::{Page, next_link};
use crate::replies::bad_reply;

/// The request for the next page of a list.
pub(crate) struct Sequence {
    request: Request,
    size: u64,
    position: Position,
}

enum Position {
    /// The number of records before the next page.
    Numbered(NumberedPages, u64),
    /// All cursors or links that were followed, to detect a loop.
    Chained(ChainedPages, HashSet<String>),
}

impl Sequence {
    /// Starts at the first page, with at most `size` records per page.
    pub(crate) fn start(mut request: Request, list: &ListEndpoint, size: u64) -> Result<Self> {
        let position = match list.paging {
            Paging::Numbered(paging) => {
                set(&mut request, paging.size, &size.to_string());
                set(&mut request, paging.number, &paging.first.to_string());
                Position::Numbered(paging, 0)
            }
            Paging::Chained(paging) => {
                set(&mut request, paging.size, &size.to_string());
                Position::Chained(paging, HashSet::new())
            }
            _ => return Err(Error::internal("this runtime does not support this kind of paging")),
        };
        Ok(Self { request, size, position })
    }

    pub(crate) fn request(&self) -> &Request {
        &self.request
    }

    /// Goes on with the page of this query, of a list whose pages are chained.
    pub(super) fn resume(&mut self, query: &[(String, String)]) {
        self.request.query = query.to_vec();
    }

    /// Moves to the page after this one, and returns whether there is one. Fails if that page was read before.
    pub(crate) fn advance(&mut self, page: &Page<'_>, response: &Response) -> Result<bool> {
        match &mut self.position {
            Position::Numbered(paging, offset) => {
                if *offset == 0 && page.size.is_some_and(|size| (1..self.size).contains(&size)) {
                    // The service allows smaller pages than requested.
                    self.size = page.size.unwrap_or(self.size);
                    set(&mut self.request, paging.size, &self.size.to_string());
                }
                *offset = offset.saturating_add(self.size);
                set(&mut self.request, paging.number, &(*offset / self.size + paging.first).to_string());
                Ok(page.has_more)
            }
            Position::Chained(paging, followed) => {
                let next = if paging.next == Next::LinkHeader { next_link(response) } else { page.next.clone() };
                let Some(next) = next else { return Ok(false) };
                match paging.next {
                    Next::Cursor(parameter) => set(&mut self.request, parameter, &next),
                    _ => self.request.query = query_of(&next)?,
                }
                set(&mut self.request, paging.size, &self.size.to_string());
                if followed.insert(next) { Ok(true) } else { Err(bad_reply("the pages of the list form a loop")) }
            }
        }
    }

    /// If this error says that a page took too long, continues with pages of at most half the size, one of which starts
    /// where the next page starts. Returns whether it does.
    pub(crate) fn halve(&mut self, error: &Error) -> bool {
        let Position::Numbered(paging, offset) = self.position else { return false };
        let Some(half) = halved(error, self.size) else { return false };
        self.size = (1..=half).rev().find(|size| offset.is_multiple_of(*size)).unwrap_or(1);
        set(&mut self.request, paging.size, &self.size.to_string());
        set(&mut self.request, paging.number, &(offset / self.size + paging.first).to_string());
        true
    }
}

/// Sets a query parameter; a new one comes first.
fn set(request: &mut Request, name: &str, value: &str) {
    match request.query.iter_mut().find(|(known, _)| known == name) {
        Some((_, known)) => value.clone_into(known),
        None => request.query.insert(0, (name.to_owned(), value.to_owned())),
    }
}

/// Returns the query of a link. Its host and path are ignored in favor of those of the request.
fn query_of(link: &str) -> Result<Vec<(String, String)>> {
    const BASE: &str = "https://service.invalid";
    let url = Url::parse(BASE).and_then(|base| base.join(link));
    let url = url.map_err(|_| bad_reply("the link to the next page is not a URL"))?;
    Ok(url.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned())).collect())
}
