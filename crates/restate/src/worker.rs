//! The worker: serves the units of a runtime to Restate.

use std::convert::Infallible;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{Either, Full};
use hyper::body::Incoming;
use hyper::server::conn::http2;
use hyper::service::{Service as _, service_fn};
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use pipefit_component::{Code, Error, Result};
use restate_sdk::endpoint::{Endpoint, ResponseBody};
use restate_sdk::hyper::HyperEndpoint;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

use crate::gate::Gate;
use crate::http;
use crate::ingress::Ingress;
use crate::outbox::{self, Outbox};
use crate::seal::TokenKey;
use crate::services::Shared;
use crate::services::data_source::DataSource;
use crate::services::invoke::Invoke;
use crate::services::list::List;
use crate::services::rate::Rate;
use crate::services::token::Token;
use crate::services::trigger::Trigger;
use crate::sink::{Origins, Sinks};
use crate::tokens::Tokens;

/// How long a write that was sent may wait for its response when the worker stops, and how long connections may then
/// take to end.
const GRACE: Duration = Duration::from_secs(10);
const LAST_WORDS: Duration = Duration::from_secs(2);

/// How long a connection may be silent before it is tested, and how long the answer to the test may take.
const SILENCE: Duration = Duration::from_secs(10);
const TEST: Duration = Duration::from_secs(10);

/// How long an invocation waits at most before it is tried again.
const LONGEST_WAIT: Duration = Duration::from_mins(15);

/// The most connections, and the most invocations of one.
const CONNECTIONS: usize = 1_024;
const STREAMS: u32 = 1_000;

/// Builds a [`Worker`].
#[derive(Debug)]
#[must_use = "a builder does nothing until it builds"]
pub struct Builder {
    runtime: pipefit_runner::Builder,
    nodes: Vec<String>,
    advertised: Option<String>,
    token_key: Option<TokenKey>,
    identity_keys: Vec<String>,
    origins: Origins,
    longest_wait: Duration,
}

impl Builder {
    /// Adds the address of a Restate node's ingress, such as `http://127.0.0.1:8080`. The worker uses one that answers.
    pub fn node(mut self, url: impl Into<String>) -> Self {
        self.nodes.push(url.into());
        self
    }

    /// Sets the address at which other workers reach this one, and not another: they ask it what became of a write.
    pub fn advertise(self, url: impl Into<String>) -> Self {
        Self { advertised: Some(url.into()), ..self }
    }

    /// Sets the key that tokens are encrypted with before they enter Restate. All workers need the same.
    pub fn token_key(self, key: TokenKey) -> Self {
        Self { token_key: Some(key), ..self }
    }

    /// Adds a public key of Restate, `publickeyv1_…`. With one, requests that are not signed with such a key are
    /// refused.
    pub fn identity_key(mut self, key: impl Into<String>) -> Self {
        self.identity_keys.push(key.into());
        self
    }

    /// Sets the addresses that HTTP sinks may have. The default is none.
    pub fn sink_origins(self, origins: Origins) -> Self {
        Self { origins, ..self }
    }

    /// Sets how long an invocation waits at most before it is tried again, whatever the service asks for. The default
    /// is 15 minutes.
    pub fn longest_wait(self, wait: Duration) -> Self {
        Self { longest_wait: wait, ..self }
    }

    /// Builds the worker. Its runtime gets a rate limiter and a token store that all workers share. Fails if an address
    /// or a key is missing or not valid.
    pub fn build(self) -> Result<Worker> {
        let missing = |what: &str| Error::new(Code::InvalidRequest, format!("a worker needs {what}"));
        let advertised = self.advertised.ok_or_else(|| missing("the address at which others reach it"))?;
        let advertised = http::base_url("the address at which others reach the worker", &advertised)?;
        let token_key = self.token_key.ok_or_else(|| missing("a key to encrypt tokens with"))?;
        let ingress = Arc::new(Ingress::new(&self.nodes)?);
        let builder = self.runtime.rate_limiter(Gate::new(Arc::clone(&ingress)));
        let runtime = builder.token_store(Tokens::new(Arc::clone(&ingress), token_key)).build()?;
        let outbox = Arc::new(Outbox::new(&advertised)?);
        let sinks = Sinks::new(self.origins)?;
        let shared = Arc::new(Shared { runtime, outbox, sinks, ingress, longest_wait: self.longest_wait });
        let mut endpoint = Endpoint::builder();
        for key in &self.identity_keys {
            let wrong = |error| Error::new(Code::InvalidRequest, format!("an identity key is not valid: {error}"));
            endpoint = endpoint.identity_key(key).map_err(wrong)?;
        }
        let endpoint = endpoint
            .bind(Invoke(Arc::clone(&shared)))
            .bind(DataSource(Arc::clone(&shared)))
            .bind(List(Arc::clone(&shared)))
            .bind(Trigger(Arc::clone(&shared)))
            .bind(Rate)
            .bind(Token)
            .build();
        Ok(Worker { shared, endpoint: HyperEndpoint::new(endpoint) })
    }
}

