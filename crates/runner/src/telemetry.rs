//! Telemetry: a span and metrics for each invocation and each request.
//!
//! Names follow the conventions of OpenTelemetry where it has one. No attribute contains a secret: paths are masked,
//! and of a connection only the tenant is named.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use foldhash::HashMap;
use metrics::{Counter, Histogram};
use pipefit_component::{Code, Effect, Error, Registered, Response, Result};
use tracing::{Instrument as _, Span, field};

use crate::transport::{Mask, OutgoingRequest, Session};

/// The target of all spans.
pub(crate) const SPANS: &str = "pipefit::span";

/// What counts most of what a runtime does, and how long that takes. The recorder of the host is asked for it once.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    /// Invocations that succeed, by component and unit.
    invocations: Known<(&'static str, &'static str)>,
    /// Requests with a response, by method and status.
    requests: Known<(&'static str, u16)>,
    waits: OnceLock<Histogram>,
}

/// Counts and durations, by what they count.
type Known<K> = Mutex<HashMap<K, Arc<(Counter, Histogram)>>>;

fn known<K: Copy + Eq + std::hash::Hash>(
    known: &Known<K>,
    key: K,
    register: impl FnOnce() -> (Counter, Histogram),
) -> Arc<(Counter, Histogram)> {
    let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
    Arc::clone(known.entry(key).or_insert_with(|| Arc::new(register())))
}

/// An invocation that is observed. If it is dropped before it has ended, its caller is gone.
pub(crate) struct Observed<'a> {
    session: &'a Session,
    span: Span,
    component: &'static str,
    unit: &'static str,
    began: Instant,
    has_ended: bool,
}

impl<'a> Observed<'a> {
    pub(crate) fn new(entry: Registered, effect: Effect, session: &'a Session) -> Self {
        let account = session.account();
        let (component, unit) = (entry.component.key, entry.unit.about().key);
        let span = tracing::info_span!(
            target: SPANS,
            "invocation",
            otel.name = unit,
            otel.kind = "internal",
            otel.status_code = field::Empty,
            error.r#type = field::Empty,
            pipefit.component = component,
            pipefit.unit = unit,
            pipefit.unit.kind = entry.unit.kind().member(),
            pipefit.effect = effect.name(),
            pipefit.tenant = account.target.tenant,
            pipefit.outcome = field::Empty,
        );
        Self { session, span, component, unit, began: Instant::now(), has_ended: false }
    }

    /// Runs the invocation inside its span.
    pub(crate) async fn run<T>(mut self, work: impl Future<Output = Result<T>>) -> Result<T> {
        let done = work.instrument(self.span.clone()).await;
        self.has_ended = true;
        self.record(done.as_ref().err().map(Error::code));
        done
    }

    /// Records that the invocation succeeded, or failed with this code.
    fn record(&self, failed: Option<Code>) {
        let outcome = failed.map_or("ok", Code::name);
        if failed.is_some() {
            self.span.record("otel.status_code", "ERROR").record("error.type", outcome);
        }
        self.span.record("pipefit.outcome", outcome);
        let took = self.began.elapsed();
        self.span.in_scope(|| {
            tracing::debug!(
                target: "pipefit::invocation", outcome, ms = millis(took), "{}.{}", self.component, self.unit,
            );
        });
        let (component, unit) = (self.component, self.unit);
        let of_unit = known(&self.session.metrics().invocations, (component, unit), || {
            (counter(component, unit, "ok"), duration(component, unit))
        });
        if failed.is_none() {
            of_unit.0.increment(1);
        } else {
            counter(component, unit, outcome).increment(1);
        }
        of_unit.1.record(took);
    }
}

impl Drop for Observed<'_> {
    fn drop(&mut self) {
        if !self.has_ended {
            self.record(Some(if self.session.is_writing() { Code::OutcomeUnknown } else { Code::Cancelled }));
        }
    }
}

/// Counts an invocation that ended before anything was sent. Only keys of the catalog become labels.
pub(crate) fn count_unsent(unit: Option<Registered>, error: &Error) {
    let (component, unit) = unit.map_or(("unknown", "unknown"), |entry| (entry.component.key, entry.unit.about().key));
    counter(component, unit, error.code().name()).increment(1);
}

fn counter(component: &'static str, unit: &'static str, outcome: &'static str) -> Counter {
    metrics::counter!("pipefit_invocations_total", "component" => component, "unit" => unit, "outcome" => outcome)
}

fn duration(component: &'static str, unit: &'static str) -> Histogram {
    metrics::histogram!("pipefit_invocation_duration_seconds", "component" => component, "unit" => unit)
}

/// Returns the span of a request. `mask` returns what masks its path.
pub(crate) fn request_span(request: &OutgoingRequest, mask: impl FnOnce() -> Mask) -> Span {
    let span = tracing::info_span!(
        target: SPANS,
        "request",
        otel.name = field::Empty,
        otel.kind = "client",
        otel.status_code = field::Empty,
        error.r#type = field::Empty,
        http.request.method = request.method.name(),
        http.request.resend_count = (request.attempt > 1).then(|| request.attempt - 1),
        http.response.status_code = field::Empty,
        http.response.body.size = field::Empty,
        server.address = request.uri.host(),
        server.port = request.port(),
        url.template = field::Empty,
        pipefit.wait_ms = millis(request.waited),
    );
    if !span.is_disabled() {
        let template = mask().hide(&template_of(&request.path));
        span.record("otel.name", format!("{} {template}", request.method)).record("url.template", template);
    }
    span
}

/// Returns a path without the ids in it: `/jpm/v2/tenant/{tenant}/jobs/{id}`.
fn template_of(path: &str) -> String {
    let is_id = |segment: &&str| segment.bytes().any(|byte| byte.is_ascii_digit()) && !is_version(segment);
    path.split('/').map(|segment| if is_id(&segment) { "{id}" } else { segment }).collect::<Vec<_>>().join("/")
}

fn is_version(segment: &str) -> bool {
    segment.strip_prefix('v').is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Records the response of a request in its span, and counts it.
pub(crate) fn record_response(
    metrics: &Metrics,
    span: &Span,
    request: &OutgoingRequest,
    outcome: &Result<Response>,
    took: Duration,
) {
    let method = request.method.name();
    let counts = match outcome {
        Ok(response) => {
            let status = response.status;
            span.record("http.response.status_code", status).record("http.response.body.size", response.body.len());
            if status >= 400 {
                span.record("otel.status_code", "ERROR").record("error.type", status);
            }
            known(&metrics.requests, (method, status), || of_requests(method, status.to_string()))
        }
        Err(error) => {
            let code = error.code().name();
            span.record("otel.status_code", "ERROR").record("error.type", code);
            Arc::new(of_requests(method, code.to_owned()))
        }
    };
    counts.0.increment(1);
    counts.1.record(took);
    if request.attempt > 1 {
        metrics::counter!("pipefit_retries_total").increment(1);
    }
    let waits = metrics.waits.get_or_init(|| metrics::histogram!("pipefit_rate_limit_wait_seconds"));
    waits.record(request.waited);
}

fn of_requests(method: &'static str, status: String) -> (Counter, Histogram) {
    (
        metrics::counter!("pipefit_requests_total", "method" => method, "status" => status),
        metrics::histogram!("pipefit_request_duration_seconds", "method" => method),
    )
}

pub(crate) fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
