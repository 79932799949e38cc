//! The rate limit: a token bucket for the one pair of application key and tenant that is let in.

use std::sync::Mutex;
use std::time::Instant;

use crate::data::lock;

/// Lets this many calls a second through, after a burst of as many.
pub(crate) struct Limiter {
    rate: f64,
    /// How many calls are left, and when that was worked out.
    bucket: Mutex<(f64, Instant)>,
}

impl Limiter {
    pub(crate) fn new(per_second: u32) -> Self {
        let rate = f64::from(per_second.max(1));
        Self { rate, bucket: Mutex::new((rate, Instant::now())) }
    }

    /// Lets one call through, or returns how many seconds to wait.
    pub(crate) fn acquire(&self, now: Instant) -> Result<(), u64> {
        let mut bucket = lock(&self.bucket);
        let (left, seen) = &mut *bucket;
        *left = (*left + now.saturating_duration_since(*seen).as_secs_f64() * self.rate).min(self.rate);
        *seen = now;
        if *left < 1.0 {
            // At any rate of one a second or more the next call fits within a second.
            return Err(1);
        }
        *left -= 1.0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::Limiter;

    #[test]
    fn refills_with_time() {
        let (limiter, start) = (Limiter::new(2), Instant::now());
        assert_eq!(limiter.acquire(start), Ok(()));
        assert_eq!(limiter.acquire(start), Ok(()));
        assert_eq!(limiter.acquire(start), Err(1));
        assert_eq!(limiter.acquire(start + Duration::from_millis(500)), Ok(()));
        assert_eq!(limiter.acquire(start + Duration::from_millis(500)), Err(1));
    }
}
