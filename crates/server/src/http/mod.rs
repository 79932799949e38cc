//! The HTTP interface: the units of a runtime, for programs that speak HTTP and JSON.
//!
//! | request | returns |
//! |---|---|
//! | `POST /v1/invoke` | the reply to an invocation, or its records, one a line |
//! | `GET /v1/units` | the actions, data sources and triggers |
//! | `GET /v1/units/{key}` | the manifest of one |
//! | `GET /v1/units/{key}/schema` | the schemas of its inputs, forms and reply |
//! | `GET /v1/connections` | the names of the connections |
//! | `POST /v1/connections/{name}/test` | the diagnosis of a connection |
//! | `GET /healthz`, `GET /readyz` | whether the process lives, and whether it takes work |
//! | `GET /metrics` | metrics, in the text format of Prometheus |
//! | `GET /openapi.json` | the description of all this |
//!
//! Every response but that of `/metrics` is JSON, errors among them: `{"error": {"code", "message", …}}`.

mod access;
mod catalog;
mod connections;
mod event_loops;
mod failure;
mod health;
mod invoke;
mod limits;
mod listener;
mod openapi;
mod records;
mod reply;
mod routes;
mod telemetry;

use std::convert::Infallible;
use std::fmt;
use std::io;
use std::net::SocketAddr;
#[cfg(unix)]
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::Request;
use hyper::body::{Body as _, Incoming};
use pipefit_component::{Code, Error};
use pipefit_runner::Runtime;
use tokio::net::TcpListener;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use self::access::Access;
pub use self::access::Token;
use self::event_loops::EventLoops;
use self::failure::Failure;
pub use self::limits::Limits;
use self::listener::Listener;
pub use self::openapi::document as openapi;
use self::routes::Resource;
use self::telemetry::Telemetry;
use crate::errors::RETRY_AFTER;
use crate::notes;
#[cfg(unix)]
use crate::socket::Socket;

/// The HTTP interface of a runtime, before it has an address.
pub struct Api {
    runtime: Runtime,
    token: Option<Token>,
    limits: Limits,
    threads: usize,
    metrics: Option<Metrics>,
}

/// Returns all metrics in the text format of Prometheus.
type Metrics = Box<dyn Fn() -> String + Send + Sync>;

/// The HTTP interface of a runtime, at an address or a Unix socket. Dropping it removes the socket.
pub struct Server {
    listener: Listener,
    address: Option<SocketAddr>,
    loops: EventLoops,
    shared: Arc<Shared>,
}

/// What all requests share.
struct Shared {
    runtime: Runtime,
    access: Access,
    limits: Limits,
    /// One for each invocation that may run.
    permits: Arc<Semaphore>,
    stopping: AtomicBool,
    telemetry: Telemetry,
    metrics: Option<Metrics>,
}

impl Api {
    /// Creates the interface of this runtime.
    pub fn new(runtime: Runtime) -> Self {
        Self { runtime, token: None, limits: Limits::default(), threads: 1, metrics: None }
    }

    /// Sets the token that every request must have, but those for `/healthz` and `/readyz`.
    pub fn token(self, token: Token) -> Self {
        Self { token: Some(token), ..self }
    }

    /// Sets the limits of requests and of time.
    pub fn limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// Sets on how many threads connections are served. With 1, the default, all are served where [`Server::serve`] is
    /// called; each further thread has an event loop of its own.
    pub fn threads(self, threads: usize) -> Self {
        Self { threads, ..self }
    }

    /// Sets what returns all metrics in the text format of Prometheus. Without it there is no `/metrics`.
    pub fn metrics(self, render: impl Fn() -> String + Send + Sync + 'static) -> Self {
        Self { metrics: Some(Box::new(render)), ..self }
    }

    /// Listens on this address; port 0 is a free one. Fails if the address is taken, if it is not loopback and there is
    /// no token, or if there may be no further thread.
    pub async fn bind(self, address: SocketAddr) -> io::Result<Server> {
        if self.token.is_none() && !address.ip().to_canonical().is_loopback() {
            let message = format!("{address} can be reached from other machines, so it needs a token");
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, message));
        }
        self.listen(Listener::Tcp(TcpListener::bind(address).await?))
    }

    /// Listens on a Unix socket at this path, for programs of the same user; with a token, they need it. A socket that
    /// nobody listens to is replaced. Fails if another process listens to it, if there is something else, or if there
    /// may be no further thread.
    #[cfg(unix)]
    pub async fn bind_socket(self, path: impl Into<PathBuf>) -> io::Result<Server> {
        let socket = Socket::bind(path.into()).await?;
        self.listen(Listener::Socket(socket))
    }

    fn listen(self, listener: Listener) -> io::Result<Server> {
        let address = listener.address()?;
        let Self { runtime, token, limits, threads, metrics } = self;
        let shared = Shared {
            runtime,
            access: Access::new(token, address),
            permits: Arc::new(Semaphore::new(limits.requests)),
            limits,
            stopping: AtomicBool::new(false),
            telemetry: Telemetry::default(),
            metrics,
        };
        Ok(Server { listener, address, loops: EventLoops::start(threads)?, shared: Arc::new(shared) })
    }
}

