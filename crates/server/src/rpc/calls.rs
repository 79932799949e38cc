//! The calls of a peer that are in flight.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use pipefit_runner::Cancellation;
use serde_json::Value;
use tokio::sync::Semaphore;

use super::message::Id;

/// The calls of one peer, by their ids.
#[derive(Clone, Debug, Default)]
pub(super) struct Calls {
    state: Arc<Mutex<State>>,
    /// How many calls of all peers are in flight.
    in_flight: Arc<AtomicUsize>,
}

#[derive(Debug, Default)]
struct State {
    by_id: HashMap<Id, Cancellation>,
    /// The credit of those that send records, by their progress tokens.
    credits: HashMap<String, Arc<Semaphore>>,
    /// Whether the peer sends nothing more, so that no credit can come.
    ended: bool,
}

/// A call in flight. Dropping it ends it.
pub(super) struct Call {
    calls: Calls,
    id: Id,
    pub(super) cancellation: Cancellation,
}

/// The credit of a call that sends records: how many batches it may send. Dropping it ends it.
pub(super) struct Credit {
    calls: Calls,
    token: String,
    batches: Arc<Semaphore>,
}

impl Calls {
    /// Creates those of a peer, which are counted with the others.
    pub(super) fn counted(in_flight: Arc<AtomicUsize>) -> Self {
        Self { in_flight, ..Self::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a call, or returns nothing if there is one with this id.
    pub(super) fn begin(&self, id: &Id) -> Option<Call> {
        let mut state = self.state();
        let Entry::Vacant(place) = state.by_id.entry(Id::clone(id)) else { return None };
        let cancellation = place.insert(Cancellation::new()).clone();
        self.in_flight.fetch_add(1, Ordering::SeqCst);
        Some(Call { calls: self.clone(), id: Id::clone(id), cancellation })
    }

    /// Cancels the call with this id, if there is one.
    pub(super) fn cancel(&self, id: &Value, grace: Duration) {
        if let Some(call) = self.state().by_id.get(id.to_string().as_str()) {
            call.cancel(grace);
        }
    }

    /// Cancels all calls.
    pub(super) fn cancel_all(&self, grace: Duration) {
        let state = self.state();
        // Their order does not matter.
        #[expect(clippy::iter_over_hash_type, reason = "all are cancelled")]
        for call in state.by_id.values() {
            call.cancel(grace);
        }
    }

    /// Opens a credit of so many batches, or returns nothing if there is one with this token.
    pub(super) fn open_credit(&self, token: &Value, batches: u32) -> Option<Credit> {
        let mut state = self.state();
        let token = token.to_string();
        if state.credits.contains_key(&token) {
            return None;
        }
        let permits = if state.ended { Semaphore::MAX_PERMITS } else { batches as usize };
        let batches = Arc::new(Semaphore::new(permits));
        state.credits.insert(token.clone(), Arc::clone(&batches));
        Some(Credit { calls: self.clone(), token, batches })
    }

    /// Adds to the credit with this token, if there is one.
    pub(super) fn add_credit(&self, token: &Value, batches: u32) {
        if let Some(credit) = self.state().credits.get(&token.to_string()) {
            add(credit, batches as usize);
        }
    }

    /// Notes that the peer sends nothing more. What remains is sent as fast as it reads.
    pub(super) fn input_ended(&self) {
        let mut state = self.state();
        state.ended = true;
        #[expect(clippy::iter_over_hash_type, reason = "all are changed alike")]
        for credit in state.credits.values() {
            add(credit, Semaphore::MAX_PERMITS);
        }
    }
}

/// Adds permits, up to the maximum: more is a panic.
fn add(credit: &Semaphore, batches: usize) {
    credit.add_permits(batches.min(Semaphore::MAX_PERMITS - credit.available_permits()));
}

impl Credit {
    /// Takes one batch of the credit; waits for it.
    pub(super) async fn take(&self) {
        // The semaphore is never closed.
        if let Ok(permit) = self.batches.acquire().await {
            permit.forget();
        }
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        self.calls.state().by_id.remove(&self.id);
        self.calls.in_flight.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Drop for Credit {
    fn drop(&mut self) {
        self.calls.state().credits.remove(&self.token);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[tokio::test]
    async fn no_credit_is_too_much() {
        let calls = Calls::default();
        let credit = calls.open_credit(&json!("a"), 1).expect("the token is new");
        assert!(calls.open_credit(&json!("a"), 1).is_none());
        for _ in 0..3 {
            calls.add_credit(&json!("a"), u32::MAX);
        }
        calls.input_ended();
        calls.add_credit(&json!("a"), u32::MAX);
        credit.take().await;
        drop(credit);
        assert!(calls.open_credit(&json!("a"), 1).is_some());
    }

    #[test]
    fn an_id_can_be_used_again() {
        let calls = Calls::default();
        let (number, text) = (Id::from("1"), Id::from("\"1\""));
        let call = calls.begin(&number).expect("the id is new");
        assert!(calls.begin(&number).is_none() && calls.begin(&text).is_some());
        calls.cancel(&json!(1), Duration::ZERO);
        assert!(call.cancellation.is_cancelled());
        drop(call);
        assert!(calls.begin(&number).is_some());
    }
}
