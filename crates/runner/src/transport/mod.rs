//! The transport: sends requests through a stack of layers.
//!
//! Each layer has its own file, does one thing, and passes the request to the layer inside it. [`Session::layers`]
//! defines their order.

mod authentication;
mod cancellation;
mod client;
mod errors;
mod kept;
mod log;
mod masking;
mod private_files;
mod rate_limiter;
mod redirects;
mod request;
mod retry;
mod slot_file;
mod token_cache;
mod token_store;

use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use pipefit_component::{Code, Error, Request, Response, Result, Transport};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::Instant;

use self::authentication::AuthenticationLayer;
pub use self::cancellation::Cancellation;
pub(crate) use self::client::accepted_write;
pub use self::client::client_builder;
use self::client::{HttpClients, HttpLayer};
use self::errors::ErrorLayer;
pub(crate) use self::kept::{Kept, digest, digest_of};
use self::log::LogLayer;
pub(crate) use self::masking::{MASK, Mask};
use self::rate_limiter::{LocalRateLimiter, RateLimitLayer};
use self::redirects::RedirectLayer;
pub(crate) use self::request::{BaseUrl, Credentials, OutgoingRequest, describe_parts, headers_of, is_loopback};
pub use self::retry::Retries;
use self::retry::RetryLayer;
use self::token_cache::TokenCache;
pub(crate) use self::token_store::{SharedToken, identity};
use crate::host::{Clock, RateLimiter, SystemClock, TokenStore};
use crate::invocation::{Account, Policy};
use crate::telemetry::Metrics;

/// The longest that an invocation may take, whatever is set: a clock ends somewhere.
const LONGEST: Duration = Duration::from_hours(24 * 365);

/// A layer of the transport.
trait Layer: Send + Sync {
    /// Sends the request through the layer inside.
    fn send(&self, request: &OutgoingRequest) -> impl Future<Output = Result<Response>> + Send;
}

/// The layers of a session, outermost first.
type Layers<'a> = RetryLayer<'a, AuthenticationLayer<'a, ErrorLayer<'a, RedirectLayer<'a, RateLimitedLayers<'a>>>>>;
type RateLimitedLayers<'a> = RateLimitLayer<'a, LogLayer<'a, HttpLayer<'a>>>;

/// The state that all sessions of a runtime share.
#[derive(Debug)]
pub(crate) struct SharedState {
    clients: HttpClients,
    /// The tokens of all connections, by the identity of their credentials.
    tokens: Kept<String, SharedToken>,
    token_store: Option<Arc<dyn TokenStore>>,
    rate_limiter: Arc<dyn RateLimiter>,
    clock: Arc<dyn Clock>,
    /// The locks of records that are created only once, by a digest of what identifies them.
    creations: Kept<String, tokio::sync::Mutex<()>>,
    shutdown: Cancellation,
    limits: Limits,
    policy: Policy,
    metrics: Metrics,
}

/// What the host supplies to the transport.
#[derive(Debug, Default)]
pub(crate) struct Host {
    pub(crate) http_client: Option<reqwest::Client>,
    /// Where processes share tokens and rate limits.
    pub(crate) folder: Option<PathBuf>,
    pub(crate) token_store: Option<Arc<dyn TokenStore>>,
    pub(crate) rate_limiter: Option<Arc<dyn RateLimiter>>,
    pub(crate) clock: Option<Arc<dyn Clock>>,
}

/// The limits of requests and responses.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// How many times, and for how long, a request is tried.
    pub(crate) retries: Retries,
    /// The maximum number of requests per second for each account; `None` for the limit of the component.
    pub(crate) requests_per_second: Option<u32>,
    /// How long one response may take.
    pub(crate) response_timeout: Duration,
    /// The maximum number of bytes of one response.
    pub(crate) response_limit: usize,
}

impl SharedState {
    pub(crate) fn new(limits: Limits, policy: Policy, host: Host) -> Self {
        let Host { http_client, folder, token_store, rate_limiter, clock } = host;
        let cache = folder.clone().map(|folder| Arc::new(TokenCache::new(folder)) as Arc<dyn TokenStore>);
        Self {
            clients: HttpClients::new(http_client),
            tokens: Kept::new(usize::MAX),
            token_store: token_store.or(cache),
            rate_limiter: rate_limiter.unwrap_or_else(|| Arc::new(LocalRateLimiter::new(folder))),
            clock: clock.unwrap_or_else(|| Arc::new(SystemClock)),
            creations: Kept::new(usize::MAX),
            shutdown: Cancellation::default(),
            limits,
            policy,
            metrics: Metrics::default(),
        }
    }

