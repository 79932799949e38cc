//! Rate limiting: limits the requests per second of each account, across all invocations of a runtime.

use std::path::PathBuf;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use pipefit_component::{Code, Error, Response, Result};
use tokio::sync::{Mutex, watch};
use tokio::time::Instant;

use super::errors::retry_after;
use super::kept::Kept;
use super::slot_file::{Reservation, SlotFile};
use super::{Layer, OutgoingRequest, Session};
use crate::host::{RateLimiter, RateRequest};

/// The pause after a 429 that states no wait.
pub(super) const SHORT_PAUSE: Duration = Duration::from_secs(1);

/// The longest pause: a mistake of the service must not stop an account for longer.
pub(super) const LONGEST_PAUSE: Duration = Duration::from_mins(15);

/// The highest rate that is limited: timers have a resolution of one millisecond.
const FASTEST: u32 = 1_000;

/// How long a reservation holds. Requests that were reserved long ago and leave together would be a burst.
const RESERVATION: Duration = Duration::from_millis(250);

/// Delays requests until the rate limiter admits them.
pub(super) struct RateLimitLayer<'a, L> {
    pub(super) inner: L,
    pub(super) session: &'a Session,
}

impl<L: Layer> Layer for RateLimitLayer<'_, L> {
    async fn send(&self, request: &OutgoingRequest) -> Result<Response> {
        let session = self.session;
        let limiter = &session.shared.rate_limiter;
        let began = Instant::now();
        if !session.take_reservation() {
            session.or_cancelled(limiter.acquire(&session.rate_request(began))).await.flatten()?;
        }
        let mut admitted = request.clone();
        admitted.waited = began.elapsed();
        let response = self.inner.send(&admitted).await?;
        if response.status == 429 {
            let wait = retry_after(&response, session.now()).unwrap_or(SHORT_PAUSE).min(LONGEST_PAUSE);
            limiter.pause(&session.rate_request(Instant::now()), wait).await;
        }
        Ok(response)
    }
}

impl Session {
    /// Waits until the rate limiter admits the first request. See [`crate::PreparedInvocation::reserve`].
    pub(crate) async fn reserve(&self) -> Result<()> {
        let request = self.rate_request(Instant::now());
        self.or_cancelled(self.shared.rate_limiter.acquire(&request)).await.flatten()?;
        *self.reserved.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        Ok(())
    }

    /// Whether a request was admitted just now that was not sent yet.
    fn take_reservation(&self) -> bool {
        let reserved = self.reserved.lock().unwrap_or_else(PoisonError::into_inner).take();
        reserved.is_some_and(|at| at.elapsed() < RESERVATION)
    }

    fn rate_request(&self, now: Instant) -> RateRequest<'_> {
        RateRequest {
            account: self.account.id(),
            per_second: self.shared.limits.requests_per_second.unwrap_or(self.account.target.requests_per_second),
            remaining: self.deadline.saturating_duration_since(now),
            is_poll: self.is_poll,
        }
    }
}

/// The rate limiters of all accounts, for the process or, with a folder, for all processes that use it.
#[derive(Debug)]
pub(super) struct LocalRateLimiter {
    accounts: Kept<String, AccountLimiter>,
    folder: Option<PathBuf>,
}

impl LocalRateLimiter {
    pub(super) fn new(folder: Option<PathBuf>) -> Self {
        Self { accounts: Kept::new(usize::MAX), folder }
    }

    fn of(&self, request: &RateRequest<'_>, now: Instant) -> Arc<AccountLimiter> {
        let file =
            || self.folder.as_ref().map(|folder| SlotFile::new(folder.join(request.account).with_extension("pace")));
        let create = || AccountLimiter::new(request.per_second, file());
        self.accounts.get(request.account, now.into_std(), create)
    }
}

#[async_trait]
impl RateLimiter for LocalRateLimiter {
    async fn acquire(&self, request: &RateRequest<'_>) -> Result<()> {
        let now = Instant::now();
        let account = self.of(request, now);
        if account.is_free(now) {
            return Ok(());
        }
        Box::pin(account.acquire(now + request.remaining)).await
    }

    async fn pause(&self, request: &RateRequest<'_>, wait: Duration) {
        self.of(request, Instant::now()).pause_everywhere(wait).await;
    }
}

/// Admits one request for each slot of a clock: evenly spaced, first come, first served. It is bound to no event loop.
#[derive(Debug)]
struct AccountLimiter {
    /// The time between two slots; zero for no limit.
    interval: Duration,
    /// The next slot. Who waits for it holds the lock, which is fair.
    next: Mutex<Instant>,
    paused_until: watch::Sender<Instant>,
    /// The next slot, which other processes share.
    file: Option<SlotFile>,
}

impl AccountLimiter {
    /// No rate, and one that no timer can keep, is no limit.
    fn new(per_second: u32, file: Option<SlotFile>) -> Self {
        let limited = (1..=FASTEST).contains(&per_second);
        let interval = if limited { Duration::from_secs(1) / per_second } else { Duration::ZERO };
        let now = Instant::now();
        Self { interval, next: Mutex::new(now), paused_until: watch::Sender::new(now), file }
    }

    /// Waits until the next request may be sent. Fails at once, and as soon as it is known, if a pause ends after the
    /// deadline.
    async fn acquire(&self, deadline: Instant) -> Result<()> {
        tokio::select! {
            biased;
            pause = self.pause_beyond(deadline) => {
                let message = "the service received too many requests; it asked for a pause that ends too late";
                Err(Error::new(Code::RateLimited, message).with_retry_after(pause))
            }
            () = self.next_slot() => Ok(()),
        }
    }

