//! Telemetry: a log event and metrics for each request. Of its path only the template is named.

use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::Response;

/// Counts a request, and logs it.
pub(super) async fn observe(request: Request, next: Next) -> Response {
    let began = Instant::now();
    let path = request.extensions().get::<MatchedPath>().map_or("other", MatchedPath::as_str).to_owned();
    let method = request.method().clone();
    let _counted = InFlight::begin();
    let response = next.run(request).await;
    let (status, took) = (response.status().as_u16(), began.elapsed());
    let ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    tracing::debug!(target: "pipefit::http", status, ms, "{method} {path}");
    let labels = [("path", path), ("status", status.to_string())];
    metrics::counter!("pipefit_http_requests_total", &labels).increment(1);
    metrics::histogram!("pipefit_http_request_duration_seconds", &labels[..1]).record(took);
    response
}

/// A request whose response has not begun.
struct InFlight;

impl InFlight {
    fn begin() -> Self {
        metrics::gauge!("pipefit_http_requests_in_flight").increment(1.0);
        Self
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        metrics::gauge!("pipefit_http_requests_in_flight").decrement(1.0);
    }
}
