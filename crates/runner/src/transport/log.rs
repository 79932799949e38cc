//! Logging: with `debugRequest`, logs each request and the status of its response, with secrets masked.

use pipefit_component::{Response, Result};

use super::request::Payload;
use super::{Layer, OutgoingRequest, Session, describe_parts};

/// Logs requests and the status of their responses.
pub(super) struct LogLayer<'a, L> {
    pub(super) inner: L,
    pub(super) session: &'a Session<'a>,
}

impl<L: Layer> Layer for LogLayer<'_, L> {
    async fn send(&self, request: &OutgoingRequest) -> Result<Response> {
        if !self.session.debug {
            return self.inner.send(request).await;
        }
        let line = format!("{} {} {}", request.method, request.url, body_of(request));
        tracing::info!(target: "pipefit::request", "{}", self.session.mask().hide(line.trim_end()));
        let response = self.inner.send(request).await;
        let outcome = response.as_ref().map_or_else(ToString::to_string, |response| response.status.to_string());
        let line = self.session.mask().hide(&request.line());
        tracing::info!(target: "pipefit::request", "response to {line}: {outcome}");
        response
    }
}

fn body_of(request: &OutgoingRequest) -> String {
    match &request.body {
        Payload::None => String::new(),
        Payload::Bytes(data) => String::from_utf8_lossy(data).into_owned(),
        Payload::Multipart(parts) => describe_parts(parts).to_string(),
    }
}
