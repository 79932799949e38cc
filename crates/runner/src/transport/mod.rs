//! The way from a request to the service's response, in layers.
//!
//! Each layer is a file: it does one thing and hands the request to the layer inside it. [`Session::layers`] is the one
//! place where their order is read.

mod authentication;
mod client;
mod errors;
mod log;
mod masking;
mod rate_limiter;
mod redirects;
mod request;
mod retry;
mod shutdown;
mod token_cache;
mod token_store;

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use pipefit_component::{Code, Error, Request, Response, Result, Transport};
use tokio::time::Instant;

use self::authentication::Authenticated;
pub(crate) use self::client::accepted;
use self::client::{Client, HttpClients};
use self::errors::Checked;
use self::log::Logged;
pub(crate) use self::masking::{MASK, Mask};
use self::rate_limiter::{Limited, RateLimiters};
use self::redirects::Redirected;
pub(crate) use self::request::{Outgoing, describe_parts, is_loopback};
use self::retry::Retried;
pub use self::retry::Retries;
use self::shutdown::Shutdown;
pub(crate) use self::token_cache::TokenCache;
use self::token_store::TokenStore;
use crate::invocation::{Account, Policy};

/// One step on the way of a request to the service.
trait Layer: Send + Sync {
    /// Sends the request, by way of the layer inside.
    fn send(&self, request: &Outgoing) -> impl Future<Output = Result<Response>> + Send;
}

/// The layers of a session, outermost first.
type Layers<'a> = Retried<'a, Authenticated<'a, Checked<'a, Redirected<'a, Limited<'a, Logged<'a, Client<'a>>>>>>>;

/// What all sessions of a runtime share.
#[derive(Debug)]
pub(crate) struct Shared {
    clients: HttpClients,
    tokens: TokenStore,
    token_cache: Option<TokenCache>,
    rate_limiters: RateLimiters,
    shutdown: Shutdown,
    limits: Limits,
}

/// How much time and room a request gets.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// How often and how long a request is tried.
    pub(crate) retries: Retries,
    /// Requests a second for each account, if not as many as the component says.
    pub(crate) requests_per_second: Option<u32>,
    /// How long one response may take.
    pub(crate) response_timeout: Duration,
    /// The most bytes that one response may have.
    pub(crate) response_limit: usize,
}

impl Shared {
    pub(crate) fn new(limits: Limits, token_cache: Option<TokenCache>) -> Self {
        Self {
            clients: HttpClients::default(),
            tokens: TokenStore::default(),
            token_cache,
            rate_limiters: RateLimiters::default(),
            shutdown: Shutdown::default(),
            limits,
        }
    }

    /// Brings the work of all sessions to an end. A write that was sent may wait this long for its response.
    pub(crate) fn shut_down(&self, grace: Duration) {
        self.shutdown.begin(grace);
    }
}

/// The transport of one invocation.
pub(crate) struct Session<'a> {
    shared: &'a Shared,
    account: &'a Account,
    policy: &'a Policy,
    /// Whether requests are logged.
    debug: bool,
    /// When the invocation has to be done.
    deadline: Instant,
    /// Whether a write was sent whose response has not come yet.
    write_sent: AtomicBool,
}

impl<'a> Session<'a> {
    pub(crate) fn new(
        shared: &'a Shared,
        account: &'a Account,
        policy: &'a Policy,
        debug: bool,
        timeout: Duration,
    ) -> Self {
        let deadline = Instant::now() + timeout;
        Self { shared, account, policy, debug, deadline, write_sent: AtomicBool::new(false) }
    }

    pub(crate) fn account(&self) -> &Account {
        self.account
    }

    /// The layers that a request passes, outermost first: tries, credentials, what a status means, links to files, the
    /// rate, the log, HTTP.
    fn layers(&self) -> Layers<'_> {
        let client = Client::new(self);
        let logged = Logged { inner: client, session: self };
        let limited = Limited { inner: logged, session: self };
        let redirected = Redirected { inner: limited, session: self };
        let checked = Checked { inner: redirected, session: self };
        let authenticated = Authenticated { inner: checked, session: self };
        Retried { inner: authenticated, session: self }
    }

    /// Runs the work of this session until its deadline.
    pub(crate) async fn until_deadline<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        match tokio::time::timeout_at(self.deadline, work).await {
            Ok(done) => done,
            Err(_) if self.write_sent.load(Ordering::Acquire) => Err(Error::new(
                Code::OutcomeUnknown,
                "time ran out while a write was on its way; it may or may not have happened",
            )),
            Err(_) => Err(Error::new(Code::Timeout, "time ran out before the invocation was done")),
        }
    }

    /// Obtains the credentials of this session. Fails if no token is issued.
    pub(crate) async fn authenticate(&self) -> Result<()> {
        authentication::token(self, None).await.map(|_| ())
    }
}

#[async_trait]
impl Transport for Session<'_> {
    async fn send(&self, request: &Request) -> Result<Response> {
        self.policy.admit_request(request)?;
        let outgoing = Outgoing::new(request, self.account)?;
        self.layers().send(&outgoing).await
    }
}
