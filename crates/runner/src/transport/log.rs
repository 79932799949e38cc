//! Logging: one line for each request and its response; with `debugRequest`, its body, too. Secrets are masked.

use std::time::{Duration, Instant};

use pipefit_component::{Code, Error, Response, Result};
use tracing::{Instrument as _, Span};

use super::request::Payload;
use super::{Layer, OutgoingRequest, Session, describe_parts};
use crate::telemetry::{self, millis};

/// Logs requests and the status of their responses.
pub(super) struct LogLayer<'a, L> {
    pub(super) inner: L,
    pub(super) session: &'a Session,
}

impl<L: Layer> Layer for LogLayer<'_, L> {
    async fn send(&self, request: &OutgoingRequest) -> Result<Response> {
        let body = body_of(request, self.session.debug);
        let line = || self.session.mask().hide(format!("{} {} {body}", request.method, request.uri).trim_end());
        if self.session.debug {
            tracing::info!(target: "pipefit::request", "{}", line());
        } else {
            tracing::trace!(target: "pipefit::http", "sending {}", line());
        }
        let sent = Sent::new(self.session, request);
        let response = self.inner.send(request).instrument(sent.span.clone()).await;
        sent.end(&response);
        response
    }
}

/// A request that was sent. If it is dropped before it has ended, nobody waits for its response any more.
struct Sent<'a> {
    session: &'a Session,
    request: &'a OutgoingRequest,
    span: Span,
    began: Instant,
    has_ended: bool,
}

impl<'a> Sent<'a> {
    fn new(session: &'a Session, request: &'a OutgoingRequest) -> Self {
        let span = telemetry::request_span(request, || session.mask());
        Self { session, request, span, began: Instant::now(), has_ended: false }
    }

    fn end(mut self, outcome: &Result<Response>) {
        self.has_ended = true;
        self.record(outcome);
    }

    fn record(&self, outcome: &Result<Response>) {
        let Self { session, request, .. } = self;
        let took = self.began.elapsed();
        telemetry::record_response(session.metrics(), &self.span, request, outcome, took);
        let delivery = Delivery { took, attempt: request.attempt, waited: request.waited };
        session.log(request.method.name(), request.uri.path(), outcome, delivery);
        if session.debug {
            let outcome = outcome.as_ref().map_or_else(ToString::to_string, |response| response.status.to_string());
            let line = session.mask().hide(&request.line());
            tracing::info!(target: "pipefit::request", "response to {line}: {outcome}");
        }
    }
}

impl Drop for Sent<'_> {
    fn drop(&mut self) {
        if !self.has_ended {
            let code = if self.request.is_write() { Code::OutcomeUnknown } else { Code::Cancelled };
            self.record(&Err(Error::new(code, "nobody waits for the response any more")));
        }
    }
}

/// How a request was sent.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Delivery {
    /// The time from sending the request to the end of the response.
    pub(super) took: Duration,
    /// Which attempt it was; the first is 1.
    pub(super) attempt: u32,
    /// How long it waited for the rate limit before.
    pub(super) waited: Duration,
}

impl Session {
    /// Logs a request and its outcome.
    pub(super) fn log(&self, method: &str, path: &str, outcome: &Result<Response>, delivery: Delivery) {
        if !tracing::enabled!(target: "pipefit::http", tracing::Level::DEBUG) {
            return;
        }
        let mask = self.mask();
        let path = mask.hide(path);
        let Delivery { took, attempt, waited } = delivery;
        let (took, waited) = (millis(took), millis(waited));
        match outcome {
            Ok(response) => tracing::debug!(
                target: "pipefit::http", status = response.status, ms = took, r#try = attempt, waited_ms = waited,
                bytes = response.body.len(), "{method} {path}",
            ),
            Err(error) => tracing::debug!(
                target: "pipefit::http", error = mask.hide(&error.to_string()), ms = took, r#try = attempt,
                waited_ms = waited, "{method} {path}",
            ),
        }
    }
}

/// Returns the body as it is shown: whole for `debugRequest`, else its length only.
fn body_of(request: &OutgoingRequest, whole: bool) -> String {
    match &request.body {
        Payload::None => String::new(),
        Payload::Bytes(data) if whole => String::from_utf8_lossy(data).into_owned(),
        Payload::Bytes(data) => format!("with {} bytes", data.len()),
        Payload::Multipart(parts) if whole => describe_parts(parts).to_string(),
        Payload::Multipart(parts) => format!("with {} parts", parts.len()),
    }
}
