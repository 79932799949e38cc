//! The transport: sends a request as its account, and says what became of it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use pipefit_component::{
    Auth, Body, ClientCredentials, Code, Error, Expect, Grant, PartBody, Reply, Request, Result, Transport,
};
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Url};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tokio::time::Instant;

use crate::connection::Account;
use crate::masking::MASK;
use crate::policy::Policy;
use crate::rate::{Pace, Rates};
use crate::retry::{Retries, Tries};
use crate::stop::Stop;
use crate::token::{Slot, Tokens};
use crate::token_cache::TokenCache;
use crate::{dry_run, reply};

/// How long making a connection may take.
const CONNECT: Duration = Duration::from_secs(10);

/// The most of an error's body that is read.
const ERROR_BODY: usize = 64 * 1024;

/// The most room that is made for a reply before its bytes arrive.
const RESERVED: usize = 16 * 1024 * 1024;

/// The clients and tokens that all invocations share.
#[derive(Debug)]
pub(crate) struct Http {
    plain: OnceLock<Client>,
    secure: OnceLock<Client>,
    pub(crate) tokens: Tokens,
    pub(crate) token_cache: Option<TokenCache>,
    pub(crate) rates: Rates,
    pub(crate) stop: Stop,
    pub(crate) limits: Limits,
}

/// How much time and room a request gets.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// How often and how long a request is tried.
    pub(crate) retries: Retries,
    /// Requests a second for each account, in place of the component's number.
    pub(crate) requests_per_second: Option<u32>,
    /// How long one reply may take.
    pub(crate) reply_timeout: Duration,
    /// The most bytes that one reply may have.
    pub(crate) reply_limit: usize,
}

impl Http {
    pub(crate) fn new(limits: Limits, token_cache: Option<TokenCache>) -> Self {
        Self {
            plain: OnceLock::new(),
            secure: OnceLock::new(),
            tokens: Tokens::default(),
            token_cache,
            rates: Rates::default(),
            stop: Stop::default(),
            limits,
        }
    }

    /// The client for a URL. TLS, which reads the system's certificates, is set up when a host needs it.
    pub(crate) fn client(&self, url: &Url) -> Result<&Client> {
        let secure = url.scheme() == "https";
        let slot = if secure { &self.secure } else { &self.plain };
        if let Some(client) = slot.get() {
            return Ok(client);
        }
        let client = build(secure).map_err(|error| Error::internal(format!("the HTTP client: {error}")))?;
        Ok(slot.get_or_init(|| client))
    }

    async fn fetch_token(&self, credentials: &ClientCredentials, account: &Account) -> Result<Grant> {
        let mut form = vec![
            ("grant_type", "client_credentials"),
            ("client_id", &credentials.client_id),
            ("client_secret", credentials.client_secret.expose_secret()),
        ];
        form.extend(credentials.scopes.as_deref().map(|scopes| ("scope", scopes)));
        let url = Url::parse(&credentials.token_url)
            .map_err(|error| Error::new(Code::InvalidConnection, format!("the token URL is not a URL: {error}")))?;
        let request = self.client(&url)?.post(url).timeout(self.limits.reply_timeout).form(&form).build();
        let request = request.map_err(|error| Error::internal(format!("the token request: {error}")))?;
        let reply = self.exchange(request, false).await.map_err(|error| while_fetching_token(&error))?;
        if matches!(reply.status, 400 | 401) {
            let refused = reply::failure(&reply, false, &account.mask);
            let message = "the token endpoint refused the client id or the client secret";
            return Err(Error::new(Code::Unauthorized, message).status(refused.http_status().unwrap_or_default()));
        }
        if !(200..300).contains(&reply.status) {
            return Err(while_fetching_token(&reply::failure(&reply, false, &account.mask)));
        }
        let granted: GrantBody = serde_json::from_slice(&reply.body)
            .map_err(|_| reply::bad_reply("the token endpoint's answer holds no access token"))?;
        let expires_in = granted.expires_in.and_then(|seconds| seconds.to_string().parse().ok());
        Ok(Grant { access_token: granted.access_token.into(), expires_in })
    }

