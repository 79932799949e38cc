//! Sinks: where the records of triggers and lists go.

use std::time::Duration;

use bytes::Bytes;
use pipefit_component::{Code, Error, Result};
use reqwest::Url;
use serde::{Deserialize, Serialize};

use crate::http::{self, Http};
use crate::ingress::{cause, segment};

/// How long a sink may take to answer.
const ANSWER: Duration = Duration::from_secs(30);

/// Where records go: an HTTP address or a handler of another Restate service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Sink {
    /// Each batch is a POST to this URL, repeated with the same `Idempotency-Key` until the status is 2xx.
    Http(HttpSink),
    /// Each batch is a one-way call of this handler.
    Service(ServiceSink),
}

/// An HTTP address. The worker's operator must allow it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpSink {
    /// The URL.
    pub http: String,
}

/// A handler of a Restate service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceSink {
    /// The name of the service or virtual object.
    pub service: String,
    /// The key of the virtual object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The name of the handler.
    pub handler: String,
}

impl ServiceSink {
    /// The path of a one-way call through a node.
    pub(crate) fn path(&self) -> String {
        let segments = [Some(&self.service), self.key.as_ref(), Some(&self.handler)];
        let segments: Vec<_> = segments.into_iter().flatten().map(|part| segment(part)).collect();
        format!("send/{}", segments.join("/"))
    }
}

/// The addresses that sinks may have. Whoever can call Restate chooses a sink, so that without such a list the worker
/// would send requests to any address that it can reach.
#[derive(Clone, Debug, Default)]
pub struct Origins(Vec<Url>);

impl Origins {
    /// Allows sinks whose URL begins with this one: of the same scheme, host and port, and with a path below its path.
    /// Plain HTTP is allowed for any host that is named here. Fails if it is not a URL.
    pub fn allow(mut self, url: &str) -> Result<Self> {
        self.0.push(http::base_url("the address of sinks", url)?);
        Ok(self)
    }

    fn admit(&self, text: &str) -> Result<Url> {
        let url = http::web_url("the `http` of the sink", text)?;
        let is_below = |allowed: &Url| {
            let base = allowed.path().trim_end_matches('/');
            let rest = url.path().strip_prefix(base);
            allowed.origin() == url.origin() && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        if self.0.iter().any(is_below) {
            return Ok(url);
        }
        let message = "the workers may not deliver to this address: their operator allows it with `--allow-sink URL`";
        Err(Error::new(Code::ForbiddenByPolicy, message))
    }
}

/// Delivers over HTTP.
#[derive(Debug)]
pub(crate) struct Sinks {
    origins: Origins,
    http: Http,
}

impl Sinks {
    pub(crate) fn new(origins: Origins) -> Result<Self> {
        Ok(Self { origins, http: Http::of_others()? })
    }

    /// Fails if nothing can be delivered to a sink.
    pub(crate) fn check(&self, sink: &Sink) -> Result<()> {
        match sink {
            Sink::Http(sink) => self.origins.admit(&sink.http).map(drop),
            Sink::Service(sink) if sink.service.is_empty() || sink.handler.is_empty() => {
                Err(Error::new(Code::InvalidRequest, "the sink must name its `service` and `handler`"))
            }
            Sink::Service(_) => Ok(()),
        }
    }

    /// Posts a batch once. Fails unless the status is 2xx.
    pub(crate) async fn post(&self, sink: &HttpSink, delivery: &str, batch: Bytes) -> Result<()> {
        let url = self.origins.admit(&sink.http)?;
        let request = self
            .http
            .client(&url)?
            .post(url)
            .timeout(ANSWER)
            .header("content-type", "application/json")
            .header("idempotency-key", delivery)
            .body(batch);
        let unreachable = |error: reqwest::Error| {
            Error::new(Code::Unavailable, format!("the sink cannot be reached: {}", cause(&error)))
        };
        let status = request.send().await.map_err(unreachable)?.status();
        if status.is_success() {
            return Ok(());
        }
        Err(Error::new(Code::Unavailable, format!("the sink answered {}", status.as_u16()))
            .with_status(status.as_u16()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sink_is_below_an_allowed_address() {
        let origins = Origins::default().allow("https://hooks.example.com/crm").expect("a URL");
        let origins = origins.allow("http://127.0.0.1:9000/").expect("a URL");
        for (url, allowed) in [
            ("https://hooks.example.com/crm", true),
            ("https://hooks.example.com/crm/jobs?list=1", true),
            ("https://hooks.example.com/crmx", false),
            ("https://hooks.example.com/", false),
            ("https://hooks.example.com/crm/../admin", false),
            ("https://hooks.example.com:444/crm", false),
            ("http://hooks.example.com/crm", false),
            ("https://hooks.example.com.evil.example/crm", false),
            ("https://x@hooks.example.com/crm", false),
            ("http://127.0.0.1:9000/any", true),
            ("http://127.0.0.1:9001/any", false),
        ] {
            assert_eq!(origins.admit(url).is_ok(), allowed, "{url}");
        }
    }

    #[test]
    fn a_sink_is_an_address_or_a_handler() {
        let http: Sink = serde_json::from_str(r#"{"http": "https://example.com"}"#).expect("a sink");
        assert_eq!(http, Sink::Http(HttpSink { http: "https://example.com".to_owned() }));
        let object = r#"{"service": "Orders", "key": "a/b", "handler": "take"}"#;
        let Ok(Sink::Service(object)) = serde_json::from_str(object) else { panic!("a sink") };
        assert_eq!(object.path(), "send/Orders/a%2Fb/take");
        assert!(serde_json::from_str::<Sink>(r#"{"http": "https://example.com", "handler": "take"}"#).is_err());
    }
}
