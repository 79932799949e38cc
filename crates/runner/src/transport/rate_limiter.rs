//! Rate limiting: limits the requests per second of each account, across all invocations of a runtime.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use pipefit_component::{Response, Result};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::{Instant, Interval, MissedTickBehavior};

use super::errors::retry_after;
use super::{Layer, OutgoingRequest, Session};

/// Delays requests until the rate limiter of their account admits them.
pub(super) struct RateLimitLayer<'a, L> {
    pub(super) inner: L,
    pub(super) session: &'a Session<'a>,
}

impl<L: Layer> Layer for RateLimitLayer<'_, L> {
    async fn send(&self, request: &OutgoingRequest) -> Result<Response> {
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

/// The rate limiters of all accounts.
#[derive(Debug, Default)]
pub(super) struct RateLimiters(Mutex<HashMap<String, Arc<RateLimiter>>>);

/// Admits one request at each tick of an interval: evenly spaced, first come, first served.
#[derive(Debug)]
pub(super) struct RateLimiter(Option<tokio::sync::Mutex<Interval>>);

/// The highest rate that is limited: timers have a resolution of one millisecond.
const FASTEST: u32 = 1_000;

impl RateLimiters {
    /// Returns the rate limiter of an account, which is created with this rate.
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
        // Unused ticks are skipped; otherwise they would allow a burst.
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        Self(Some(tokio::sync::Mutex::new(ticks)))
    }

    /// Waits until the next request may be sent. The lock is fair: first come, first served.
    async fn acquire(&self) {
        if let Some(ticks) = &self.0 {
            ticks.lock().await.tick().await;
        }
    }

    /// Delays all requests until this time.
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
    async fn no_second_exceeds_the_limit_even_after_a_pause() {
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
        // Timers tick in milliseconds, so 200 requests take slightly longer than 200/60 s.
        assert!(left[199] - left[0] < Duration::from_millis(3_500));
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_delays_all_requests() {
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
