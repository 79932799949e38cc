//! Retries: when, and after which wait, a request is sent again.
//!
//! [`Error::retryable`] says whether a request may be sent again: it is true for reads that failed in transit, and for
//! writes that certainly had no effect.

use std::pin::pin;
use std::time::{Duration, Instant, SystemTime};

use pipefit_component::{Code, Error, Response, Result, Retry};
use retry_policies::policies::ExponentialBackoff;
use retry_policies::{Jitter, RetryDecision, RetryPolicy};

use super::{Layer, OutgoingRequest, Session};

/// How many times, and for how long, a request is tried.
///
/// The waits are random between zero and a bound that doubles from [`first_wait`](Self::first_wait) to
/// [`longest_wait`](Self::longest_wait), so that clients which failed at the same time do not retry at the same time.
/// If the service states a wait (`Retry-After`), that one is used.
#[derive(Clone, Copy, Debug)]
pub struct Retries {
    /// The maximum number of times that a request is sent, including the first; 1 turns retries off.
    pub tries: u32,
    /// The bound of the first wait.
    pub first_wait: Duration,
    /// The bound of the longest wait.
    pub longest_wait: Duration,
    /// The time after the first try in which all tries must begin, whatever `Retry-After` says.
    pub within: Duration,
}

impl Default for Retries {
    /// 5 tries within 2 minutes; waits of up to 0.5, 1, 2 and 4 seconds.
    fn default() -> Self {
        Self {
            tries: 5,
            first_wait: Duration::from_millis(500),
            longest_wait: Duration::from_secs(20),
            within: Duration::from_mins(2),
        }
    }
}

/// Sends each request until it succeeds or cannot be sent again.
pub(super) struct RetryLayer<'a, L> {
    pub(super) inner: L,
    pub(super) session: &'a Session,
}

impl<L: Layer> Layer for RetryLayer<'_, L> {
    async fn send(&self, request: &OutgoingRequest) -> Result<Response> {
        let Session { shared, deadline, .. } = self.session;
        let mut attempts = Attempts::new(request.retry, shared.limits.retries);
        let line = || self.session.mask().hide(&request.line());
        let mut attempt = request.clone();
        loop {
            let error = match self.inner.send(&attempt).await {
                Ok(response) => return Ok(response),
                Err(error) => error,
            };
            self.session.note_certainty(&error);
            let Some(wait) = attempts.next(&error, *deadline) else {
                return Err(attempts.last_error(error).with_request(line()));
            };
            tracing::info!(target: "pipefit::retry", "{}: {error}; trying again in {wait:?}", line());
            self.session.or_cancelled(pin!(tokio::time::sleep(wait))).await?;
            attempt.attempt += 1;
        }
    }
}

/// The longest wait that a request can set; longer than any invocation.
const LONGEST: Duration = Duration::from_hours(24);

/// The attempts to send one request.
#[derive(Debug)]
struct Attempts {
    within: Duration,
    all_errors: bool,
    backoff: ExponentialBackoff,
    began: Instant,
    made: u32,
}

impl Attempts {
    /// Uses the rules that the request sets, otherwise the default.
    fn new(requested: Option<Retry>, default: Retries) -> Self {
        let Some(retry) = requested else { return Self::with_default(default) };
        let wait = retry.wait.min(LONGEST);
        let longest = if retry.doubling { LONGEST } else { wait };
        let backoff = ExponentialBackoff::builder().retry_bounds(wait, longest).jitter(Jitter::None);
        let backoff = backoff.build_with_max_retries(retry.times);
        Self { within: Duration::MAX, all_errors: retry.all_errors, backoff, began: Instant::now(), made: 0 }
    }

    fn with_default(retries: Retries) -> Self {
        let longest = retries.longest_wait.max(retries.first_wait);
        let backoff = ExponentialBackoff::builder().retry_bounds(retries.first_wait, longest).jitter(Jitter::Full);
        let backoff = backoff.build_with_max_retries(retries.tries.saturating_sub(1));
        Self { within: retries.within, all_errors: false, backoff, began: Instant::now(), made: 0 }
    }

    /// Returns how long to wait before the next attempt after this error, or `None` if there is no next attempt.
    fn next(&mut self, error: &Error, deadline: tokio::time::Instant) -> Option<Duration> {
        self.made += 1;
        let may_retry = error.retryable() || (self.all_errors && is_service_error(error));
        if !may_retry {
            return None;
        }
        let now = SystemTime::now();
        let RetryDecision::Retry { execute_after } = self.backoff.should_retry(now, self.made - 1) else { return None };
        let wait = execute_after.duration_since(now).unwrap_or_default();
        let wait = error.retry_after().unwrap_or(wait);
        let left = self.within.saturating_sub(self.began.elapsed());
        let left = left.min(deadline.saturating_duration_since(tokio::time::Instant::now()));
        (wait <= left && !left.is_zero()).then_some(wait)
    }

