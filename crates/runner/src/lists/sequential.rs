//! Reads a list one page after the other: chained pages, and picklists.

use std::collections::HashSet;

use pipefit_component::{Code, ListEndpoint, Request, Result};
use serde_json::value::RawValue;

use super::page::{NewRecords, Page};
use super::record_key::{Key, KeyReader};
use super::sequence::Sequence;
use super::{PageSource, list_of};
use crate::replies::bad_reply;

/// How many consecutive pages may contain no new records.
const MAX_STALE_PAGES: u32 = 3;

/// A list that is read one page after the other. Records that were returned are not returned again.
pub(crate) struct Sequential<'a> {
    source: PageSource<'a>,
    list: &'static ListEndpoint,
    keys: KeyReader,
    sequence: Sequence,
    max_size: u64,
    /// The keys of the records that were returned.
    seen: HashSet<Key>,
    stale: u32,
    more: bool,
}

impl<'a> Sequential<'a> {
    pub(crate) fn new(source: PageSource<'a>, mut request: Request) -> Result<Self> {
        let list = list_of(&request)?;
        let max_size = super::take_size(&mut request, list);
        let sequence = Sequence::start(request, list, max_size)?;
        let keys = KeyReader::new(list.id);
        Ok(Self { source, list, keys, sequence, max_size, seen: HashSet::new(), stale: 0, more: true })
    }

    /// The request for the first page.
    pub(crate) fn first_request(&self) -> Request {
        self.sequence.request().clone()
    }

    pub(super) fn size(&self) -> u64 {
        self.max_size
    }

    /// Whether the service has more records than were returned.
    pub(super) fn has_more(&self) -> bool {
        self.more
    }

    /// Returns the new records of the next page, or `None` after the last page.
    pub(super) async fn next(&mut self) -> Result<Option<NewRecords>> {
        if !self.more {
            return Ok(None);
        }
        let response = loop {
            match self.source.page(self.sequence.request()).await {
                // A page that takes too long is requested in halves.
                Err(error) if error.code() == Code::Timeout && self.sequence.halve() => {}
                outcome => break outcome?,
            }
        };
        let page = Page::read(&self.list.layout, &response.body)?;
        let is_new = |record: &&&RawValue| self.keys.key(record).is_none_or(|key| self.seen.insert(key));
        let new: Vec<_> = page.records.iter().filter(is_new).copied().collect();
        self.stale = if new.is_empty() { self.stale + 1 } else { 0 };
        self.more = self.sequence.advance(&page, &response)?;
        if self.more && self.stale > MAX_STALE_PAGES {
            return Err(bad_reply("the pages contain no new records, but the service reports more"));
        }
        Ok(Some(NewRecords::new(&response.body, new.into_iter())))
    }
}
