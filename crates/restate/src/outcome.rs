//! What comes of an invocation, as it is journalled: the JSON text that the runner gives, and whether it may be tried
//! again.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use pipefit_component::{Code, Error};
use pipefit_runner::{PreparedInvocation, error_envelope_of};
use restate_sdk::prelude::HandlerError;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use tokio::io::AsyncWrite;

/// The largest reply that is journalled, in bytes: nodes pass on messages of at most 32 MiB.
const LARGEST_REPLY: usize = 16 * 1024 * 1024;

/// What came of an invocation.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Outcome {
    /// The reply or the error.
    pub(crate) text: Box<RawValue>,
    /// If it may be repeated without harm: the wait that the service asked for, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) again: Option<Again>,
}

/// An error after which the same invocation may be repeated.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Again {
    /// How long to wait at least, in milliseconds.
    pub(crate) after: Option<u64>,
}

impl Outcome {
    /// The outcome of an invocation that failed.
    pub(crate) fn failed(id: Option<&Value>, error: &Error) -> Self {
        let after = error.retry_after().map(|wait| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX));
        let again = error.retryable().then_some(Again { after });
        Self { text: raw(error_envelope_of(id, error)), again }
    }

    /// Sends an invocation. `None` if it was stopped before it was sent.
    pub(crate) async fn of(prepared: PreparedInvocation) -> Option<Self> {
        let id = prepared.id().cloned();
        let mut reply = Bounded::default();
        let error = match prepared.send_to(&mut reply).await {
            Ok(()) => return Some(Self { text: raw(reply.text()), again: None }),
            Err(error) => error,
        };
        let error = match error.code() {
            Code::Cancelled if reply.is_full => too_large(),
            Code::Cancelled => return None,
            _ => error,
        };
        Some(Self::failed(id.as_ref(), &error))
    }

    /// How long to wait before the next try, of which this many were made; `None` if there is none.
    pub(crate) fn wait(&self, tries: u32) -> Option<Duration> {
        const TRIES: u32 = 6;
        let again = self.again.filter(|_| tries < TRIES)?;
        let asked = again.after.map(Duration::from_millis);
        Some(asked.unwrap_or_else(|| Duration::from_millis(500) * 2_u32.pow(tries)))
    }
}

/// The error that makes Restate run a handler elsewhere: this worker stops.
pub(crate) fn elsewhere() -> HandlerError {
    HandlerError::from("this worker stops")
}

fn too_large() -> Error {
    let message = format!(
        "the reply has more than {} MiB, which is too much for one invocation on Restate: read a page of the list, or \
         hand it to a sink with `List`",
        LARGEST_REPLY / 1024 / 1024
    );
    Error::new(Code::InvalidRequest, message)
}

fn raw(text: String) -> Box<RawValue> {
    RawValue::from_string(text).unwrap_or_else(|error| {
        let error = Error::internal(format!("a reply is not JSON: {error}"));
        serde_json::value::to_raw_value(&serde_json::json!({ "error": error })).unwrap_or_default()
    })
}

/// Text that is written up to a limit.
#[derive(Default)]
struct Bounded {
    bytes: Vec<u8>,
    is_full: bool,
}

impl Bounded {
    fn text(self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
}

impl AsyncWrite for Bounded {
    fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if self.bytes.len() + bytes.len() > LARGEST_REPLY {
            self.is_full = true;
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::StorageFull, "it is too large to be journalled")));
        }
        self.bytes.extend_from_slice(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
