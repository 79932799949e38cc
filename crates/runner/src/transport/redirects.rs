//! Redirects: a service may answer a download with a link to a storage of another origin.
//!
//! Links are followed only for downloads, and without credentials: a link is signed, and a token would go to a host
//! that nobody allowed.

use pipefit_component::{Code, Error, Method, Response, Result};
use reqwest::Url;
use reqwest::header::ACCEPT;

use super::{Layer, Outgoing, Session, is_loopback};

/// The most links that lead to one file.
const HOPS: usize = 5;

/// Follows the link of a response to the file that lies behind it.
pub(super) struct Redirected<'a, L> {
    pub(super) inner: L,
    pub(super) session: &'a Session<'a>,
}

impl<L: Layer> Layer for Redirected<'_, L> {
    async fn send(&self, request: &Outgoing) -> Result<Response> {
        let mut response = self.inner.send(request).await?;
        if request.method != Method::Get || !request.expect.follows_redirects() || !is_redirect(&response) {
            return Ok(response);
        }
        let mut at = request.url.clone();
        for _ in 0..HOPS {
            at = self.link(&at, &response)?;
            response = self.fetch(request, at.clone()).await?;
            match response.status {
                _ if is_redirect(&response) => {}
                401 | 403 => return Err(refused(&at, response.status)),
                _ => return Ok(response),
            }
        }
        Err(Error::new(Code::BadReply, format!("more than {HOPS} links lead to the file")))
    }
}

impl<L> Redirected<'_, L> {
    /// Where a response leads: by HTTPS, or on loopback if the operator put the whole service there.
    fn link(&self, from: &Url, response: &Response) -> Result<Url> {
        let link = response.header("location").and_then(|link| from.join(link).ok());
        let Some(link) = link else { return Err(bad_link("the service's link to the file is not a URL")) };
        let on_loopback = self.session.account.target.api_url.starts_with("http:") && is_loopback(&link);
        let named = !link.username().is_empty() || link.password().is_some();
        match link.scheme() {
            "https" if !named => Ok(link),
            "http" if !named && on_loopback => Ok(link),
            _ => Err(bad_link("the service's link to the file is not one to follow: expected plain HTTPS")),
        }
    }

    async fn fetch(&self, request: &Outgoing, link: Url) -> Result<Response> {
        let Session { shared, debug, .. } = self.session;
        // The query is the link's signature, which is as good as a password.
        let place = format!("{}{}", link.origin().ascii_serialization(), link.path());
        let timeout = request.timeout.unwrap_or(shared.limits.response_timeout);
        let built = shared.clients.client(&link)?.get(link).timeout(timeout).header(ACCEPT, "*/*").build();
        let built = built.map_err(|error| Error::internal(format!("the request of the file: {error}")))?;
        let response = shared.shutdown.or_cancelled(self.session.exchange(built, false)).await.flatten();
        if *debug {
            let outcome = response.as_ref().map_or_else(ToString::to_string, |response| response.status.to_string());
            tracing::info!(target: "pipefit::request", "reply to GET {place}: {outcome}");
        }
        response
    }
}

fn is_redirect(response: &Response) -> bool {
    matches!(response.status, 301 | 302 | 303 | 307 | 308) && response.header("location").is_some()
}

fn bad_link(message: &str) -> Error {
    Error::new(Code::BadReply, message)
}

/// A link is good for a short time; the next try gets a new one.
fn refused(link: &Url, status: u16) -> Error {
    let host = link.host_str().unwrap_or_default();
    let message = format!("{host} refused the service's link to the file with status {status}; it may have expired");
    Error::new(Code::Unavailable, message).with_status(status)
}
