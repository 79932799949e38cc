//! Pages with the keys of their records.

use std::ops::Range;

use bytes::Bytes;
use pipefit_component::{Error, ListEndpoint, Result};

use super::page::{NewRecords, Page, range_in};
use super::record_key::{Key, KeyReader};

/// Pages of this many bytes or more are read on another thread: they take milliseconds, in which nothing else would be
/// received.
const LARGE: usize = 256 * 1024;

/// A page that was read, with the keys of its records.
pub(super) struct KeyedPage {
    body: Bytes,
    records: Vec<Range<usize>>,
    /// One for each record.
    pub(super) keys: Vec<Option<Key>>,
    pub(super) has_more: bool,
    pub(super) total: Option<u64>,
    pub(super) size: Option<u64>,
}

impl KeyedPage {
    /// Reads a page of this list. Fails if it does not have the declared layout.
    pub(super) async fn read(list: &'static ListEndpoint, keys: KeyReader, body: Bytes) -> Result<Self> {
        if body.len() < LARGE {
            return Self::read_here(list, &keys, body);
        }
        let reading = tokio::task::spawn_blocking(move || Self::read_here(list, &keys, body));
        reading.await.map_err(Error::internal)?
    }

    fn read_here(list: &ListEndpoint, keys: &KeyReader, body: Bytes) -> Result<Self> {
        let Page { records, has_more, total, size, .. } = Page::read(&list.layout, &body)?;
        let keys = records.iter().map(|record| keys.key(record)).collect();
        let records = records.into_iter().map(|record| range_in(&body, record)).collect();
        Ok(Self { body, records, keys, has_more, total, size })
    }

    /// The number of bytes of the page.
    pub(super) fn bytes(&self) -> usize {
        self.body.len()
    }

    /// Returns the records that are new, by their keys.
    pub(super) fn new_records(&self, mut is_new: impl FnMut(Option<&Key>) -> bool) -> NewRecords {
        let new = self.records.iter().zip(&self.keys).filter(|(_, key)| is_new(key.as_ref()));
        NewRecords::at(self.body.clone(), new.map(|(range, _)| range.clone()).collect())
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::pin::pin;
    use std::sync::mpsc;
    use std::task::Poll;

    use serde_json::json;

    use super::*;
    use crate::lists::fixtures::NUMBERED;

    async fn read(records: i64) -> Result<KeyedPage> {
        let data: Vec<_> = (0..records).map(|id| json!({"id": id, "name": "a record of a page"})).collect();
        let body = json!({"more": true, "data": data}).to_string();
        KeyedPage::read(&NUMBERED, KeyReader::new("id"), body.into()).await
    }

    #[test]
    fn only_large_pages_are_read_on_another_thread() {
        let runtime = tokio::runtime::Builder::new_current_thread().max_blocking_threads(1).build().expect("threads");
        runtime.block_on(async {
            let (free, freed) = mpsc::channel::<()>();
            let busy = tokio::task::spawn_blocking(move || freed.recv());
            let small = read(10).await.expect("a page");
            assert_eq!((small.keys.len(), small.has_more), (10, true));

            let mut large = pin!(read(10_000));
            let is_pending = poll_fn(|context| Poll::Ready(large.as_mut().poll(context).is_pending())).await;
            assert!(is_pending, "the only other thread is busy");
            drop(free);
            let large = large.await.expect("a page");
            assert!(large.bytes() >= LARGE);
            assert_eq!(large.keys.last(), Some(&Some(Key::Number(9_999))));
            assert_eq!(large.new_records(|key| key > Some(&Key::Number(9_000))).len(), 999);
            assert!(busy.await.is_ok());
        });
    }

    #[tokio::test]
    async fn a_large_page_of_another_layout_is_an_error() {
        let body = json!({"more": true, "rows": "x".repeat(LARGE)}).to_string();
        let read = KeyedPage::read(&NUMBERED, KeyReader::new("id"), body.into()).await;
        let error = read.err().expect("it has no records");
        assert!(error.to_string().contains("missing field `data`"), "{error}");
    }
}