    /// Sends one request and reads its whole reply.
    pub(crate) async fn exchange(&self, request: reqwest::Request, write: bool) -> Result<Reply> {
        let sent = self.client(request.url())?.execute(request).await;
        let mut response = sent.map_err(|error| not_answered(&error, write))?;
        let status = response.status().as_u16();
        let success = response.status().is_success();
        let limit = if success { self.limits.reply_limit } else { ERROR_BODY };
        let headers = response.headers().iter();
        let headers = headers.map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into()));
        let headers = headers.collect();
        let length = response.content_length().and_then(|length| usize::try_from(length).ok()).unwrap_or_default();
        let mut body = BytesMut::with_capacity(length.min(limit).min(RESERVED));
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) if body.len() + chunk.len() <= limit => body.extend_from_slice(&chunk),
                // The status is known; what an error says of itself is not worth another error.
                Ok(Some(_)) | Err(_) if !success => break,
                Ok(Some(_)) => return Err(done(write, format!("the service's answer has more than {limit} bytes"))),
                Ok(None) => break,
                Err(error) if error.is_timeout() && !write => return Err(timed_out()),
                // A read may be sent again: nothing of the answer was used.
                Err(_) => return Err(done(write, "the service's answer was cut off".to_owned()).retryable(!write)),
            }
        }
        Ok(Reply { status, headers, body: body.freeze() })
    }
}

#[derive(Deserialize)]
struct GrantBody {
    access_token: String,
    expires_in: Option<serde_json::Value>,
}

fn build(secure: bool) -> std::result::Result<Client, Box<dyn std::error::Error>> {
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions()?;
    let tls = if secure {
        let verifier = rustls_platform_verifier::Verifier::new(provider)?;
        tls.dangerous().with_custom_certificate_verifier(std::sync::Arc::new(verifier)).with_no_client_auth()
    } else {
        tls.with_root_certificates(rustls::RootCertStore::empty()).with_no_client_auth()
    };
    // Plain HTTP is for loopback, where no proxy belongs.
    let builder = if secure { Client::builder() } else { Client::builder().no_proxy() };
    let client = builder
        .use_preconfigured_tls(tls)
        .https_only(secure)
        .connect_timeout(CONNECT)
        // A redirect would carry the credentials to a host that nobody allowed.
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(concat!("pipefit/", env!("CARGO_PKG_VERSION")))
        .build()?;
    Ok(client)
}

/// A successful status whose body cannot be read: a write has happened all the same.
fn done(write: bool, what: String) -> Error {
    let error = if write { format!("{what}; the service had accepted the write: do not send it again") } else { what };
    reply::bad_reply(error)
}

fn timed_out() -> Error {
    Error::new(Code::Timeout, "the service did not answer in time")
}

fn not_answered(error: &reqwest::Error, write: bool) -> Error {
    let reason = root_cause(error);
    if error.is_connect() {
        let host = error.url().and_then(Url::host_str).unwrap_or("the service");
        return Error::new(Code::Unavailable, format!("no connection to {host}: {reason}"));
    }
    if error.is_builder() {
        return Error::internal(format!("the request: {reason}"));
    }
    if write {
        let message = format!("the write was sent and no answer came ({reason}); it may or may not have happened");
        return Error::new(Code::OutcomeUnknown, message);
    }
    if error.is_timeout() { timed_out() } else { Error::new(Code::Unavailable, format!("no answer came: {reason}")) }
}

fn root_cause(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}

fn while_fetching_token(error: &Error) -> Error {
    let fetching = Error::new(error.code(), format!("while fetching an access token: {}", error.message()));
    match error.retry_after() {
        Some(wait) => fetching.after(wait),
        None => fetching,
    }
}

/// The transport of one invocation.
pub(crate) struct Session<'a> {
    pub(crate) http: &'a Http,
    pub(crate) account: &'a Account,
    pub(crate) policy: &'a Policy,
    /// Whether requests are logged.
    pub(crate) debug: bool,
    /// When the invocation has to be done.
    pub(crate) deadline: Instant,
    /// Whether a write is on its way and its answer is not yet here.
    pub(crate) writing: AtomicBool,
}

#[async_trait]
impl Transport for Session<'_> {
    async fn send(&self, request: Request) -> Result<Reply> {
        self.policy.admit_request(&request)?;
        let url = url_of(&request, self.account)?;
        let mut tries = Tries::of(request.retry, self.http.limits.retries);
        loop {
            let error = match self.attempt(&request, &url).await {
                Ok(reply) => return Ok(reply),
                Err(error) => error,
            };
            let Some(wait) = tries.next(&error, self.deadline) else {
                return Err(tries.spent(error).request(format!("{} {}", request.method.0, url.path())));
            };
            tracing::info!(target: "pipefit::retry", "{} {}: {error}; again in {wait:?}", request.method.0, url.path());
            self.http.stop.or(tokio::time::sleep(wait)).await?;
        }
    }
}

