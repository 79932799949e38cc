//! Connections that are kept for the next request.
//!
//! A connection is polled by the request that uses it, not by a task of its own: a call then wakes one task, once for
//! each time that bytes arrive.

use std::fmt;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use bytes::Bytes;
use foldhash::HashMap;
use http::uri::Authority;
use http::{Request, Response, Uri};
use http_body::{Frame, SizeHint};
use hyper::body::{Body as _, Incoming};
use hyper::client::conn::TrySendError;
use hyper::client::conn::http1::{self, SendRequest};
use reqwest::Body;
use tokio::runtime::Handle;
use tokio::task::coop::unconstrained;

use super::connector::{Connector, Stream};
use super::{BoxError, Failure};

/// How long a connection is kept that nobody uses.
const IDLE_TIMEOUT: Duration = Duration::from_secs(90);

/// How often connections that nobody uses are looked at: the host may have closed them.
const SWEEP: Duration = Duration::from_secs(1);

/// Sends requests over HTTP/1.1, each over a connection that is not in use, or over a new one.
pub(super) struct Pool {
    connector: Connector,
    idle: Mutex<IdleConnections>,
}

#[derive(Default)]
struct IdleConnections {
    by_host: HashMap<String, Vec<(Box<Connection>, Instant)>>,
    /// Whether a task looks after them.
    is_swept: bool,
}

/// A connection to a host.
struct Connection {
    sender: SendRequest<Body>,
    driver: Driver,
}

/// Reads and writes the bytes of a connection.
struct Driver {
    connection: http1::Connection<Stream, Body>,
    has_ended: bool,
}

/// The body of a response. Once it was read, its connection is free for the next request; if it is dropped before, the
/// connection is closed.
pub(super) struct PooledBody {
    content: Incoming,
    /// None after it was given back.
    connection: Option<Box<Connection>>,
    pool: Arc<Pool>,
    host: Authority,
}

impl Pool {
    pub(super) fn new(connector: Connector) -> Self {
        Self { connector, idle: Mutex::default() }
    }

    /// Sends a request to a host of `uri`, and returns its response once the head has arrived.
    pub(super) async fn send(
        self: &Arc<Self>,
        mut request: Box<Request<Body>>,
        uri: &Uri,
    ) -> Result<Response<PooledBody>, Failure> {
        let host = uri.authority().ok_or_else(|| Failure::Request("the URL has no host".into()))?;
        while let Some(mut connection) = self.take(host) {
            match connection.send(request).await {
                Ok(response) => return Ok(self.with_connection(response, connection, host)),
                // The host had closed the connection before anything of the request was sent.
                Err(mut error) => request = Box::new(error.take_message().ok_or(error)?),
            }
        }
        // Boxed, since it is large and seldom needed.
        let mut connection = Box::pin(self.connect(uri)).await.map_err(Failure::Connect)?;
        let response = connection.send(request).await?;
        Ok(self.with_connection(response, connection, host))
    }

    async fn connect(&self, uri: &Uri) -> Result<Box<Connection>, BoxError> {
        let (sender, connection) = http1::handshake(self.connector.connect(uri).await?).await?;
        Ok(Box::new(Connection { sender, driver: Driver { connection, has_ended: false } }))
    }

    fn with_connection(
        self: &Arc<Self>,
        response: Response<Incoming>,
        connection: Box<Connection>,
        host: &Authority,
    ) -> Response<PooledBody> {
        let (pool, host) = (Arc::clone(self), host.clone());
        response.map(|content| PooledBody { content, connection: Some(connection), pool, host })
    }

    /// Returns the connection that was used last, if there is one that can be used.
    fn take(&self, host: &Authority) -> Option<Box<Connection>> {
        let mut idle = self.idle();
        let connections = idle.by_host.get_mut(host.as_str())?;
        std::iter::from_fn(|| connections.pop()).map(|(connection, _)| connection).find_map(Connection::if_usable)
    }

    /// Keeps a connection for later requests.
    fn keep(self: &Arc<Self>, host: &Authority, connection: Box<Connection>) {
        // Without an event loop there are no later requests.
        let Ok(event_loop) = Handle::try_current() else { return };
        if !self.add(host, connection) {
            // Not while the pool is locked: an event loop that is about to end drops the task at once.
            event_loop.spawn(sweep(Swept(Arc::downgrade(self))));
        }
    }

