//! Slow start: how many calls are under way to nodes that do not answer yet.
//!
//! A node that cannot run a call yet, since its partition has no leader, tries it again every 50 milliseconds. Hundreds
//! of callers that come back at once after an outage keep it from electing one. So few calls go first, one more with
//! each response, and more as time passes, since calls may take long.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, timeout};

/// How many calls go first, and after which time twice as many.
const FEW: usize = 4;
const DOUBLED: Duration = Duration::from_secs(5);

/// From how many calls on there is no limit.
const MANY: usize = 1_000;

/// How often the first in the queue looks whether the time has come.
const GLANCE: Duration = Duration::from_millis(100);

#[derive(Debug, Default)]
pub(crate) struct SlowStart {
    state: Mutex<State>,
    /// One call at a time waits for a place; others queue here.
    turn: tokio::sync::Mutex<()>,
    left: Notify,
}

#[derive(Debug, Default)]
struct State {
    under_way: usize,
    /// When a call failed last and how many were answered since. `None` if nodes answer.
    doubt: Option<(Instant, usize)>,
}

/// A call that is under way, until this is dropped.
pub(crate) struct UnderWay<'a>(&'a SlowStart);

impl SlowStart {
    /// Waits until a call may be sent.
    pub(crate) async fn enter(&self) -> UnderWay<'_> {
        let _turn = self.turn.lock().await;
        while !self.state().enters() {
            let _ = timeout(GLANCE, self.left.notified()).await;
        }
        UnderWay(self)
    }

    /// Notes that no node answered a call.
    pub(crate) fn failed(&self) {
        self.state().doubt = Some((Instant::now(), 0));
    }

    /// Notes that a node answered a call.
    pub(crate) fn answered(&self) {
        if let Some((_, answers)) = &mut self.state().doubt {
            *answers += 1;
            self.left.notify_one();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn enters(&mut self) -> bool {
        let is_free = self.limit().is_none_or(|limit| self.under_way < limit);
        self.under_way += usize::from(is_free);
        is_free
    }

    /// How many calls may be under way.
    fn limit(&mut self) -> Option<usize> {
        let (failed, answers) = self.doubt?;
        let doublings = failed.elapsed().as_secs() / DOUBLED.as_secs();
        let limit = (FEW << doublings.min(10)) + answers;
        if limit >= MANY {
            self.doubt = None;
            return None;
        }
        Some(limit)
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.state().under_way -= 1;
        self.0.left.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;
    use tokio::task::unconstrained;

    use super::*;

    /// How many more calls can be sent now.
    fn enter_all(slow_start: &SlowStart) -> Vec<UnderWay<'_>> {
        std::iter::from_fn(|| unconstrained(slow_start.enter()).now_or_never()).take(5_000).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn after_a_failure_few_calls_go_first_and_more_with_time_and_answers() {
        let slow_start = SlowStart::default();
        assert_eq!(enter_all(&slow_start).len(), 5_000);
        slow_start.failed();
        let under_way = enter_all(&slow_start);
        assert_eq!(under_way.len(), FEW);
        slow_start.answered();
        let more = enter_all(&slow_start);
        assert_eq!(more.len(), 1);
        tokio::time::advance(DOUBLED).await;
        assert_eq!(enter_all(&slow_start).len(), FEW);
        drop((under_way, more));
        assert_eq!(enter_all(&slow_start).len(), 2 * FEW + 1);
        slow_start.failed();
        assert_eq!(enter_all(&slow_start).len(), FEW);
        tokio::time::advance(DOUBLED * 8).await;
        assert_eq!(enter_all(&slow_start).len(), 5_000);
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_goes_when_another_call_has_ended() {
        let slow_start = SlowStart::default();
        slow_start.failed();
        let mut under_way = enter_all(&slow_start);
        let began = Instant::now();
        let mut waiting = Box::pin(slow_start.enter());
        assert!(waiting.as_mut().now_or_never().is_none());
        under_way.pop();
        let _entered = waiting.await;
        assert!(began.elapsed() < DOUBLED);
    }
}
