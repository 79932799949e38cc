//! HTTP clients, and responses that are read up to a limit.

use std::sync::OnceLock;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use pipefit_component::{Code, Error, Result};
use reqwest::{Client, Response, Url};

/// How long connecting may take.
const CONNECT: Duration = Duration::from_secs(2);

/// How long a connection may be silent before it is tested, and how long the answer to the test may take. So a peer
/// that is held up is noticed although its requests may take long.
const SILENCE: Duration = Duration::from_secs(4);
const TEST: Duration = Duration::from_secs(3);

/// One client for plain HTTP and one for TLS, which reads the certificates of the system when it is first used.
#[derive(Debug)]
pub(crate) struct Http {
    plain: Client,
    secure: OnceLock<Client>,
}

impl Http {
    /// Clients for Restate and other workers, which speak HTTP/2 without TLS, too.
    pub(crate) fn of_peers() -> Result<Self> {
        let settings = |builder: reqwest::ClientBuilder| builder.http2_prior_knowledge();
        Ok(Self { plain: built(false, settings)?, secure: OnceLock::new() })
    }

    /// Clients for anybody.
    pub(crate) fn of_others() -> Result<Self> {
        Ok(Self { plain: built(false, |builder| builder)?, secure: OnceLock::new() })
    }

    /// The client for a URL.
    pub(crate) fn client(&self, url: &Url) -> Result<Client> {
        if url.scheme() != "https" {
            return Ok(self.plain.clone());
        }
        if let Some(client) = self.secure.get() {
            return Ok(client.clone());
        }
        let client = built(true, |builder| builder)?;
        Ok(self.secure.get_or_init(|| client).clone())
    }
}

fn built(secure: bool, settings: impl Fn(reqwest::ClientBuilder) -> reqwest::ClientBuilder) -> Result<Client> {
    let builder = pipefit_runner::client_builder(secure).map_err(|error| Error::internal(error.to_string()))?;
    let builder = builder
        .connect_timeout(CONNECT)
        .tcp_nodelay(true)
        .http2_keep_alive_interval(SILENCE)
        .http2_keep_alive_timeout(TEST)
        .http2_keep_alive_while_idle(true);
    settings(builder).build().map_err(|error| Error::internal(format!("the HTTP client: {error}")))
}

/// Reads the body of a response. Fails if it breaks off or has more bytes than this.
pub(crate) async fn body(mut response: Response, limit: usize) -> Result<Bytes> {
    let mut body = BytesMut::new();
    let broken = |error: reqwest::Error| Error::new(Code::Unavailable, format!("a response broke off: {error}"));
    while let Some(chunk) = response.chunk().await.map_err(broken)? {
        if body.len() + chunk.len() > limit {
            return Err(Error::new(Code::BadReply, format!("a response has more than {limit} bytes")));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

/// Reads a base URL: `http` or `https`, without credentials, query or fragment. `what` names it in the error.
pub(crate) fn base_url(what: &str, text: &str) -> Result<Url> {
    let url = web_url(what, text)?;
    if url.query().is_some() || url.fragment().is_some() {
        return Err(refuse(what, "it must have no query or fragment"));
    }
    Ok(url)
}

fn refuse(what: &str, why: &str) -> Error {
    Error::new(Code::InvalidRequest, format!("{what} is not valid: {why}"))
}

/// Reads a URL: `http` or `https`, without credentials.
pub(crate) fn web_url(what: &str, text: &str) -> Result<Url> {
    let refuse = |why: &str| refuse(what, why);
    let url = Url::parse(text).map_err(|error| refuse(&error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        return Err(refuse("expected `http://HOST:PORT` or `https://HOST:PORT`"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refuse("it must have no credentials"));
    }
    Ok(url)
}

/// Returns the URL of a path below a base URL. The path is encoded already.
pub(crate) fn below(base: &Url, path: &str) -> Result<Url> {
    let text = format!("{}/{path}", base.as_str().trim_end_matches('/'));
    Url::parse(&text).map_err(|error| Error::internal(format!("the path of a request: {error}")))
}
