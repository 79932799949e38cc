//! HTTP: sends one request and reads its whole response.

mod connector;
mod http_client;
mod pool;

use std::error::Error as StdError;

use std::pin::{Pin, pin};
use std::sync::atomic::Ordering;
use std::sync::{Arc, LazyLock};

use bytes::{Bytes, BytesMut};
use http::uri::Authority;
use http::{HeaderName, HeaderValue, Uri, header};
use http_body_util::BodyExt as _;
use pipefit_component::{Code, Error, Response, Result};
use reqwest::Body;
use reqwest::multipart::Form;
use tokio::time::{Instant, Sleep};

pub(super) use self::http_client::HttpClients;
pub use self::http_client::client_builder;
use self::http_client::{HttpClient, USER_AGENT};
use self::pool::Pool;
use super::request::{Payload, form_of};
use super::{Layer, OutgoingRequest, Session, end_of};

/// The header of W3C Trace Context.
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// The maximum number of bytes of an error's body that are read.
const ERROR_BODY_LIMIT: usize = 64 * 1024;

/// The maximum number of bytes that are reserved for a response before it arrives.
const RESERVED: usize = 16 * 1024 * 1024;

type BoxError = Box<dyn StdError + Send + Sync>;

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
        let until = session.response_deadline(request)?;
        // Boxed, since each function that passes it on would hold it twice.
        let exchange = Box::pin(session.exchange(self.build(request)?, until, write));
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
    fn build(&self, request: &OutgoingRequest) -> Result<http::Request<Body>> {
        let mut built = http::Request::new(Body::default());
        *built.method_mut() = http::Method::from_bytes(request.method.name().as_bytes()).map_err(Error::internal)?;
        *built.uri_mut() = request.uri.clone();
        let account = &self.session.account;
        *built.headers_mut() = request.headers(account);
        built.headers_mut().insert(header::HOST, account.base_url.host());
        if let Some(trace) = &self.session.traceparent {
            built.headers_mut().insert(TRACEPARENT, trace.parse().map_err(Error::internal)?);
        }
        match &request.body {
            Payload::None => Ok(built),
            Payload::Bytes(data) => Ok(built.map(|_| data.clone().into())),
            Payload::Multipart(parts) => with_form(built, form_of(parts)?),
        }
    }
}

/// Returns the request with a form as its body.
fn with_form(request: http::Request<Body>, form: Form) -> Result<http::Request<Body>> {
    // Only a builder of reqwest encodes forms, and it needs a client, which sends nothing here.
    static CLIENT: LazyLock<std::result::Result<reqwest::Client, String>> = LazyLock::new(|| {
        let built = client_builder(false).and_then(|builder| Ok(builder.build()?));
        built.map_err(|error| format!("the HTTP client: {error}"))
    });
    let client = CLIENT.as_ref().map_err(Error::internal)?;
    let invalid = |error: reqwest::Error| Error::internal(format!("the request: {error}"));
    let request = reqwest::Request::try_from(request).map_err(invalid)?;
    let builder = reqwest::RequestBuilder::from_parts(client.clone(), request).multipart(form);
    builder.build().and_then(http::Request::try_from).map_err(invalid)
}

impl Session {
    /// Until when a request may take, which is sent now. Fails if the time of the invocation is over: nothing is sent.
    pub(super) fn response_deadline(&self, request: &OutgoingRequest) -> Result<Instant> {
        self.ensure_time()?;
        Ok(end_of(request.timeout.unwrap_or(self.shared.limits.response_timeout)).min(self.deadline))
    }

    /// Sends one request and reads its whole response, whatever its status. `until` is when that must be done. `write`
    /// means that it may change something.
    pub(super) fn exchange(
        &self,
        request: http::Request<Body>,
        until: Instant,
        write: bool,
    ) -> impl Future<Output = Result<Response>> {
        // Boxed, since each function that passes it on would hold it twice.
        let request = Box::new(request);
        async move {
            match self.shared.clients.client(request.uri())? {
                HttpClient::Own(pool) => self.exchange_by_own(&pool, request, until, write).await,
                HttpClient::Given(client) => Box::pin(self.exchange_by_given(client, *request, until, write)).await,
            }
        }
    }

    async fn exchange_by_own(
        &self,
        pool: &Arc<Pool>,
        mut request: Box<http::Request<Body>>,
        until: Instant,
        write: bool,
    ) -> Result<Response> {
        let mut time = pin!(tokio::time::sleep_until(until));
        request.headers_mut().entry(header::USER_AGENT).or_insert(HeaderValue::from_static(USER_AGENT));
        if !request.headers().contains_key(header::HOST) {
            let host = host_of(request.uri())?;
            request.headers_mut().insert(header::HOST, host);
        }
        // Only a proxy of plain HTTP would need the whole URL.
        let path = request.uri().path_and_query().cloned().map(Uri::from).unwrap_or_default();
        let uri = std::mem::replace(request.uri_mut(), path);
        let sent = before(time.as_mut(), pin!(pool.send(request, &uri))).await.ok_or(Failure::Timeout);
        let response = sent.flatten().map_err(|failure| no_response(failure, uri.authority(), write))?;
        self.receive(response, time, write).await
    }

