//! HTTP: sends one request and reads its whole response.

use std::mem;
use std::sync::OnceLock;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use bytes::BytesMut;
use pipefit_component::{Code, Error, Response, Result};
use reqwest::Url;
use reqwest::header::HeaderName;
use tokio::runtime;

use super::kept::Kept;
use super::request::form_of;
use super::{Layer, OutgoingRequest, Session};
use crate::transport::request::Payload;

/// The header of W3C Trace Context.
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// How long connecting may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// The maximum number of bytes of an error's body that are read.
const ERROR_BODY_LIMIT: usize = 64 * 1024;

/// The maximum number of bytes that are reserved for a response before it arrives.
const RESERVED: usize = 16 * 1024 * 1024;

/// The maximum number of event loops whose clients are kept.
const EVENT_LOOPS: usize = 64;

/// The clients of each event loop: a connection belongs to the event loop in which it was made, and ends with it.
#[derive(Debug)]
pub(super) struct EventLoops {
    /// The client of the host, which is used in place of all others.
    given: Option<reqwest::Client>,
    clients: Kept<runtime::Id, HttpClients>,
}

/// One client for plain HTTP and one for TLS, each created when it is first needed.
#[derive(Debug, Default)]
struct HttpClients {
    plain: OnceLock<reqwest::Client>,
    secure: OnceLock<reqwest::Client>,
}

impl EventLoops {
    pub(super) fn new(given: Option<reqwest::Client>) -> Self {
        Self { given, clients: Kept::new(EVENT_LOOPS) }
    }

    /// Returns the client for a URL in this event loop. TLS reads the certificates of the system, so it is set up only
    /// if needed.
    pub(super) fn client(&self, url: &Url) -> Result<reqwest::Client> {
        if let Some(client) = &self.given {
            return Ok(client.clone());
        }
        let clients = self.clients.get(&runtime::Handle::current().id(), Instant::now(), HttpClients::default);
        let secure = url.scheme() == "https";
        let client = if secure { &clients.secure } else { &clients.plain };
        if let Some(client) = client.get() {
            return Ok(client.clone());
        }
        let built = build(secure).map_err(|error| Error::internal(format!("the HTTP client: {error}")))?;
        Ok(client.get_or_init(|| built).clone())
    }
}

fn build(secure: bool) -> std::result::Result<reqwest::Client, Box<dyn std::error::Error>> {
    Ok(client_builder(secure)?.build()?)
}

/// Returns a builder of HTTP clients with the settings of the runtime's own: TLS with ring and the certificates of the
/// system, no redirects, 10 seconds to connect. Without `secure`, it is for plain HTTP and uses no proxy.
pub fn client_builder(secure: bool) -> std::result::Result<reqwest::ClientBuilder, Box<dyn std::error::Error>> {
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions()?;
    let tls = if secure {
        let verifier = rustls_platform_verifier::Verifier::new(provider)?;
        tls.dangerous().with_custom_certificate_verifier(std::sync::Arc::new(verifier)).with_no_client_auth()
    } else {
        tls.with_root_certificates(rustls::RootCertStore::empty()).with_no_client_auth()
    };
    // Plain HTTP is only used on loopback, which needs no proxy.
    let builder = if secure { reqwest::Client::builder() } else { reqwest::Client::builder().no_proxy() };
    let builder = builder
        .use_preconfigured_tls(tls)
        .https_only(secure)
        .connect_timeout(CONNECT_TIMEOUT)
        // Following a redirect would send the credentials to another host.
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(concat!("pipefit/", env!("CARGO_PKG_VERSION")));
    Ok(builder)
}

/// Sends requests over HTTP.
pub(super) struct HttpLayer<'a> {
    session: &'a Session,
}

impl<'a> HttpLayer<'a> {
    pub(super) fn new(session: &'a Session) -> Self {
        Self { session }
    }
}

impl Layer for HttpLayer<'_> {
    async fn send(&self, request: &OutgoingRequest) -> Result<Response> {
        let session = self.session;
        let write = request.is_write();
        let exchange = session.exchange(self.build(request)?, write);
        if !write {
            return session.or_cancelled(exchange).await.flatten();
        }
        session.write_sent.store(true, Ordering::Release);
        let response = session.or_outcome_unknown(exchange).await;
        session.write_sent.store(false, Ordering::Release);
        response
    }
}