    /// Returns the last error, with the number of attempts in its message.
    fn last_error(&self, error: Error) -> Error {
        // For the caller, rejected credentials are final.
        let error = if error.code() == Code::Unauthorized { error.with_retryable(false) } else { error };
        if self.made == 1 {
            return error;
        }
        let message = format!("{} (tried {} times)", error.message(), self.made);
        error.with_message(message)
    }
}

/// Whether the service caused the error, so that another attempt may help. Rejected credentials stay rejected.
fn is_service_error(error: &Error) -> bool {
    let has_response = error.status().is_some() && error.code() != Code::Unauthorized;
    has_response || error.code() == Code::OutcomeUnknown
}

#[cfg(test)]
mod tests {
    use super::*;

    const RETRIES: Retries = Retries {
        tries: 4,
        first_wait: Duration::from_secs(1),
        longest_wait: Duration::from_secs(3),
        within: Duration::from_mins(1),
    };

    fn later() -> tokio::time::Instant {
        tokio::time::Instant::now() + Duration::from_hours(1)
    }

    fn unavailable() -> Error {
        Error::new(Code::Unavailable, "down")
    }

    #[test]
    fn waits_are_random_below_a_bound_that_doubles() {
        let mut longest = [Duration::ZERO; 3];
        for _ in 0..500 {
            let mut tries = Attempts::with_default(RETRIES);
            for longest in &mut longest {
                *longest = tries.next(&unavailable(), later()).expect("a try is left").max(*longest);
            }
            assert_eq!(tries.next(&unavailable(), later()), None, "four tries are the end");
        }
        for (bound, longest) in [1, 2, 3].into_iter().zip(longest) {
            let bound = Duration::from_secs(bound);
            assert!(longest <= bound && longest > bound.mul_f64(0.8), "{longest:?} of {bound:?}");
        }
    }

    #[test]
    fn the_wait_of_the_service_is_used_if_time_allows() {
        let limited =
            |seconds| Error::new(Code::RateLimited, "slow down").with_retry_after(Duration::from_secs(seconds));
        assert_eq!(Attempts::with_default(RETRIES).next(&limited(7), later()), Some(Duration::from_secs(7)));
        assert_eq!(Attempts::with_default(RETRIES).next(&limited(61), later()), None);
        let soon = tokio::time::Instant::now() + Duration::from_secs(5);
        assert_eq!(Attempts::with_default(RETRIES).next(&limited(7), soon), None);
    }

    #[test]
    fn a_request_can_set_its_own_retries() {
        let requested = Retry { times: 3, wait: Duration::from_millis(100), doubling: false, all_errors: false };
        for (doubling, waits) in [(false, [100, 100, 100]), (true, [100, 200, 400])] {
            let mut tries = Attempts::new(Some(Retry { doubling, ..requested }), RETRIES);
            for wait in waits {
                let next = tries.next(&unavailable(), later()).map(|wait| wait.as_millis());
                assert_eq!(next, Some(wait));
            }
            assert_eq!(tries.next(&unavailable(), later()), None);
        }
        let endless = Retry { times: u32::MAX, wait: Duration::MAX, doubling: true, all_errors: true };
        assert_eq!(Attempts::new(Some(endless), RETRIES).next(&unavailable(), later()), None, "no time for that wait");
    }

    #[test]
    fn all_errors_means_those_of_the_service() {
        let requested = Retry { times: 1, wait: Duration::ZERO, doubling: false, all_errors: true };
        let service_error = |code, status| Error::new(code, "no").with_status(status);
        let table = [
            (service_error(Code::Rejected, 400), true),
            (Error::new(Code::OutcomeUnknown, "no response"), true),
            (service_error(Code::Unauthorized, 401), false),
            (Error::new(Code::Cancelled, "stopped"), false),
            (Error::new(Code::InvalidInput, "no header"), false),
        ];
        for (error, again) in table {
            assert_eq!(Attempts::new(Some(requested), RETRIES).next(&error, later()).is_some(), again, "{error}");
        }
    }

    #[test]
    fn errors_that_are_not_retryable_end_the_attempts() {
        let unknown = Error::new(Code::OutcomeUnknown, "no response");
        assert_eq!(Attempts::with_default(RETRIES).next(&unknown, later()), None);
    }
}
