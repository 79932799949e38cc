//! Shutdown: stops requests in progress.

use std::time::Duration;

use pipefit_component::{Code, Error, Result};
use tokio::sync::watch;

/// Whether the runtime is shutting down, and how long a write that was sent may still wait for its response.
#[derive(Debug)]
pub(super) struct Shutdown(watch::Sender<Option<Duration>>);

impl Default for Shutdown {
    fn default() -> Self {
        Self(watch::Sender::new(None))
    }
}

impl Shutdown {
    pub(super) fn begin(&self, grace: Duration) {
        self.0.send_replace(Some(grace));
    }

    async fn begun(&self) -> Duration {
        // The sender belongs to `self`, so this cannot fail.
        let mut updates = self.0.subscribe();
        updates.wait_for(Option::is_some).await.ok().and_then(|grace| *grace).unwrap_or_default()
    }

    /// Runs work that can be dropped at any time. Fails with `cancelled` if a shutdown begins before it is done.
    pub(super) async fn or_cancelled<T>(&self, work: impl Future<Output = T>) -> Result<T> {
        tokio::select! {
            biased;
            _ = self.begun() => Err(Error::new(Code::Cancelled, "stopped before the response arrived")),
            done = work => Ok(done),
        }
    }

    /// Waits for the response to a write. Fails with `outcome_unknown` if the grace period ends before it arrives.
    pub(super) async fn or_outcome_unknown<T>(&self, write: impl Future<Output = Result<T>>) -> Result<T> {
        let over = async {
            let mut grace = self.begun().await;
            let mut updates = self.0.subscribe();
            // A second shutdown may shorten the grace period.
            while tokio::time::timeout(grace, updates.changed()).await.is_ok() {
                grace = updates.borrow_and_update().unwrap_or_default();
            }
        };
        tokio::select! {
            biased;
            done = write => done,
            () = over => {
                let message = "stopped during a write; it may or may not have happened";
                Err(Error::new(Code::OutcomeUnknown, message))
            }
        }
    }
}
