//! The end of a runtime's work: what is under way is told to come to an end.

use std::time::Duration;

use pipefit_component::{Code, Error, Result};
use tokio::sync::watch;

/// Whether the runtime was told to stop, and how long a write may still wait for its answer.
#[derive(Debug)]
pub(crate) struct Stop(watch::Sender<Option<Duration>>);

impl Default for Stop {
    fn default() -> Self {
        Self(watch::Sender::new(None))
    }
}

impl Stop {
    pub(crate) fn now(&self, grace: Duration) {
        self.0.send_replace(Some(grace));
    }

    async fn called(&self) -> Duration {
        // The sender is this very value, so that the wait ends in no other way.
        let mut told = self.0.subscribe();
        told.wait_for(Option::is_some).await.ok().and_then(|grace| *grace).unwrap_or_default()
    }

    /// Work that may be dropped at any moment.
    pub(crate) async fn or<T>(&self, work: impl Future<Output = T>) -> Result<T> {
        tokio::select! {
            biased;
            _ = self.called() => Err(Error::new(Code::Cancelled, "stopped before the answer came")),
            done = work => Ok(done),
        }
    }

    /// A write that is on its way: it gets its answer, or nobody knows what became of it.
    pub(crate) async fn or_unknown<T>(&self, write: impl Future<Output = Result<T>>) -> Result<T> {
        let over = async {
            let mut grace = self.called().await;
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