    async fn exchange_by_given(
        &self,
        client: reqwest::Client,
        request: http::Request<Body>,
        until: Instant,
        write: bool,
    ) -> Result<Response> {
        let authority = request.uri().authority().cloned();
        let failed = |failure: Failure| no_response(failure, authority.as_ref(), write);
        let mut time = pin!(tokio::time::sleep_until(until));
        let request = reqwest::Request::try_from(request).map_err(|error| failed(error.into()))?;
        let url = request.url().clone();
        let sent = before(time.as_mut(), pin!(client.execute(request))).await.ok_or(Failure::Timeout);
        let response = sent.and_then(|sent| sent.map_err(Failure::from)).map_err(failed)?;
        if url != *response.url() {
            return Err(followed_redirect(write));
        }
        self.receive(response.into(), time, write).await
    }

    /// Reads the whole response before the time is over.
    async fn receive<B>(&self, response: http::Response<B>, mut time: Pin<&mut Sleep>, write: bool) -> Result<Response>
    where
        B: http_body::Body<Data = Bytes, Error: Into<BoxError>> + Unpin,
    {
        let (head, mut content) = response.into_parts();
        let (status, success) = (head.status.as_u16(), head.status.is_success());
        let limit = if success { self.shared.limits.response_limit } else { ERROR_BODY_LIMIT };
        let length = content.size_hint().exact().and_then(|length| usize::try_from(length).ok()).unwrap_or_default();
        let mut body = BytesMut::new();
        loop {
            match next_chunk(&mut content, time.as_mut()).await {
                // A body that arrives in one piece is not copied.
                Ok(Some(chunk)) if body.is_empty() && chunk.len() == length && length <= limit => {
                    return Ok(Response { status, headers: head.headers, body: chunk });
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
                Err(Failure::Timeout) if !write => return Err(timed_out()),
                // A read can be sent again because nothing of the response was used.
                Err(_) => {
                    let error = unreadable(write, "the response of the service was cut off".to_owned());
                    return Err(error.with_retryable(!write));
                }
            }
        }
        Ok(Response { status, headers: head.headers, body: body.freeze() })
    }
}

/// Returns the value of the header `Host`.
fn host_of(uri: &Uri) -> Result<HeaderValue> {
    let authority = uri.authority().map_or("", Authority::as_str);
    let (_, host) = authority.rsplit_once('@').unwrap_or(("", authority));
    host.parse().map_err(Error::internal)
}

/// Runs work until the time is over, and then returns nothing.
async fn before<T>(time: Pin<&mut Sleep>, work: Pin<&mut impl Future<Output = T>>) -> Option<T> {
    tokio::select! {
        biased;
        done = work => Some(done),
        () = time => None,
    }
}

/// Reads the next bytes of a body, if there are more.
async fn next_chunk<B>(body: &mut B, mut time: Pin<&mut Sleep>) -> std::result::Result<Option<Bytes>, Failure>
where
    B: http_body::Body<Data = Bytes, Error: Into<BoxError>> + Unpin,
{
    loop {
        let frame = before(time.as_mut(), pin!(body.frame())).await.ok_or(Failure::Timeout)?;
        let Some(frame) = frame.transpose().map_err(|error| Failure::of_body(error.into()))? else { return Ok(None) };
        // What is no data is a trailer, which nobody needs.
        if let Ok(chunk) = frame.into_data() {
            return Ok(Some(chunk));
        }
    }
}

/// Why no response came, or not the whole one.
enum Failure {
    /// There was no connection, so nothing was sent.
    Connect(BoxError),
    /// The request cannot be sent.
    Request(BoxError),
    Timeout,
    Other(BoxError),
}

impl Failure {
    fn of_body(error: BoxError) -> Self {
        let is_timeout = error.downcast_ref::<reqwest::Error>().is_some_and(reqwest::Error::is_timeout);
        if is_timeout { Self::Timeout } else { Self::Other(error) }
    }
}

impl From<reqwest::Error> for Failure {
    fn from(error: reqwest::Error) -> Self {
        // A URL may hold what must not be shown.
        let error = error.without_url();
        match () {
            () if error.is_connect() => Self::Connect(error.into()),
            () if error.is_builder() => Self::Request(error.into()),
            () if error.is_timeout() => Self::Timeout,
            () => Self::Other(error.into()),
        }
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

/// The error of a request to this host.
fn no_response(failure: Failure, host: Option<&Authority>, write: bool) -> Error {
    let unknown = |reason: &str| {
        let message = format!("the write was sent but no response came ({reason}); it may or may not have happened");
        Error::new(Code::OutcomeUnknown, message)
    };
    let (error, source) = match failure {
        Failure::Timeout if write => return unknown("the time for a response is over"),
        Failure::Timeout => return timed_out(),
        Failure::Connect(source) => {
            let host = host.map_or("the service", Authority::host);
            let message = format!("cannot connect to {host}: {}", root_cause(&*source));
            (Error::new(Code::Unavailable, message), source)
        }
        Failure::Request(source) => (Error::internal(format!("the request: {}", root_cause(&*source))), source),
        Failure::Other(source) if write => (unknown(&root_cause(&*source)), source),
        Failure::Other(source) => {
            (Error::new(Code::Unavailable, format!("no response came: {}", root_cause(&*source))), source)
        }
    };
    error.with_source(source)
}

fn root_cause(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}
