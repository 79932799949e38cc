//! Reads a list one page after the other: chained pages, and picklists.

use std::collections::HashSet;

use pipefit_component::{ListEndpoint, Request, Result};
use serde_json::value::RawValue;

use super::page::{NewRecords, Page};
use super::position::{ListPosition, Place, Seen, another_list};
use super::record_key::{Key, KeyReader};
use super::sequence::Sequence;
use super::{EndGuard, PageSource, list_of};

/// A list that is read one page after the other. Records that were returned are not returned again.
pub(crate) struct Sequential<'a> {
    source: PageSource<'a>,
    list: &'static ListEndpoint,
    keys: KeyReader,
    sequence: Sequence,
    max_size: u64,
    /// The keys of the records that were returned.
    seen: HashSet<Key>,
    guard: EndGuard,
    /// The keys of the last page that was returned.
    last_page: Vec<Key>,
    more: bool,
}

impl<'a> Sequential<'a> {
    pub(crate) fn new(source: PageSource<'a>, mut request: Request) -> Result<Self> {
        let list = list_of(&request)?;
        let max_size = super::take_size(&mut request, list);
        let sequence = Sequence::start(request, list, max_size)?;
        let keys = KeyReader::new(list.id);
        let (seen, guard, last_page) = (HashSet::new(), EndGuard::default(), Vec::new());
        Ok(Self { source, list, keys, sequence, max_size, seen, guard, last_page, more: true })
    }

    /// Goes on at a position of the same list.
    pub(super) fn resume(&mut self, position: &ListPosition) -> Result<()> {
        let Place::Query(query) = &position.place else { return Err(another_list()) };
        self.sequence.resume(query);
        let Seen::Keys(keys) = &position.seen else { return Err(another_list()) };
        self.seen.extend(keys.iter().cloned());
        self.more = position.more;
        Ok(())
    }

    /// Where reading stands.
    pub(super) fn position(&self) -> ListPosition {
        let place = Place::Query(self.sequence.request().query.clone());
        ListPosition { place, seen: Seen::Keys(self.last_page.clone()), more: self.more }
    }

    /// The request for the first page.
    pub(crate) fn first_request(&self) -> Request {
        self.sequence.request().clone()
    }

    pub(super) fn size(&self) -> u64 {
        self.max_size
    }

    /// The number of requests for pages.
    pub(super) fn requests(&self) -> u64 {
        self.guard.requests()
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
            self.guard.request()?;
            match self.source.page(self.sequence.request()).await {
                // A page that takes too long is requested in halves.
                Err(error) if self.sequence.halve(&error) => {}
                outcome => break outcome?,
            }
        };
        let page = Page::read(&self.list.layout, &response.body)?;
        let keys: Vec<_> = page.records.iter().map(|record| self.keys.key(record)).collect();
        let mut is_new = |key: &Option<Key>| key.as_ref().is_none_or(|key| self.seen.insert(key.clone()));
        let new = page.records.iter().zip(&keys).filter(|(_, key)| is_new(key));
        let new: Vec<&RawValue> = new.map(|(record, _)| *record).collect();
        self.last_page = keys.into_iter().flatten().collect();
        self.more = self.sequence.advance(&page, &response)?;
        if self.more {
            self.guard.page(new.len())?;
        }
        Ok(Some(NewRecords::new(&response.body, new.into_iter())))
    }
}

#[cfg(test)]
mod tests {
    use pipefit_component::{Code, Error, Inputs};

    use super::*;
    use crate::lists::fixtures::{CHAINED, Endless, run};

    #[test]
    fn ends_at_the_bound() {
        let transport = Endless::default();
        let source = PageSource { transport: &transport, action: None, observer: None };
        let request = CHAINED.list().query(Inputs::default()).expect("it has no placeholders");
        let mut pages = Sequential::new(source, request).expect("its pages are chained");
        pages.guard = EndGuard::with_max_requests(7);
        let error = run(async {
            while pages.next().await?.is_some() {}
            Ok::<_, Error>(())
        });
        assert_eq!((error.expect_err("it ends").code(), transport.requests()), (Code::BadReply, 7));
    }
}
