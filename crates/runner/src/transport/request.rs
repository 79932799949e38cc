//! Requests with URL, headers and body as they are sent.

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use pipefit_component::{Body, Code, Error, Expect, Method, Part, PartBody, Request, Result, Target};
use reqwest::Url;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use crate::invocation::Account;

/// A request that can be sent. Clones share what they are made of.
#[derive(Clone)]
pub(crate) struct OutgoingRequest {
    parts: Arc<RequestParts>,
    /// The headers that authenticate it.
    credentials: Vec<(HeaderName, HeaderValue)>,
    /// Which attempt it is; the first is 1.
    pub(crate) attempt: u32,
    /// How long it waited for the rate limit.
    pub(crate) waited: Duration,
}

/// What does not change from attempt to attempt.
pub(crate) struct RequestParts {
    pub(crate) method: Method,
    pub(crate) url: Url,
    /// The path before the values of the connection were filled in.
    pub(crate) path: String,
    /// The headers without credentials.
    headers: HeaderMap,
    pub(crate) body: Payload,
    pub(crate) expect: Expect,
    pub(crate) timeout: Option<Duration>,
    pub(crate) retry: Option<pipefit_component::Retry>,
    /// The OAuth scope that it needs, if it is known.
    pub(crate) scope: Option<String>,
}

impl Deref for OutgoingRequest {
    type Target = RequestParts;

    fn deref(&self) -> &RequestParts {
        &self.parts
    }
}

/// The body of a request.
#[derive(Clone)]
pub(crate) enum Payload {
    None,
    Bytes(Bytes),
    Multipart(Arc<[Part]>),
}

impl OutgoingRequest {
    /// Builds a request of an account. Fails if its URL is not below the account's host and path.
    pub(crate) fn new(request: &Request, account: &Account) -> Result<Self> {
        let mut headers = own_headers(request, account)?;
        let body = match &request.body {
            Body::Json(value) => {
                headers.entry(CONTENT_TYPE).or_insert(HeaderValue::from_static("application/json"));
                Payload::Bytes(serde_json::to_vec(value).map_err(Error::internal)?.into())
            }
            Body::Bytes { content_type, data } => {
                if let Some(content_type) = content_type {
                    headers.append(CONTENT_TYPE, content_type.parse().map_err(|_| header_fault("content-type"))?);
                }
                Payload::Bytes(data.clone())
            }
            Body::Multipart(parts) => Payload::Multipart(parts.as_slice().into()),
            _ => Payload::None,
        };
        let parts = RequestParts {
            method: request.method,
            url: url_of(request, account)?,
            path: request.path.clone(),
            headers,
            body,
            expect: request.expect,
            timeout: request.timeout,
            retry: request.retry,
            scope: request.scope.clone(),
        };
        Ok(Self { parts: Arc::new(parts), credentials: Vec::new(), attempt: 1, waited: Duration::ZERO })
    }

    /// Returns the request with these credentials.
    pub(crate) fn with_credentials(&self, account: &Account, token: Option<&SecretString>) -> Result<Self> {
        let mut request = self.clone();
        request.credentials.clear();
        for (name, secret) in account.target.authentication.headers(token) {
            let header = name.parse::<HeaderName>().map_err(|_| header_fault(name))?;
            request.credentials.push((header, secret_value(name, secret.expose_secret())?));
        }
        Ok(request)
    }

    /// Returns all headers.
    pub(crate) fn headers(&self) -> HeaderMap {
        let mut headers = self.parts.headers.clone();
        for (name, value) in &self.credentials {
            headers.insert(name.clone(), value.clone());
        }
        headers
    }

    /// Whether it may change something.
    pub(crate) fn is_write(&self) -> bool {
        !self.method.effect().is_read()
    }

    /// Returns the method and path, for messages.
    pub(crate) fn line(&self) -> String {
        format!("{} {}", self.method, self.url.path())
    }
}

