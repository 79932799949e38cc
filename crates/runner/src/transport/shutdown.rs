//! Shutdown: what is under way is told to come to an end.

use std::time::Duration;

use pipefit_component::{Code, Error, Result};
use tokio::sync::watch;

/// Whether the runtime shuts down, and how long a write that was sent may still wait for its response.
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
        // The sender is this very value, so that the wait ends in no other way.
        let mut told = self.0.subscribe();
        told.wait_for(Option::is_some).await.ok().and_then(|grace| *grace).unwrap_or_default()
    }

    /// Does work that may be dropped at any moment. Fails with `cancelled` if the shutdown begins before it is done.
    pub(super) async fn or_cancelled<T>(&self, work: impl Future<Output = T>) -> Result<T> {
        tokio::select! {
            biased;
            _ = self.begun() => Err(Error::new(Code::Cancelled, "stopped before the answer came")),
            done = work => Ok(done),
        }
    }

    /// Waits for the response to a write. Fails with `outcome_unknown` if the grace period ends before it comes.
    pub(super) async fn or_outcome_unknown<T>(&self, write: impl Future<Output = Result<T>>) -> Result<T> {
        let over = async {
            let mut grace = self.begun().await;
            let mut told = self.0.subscribe();
            // Told again, it may be more urgent.
            while tokio::time::timeout(grace, told.changed()).await.is_ok() {
                grace = told.borrow_and_update().unwrap_or_default();
            }
        };
        tokio::select! {
            biased;
            done = write => done,
            () = over => {
                let message = "stopped while a write was on its way; it may or may not have happened";
                Err(Error::new(Code::OutcomeUnknown, message))
            }
        }
    }
}
