//! Records, one a line, as they arrive.
//!
//! Every line is an object with one member. A record is `{"record": …}`; the last line is `{"end": {"records": N,
//! "more": false}}` or `{"error": {…}}`. So no record is taken for an error, and a list without a last line broke off.

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use futures_util::stream;
use pipefit_component::Result;
use pipefit_runner::{PreparedInvocation, RawRecord, RecordStream, error_envelope_of};
use serde_json::{Value, json};
use tokio::sync::OwnedSemaphorePermit;

use super::failure::Failure;
use super::invoke::RECORDS;
use crate::errors::retryable_if_cancelled;

/// The maximum number of records that are written at once.
const BATCH: usize = 100;

/// Sends a read and responds with the records of its list. An error before the first of them has a status of its own.
pub(super) async fn respond(
    prepared: PreparedInvocation,
    permit: OwnedSemaphorePermit,
    id: Option<&Value>,
) -> Result<Response, Failure> {
    let mut records = prepared.into_records()?;
    let first = records.next_batch(BATCH).await.transpose()?;
    let lines = Lines { records, first, id: id.cloned(), count: 0, has_ended: false, _permit: permit };
    let lines = stream::unfold(lines, async |mut lines| {
        let text = lines.next().await?;
        Some((Ok::<_, std::convert::Infallible>(text), lines))
    });
    Ok(([(CONTENT_TYPE, RECORDS)], Body::from_stream(lines)).into_response())
}

/// The lines of a response. Pages are requested as lines are taken; dropping it stops that.
struct Lines {
    records: RecordStream,
    /// The records that came before the response began.
    first: Option<Vec<RawRecord>>,
    id: Option<Value>,
    count: u64,
    has_ended: bool,
    _permit: OwnedSemaphorePermit,
}

impl Lines {
    /// Returns the next lines, or `None` after the last.
    async fn next(&mut self) -> Option<Bytes> {
        if self.has_ended {
            return None;
        }
        let batch = match self.first.take() {
            Some(first) => Some(Ok(first)),
            None => self.records.next_batch(BATCH).await,
        };
        let text = match batch {
            Some(Ok(records)) => {
                self.count += records.len() as u64;
                records.iter().map(line).collect()
            }
            Some(Err(error)) => self.end(&error_envelope_of(self.id.as_ref(), &retryable_if_cancelled(error))),
            None => {
                let end = json!({"records": self.count, "more": self.records.has_more()});
                let end = match &self.id {
                    Some(id) => json!({"id": id, "end": end}),
                    None => json!({"end": end}),
                };
                self.end(&end.to_string())
            }
        };
        Some(text.into())
    }

    fn end(&mut self, line: &str) -> String {
        self.has_ended = true;
        format!("{line}\n")
    }
}

/// A record on a line. Its line ends are only between values: in text they are escaped.
fn line(record: &RawRecord) -> String {
    format!("{{\"record\":{}}}\n", record.get().replace(['\n', '\r'], " "))
}