    /// Adds a connection to those that are idle. Returns whether a task looks after them already.
    fn add(&self, host: &Authority, connection: Box<Connection>) -> bool {
        let mut idle = self.idle();
        let kept = (connection, Instant::now());
        match idle.by_host.get_mut(host.as_str()) {
            Some(connections) => connections.push(kept),
            None => drop(idle.by_host.insert(host.to_string(), vec![kept])),
        }
        std::mem::replace(&mut idle.is_swept, true)
    }

    fn idle(&self) -> MutexGuard<'_, IdleConnections> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Closes connections that the host has closed, or that were idle for too long, until none is idle.
async fn sweep(mut swept: Swept) {
    loop {
        tokio::time::sleep(SWEEP).await;
        let Some(pool) = swept.0.upgrade() else { return };
        let mut idle = pool.idle();
        idle.by_host.retain(|_, connections| {
            let old = |since: &Instant| since.elapsed() >= IDLE_TIMEOUT;
            connections.retain_mut(|(connection, since)| !old(since) && connection.is_usable());
            !connections.is_empty()
        });
        if idle.by_host.is_empty() {
            idle.is_swept = false;
            swept.0 = Weak::new();
            return;
        }
    }
}

/// A pool whose connections are looked after. Dropping it closes them: they end with their event loop.
struct Swept(Weak<Pool>);

impl Drop for Swept {
    fn drop(&mut self) {
        if let Some(pool) = self.0.upgrade() {
            *pool.idle() = IdleConnections::default();
        }
    }
}

impl Connection {
    /// Sends a request, and returns its response once the head has arrived.
    async fn send(&mut self, request: Box<Request<Body>>) -> Result<Response<Incoming>, TrySendError<Request<Body>>> {
        let Self { sender, driver } = self;
        // Its budget is that of the driver, which wakes the task.
        let mut response = pin!(unconstrained(sender.try_send_request(*request)));
        poll_fn(|context| driver.poll_with(context, |context| response.as_mut().poll(context))).await
    }

    /// Whether it can be used for a request: it is open, and whatever it was used for is complete.
    fn is_usable(&mut self) -> bool {
        self.driver.drive(&mut quiet());
        !self.driver.has_ended && self.sender.is_ready()
    }

    fn if_usable(mut self: Box<Self>) -> Option<Box<Self>> {
        self.is_usable().then_some(self)
    }
}

impl Driver {
    /// Polls what waits for the connection, and the connection.
    fn poll_with<T>(
        &mut self,
        context: &mut Context<'_>,
        mut waiting: impl FnMut(&mut Context<'_>) -> Poll<T>,
    ) -> Poll<T> {
        // They wake each other, which must not wake the task that polls both: only what comes from outside does.
        for waker in [Waker::noop(), context.waker()] {
            if let Poll::Ready(done) = waiting(&mut quiet()) {
                return Poll::Ready(done);
            }
            self.drive(&mut Context::from_waker(waker));
        }
        waiting(&mut quiet())
    }

    /// Reads and writes what can be. An error goes to what waits for the connection.
    fn drive(&mut self, context: &mut Context<'_>) {
        self.has_ended = self.has_ended || Pin::new(&mut self.connection).poll(context).is_ready();
    }
}

/// A context that wakes nothing.
fn quiet<'a>() -> Context<'a> {
    Context::from_waker(Waker::noop())
}

impl http_body::Body for PooledBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<hyper::Result<Frame<Bytes>>>> {
        let Self { content, connection, .. } = &mut *self;
        // It is there until this is dropped.
        let Some(connection) = connection else { return Poll::Ready(None) };
        connection.driver.poll_with(context, |context| Pin::new(&mut *content).poll_frame(context))
    }

    fn is_end_stream(&self) -> bool {
        self.content.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.content.size_hint()
    }
}

impl Drop for PooledBody {
    fn drop(&mut self) {
        let Some(connection) = self.connection.take() else { return };
        // After a whole body it can be used unless the host closes it, which is looked at when it is taken.
        let kept = if self.content.is_end_stream() { Some(connection) } else { connection.if_usable() };
        if let Some(connection) = kept {
            self.pool.keep(&self.host, connection);
        }
    }
}

impl From<TrySendError<Request<Body>>> for Failure {
    fn from(error: TrySendError<Request<Body>>) -> Self {
        Self::Other(error.into_error().into())
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Pool").field("connector", &self.connector).finish_non_exhaustive()
    }
}
