//! The rate limit: a token bucket for each pair of application key and tenant.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// Lets this many calls a second through, after a burst of as many.
pub(crate) struct Limiter {
    rate: f64,
    buckets: Mutex<HashMap<(String, String), Bucket>>,
}

struct Bucket {
    left: f64,
    seen: Instant,
}

impl Limiter {
    pub(crate) fn new(per_second: u32) -> Self {
        Self { rate: f64::from(per_second.max(1)), buckets: Mutex::default() }
    }

    /// Lets one call through, or returns how many seconds to wait.
    pub(crate) fn acquire(&self, application_key: &str, tenant: &str, now: Instant) -> Result<(), u64> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (application_key.to_owned(), tenant.to_owned());
        let bucket = buckets.entry(key).or_insert(Bucket { left: self.rate, seen: now });
        let passed = now.saturating_duration_since(bucket.seen).as_secs_f64();
        bucket.left = (bucket.left + passed * self.rate).min(self.rate);
        bucket.seen = now;
        if bucket.left < 1.0 {
            // At any rate of one a second or more the next call fits within a second.
            return Err(1);
        }
        bucket.left -= 1.0;
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
        assert_eq!(limiter.acquire("key", "1", start), Ok(()));
        assert_eq!(limiter.acquire("key", "1", start), Ok(()));
        assert_eq!(limiter.acquire("key", "1", start), Err(1));
        assert_eq!(limiter.acquire("key", "2", start), Ok(()));
        assert_eq!(limiter.acquire("key", "1", start + Duration::from_millis(500)), Ok(()));
        assert_eq!(limiter.acquire("key", "1", start + Duration::from_millis(500)), Err(1));
    }
}
