//! Cancellation: stops requests in progress.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use pipefit_component::{Code, Error, Result};
use tokio::sync::watch;

use super::Session;

/// Cancels the invocations that were given it, from anywhere. All clones cancel the same invocations.
///
/// Reads, and writes that were not sent yet, fail with `cancelled`. A write that was sent waits for its response, up to
/// a grace period, and then fails with `outcome_unknown`.
#[derive(Clone, Debug)]
pub struct Cancellation(Arc<watch::Sender<Option<Duration>>>);

impl Default for Cancellation {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(None)))
    }
}

impl Cancellation {
    /// Creates one that cancels nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Cancels. A write that was sent may wait this long for its response; a second call can shorten it.
    pub fn cancel(&self, grace: Duration) {
        self.0.send_replace(Some(grace));
    }

    /// Whether it was cancelled.
    pub fn is_cancelled(&self) -> bool {
        self.0.borrow().is_some()
    }

    /// How long a write that was sent may wait for its response, if it was cancelled.
    pub fn grace(&self) -> Option<Duration> {
        *self.0.borrow()
    }

    /// Waits until it is cancelled.
    pub async fn cancelled(&self) {
        self.begun().await;
    }

    async fn begun(&self) -> Duration {
        // The sender belongs to `self`, so this cannot fail.
        let mut updates = self.0.subscribe();
        updates.wait_for(Option::is_some).await.ok().and_then(|grace| *grace).unwrap_or_default()
    }

    /// Runs work that can be dropped at any time. Fails with `cancelled` if this is cancelled before it is done.
    pub async fn or_cancelled<T>(&self, work: impl Future<Output = T>) -> Result<T> {
        or_cancelled(self, None, pin!(work)).await
    }

    /// Waits until it is cancelled, and then until the grace period ends.
    async fn grace_ended(&self) {
        let mut grace = self.begun().await;
        let mut updates = self.0.subscribe();
        // A second call may shorten the grace period.
        while tokio::time::timeout(grace, updates.changed()).await.is_ok() {
            grace = updates.borrow_and_update().unwrap_or_default();
        }
    }
}

impl Session {
    /// Returns what cancels it: what the invocation was given, or else one of its own.
    pub(crate) fn own_cancellation(&mut self) -> Cancellation {
        self.cancellation.get_or_insert_default().clone()
    }

    /// Runs work that can be dropped at any time. Fails with `cancelled` if the invocation or the runtime is stopped
    /// before it is done.
    pub(super) fn or_cancelled<T>(&self, work: impl Future<Output = T> + Unpin) -> impl Future<Output = Result<T>> {
        or_cancelled(&self.shared.shutdown, self.cancellation.as_ref(), work)
    }

    /// Waits for the response to a write, even if the invocation or the runtime is stopped, until the grace period
    /// ends. Then fails with `outcome_unknown`.
    pub(super) async fn or_outcome_unknown<T>(&self, write: impl Future<Output = Result<T>> + Unpin) -> Result<T> {
        tokio::select! {
            biased;
            done = write => done,
            () = Box::pin(self.grace_ended()) => {
                let message = "stopped during a write; it may or may not have happened";
                Err(Error::new(Code::OutcomeUnknown, message))
            }
        }
    }

    async fn grace_ended(&self) {
        let shutdown = self.shared.shutdown.grace_ended();
        let Some(own) = &self.cancellation else { return shutdown.await };
        tokio::select! {
            () = shutdown => (),
            () = own.grace_ended() => (),
        }
    }
}

/// Runs work that can be dropped at any time. Fails with `cancelled` if the runtime or the invocation is stopped before
/// it is done.
pub(super) async fn or_cancelled<T>(
    shutdown: &Cancellation,
    own: Option<&Cancellation>,
    work: impl Future<Output = T> + Unpin,
) -> Result<T> {
    let cancelled = || Err(Error::new(Code::Cancelled, "stopped before it was done; nothing was changed"));
    if shutdown.is_cancelled() || own.is_some_and(Cancellation::is_cancelled) {
        return cancelled();
    }
    // Work that need not wait is done without listening first.
    tokio::select! {
        biased;
        done = work => Ok(done),
        () = either_begun(shutdown, own) => cancelled(),
    }
}

/// Waits until one of them is cancelled.
async fn either_begun(shutdown: &Cancellation, own: Option<&Cancellation>) {
    let Some(own) = own else { return shutdown.cancelled().await };
    tokio::select! {
        biased;
        () = shutdown.cancelled() => (),
        () = own.cancelled() => (),
    }
}