    pub(crate) fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Returns the present time.
    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::try_from(self.clock.now()).unwrap_or_default()
    }

    /// Returns the lock of a record that is created only once. `parts` identify the record.
    pub(crate) fn creation_lock(&self, parts: &[&str]) -> Arc<tokio::sync::Mutex<()>> {
        self.creations.get(digest(parts.iter().copied()).as_str(), std::time::Instant::now(), Default::default)
    }

    /// Stops all sessions. A write that was sent waits up to `grace` for its response.
    pub(crate) fn shut_down(&self, grace: Duration) {
        self.shutdown.cancel(grace);
    }

    /// Runs what comes before a session, within the bounds of an invocation.
    pub(crate) async fn within<T>(&self, bounds: &Bounds, work: impl Future<Output = Result<T>> + Unpin) -> Result<T> {
        let work = pin!(cancellation::or_cancelled(&self.shutdown, bounds.cancellation.as_ref(), work));
        tokio::time::timeout_at(bounds.deadline, work).await.unwrap_or_else(|_| Err(out_of_time())).flatten()
    }
}

/// What can end an invocation early.
#[derive(Clone, Debug)]
pub(crate) struct Bounds {
    /// When the invocation must be finished.
    deadline: Instant,
    /// What the caller can cancel it with.
    cancellation: Option<Cancellation>,
}

impl Bounds {
    pub(crate) fn new(timeout: Duration, cancellation: Option<Cancellation>) -> Self {
        Self { deadline: end_of(timeout), cancellation }
    }
}

/// How the requests of a session are sent.
#[derive(Clone, Debug, Default)]
pub(crate) struct SessionOptions {
    /// Whether requests are logged with their bodies.
    pub(crate) debug: bool,
    /// Whether a trigger sends them.
    pub(crate) is_poll: bool,
    /// The trace that the requests belong to.
    pub(crate) traceparent: Option<String>,
    /// The secrets among the inputs.
    pub(crate) secrets: Vec<SecretString>,
}

/// The transport of one invocation.
#[derive(Debug)]
pub(crate) struct Session {
    shared: Arc<SharedState>,
    account: Arc<Account>,
    debug: bool,
    is_poll: bool,
    traceparent: Option<String>,
    /// The secrets that the invocation knows besides those of its account: inputs, and every token that is used.
    secrets: Mutex<Vec<Arc<SecretString>>>,
    deadline: Instant,
    cancellation: Option<Cancellation>,
    /// Whether a write was sent whose response has not arrived yet.
    write_sent: AtomicBool,
    /// Whether an attempt of a write ended without an answer. No later attempt changes that.
    unanswered: AtomicBool,
    /// When the rate limiter admitted the first request, if that was done before it is sent.
    reserved: Mutex<Option<Instant>>,
}

impl Session {
    pub(crate) fn new(
        shared: Arc<SharedState>,
        account: Arc<Account>,
        bounds: Bounds,
        options: SessionOptions,
    ) -> Self {
        let (write_sent, unanswered) = (AtomicBool::new(false), AtomicBool::new(false));
        let Bounds { deadline, cancellation } = bounds;
        let SessionOptions { debug, is_poll, traceparent, secrets } = options;
        let secrets = Mutex::new(secrets.into_iter().map(Arc::new).collect());
        let reserved = Mutex::default();
        Self {
            shared,
            account,
            debug,
            is_poll,
            traceparent,
            secrets,
            deadline,
            cancellation,
            write_sent,
            unanswered,
            reserved,
        }
    }

    pub(crate) fn account(&self) -> &Account {
        &self.account
    }

    pub(crate) fn metrics(&self) -> &Metrics {
        &self.shared.metrics
    }

    /// When the invocation must be finished.
    pub(crate) fn deadline(&self) -> Instant {
        self.deadline
    }

    /// Returns the present time.
    pub(crate) fn now(&self) -> Timestamp {
        self.shared.now()
    }

