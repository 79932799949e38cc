//! Requests with URL, headers and body as they are sent.

use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE};
use http::uri::{Authority, PathAndQuery, Scheme};
use http::{HeaderMap, HeaderName, HeaderValue, Uri, uri};
use pipefit_component::template::fill;
use pipefit_component::{Authentication, Body, Code, Error, Expect, Method, Part, PartBody, Request, Result, Target};
use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use crate::invocation::Account;

/// Headers that are shared.
type Headers = Arc<[(HeaderName, HeaderValue)]>;

/// The room for the headers that most requests have.
const USUAL_HEADERS: usize = 6;

/// A request that can be sent. Clones share what they are made of.
#[derive(Clone)]
pub(crate) struct OutgoingRequest {
    parts: Arc<RequestParts>,
    /// The headers that authenticate it.
    credentials: Headers,
    /// Which attempt it is; the first is 1.
    pub(crate) attempt: u32,
    /// How long it waited for the rate limit.
    pub(crate) waited: Duration,
}

/// What does not change from attempt to attempt.
pub(crate) struct RequestParts {
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    /// The path before the values of the connection were filled in.
    pub(crate) path: String,
    /// Its own headers; a later one replaces an earlier one.
    headers: Vec<(HeaderName, HeaderValue)>,
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
        let mut headers = own_headers(request)?;
        let body = match &request.body {
            Body::Json(value) => {
                headers.insert(0, (CONTENT_TYPE, HeaderValue::from_static("application/json")));
                Payload::Bytes(serde_json::to_vec(value).map_err(Error::internal)?.into())
            }
            Body::Bytes { content_type, data } => {
                if let Some(content_type) = content_type {
                    headers.push((CONTENT_TYPE, content_type.parse().map_err(|_| header_fault("content-type"))?));
                }
                Payload::Bytes(data.clone())
            }
            Body::Multipart(parts) => Payload::Multipart(parts.as_slice().into()),
            _ => Payload::None,
        };
        let parts = RequestParts {
            method: request.method,
            uri: uri_of(request, account)?,
            path: request.path.clone(),
            headers,
            body,
            expect: request.expect,
            timeout: request.timeout,
            retry: request.retry,
            scope: request.scope.clone(),
        };
        Ok(Self { parts: Arc::new(parts), credentials: Headers::default(), attempt: 1, waited: Duration::ZERO })
    }

    /// Returns the request with these credentials.
    pub(crate) fn with_credentials(&self, account: &Account, token: Option<&SecretString>) -> Result<Self> {
        let credentials = account.credentials.of(&*account.target.authentication, token)?;
        Ok(Self { credentials, ..self.clone() })
    }

    /// Returns all headers.
    pub(crate) fn headers(&self, account: &Account) -> HeaderMap {
        let mut headers = HeaderMap::with_capacity(USUAL_HEADERS);
        for (name, value) in self.parts.headers.iter().chain(&account.headers).chain(&*self.credentials) {
            headers.insert(name.clone(), value.clone());
        }
        headers
    }

    /// The port that it is sent to.
    pub(crate) fn port(&self) -> u16 {
        let of_scheme = if self.uri.scheme() == Some(&Scheme::HTTPS) { 443 } else { 80 };
        self.uri.port_u16().unwrap_or(of_scheme)
    }

    /// Whether it may change something.
    pub(crate) fn is_write(&self) -> bool {
        !self.method.effect().is_read()
    }

    /// Returns the method and path, for messages.
    pub(crate) fn line(&self) -> String {
        format!("{} {}", self.method, self.uri.path())
    }
}

/// The headers that authenticate the requests of an account; they change with its token.
#[derive(Debug, Default)]
pub(crate) struct Credentials(Mutex<Option<(Option<SecretString>, Headers)>>);

impl Credentials {
    /// Returns them for this token. Fails if a secret cannot be in a header.
    fn of(&self, authentication: &dyn Authentication, token: Option<&SecretString>) -> Result<Headers> {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((of, headers)) = &*last
            && of.as_ref().map(ExposeSecret::expose_secret) == token.map(ExposeSecret::expose_secret)
        {
            return Ok(Arc::clone(headers));
        }
        let headers = authentication.headers(token).iter().map(secret_header).collect::<Result<Headers>>()?;
        *last = Some((token.cloned(), Arc::clone(&headers)));
        Ok(headers)
    }
}

