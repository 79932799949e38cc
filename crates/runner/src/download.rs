//! Files that lie elsewhere: an API may answer a download with a link to a storage of another origin.
//!
//! The link is followed for reads of bytes alone, and without anything that says who we are: it is signed, and a
//! token would go to a host that nobody allowed.

use pipefit_component::{Code, Error, Expect, Reply, Request, Result};
use reqwest::Url;
use reqwest::header::ACCEPT;

use crate::connection::is_loopback;
use crate::http::Session;
use crate::reply::bad_reply;

/// The most links that lead to one file.
const HOPS: usize = 5;

impl Session<'_> {
    /// The file behind the link of a reply; the reply itself where it is none.
    pub(crate) async fn follow(&self, request: &Request, from: &Url, mut reply: Reply) -> Result<Reply> {
        if request.method.0 != "GET" || request.expect != Expect::Bytes || !leads_on(&reply) {
            return Ok(reply);
        }
        let mut at = from.clone();
        for _ in 0..HOPS {
            at = self.link(&at, &reply)?;
            reply = self.fetch(request, at.clone()).await?;
            match reply.status {
                _ if leads_on(&reply) => {}
                401 | 403 => return Err(refused(&at, reply.status)),
                _ => return Ok(reply),
            }
        }
        Err(bad_reply(format!("more than {HOPS} links lead to the file")))
    }

    /// Where a reply leads: by HTTPS, or on loopback where the operator put the whole service there.
    fn link(&self, from: &Url, reply: &Reply) -> Result<Url> {
        let link = reply.header("location").and_then(|link| from.join(link).ok());
        let Some(link) = link else { return Err(bad_reply("the service's link to the file is not a URL")) };
        let on_loopback = self.account.target.api_url.starts_with("http:") && is_loopback(&link);
        let named = !link.username().is_empty() || link.password().is_some();
        match link.scheme() {
            "https" if !named => Ok(link),
            "http" if !named && on_loopback => Ok(link),
            _ => Err(bad_reply("the service's link to the file is not one to follow: expected plain HTTPS")),
        }
    }

    async fn fetch(&self, request: &Request, link: Url) -> Result<Reply> {
        // The query is the link's signature, which is as good as a password.
        let place = format!("{}{}", link.origin().ascii_serialization(), link.path());
        let timeout = request.timeout.unwrap_or(self.http.limits.reply_timeout);
        let built = self.http.client(&link)?.get(link).timeout(timeout).header(ACCEPT, "*/*").build();
        let built = built.map_err(|error| Error::internal(format!("the request of the file: {error}")))?;
        let reply = self.http.stop.or(self.http.exchange(built, false)).await.flatten();
        if self.debug {
            let outcome = reply.as_ref().map_or_else(ToString::to_string, |reply| reply.status.to_string());
            tracing::info!(target: "pipefit::request", "reply to GET {place}: {outcome}");
        }
        reply
    }
}

fn leads_on(reply: &Reply) -> bool {
    matches!(reply.status, 301 | 302 | 303 | 307 | 308) && reply.header("location").is_some()
}

/// A link is good for a short time: with the next try comes a new one.
fn refused(link: &Url, status: u16) -> Error {
    let host = link.host_str().unwrap_or_default();
    let message = format!("{host} refused the service's link to the file with status {status}; it may have expired");
    Error::new(Code::Unavailable, message).status(status)
}
