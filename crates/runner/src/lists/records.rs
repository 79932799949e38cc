//! Records of a list, one by one.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use futures_util::stream::Stream;
use pipefit_component::{Error, Request, Result};
use serde::de::DeserializeOwned;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use tokio::sync::mpsc;

use super::PageSource;
use super::page::NewRecords;
use super::whole::Whole;

/// A record of a list: its JSON text, exactly as the service sent it.
#[derive(Clone, PartialEq, Eq)]
pub struct RawRecord(Bytes);

impl RawRecord {
    /// The record with this JSON text.
    pub(super) fn of(text: Bytes) -> Self {
        Self(text)
    }

    /// Returns the JSON text.
    pub fn get(&self) -> &str {
        // It was cut out of text that was read as JSON.
        str::from_utf8(&self.0).unwrap_or_default()
    }

    /// Returns the record as a value of this type. Fails if it has another form.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_slice(&self.0).map_err(bad_form)
    }
}

impl fmt::Debug for RawRecord {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.get())
    }
}

impl Serialize for RawRecord {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serde_json::from_slice::<&RawValue>(&self.0).map_err(serde::ser::Error::custom)?.serialize(serializer)
    }
}

/// The records of a list, in order. It ends after the first error. Dropping it stops reading.
#[must_use = "a stream does nothing until it is polled"]
pub struct RecordStream {
    /// Reads the list. It has no task of its own: it goes on while the stream is polled.
    work: Option<BoxFuture<'static, Result<()>>>,
    pages: mpsc::Receiver<NewRecords>,
    /// The records that arrived, and the number of those that were returned.
    page: Option<NewRecords>,
    returned: usize,
    more: Arc<AtomicBool>,
}

/// Takes the pages of a list for a [`RecordStream`]. It waits while a page is not taken yet.
pub(crate) struct RecordSender {
    pages: mpsc::Sender<NewRecords>,
    more: Arc<AtomicBool>,
}

impl RecordSender {
    /// Passes on records. `more` says whether the list has more than will be sent.
    pub(crate) async fn send(&self, records: NewRecords, more: bool) {
        self.more.store(more, Ordering::Release);
        // Fails only if the stream was dropped, and this future with it.
        let _ = self.pages.send(records).await;
    }
}

impl RecordStream {
    pub(crate) fn new<F>(read: impl FnOnce(RecordSender) -> F) -> Self
    where
        F: Future<Output = Result<()>> + Send + 'static,
    {
        let (sender, pages) = mpsc::channel(1);
        let more = Arc::new(AtomicBool::new(false));
        let work = read(RecordSender { pages: sender, more: Arc::clone(&more) });
        Self { work: Some(Box::pin(work)), pages, page: None, returned: 0, more }
    }

    /// Whether the list has more records than the stream returns: a single page of a longer list, or a data source
    /// with too many entries. It is known when the stream has ended.
    pub fn has_more(&self) -> bool {
        self.more.load(Ordering::Acquire)
    }

    /// Returns the next records, up to this many, which are already here; waits only if there are none. `None` after
    /// the last.
    pub async fn next_batch(&mut self, most: usize) -> Option<Result<Vec<RawRecord>>> {
        let first = match std::future::poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await? {
            Ok(first) => first,
            Err(error) => return Some(Err(error)),
        };
        let mut batch = vec![first];
        batch.extend(std::iter::from_fn(|| self.next_here()).take(most.saturating_sub(1)));
        Some(Ok(batch))
    }

    /// Returns the next record of the page that is here.
    fn next_here(&mut self) -> Option<RawRecord> {
        let record = self.page.as_ref()?.get(self.returned)?;
        self.returned += 1;
        Some(RawRecord(record))
    }
}

impl Stream for RecordStream {
    type Item = Result<RawRecord>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(record) = self.next_here() {
                return Poll::Ready(Some(Ok(record)));
            }
            if let Poll::Ready(Some(page)) = self.pages.poll_recv(context) {
                (self.page, self.returned) = (Some(page), 0);
                continue;
            }
            let Some(work) = &mut self.work else { return Poll::Ready(None) };
            let Poll::Ready(done) = work.as_mut().poll(context) else {
                // The work may have sent a page just now.
                match self.pages.poll_recv(context) {
                    Poll::Ready(Some(page)) => (self.page, self.returned) = (Some(page), 0),
                    _ => return Poll::Pending,
                }
                continue;
            };
            self.work = None;
            if let Err(error) = done {
                self.pages.close();
                return Poll::Ready(Some(Err(error)));
            }
        }
    }
}

impl fmt::Debug for RecordStream {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("RecordStream").field("has_more", &self.has_more()).finish_non_exhaustive()
    }
}

/// Sends the records of a whole list.
pub(crate) async fn send_records(source: PageSource<'_>, request: Request, sender: &RecordSender) -> Result<()> {
    let mut pages = Whole::of(source, request)?;
    while let Some(records) = pages.next().await? {
        sender.send(records, false).await;
    }
    Ok(())
}

/// The error of a record that has not the form that the caller expects.
#[expect(clippy::needless_pass_by_value, reason = "passed to `map_err`")]
pub(crate) fn bad_form(error: serde_json::Error) -> Error {
    crate::replies::bad_reply(format!("the data of the service has not the expected form: {error}"))
}