    /// Takes the next slot if it is free at once and nobody else knows of slots.
    fn is_free(&self, now: Instant) -> bool {
        if self.file.is_some() || *self.paused_until.borrow() > now {
            return false;
        }
        if self.interval.is_zero() {
            return true;
        }
        let Ok(mut next) = self.next.try_lock() else { return false };
        if *next > now {
            return false;
        }
        *next = self.first(*next, now) + self.interval;
        true
    }

    /// Returns the first slot that can be used, where `next` was the next one. Slots that nobody used are gone;
    /// otherwise they would allow a burst.
    fn first(&self, next: Instant, now: Instant) -> Instant {
        if now.saturating_duration_since(next) < self.interval { next } else { now }
    }

    async fn next_slot(&self) {
        let mut next = self.next.lock().await;
        loop {
            let pause = *self.paused_until.borrow();
            tokio::time::sleep_until(pause).await;
            let Some(slot) = self.reserve(&mut next).await else { continue };
            if slot <= Instant::now() {
                return;
            }
            tokio::time::sleep_until(slot).await;
            if !self.is_paused().await {
                return;
            }
        }
    }

    /// Returns the next slot, or nothing if another process began a pause.
    async fn reserve(&self, next: &mut Instant) -> Option<Instant> {
        let reserved = match &self.file {
            Some(file) => file.reserve(self.interval).await,
            None => Reservation::default(),
        };
        if reserved.pause > Duration::ZERO {
            self.pause(reserved.pause);
            return None;
        }
        let now = Instant::now();
        let slot = self.first(*next, now).max(now + reserved.slot);
        *next = slot + self.interval;
        Some(slot)
    }

    async fn is_paused(&self) -> bool {
        if let Some(file) = &self.file {
            self.pause(file.pause().await);
        }
        *self.paused_until.borrow() > Instant::now()
    }

    /// Delays all requests, also those of other processes.
    async fn pause_everywhere(&self, wait: Duration) {
        self.pause(wait);
        if let Some(file) = &self.file {
            file.pause_for(wait.min(LONGEST_PAUSE)).await;
        }
    }

    /// Delays all requests, those that already wait among them. Never shortens a pause.
    fn pause(&self, wait: Duration) {
        let until = Instant::now() + wait.min(LONGEST_PAUSE);
        self.paused_until.send_if_modified(|current| {
            let longer = until > *current;
            *current = until.max(*current);
            longer
        });
    }

    /// Waits for a pause that ends after this time. Returns how long it still lasts.
    async fn pause_beyond(&self, deadline: Instant) -> Duration {
        let mut pauses = self.paused_until.subscribe();
        let until = pauses.wait_for(|until| *until > deadline).await.map_or(deadline, |until| *until);
        until.saturating_duration_since(Instant::now())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn later() -> Instant {
        Instant::now() + Duration::from_hours(1)
    }

    async fn acquire(limiter: &AccountLimiter) -> Instant {
        limiter.acquire(later()).await.expect("there is time enough");
        Instant::now()
    }

    #[tokio::test(start_paused = true)]
    async fn no_second_exceeds_the_limit_even_after_a_pause() {
        let limiter = AccountLimiter::new(60, None);
        let mut left = Vec::new();
        for wait in [0, 0, 7] {
            tokio::time::sleep(Duration::from_secs(wait)).await;
            for _ in 0..200 {
                left.push(acquire(&limiter).await);
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
        for rate in [0, 1, 60, u32::MAX] {
            let limiter = AccountLimiter::new(rate, None);
            acquire(&limiter).await;
            let began = Instant::now();
            let pauses = async {
                // The first of the requests below waits already, for its slot.
                tokio::time::sleep(Duration::from_millis(1)).await;
                limiter.pause(Duration::from_secs(3));
                limiter.pause(Duration::ZERO);
            };
            let (first, second, ()) = if (1..=FASTEST).contains(&rate) {
                tokio::join!(acquire(&limiter), acquire(&limiter), pauses)
            } else {
                pauses.await;
                tokio::join!(acquire(&limiter), acquire(&limiter), async {})
            };
            assert!(first.min(second) >= began + Duration::from_secs(3), "at a rate of {rate}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn no_pause_is_longer_than_a_quarter_of_an_hour() {
        let limiter = AccountLimiter::new(60, None);
        let began = Instant::now();
        limiter.pause(Duration::MAX);
        assert_eq!((acquire(&limiter).await - began).as_secs(), 900);
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_beyond_the_deadline_is_told_at_once_to_those_that_already_wait() {
        let limiter = AccountLimiter::new(1, None);
        acquire(&limiter).await;
        let began = Instant::now();
        let soon = began + Duration::from_secs(30);
        let pause = async { limiter.pause(Duration::from_mins(1)) };
        let (patient, one, other, ()) =
            tokio::join!(acquire(&limiter), limiter.acquire(soon), limiter.acquire(soon), pause);
        for refused in [one, other] {
            let error = refused.expect_err("the pause ends after the deadline");
            assert_eq!((error.code(), error.retry_after()), (Code::RateLimited, Some(Duration::from_mins(1))));
        }
        assert!(patient >= began + Duration::from_mins(1));
    }
}