/// Serves the units of a runtime to Restate: `Invoke`, `DataSource`, `List` and `Trigger`, and the objects `Rate` and
/// `Token` that workers share.
pub struct Worker {
    shared: Arc<Shared>,
    endpoint: HyperEndpoint,
}

impl std::fmt::Debug for Worker {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Worker").field("shared", &self.shared).finish_non_exhaustive()
    }
}

impl Worker {
    /// Returns a builder for a worker with the units, connections and settings of this runtime.
    pub fn builder(runtime: pipefit_runner::Builder) -> Builder {
        Builder {
            runtime,
            nodes: Vec::new(),
            advertised: None,
            token_key: None,
            identity_keys: Vec::new(),
            origins: Origins::default(),
            longest_wait: LONGEST_WAIT,
        }
    }

    /// Serves until `stop` is ready. Then reads are given up, so that Restate runs them elsewhere, and writes that were
    /// sent have 10 seconds to finish.
    pub async fn serve(self, listener: TcpListener, stop: impl Future<Output = ()>) {
        let connections = GracefulShutdown::new();
        let permits = Arc::new(Semaphore::new(CONNECTIONS));
        let mut stop = pin!(stop);
        loop {
            let accept = async {
                // The semaphore is never closed.
                let permit = Arc::clone(&permits).acquire_owned().await.ok();
                (permit, listener.accept().await)
            };
            let (permit, stream) = tokio::select! {
                accepted = accept => accepted,
                () = &mut stop => break,
            };
            let Ok(connection) = stream.and_then(|(stream, _)| self.connection(stream)) else {
                sleep(Duration::from_millis(20)).await;
                continue;
            };
            let connection = connections.watch(connection);
            tokio::spawn(async move {
                if let Err(error) = connection.await {
                    tracing::debug!(target: "pipefit::restate", "a connection broke: {error}");
                }
                drop(permit);
            });
        }
        drop(listener);
        self.shared.runtime.shut_down(GRACE);
        let _ = timeout(GRACE, self.shared.outbox.emptied()).await;
        let _ = timeout(LAST_WORDS, connections.shutdown()).await;
    }

    fn connection(
        &self,
        stream: TcpStream,
    ) -> io::Result<impl hyper_util::server::graceful::GracefulConnection<Error = hyper::Error> + use<>> {
        // Small messages must not wait for the acknowledgement of others.
        stream.set_nodelay(true)?;
        let (endpoint, outbox) = (self.endpoint.clone(), Arc::clone(&self.shared.outbox));
        let service = service_fn(move |request| respond(endpoint.clone(), Arc::clone(&outbox), request));
        let mut http = http2::Builder::new(TokioExecutor::new());
        http.timer(TokioTimer::new()).keep_alive_interval(SILENCE).keep_alive_timeout(TEST);
        http.max_concurrent_streams(STREAMS);
        Ok(http.serve_connection(TokioIo::new(stream), service))
    }
}

/// Answers Restate or another worker.
async fn respond(
    endpoint: HyperEndpoint,
    outbox: Arc<Outbox>,
    request: Request<Incoming>,
) -> Result<Response<Either<ResponseBody, Full<Bytes>>>, Infallible> {
    let Some(write) = request.uri().path().strip_prefix(outbox::PATH).map(ToOwned::to_owned) else {
        return endpoint.call(request).await.map(|response| response.map(Either::Left));
    };
    let answer = if request.method() == Method::GET { outbox.answer(&write).await } else { None };
    let status = if answer.is_some() { StatusCode::OK } else { StatusCode::NOT_FOUND };
    let mut response = Response::new(Either::Right(Full::from(answer.unwrap_or_default())));
    *response.status_mut() = status;
    Ok(response)
}