impl Session<'_> {
    /// Sends a request once, or twice where only its token was refused.
    async fn attempt(&self, request: &Request, url: &Url) -> Result<Reply> {
        let mut token = self.http.stop.or(self.token(None)).await??;
        let mut reply = self.send_as(request, url, token.as_ref()).await?;
        if reply.status == 401 && self.can_renew() {
            // A request that was refused for its token has done nothing: it may be sent once more.
            token = self.http.stop.or(self.token(token.as_ref())).await??;
            reply = self.send_as(request, url, token.as_ref()).await?;
        }
        if let (Some(slot), Some(token)) = (self.slot().filter(|_| reply.status != 401), &token) {
            slot.note_taken(token);
        }
        reply = self.follow(request, url, reply).await?;
        let success = (200..300).contains(&reply.status);
        if success && !self.debug {
            return Ok(reply);
        }
        let mut mask = self.account.mask.clone();
        if let Some(token) = &token {
            mask.add(token.expose_secret());
        }
        if success {
            // They may be shown.
            for (name, value) in &mut reply.headers {
                *value = if name == "set-cookie" { MASK.to_owned() } else { mask.hide(value) };
            }
            return Ok(reply);
        }
        let error = reply::failure(&reply, !request.method.is_safe(), &mask);
        if let Some(wait) = error.retry_after().filter(|_| error.code() == Code::RateLimited) {
            self.pace().hold(wait).await;
        }
        // A token that was good until now was taken back: that is no matter of the credentials.
        let taken_back = match (reply.status, self.slot(), &token) {
            (401, Some(slot), Some(token)) => slot.was_good(token).await,
            _ => false,
        };
        Err(if taken_back { error.retryable(true) } else { error })
    }

    /// Where the token of this connection is kept, where it has one that can be renewed.
    fn slot(&self) -> Option<Arc<Slot>> {
        match &self.account.target.auth {
            Auth::ClientCredentials(credentials) => Some(self.http.tokens.slot(credentials)),
            Auth::Headers => None,
        }
    }

    fn pace(&self) -> Arc<Pace> {
        let target = &self.account.target;
        let per_second = self.http.limits.requests_per_second.unwrap_or(target.requests_per_second);
        self.http.rates.of(&target.account, per_second)
    }

    fn can_renew(&self) -> bool {
        matches!(self.account.target.auth, Auth::ClientCredentials(_))
    }

    pub(crate) async fn token(&self, refused: Option<&SecretString>) -> Result<Option<SecretString>> {
        match (&self.account.token, &self.account.target.auth) {
            (Some(token), _) if refused.is_none() => Ok(Some(token.clone())),
            (_, Auth::Headers) => Ok(None),
            (_, Auth::ClientCredentials(credentials)) => {
                let slot = self.http.tokens.slot(credentials);
                let fetch = async || self.http.fetch_token(credentials, self.account).await;
                let kept_or_fetched = async || match &self.http.token_cache {
                    Some(cache) => cache.get(credentials, refused, fetch).await,
                    None => fetch().await,
                };
                slot.get(refused, kept_or_fetched).await.map(Some)
            }
        }
    }

    async fn send_as(&self, request: &Request, url: &Url, token: Option<&SecretString>) -> Result<Reply> {
        let built = build_request(self.http, request, url, self.account, token)?;
        self.http.stop.or(self.pace().turn()).await?;
        if self.debug {
            self.log(&built, &request.body);
        }
        let reply = if request.method.is_safe() {
            self.http.stop.or(self.http.exchange(built, false)).await.flatten()
        } else {
            self.writing.store(true, Ordering::Release);
            let reply = self.http.stop.or_unknown(self.http.exchange(built, true)).await;
            self.writing.store(false, Ordering::Release);
            reply
        };
        if self.debug {
            let outcome = reply.as_ref().map_or_else(ToString::to_string, |reply| reply.status.to_string());
            tracing::info!(target: "pipefit::request", "reply to {} {}: {outcome}", request.method.0, url.path());
        }
        reply
    }

    fn log(&self, request: &reqwest::Request, body: &Body) {
        let sent = request.body().and_then(reqwest::Body::as_bytes).map(String::from_utf8_lossy);
        let body = match body {
            Body::Multipart(parts) => dry_run::describe_parts(parts).to_string().into(),
            _ => sent.unwrap_or_default(),
        };
        let line = self.account.mask.hide(&format!("{} {} {body}", request.method(), request.url()));
        tracing::info!(target: "pipefit::request", "{}", line.trim_end());
    }
}

