//! The rate limiter.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use pipefit_component::Result;

/// Limits the requests of each account. The default is one for the process or, with a folder, for all processes of the
/// machine that use it. Another one can span machines.
#[async_trait]
pub trait RateLimiter: fmt::Debug + Send + Sync {
    /// Waits until the request may be sent. Fails with `rate_limited` if that is not before the invocation must end.
    /// It is dropped when the invocation is cancelled or must end.
    async fn acquire(&self, request: &RateRequest<'_>) -> Result<()>;

    /// Holds back all requests of the account for this long: the service answered 429. A later, shorter pause does not
    /// shorten it.
    async fn pause(&self, request: &RateRequest<'_>, wait: Duration);
}

/// A request that a [`RateLimiter`] admits.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct RateRequest<'a> {
    /// Identifies the account: a digest, which contains no secret.
    pub account: &'a str,
    /// The maximum number of requests per second for the account; 0 for no limit.
    pub per_second: u32,
    /// How long the invocation may still take.
    pub remaining: Duration,
    /// Whether a trigger sends it, whose poll should not wait behind long lists.
    pub is_poll: bool,
}

impl<'a> RateRequest<'a> {
    /// Creates one of an action or data source, as the tests of a limiter need it.
    pub fn new(account: &'a str, per_second: u32, remaining: Duration) -> Self {
        Self { account, per_second, remaining, is_poll: false }
    }
}
