//! Handles of running invocations.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use pipefit_component::{Error, Result};
use tokio::task::JoinHandle;
use tracing::Instrument as _;

use crate::replies::Reply;
use crate::transport::Cancellation;

/// An invocation that runs in a task of its own. As a future, it is ready with the reply. If the handle is dropped, the
/// invocation goes on to its end.
#[derive(Debug)]
#[must_use = "the outcome of the invocation is lost"]
pub struct InvocationHandle {
    task: JoinHandle<Result<Reply>>,
    cancellation: Cancellation,
}

impl InvocationHandle {
    /// Starts a task inside the current span.
    pub(crate) fn spawn(
        work: impl Future<Output = Result<Reply>> + Send + 'static,
        cancellation: Cancellation,
    ) -> Self {
        Self { task: tokio::spawn(work.in_current_span()), cancellation }
    }

    /// Cancels the invocation. Await the handle to learn what became of it: a write that was sent waits this long for
    /// its response, and its reply is returned as if nothing had been cancelled.
    pub fn cancel(&self, grace: Duration) {
        self.cancellation.cancel(grace);
    }

    /// Whether the invocation has ended.
    pub fn is_finished(&self) -> bool {
        self.task.is_finished()
    }
}

impl Future for InvocationHandle {
    type Output = Result<Reply>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.task).poll(context).map(|done| done.unwrap_or_else(|error| Err(Error::internal(error))))
    }
}
