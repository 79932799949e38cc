//! Rate: no account sends more requests a second than its service takes, over everything that shares a runtime.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use pipefit_component::{Response, Result};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::{Instant, Interval, MissedTickBehavior};

use super::errors::retry_after;
use super::{Layer, Outgoing, Session};

/// Holds requests back until their account may send them.
pub(super) struct Limited<'a, L> {
    pub(super) inner: L,
    pub(super) session: &'a Session<'a>,
}

impl<L: Layer> Layer for Limited<'_, L> {
    async fn send(&self, request: &Outgoing) -> Result<Response> {
        let Session { shared, account, .. } = self.session;
        let per_second = shared.limits.requests_per_second.unwrap_or(account.target.requests_per_second);
        let limiter = shared.rate_limiters.of(&account.target.account, per_second);
        shared.shutdown.or_cancelled(limiter.acquire()).await?;
        let response = self.inner.send(request).await?;
        if let (429, Some(wait)) = (response.status, retry_after(&response)) {
            limiter.pause_until(Instant::now() + wait).await;
        }
        Ok(response)
    }
}

/// The rate limiter of every account.
#[derive(Debug, Default)]
pub(super) struct RateLimiters(Mutex<HashMap<String, Arc<RateLimiter>>>);

/// Lets one request go at each tick of a clock: evenly, in the order of asking, never more in any second than allowed.
#[derive(Debug)]
pub(super) struct RateLimiter(Option<tokio::sync::Mutex<Interval>>);

/// Timers know no time shorter than a millisecond; a faster rate is no limit.
const FASTEST: u32 = 1_000;

impl RateLimiters {
    /// The rate limiter of an account, for so many requests a second.
    fn of(&self, account: &SecretString, per_second: u32) -> Arc<RateLimiter> {
        let mut limiters = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(limiter) = limiters.get(account.expose_secret()) {
            return Arc::clone(limiter);
        }
        let limiter = Arc::new(RateLimiter::new(per_second));
        limiters.insert(account.expose_secret().to_owned(), Arc::clone(&limiter));
        limiter
    }
}

impl RateLimiter {
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
    async fn acquire(&self) {
        if let Some(ticks) = &self.0 {
            ticks.lock().await.tick().await;
        }
    }

    /// Lets nothing leave before this time.
    async fn pause_until(&self, time: Instant) {
        if let Some(ticks) = &self.0 {
            ticks.lock().await.reset_at(time);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn no_second_sees_more_than_its_share_even_after_a_pause() {
        let limiter = RateLimiter::new(60);
        let mut left = Vec::new();
        for wait in [0, 0, 7] {
            tokio::time::sleep(Duration::from_secs(wait)).await;
            for _ in 0..200 {
                limiter.acquire().await;
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
    async fn a_pause_is_for_all() {
        let limiter = RateLimiter::new(60);
        limiter.acquire().await;
        let began = Instant::now();
        limiter.pause_until(began + Duration::from_secs(3)).await;
        tokio::join!(limiter.acquire(), limiter.acquire());
        assert!(began.elapsed() >= Duration::from_secs(3));
    }

    #[tokio::test]
    async fn accounts_do_not_wait_for_each_other() {
        let limiters = RateLimiters::default();
        let (one, other) = (SecretString::from("key 1"), SecretString::from("key 2"));
        assert!(Arc::ptr_eq(&limiters.of(&one, 60), &limiters.of(&one, 60)));
        assert!(!Arc::ptr_eq(&limiters.of(&one, 60), &limiters.of(&other, 60)));
    }
}