impl Server {
    /// The address that it listens on. None for a Unix socket.
    pub fn address(&self) -> Option<SocketAddr> {
        self.address
    }

    /// Serves until `stop` is ready. Then `/readyz` says so and new work is refused, while what runs has the grace
    /// period to finish. After that, reads fail with `cancelled` and writes with `outcome_unknown`, and this returns.
    /// If it is dropped, all ends at once.
    pub async fn serve(self, stop: impl Future<Output = ()> + Send) {
        let shared = Arc::clone(&self.shared);
        let drained = async move {
            stop.await;
            shared.drain().await;
        };
        connections::serve(self.listener, self.loops, self.shared, drained).await;
    }
}

/// Answers a request, whatever it is.
async fn answer(shared: Arc<Shared>, request: Request<Incoming>) -> Result<Response, Infallible> {
    let resource = Resource::at(request.uri().path());
    let observed = shared.telemetry.begin(request.method(), &resource);
    let responded = match shared.access.refusal(request.headers(), resource.is_open()) {
        Some(refusal) => Err(refusal),
        None => routes::respond(&shared, resource, request).await,
    };
    let mut response = responded.unwrap_or_else(Failure::into_response);
    access::protect(response.headers_mut());
    observed.end(response.status());
    Ok(response)
}

impl Shared {
    /// Returns room for one invocation. Fails at once if there is none.
    fn admit(&self) -> Result<OwnedSemaphorePermit, Failure> {
        Arc::clone(&self.permits).try_acquire_owned().map_err(|_| {
            let message =
                format!("{} requests are in flight, which is the limit; try again later", self.limits.requests);
            busy(message)
        })
    }

    fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::SeqCst)
    }

    /// Refuses new work, and waits until what runs has ended; at the end of the grace period it is cancelled.
    async fn drain(&self) {
        self.stopping.store(true, Ordering::SeqCst);
        notes::stopping(self.limits.requests.saturating_sub(self.permits.available_permits()));
        let all = u32::try_from(self.limits.requests).unwrap_or(u32::MAX);
        if tokio::time::timeout(self.limits.grace, self.permits.acquire_many(all)).await.is_ok() {
            return;
        }
        self.runtime.shut_down(Duration::ZERO);
        let _ = tokio::time::timeout(connections::LAST_WORDS, self.permits.acquire_many(all)).await;
    }

    /// Reads the body of a request, in bounded memory and time.
    async fn read(&self, body: Incoming) -> Result<Bytes, Failure> {
        let limit = self.limits.body;
        let too_long = || {
            Failure::refused(StatusCode::PAYLOAD_TOO_LARGE, format!("the body is longer than {limit} bytes")).closing()
        };
        // A body that says that it is too long is not waited for.
        if body.size_hint().lower() > limit as u64 {
            return Err(too_long());
        }
        let read = tokio::time::timeout(self.limits.body_time, Limited::new(body, limit).collect()).await;
        let refusal = match read {
            Ok(Ok(body)) => return Ok(body.to_bytes()),
            Ok(Err(error)) if error.is::<LengthLimitError>() => return Err(too_long()),
            Ok(Err(_)) => Failure::refused(StatusCode::BAD_REQUEST, "the body is incomplete"),
            Err(_) => {
                let message = format!("the body did not arrive within {} seconds", self.limits.body_time.as_secs());
                Failure::refused(StatusCode::REQUEST_TIMEOUT, message)
            }
        };
        // What is left of the body is not read.
        Err(refusal.closing())
    }
}

/// The refusal of work that may succeed later.
fn busy(message: impl Into<String>) -> Failure {
    Error::new(Code::Unavailable, message).with_retry_after(RETRY_AFTER).into()
}

/// A response with this JSON text.
fn json(text: impl Into<Body>) -> Response {
    let mut response = Response::new(text.into());
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

impl fmt::Debug for Api {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Api").field("token", &self.token).field("limits", &self.limits).finish_non_exhaustive()
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Server").field("address", &self.address).finish_non_exhaustive()
    }
}
