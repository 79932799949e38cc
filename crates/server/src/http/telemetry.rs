//! Telemetry: a log event and metrics for each request. Of its path only the template is named.

use std::sync::OnceLock;
use std::time::Instant;

use axum::http::{Method, StatusCode};
use metrics::{Counter, Gauge, Histogram};

use super::routes::Resource;

/// What counts requests.
#[derive(Default)]
pub(super) struct Telemetry {
    in_flight: OnceLock<Gauge>,
    /// Most requests are invocations that succeed. What counts others is looked up each time.
    invoked: OnceLock<(Counter, Histogram)>,
}

/// A request whose response has not begun.
pub(super) struct Observed<'a> {
    telemetry: &'a Telemetry,
    method: Method,
    path: &'static str,
    began: Instant,
}

impl Telemetry {
    pub(super) fn begin(&self, method: &Method, resource: &Resource) -> Observed<'_> {
        self.in_flight().increment(1.0);
        Observed { telemetry: self, method: method.clone(), path: resource.template(), began: Instant::now() }
    }

    fn in_flight(&self) -> &Gauge {
        self.in_flight.get_or_init(|| metrics::gauge!("pipefit_http_requests_in_flight"))
    }
}

impl Observed<'_> {
    /// Counts the request, and logs it.
    pub(super) fn end(self, status: StatusCode) {
        let (method, path, took) = (&self.method, self.path, self.began.elapsed());
        let ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        tracing::debug!(target: "pipefit::http", status = status.as_u16(), ms, "{method} {path}");
        if (path, status) == (Resource::Invoke.template(), StatusCode::OK) {
            let (requests, duration) = self.telemetry.invoked.get_or_init(|| metrics_of(path, status));
            requests.increment(1);
            duration.record(took);
        } else {
            let (requests, duration) = metrics_of(path, status);
            requests.increment(1);
            duration.record(took);
        }
    }
}

impl Drop for Observed<'_> {
    fn drop(&mut self) {
        self.telemetry.in_flight().decrement(1.0);
    }
}

fn metrics_of(path: &'static str, status: StatusCode) -> (Counter, Histogram) {
    (
        metrics::counter!("pipefit_http_requests_total", "path" => path, "status" => status.as_str().to_owned()),
        metrics::histogram!("pipefit_http_request_duration_seconds", "path" => path),
    )
}