/// The URL that the paths of requests are appended to.
#[derive(Clone, Debug)]
pub(crate) struct BaseUrl {
    scheme: Scheme,
    authority: Authority,
    /// The value of the header `Host`.
    host: HeaderValue,
    /// Without a slash at its end.
    path: String,
}

impl BaseUrl {
    /// Fails if the text is not a URL with a host.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let invalid = |error: String| Error::internal(format!("the API URL `{text}`: {error}"));
        // This converts what people write to what requests contain.
        let url = Url::parse(text).map_err(|error| invalid(error.to_string()))?;
        let parts = url.as_str().parse::<Uri>().map_err(|error| invalid(error.to_string()))?.into_parts();
        let (Some(scheme), Some(authority)) = (parts.scheme, parts.authority) else {
            return Err(invalid("it has no host".to_owned()));
        };
        let host = authority.as_str().parse().map_err(Error::internal)?;
        Ok(Self { scheme, authority, host, path: url.path().trim_end_matches('/').to_owned() })
    }

    /// The value of the header `Host`.
    pub(super) fn host(&self) -> HeaderValue {
        self.host.clone()
    }

    fn with(&self, path_and_query: String) -> Result<Uri> {
        let mut parts = uri::Parts::default();
        parts.scheme = Some(self.scheme.clone());
        parts.authority = Some(self.authority.clone());
        parts.path_and_query =
            Some(PathAndQuery::from_maybe_shared(Bytes::from(path_and_query)).map_err(Error::internal)?);
        Uri::from_parts(parts).map_err(Error::internal)
    }
}

/// Builds the full URL. Fails if it is not below the account's host and path.
fn uri_of(request: &Request, account: &Account) -> Result<Uri> {
    let (base, values) = (&account.base_url, &account.target.path);
    let known = |name: &str| values.iter().find(|(known, _)| *known == name).map(|(_, value)| value);
    let path = fill(&request.path, |name| known(name).ok_or_else(|| unusable(&request.path)))?;
    let path = base.path.clone() + &path;
    if !is_plain_path(&path) {
        return Err(unusable(&path));
    }
    if request.query.is_empty() {
        return base.with(path);
    }
    let length = path.len() + 1;
    let mut query = form_urlencoded::Serializer::for_suffix(path + "?", length);
    base.with(query.extend_pairs(&request.query).finish())
}

fn unusable(path: &str) -> Error {
    Error::internal(format!("the path `{path}` has unfilled placeholders or is changed by parsing"))
}

/// Whether a path means the same to everybody: no dot segments, nothing that has to be encoded.
fn is_plain_path(path: &str) -> bool {
    let is_plain = |byte: u8| {
        byte.is_ascii_graphic() && !matches!(byte, b'"' | b'#' | b'<' | b'>' | b'?' | b'\\' | b'^' | b'`' | b'{' | b'}')
    };
    path.bytes().all(is_plain) && !path.as_bytes().split(|byte| *byte == b'/').any(is_dot_segment)
}

/// Whether a segment of a path stands for this folder or the one above, perhaps encoded.
fn is_dot_segment(segment: &[u8]) -> bool {
    let decoded = || String::from_utf8_lossy(segment).to_ascii_lowercase().replace("%2e", ".");
    matches!(segment, [b'.' | b'%', ..]) && matches!(decoded().as_str(), "." | "..")
}

/// Returns the headers of every request to an account, apart from those that authenticate it.
pub(crate) fn headers_of(target: &Target) -> Result<Vec<(HeaderName, HeaderValue)>> {
    target.headers.iter().map(secret_header).collect()
}

fn secret_header((name, secret): &(&'static str, SecretString)) -> Result<(HeaderName, HeaderValue)> {
    Ok((name.parse().map_err(|_| header_fault(name))?, secret_value(name, secret.expose_secret())?))
}

fn own_headers(request: &Request) -> Result<Vec<(HeaderName, HeaderValue)>> {
    let accept = if request.expect == Expect::Json { "application/json" } else { "*/*" };
    let mut headers = vec![(ACCEPT, HeaderValue::from_static(accept))];
    for (name, value) in &request.headers {
        let header: HeaderName = name.parse().map_err(|_| header_fault(name))?;
        headers.push((header, value.parse().map_err(|_| header_fault(name))?));
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