impl HttpLayer<'_> {
    fn build(&self, request: &OutgoingRequest) -> Result<reqwest::Request> {
        let method = reqwest::Method::from_bytes(request.method.name().as_bytes()).map_err(Error::internal)?;
        let limits = &self.session.shared.limits;
        let mut built = reqwest::Request::new(method, request.url.clone());
        *built.timeout_mut() = Some(request.timeout.unwrap_or(limits.response_timeout));
        *built.headers_mut() = request.headers();
        if let Some(trace) = &self.session.traceparent {
            built.headers_mut().insert(TRACEPARENT, trace.parse().map_err(Error::internal)?);
        }
        match &request.body {
            Payload::None => Ok(built),
            Payload::Bytes(data) => {
                *built.body_mut() = Some(data.clone().into());
                Ok(built)
            }
            Payload::Multipart(parts) => {
                let client = self.session.shared.clients.client(&request.url)?;
                let builder = reqwest::RequestBuilder::from_parts(client, built).multipart(form_of(parts)?);
                builder.build().map_err(|error| Error::internal(format!("the request: {error}")))
            }
        }
    }
}

impl Session {
    /// Sends one request and reads its whole response, whatever its status. `write` means that it may change something.
    pub(super) async fn exchange(&self, request: reqwest::Request, write: bool) -> Result<Response> {
        let clients = &self.shared.clients;
        // Our own client follows no redirect.
        let url = clients.given.is_some().then(|| request.url().clone());
        let sent = clients.client(request.url())?.execute(request).await;
        let mut response = sent.map_err(|error| no_response(error, write))?;
        if url.is_some_and(|url| url != *response.url()) {
            return Err(followed_redirect(write));
        }
        let status = response.status().as_u16();
        let success = response.status().is_success();
        let limit = if success { self.shared.limits.response_limit } else { ERROR_BODY_LIMIT };
        let headers = mem::take(response.headers_mut());
        let length = response.content_length().and_then(|length| usize::try_from(length).ok()).unwrap_or_default();
        let mut body = BytesMut::new();
        loop {
            match response.chunk().await {
                // A body that arrives in one piece is not copied.
                Ok(Some(chunk)) if body.is_empty() && chunk.len() == length && length <= limit => {
                    return Ok(Response { status, headers, body: chunk });
                }
                Ok(Some(chunk)) if body.len() + chunk.len() <= limit => {
                    if body.is_empty() {
                        body.reserve(length.min(limit).min(RESERVED));
                    }
                    body.extend_from_slice(&chunk);
                }
                // The status is enough for an error; a body that cannot be read must not hide it.
                Ok(Some(_)) | Err(_) if !success => break,
                Ok(Some(_)) => {
                    return Err(unreadable(write, format!("the response of the service has more than {limit} bytes")));
                }
                Ok(None) => break,
                Err(error) if error.is_timeout() && !write => return Err(timed_out()),
                // A read can be sent again because nothing of the response was used.
                Err(_) => {
                    let error = unreadable(write, "the response of the service was cut off".to_owned());
                    return Err(error.with_retryable(!write));
                }
            }
        }
        Ok(Response { status, headers, body: body.freeze() })
    }
}

/// The error for a successful response whose body cannot be read. If it was a write, it has happened.
fn unreadable(write: bool, what: String) -> Error {
    let message = if write { accepted_write(&what) } else { what };
    Error::new(Code::BadReply, message)
}

/// Adds to a message that the write was accepted although its response cannot be used.
pub(crate) fn accepted_write(what: &str) -> String {
    format!("{what}; the service accepted the write: do not send it again")
}

/// The error if the client of the host followed a redirect: credentials may have gone to another host.
fn followed_redirect(write: bool) -> Error {
    let message = "the HTTP client of the host followed a redirect: build it with `redirect::Policy::none()`";
    if write { Error::new(Code::OutcomeUnknown, message) } else { Error::internal(message) }
}

fn timed_out() -> Error {
    Error::new(Code::Timeout, "the service did not respond in time")
}

fn no_response(error: reqwest::Error, write: bool) -> Error {
    let reason = root_cause(&error);
    let told = if error.is_connect() {
        let host = error.url().and_then(Url::host_str).unwrap_or("the service");
        Error::new(Code::Unavailable, format!("cannot connect to {host}: {reason}"))
    } else if error.is_builder() {
        Error::internal(format!("the request: {reason}"))
    } else if write {
        let message = format!("the write was sent but no response came ({reason}); it may or may not have happened");
        Error::new(Code::OutcomeUnknown, message)
    } else if error.is_timeout() {
        timed_out()
    } else {
        Error::new(Code::Unavailable, format!("no response came: {reason}"))
    };
    // A URL may hold what must not be shown.
    told.with_source(error.without_url())
}

fn root_cause(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}