/// Builds the full URL. Fails if it is not below the account's host and path.
fn url_of(request: &Request, account: &Account) -> Result<Url> {
    let target = &account.target;
    let mut path = account.base_url.path().trim_end_matches('/').to_owned() + &request.path;
    for (name, value) in &target.path {
        path = path.replace(&format!("{{{name}}}"), value);
    }
    let mut url = account.base_url.clone();
    url.set_path(&path);
    // Parsing resolves dot segments and encodes some characters; then the path is not the one that was checked.
    if url.path() != path || path.contains(['{', '}']) {
        return Err(Error::internal(format!("the path `{path}` has unfilled placeholders or is changed by parsing")));
    }
    if !request.query.is_empty() {
        url.query_pairs_mut().extend_pairs(&request.query);
    }
    Ok(url)
}

/// Returns the headers of every request to an account, apart from those that authenticate it.
pub(crate) fn headers_of(target: &Target) -> Result<Vec<(HeaderName, HeaderValue)>> {
    let header = |(name, secret): &(&'static str, SecretString)| {
        let header = name.parse().map_err(|_| header_fault(name))?;
        Ok((header, secret_value(name, secret.expose_secret())?))
    };
    target.headers.iter().map(header).collect()
}

fn own_headers(request: &Request, account: &Account) -> Result<HeaderMap> {
    let mut headers = HeaderMap::with_capacity(8);
    let accept = if request.expect == Expect::Json { "application/json" } else { "*/*" };
    headers.insert(ACCEPT, HeaderValue::from_static(accept));
    for (name, value) in &request.headers {
        let header: HeaderName = name.parse().map_err(|_| header_fault(name))?;
        headers.insert(header, value.parse().map_err(|_| header_fault(name))?);
    }
    for (name, value) in &account.headers {
        headers.insert(name.clone(), value.clone());
    }
    Ok(headers)
}

fn secret_value(name: &str, value: &str) -> Result<HeaderValue> {
    let mut value: HeaderValue = value.parse().map_err(|_| {
        let message = format!("the value of the header `{name}` contains characters that are not allowed in headers");
        Error::new(Code::InvalidConnection, message)
    })?;
    value.set_sensitive(true);
    Ok(value)
}

fn header_fault(name: &str) -> Error {
    let message = format!("the header `{name}` contains characters that are not allowed in headers");
    Error::new(Code::InvalidInput, message)
}

/// Converts the parts of a multipart form for the HTTP client.
pub(super) fn form_of(parts: &[Part]) -> Result<reqwest::multipart::Form> {
    let mut form = reqwest::multipart::Form::new();
    for part in parts {
        let content = match &part.body {
            PartBody::Text(text) => reqwest::multipart::Part::text(text.clone()),
            PartBody::File(file) => {
                let content = reqwest::multipart::Part::stream_with_length(file.data.clone(), file.data.len() as u64);
                let content = content.mime_str(file.media_type()).map_err(|_| {
                    let message = format!("`{}` is not a media type", file.media_type());
                    Error::new(Code::InvalidInput, message)
                })?;
                content.file_name(file.name.clone().unwrap_or_else(|| "file".to_owned()))
            }
            other => return Err(Error::internal(format!("unsupported part of a multipart form: {other:?}"))),
        };
        form = form.part(part.name.clone(), content);
    }
    Ok(form)
}

/// Describes the parts of a form; files without their bytes.
pub(crate) fn describe_parts(parts: &[Part]) -> Value {
    let describe = |part: &Part| match &part.body {
        PartBody::Text(text) => json!({"name": part.name, "text": text}),
        PartBody::File(file) => json!({
            "name": part.name,
            "fileName": file.name,
            "contentType": file.media_type(),
            "size": file.data.len(),
        }),
        _ => json!({"name": part.name}),
    };
    parts.iter().map(describe).collect()
}

/// Whether the host of a URL is this machine.
pub(crate) fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}
