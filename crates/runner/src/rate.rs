//! The rate at which an account's requests leave, over everything that shares a runtime.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use tokio::time::{Instant, Interval, MissedTickBehavior};

/// The pace of every account.
#[derive(Debug, Default)]
pub(crate) struct Rates(Mutex<HashMap<String, Arc<Pace>>>);

/// Lets one request go at each tick of a clock: evenly, in the order of asking, never more in any second than allowed.
#[derive(Debug)]
pub(crate) struct Pace(Option<tokio::sync::Mutex<Interval>>);

/// Timers know no shorter time than a millisecond; a faster rate is no limit.
const FASTEST: u32 = 1_000;

impl Rates {
    /// The pace of an account, so many requests a second.
    pub(crate) fn of(&self, account: &SecretString, per_second: u32) -> Arc<Pace> {
        let mut paces = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pace) = paces.get(account.expose_secret()) {
            return Arc::clone(pace);
        }
        let pace = Arc::new(Pace::new(per_second));
        paces.insert(account.expose_secret().to_owned(), Arc::clone(&pace));
        pace
    }
}

impl Pace {
    fn new(per_second: u32) -> Self {
        if per_second > FASTEST {
            return Self(None);
        }
        let mut ticks = tokio::time::interval(Duration::from_secs(1) / per_second.max(1));
        // An unused tick is gone: saved ones would leave as a burst.
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        Self(Some(tokio::sync::Mutex::new(ticks)))
    }

    /// Waits until the next request may leave. The lock is fair: who asked first goes first.
    pub(crate) async fn turn(&self) {
        if let Some(ticks) = &self.0 {
            ticks.lock().await.tick().await;
        }
    }

    /// Holds everything back, since the service has had enough for now.
    pub(crate) async fn hold(&self, wait: Duration) {
        if let Some(ticks) = &self.0 {
            ticks.lock().await.reset_at(Instant::now() + wait);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn no_second_sees_more_than_its_share_even_after_a_pause() {
        let pace = Pace::new(60);
        let mut left = Vec::new();
        for wait in [0, 0, 7] {
            tokio::time::sleep(Duration::from_secs(wait)).await;
            for _ in 0..200 {
                pace.turn().await;
                left.push(Instant::now());
            }
        }
        for window in left.windows(62) {
            assert!(window[61] - window[0] >= Duration::from_secs(1));
        }
        // Timers tick in milliseconds: a minute's share takes no more than a little longer.
        assert!(left[199] - left[0] < Duration::from_millis(3_500));
    }

    #[tokio::test(start_paused = true)]
    async fn a_hold_is_for_all() {
        let pace = Pace::new(60);
        pace.turn().await;
        let began = Instant::now();
        pace.hold(Duration::from_secs(3)).await;
        tokio::join!(pace.turn(), pace.turn());
        assert!(began.elapsed() >= Duration::from_secs(3));
    }

    #[tokio::test]
    async fn accounts_do_not_wait_for_each_other() {
        let rates = Rates::default();
        let (one, other) = (SecretString::from("key 1"), SecretString::from("key 2"));
        assert!(Arc::ptr_eq(&rates.of(&one, 60), &rates.of(&one, 60)));
        assert!(!Arc::ptr_eq(&rates.of(&one, 60), &rates.of(&other, 60)));
    }
}