/// The full URL, which cannot lead anywhere but below the account's host and path.
pub(crate) fn url_of(request: &Request, account: &Account) -> Result<Url> {
    let target = &account.target;
    let mut path = request.path.clone();
    for (name, value) in &target.path {
        path = path.replace(&format!("{{{name}}}"), value);
    }
    let text = format!("{}{path}", target.api_url);
    let mut url = Url::parse(&text).map_err(|error| Error::internal(format!("the URL `{text}`: {error}")))?;
    // Parsing resolves dots and drops what it does not like: a path that changed is not the one that was checked.
    if !url.as_str().trim_end_matches('/').ends_with(path.trim_end_matches('/')) || path.contains(['{', '}']) {
        return Err(Error::internal(format!("the path `{path}` is not complete or not plain")));
    }
    if !request.query.is_empty() {
        url.query_pairs_mut().extend_pairs(&request.query);
    }
    Ok(url)
}

pub(crate) fn headers_of(request: &Request, account: &Account, token: Option<&SecretString>) -> Result<HeaderMap> {
    let mut headers = HeaderMap::new();
    let accept = if request.expect == Expect::Json { "application/json" } else { "*/*" };
    headers.insert(ACCEPT, HeaderValue::from_static(accept));
    for (name, value) in &request.headers {
        let header: HeaderName = name.parse().map_err(|_| header_fault(name))?;
        headers.insert(header, value.parse().map_err(|_| header_fault(name))?);
    }
    for (name, secret) in &account.target.headers {
        let header: HeaderName = name.parse().map_err(|_| header_fault(name))?;
        headers.insert(header, secret_value(name, secret.expose_secret())?);
    }
    if let Some(token) = token {
        headers.insert(AUTHORIZATION, secret_value("Authorization", &format!("Bearer {}", token.expose_secret()))?);
    }
    Ok(headers)
}

fn secret_value(name: &str, value: &str) -> Result<HeaderValue> {
    let mut value: HeaderValue = value.parse().map_err(|_| {
        let message = format!("the value for the header `{name}` holds characters that a header cannot carry");
        Error::new(Code::InvalidConnection, message)
    })?;
    value.set_sensitive(true);
    Ok(value)
}

fn header_fault(name: &str) -> Error {
    let message = format!("the header `{name}` holds characters that a header cannot carry");
    Error::new(Code::InvalidInput, message)
}

fn build_request(
    http: &Http,
    request: &Request,
    url: &Url,
    account: &Account,
    token: Option<&SecretString>,
) -> Result<reqwest::Request> {
    let method = reqwest::Method::from_bytes(request.method.0.as_bytes())
        .map_err(|_| Error::internal(format!("the method `{}`", request.method.0)))?;
    let builder = http
        .client(url)?
        .request(method, url.clone())
        .timeout(request.timeout.unwrap_or(http.limits.reply_timeout))
        .headers(headers_of(request, account, token)?);
    let builder = match &request.body {
        Body::None => builder,
        Body::Json(value) => builder.json(value),
        Body::Bytes { content_type, data } => {
            let builder = builder.body(Bytes::clone(data));
            match content_type {
                Some(content_type) => builder.header(reqwest::header::CONTENT_TYPE, content_type),
                None => builder,
            }
        }
        Body::Multipart(parts) => builder.multipart(form_of(parts)?),
    };
    builder.build().map_err(|error| Error::internal(format!("the request: {error}")))
}

fn form_of(parts: &[pipefit_component::Part]) -> Result<reqwest::multipart::Form> {
    let mut form = reqwest::multipart::Form::new();
    for part in parts {
        let content = match &part.body {
            PartBody::Text(text) => reqwest::multipart::Part::text(text.clone()),
            PartBody::File(file) => {
                let content = reqwest::multipart::Part::stream_with_length(file.data.clone(), file.data.len() as u64);
                let content = content.mime_str(&file.content_type).map_err(|_| {
                    let message = format!("`{}` is not a media type", file.content_type);
                    Error::new(Code::InvalidInput, message)
                })?;
                content.file_name(file.name.clone().unwrap_or_else(|| "file".to_owned()))
            }
        };
        form = form.part(part.name.clone(), content);
    }
    Ok(form)
}
