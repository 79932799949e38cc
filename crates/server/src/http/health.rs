//! Health and metrics.

use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};

use super::failure::Failure;
use super::{Shared, json};

/// The media type of what `prometheus-client` and others write.
const METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

pub(super) fn live() -> Response {
    json(r#"{"status":"ok"}"#)
}

pub(super) fn ready(shared: &Shared) -> Response {
    if shared.is_stopping() {
        return (StatusCode::SERVICE_UNAVAILABLE, json(r#"{"status":"stopping"}"#)).into_response();
    }
    json(r#"{"status":"ready"}"#)
}

pub(super) fn metrics(shared: &Shared) -> Result<Response, Failure> {
    let Some(render) = &shared.metrics else {
        return Err(Failure::refused(StatusCode::NOT_FOUND, "this server keeps no metrics"));
    };
    Ok(([(CONTENT_TYPE, METRICS)], render()).into_response())
}
