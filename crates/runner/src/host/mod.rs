//! What a host program can supply in place of the defaults: connections, tokens, rate limits, files, a policy, a clock.

mod clock;
mod connection_resolver;
mod file_source;
mod policy_hook;
mod rate_limiter;
mod token_store;

pub use clock::{Clock, SystemClock};
pub use connection_resolver::{ConnectionRequest, ConnectionResolver};
pub use file_source::FileSource;
pub use policy_hook::{Call, PolicyHook};
pub use rate_limiter::{RateLimiter, RateRequest};
pub use token_store::{FetchToken, TokenStore};