    /// Returns a mask of all secrets. Most invocations never need one.
    pub(crate) fn mask(&self) -> Mask {
        let mut mask = self.account.mask.clone();
        for secret in self.secrets().iter() {
            mask.add(secret.expose_secret());
        }
        mask
    }

    /// Masks this secret, too.
    fn note_secret(&self, secret: &Arc<SecretString>) {
        let mut secrets = self.secrets();
        if !secrets.iter().any(|known| known.expose_secret() == secret.expose_secret()) {
            secrets.push(Arc::clone(secret));
        }
    }

    fn secrets(&self) -> MutexGuard<'_, Vec<Arc<SecretString>>> {
        self.secrets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The layers, from the inside out: HTTP, log, rate limit, redirects, errors, authentication, retries.
    fn layers(&self) -> Layers<'_> {
        let inner = HttpLayer::new(self);
        let inner = LogLayer { inner, session: self };
        let inner = RateLimitLayer { inner, session: self };
        let inner = RedirectLayer { inner, session: self };
        let inner = ErrorLayer { inner, session: self };
        let inner = AuthenticationLayer { inner, session: self };
        RetryLayer { inner, session: self }
    }

    /// Runs `work` until the deadline of this session. Whatever ends it, a write without an answer is reported as such.
    pub(crate) fn until_deadline<T>(&self, work: impl Future<Output = Result<T>>) -> impl Future<Output = Result<T>> {
        // Boxed, since each layer around a future holds it twice.
        let work = Box::pin(work);
        async move {
            let done = tokio::time::timeout_at(self.deadline, work).await;
            let done = done.unwrap_or_else(|_| Err(self.out_of_time()));
            done.map_err(|error| self.mask().hide_error(self.with_certainty(error)))
        }
    }

    /// Fails if the time of the invocation is over. A timeout polls its work first, so what sends asks this before.
    fn ensure_time(&self) -> Result<()> {
        if Instant::now() < self.deadline { Ok(()) } else { Err(out_of_time()) }
    }

    /// Whether a write was sent whose response has not arrived yet.
    pub(crate) fn is_writing(&self) -> bool {
        self.write_sent.load(Ordering::Acquire)
    }

    fn out_of_time(&self) -> Error {
        if self.is_writing() {
            let message = "the time limit was reached during a write; it may or may not have happened";
            return Error::new(Code::OutcomeUnknown, message);
        }
        out_of_time()
    }

    /// Notes an error that says that a write may have happened.
    fn note_certainty(&self, error: &Error) {
        if error.code() == Code::OutcomeUnknown {
            self.unanswered.store(true, Ordering::Release);
        }
    }

    /// Returns the error with `outcome_unknown` as its code if an attempt of a write ended without an answer.
    fn with_certainty(&self, last: Error) -> Error {
        if last.code() == Code::OutcomeUnknown || !self.unanswered.load(Ordering::Acquire) {
            return last;
        }
        let message = format!(
            "an earlier attempt was sent without an answer, so the write may or may not have happened; the last \
             attempt: {}",
            last.message()
        );
        let error = Error::new(Code::OutcomeUnknown, message)
            .with_status(last.status())
            .with_trace_id(last.trace_id().map(ToOwned::to_owned))
            .with_errors(last.errors().map(ToOwned::to_owned));
        last.request().into_iter().fold(error, Error::with_request)
    }

    /// Whether a token was fetched before that need not be renewed yet.
    pub(crate) fn knows_token(&self) -> bool {
        authentication::shared_token(self).is_some_and(|shared| shared.known(None).is_some())
    }

    /// Fetches the access token of this session, if it needs one. Fails if no token is issued.
    pub(crate) async fn authenticate(&self) -> Result<()> {
        authentication::token(self, None).await.map(|_| ())
    }
}

/// When a time that begins now is over.
fn end_of(timeout: Duration) -> Instant {
    Instant::now() + timeout.min(LONGEST)
}

fn out_of_time() -> Error {
    Error::new(Code::Timeout, "the time limit was reached before the invocation finished")
}

#[async_trait]
impl Transport for Session {
    async fn send(&self, request: &Request) -> Result<Response> {
        self.shared.policy.admit_request(request)?;
        let outgoing = OutgoingRequest::new(request, &self.account)?;
        self.layers().send(&outgoing).await
    }
}
