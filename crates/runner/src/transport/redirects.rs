//! Redirects: a service may redirect a download to a file storage at another host.
//!
//! Redirects are followed only for downloads, and without credentials, which must not be sent to another host.

use std::pin::pin;
use std::time::{Duration, Instant};

use http::header::ACCEPT;
use pipefit_component::{Code, Error, Method, Response, Result};
use reqwest::{Body, Url};

use super::log::Delivery;
use super::{Layer, OutgoingRequest, Session, is_loopback};
use crate::replies::bad_reply;

/// The maximum number of redirects of one download.
const MAX_REDIRECTS: usize = 5;

/// Follows the redirects of downloads.
pub(super) struct RedirectLayer<'a, L> {
    pub(super) inner: L,
    pub(super) session: &'a Session,
}

impl<L: Layer> Layer for RedirectLayer<'_, L> {
    async fn send(&self, request: &OutgoingRequest) -> Result<Response> {
        // Boxed, as what follows: the allocator is fast for small pieces.
        let mut response = Box::pin(self.inner.send(request)).await?;
        if request.method != Method::Get || !request.expect.follows_redirects() || !is_redirect(&response) {
            return Ok(response);
        }
        let mut at = Url::parse(&request.uri.to_string()).map_err(Error::internal)?;
        for _ in 0..MAX_REDIRECTS {
            at = self.link(&at, &response)?;
            response = Box::pin(self.fetch(request, at.clone())).await?;
            match response.status {
                _ if is_redirect(&response) => {}
                401 | 403 => return Err(rejected(&at, response.status)),
                _ => return Ok(response),
            }
        }
        Err(bad_reply(format!("more than {MAX_REDIRECTS} redirects lead to the file")))
    }
}

impl<L> RedirectLayer<'_, L> {
    /// Returns the target of a redirect. Fails unless it uses HTTPS, or plain HTTP on loopback like the API itself.
    fn link(&self, from: &Url, response: &Response) -> Result<Url> {
        let link = response.header("location").and_then(|link| from.join(&link).ok());
        let Some(link) = link else { return Err(bad_reply("the redirect to the file is not a URL")) };
        let on_loopback = self.session.account.target.api_url.starts_with("http:") && is_loopback(&link);
        let has_credentials = !link.username().is_empty() || link.password().is_some();
        match link.scheme() {
            "https" if !has_credentials => Ok(link),
            "http" if !has_credentials && on_loopback => Ok(link),
            _ => Err(bad_reply("the redirect to the file is not allowed: expected an HTTPS URL without credentials")),
        }
    }

    async fn fetch(&self, request: &OutgoingRequest, link: Url) -> Result<Response> {
        let until = self.session.response_deadline(request)?;
        // The query contains the signature, which is a secret.
        let shown = format!("{}{}", link.origin().ascii_serialization(), link.path());
        let built = http::Request::get(link.as_str()).header(ACCEPT, "*/*").body(Body::default());
        let built = built.map_err(|error| Error::internal(format!("the request for the file: {error}")))?;
        let began = Instant::now();
        let response = self.session.or_cancelled(pin!(self.session.exchange(built, until, false))).await.flatten();
        let delivery = Delivery { took: began.elapsed(), attempt: request.attempt, waited: Duration::ZERO };
        self.session.log("GET", &shown, &response, delivery);
        if self.session.debug {
            let outcome = response.as_ref().map_or_else(ToString::to_string, |response| response.status.to_string());
            tracing::info!(target: "pipefit::request", "response to GET {shown}: {outcome}");
        }
        response
    }
}

fn is_redirect(response: &Response) -> bool {
    matches!(response.status, 301 | 302 | 303 | 307 | 308) && response.header("location").is_some()
}

/// The error for a rejected link. It is retryable because links expire and the next try gets a new one.
fn rejected(link: &Url, status: u16) -> Error {
    let host = link.host_str().unwrap_or_default();
    let message = format!("{host} rejected the link to the file with status {status}; it may have expired");
    Error::new(Code::Unavailable, message).with_status(status)
}
