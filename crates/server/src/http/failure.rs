//! Failures as responses: the status for each code, and the envelope.

use axum::http::header::{CONNECTION, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use pipefit_component::{Code, Error};
use pipefit_runner::error_envelope_of;
use serde_json::Value;

use super::json;
use crate::errors::retryable_if_cancelled;

/// Returns the status of an error. docs/http.md lists the same.
pub(super) fn status_of(code: Code) -> StatusCode {
    match code {
        Code::InvalidRequest => StatusCode::BAD_REQUEST,
        Code::Forbidden | Code::ForbiddenByPolicy => StatusCode::FORBIDDEN,
        Code::UnknownAction | Code::NotFound => StatusCode::NOT_FOUND,
        Code::Conflict => StatusCode::CONFLICT,
        Code::InvalidInput | Code::InvalidConnection | Code::Rejected => StatusCode::UNPROCESSABLE_ENTITY,
        Code::RateLimited => StatusCode::TOO_MANY_REQUESTS,
        // Not 401: the caller has the right to ask this server.
        Code::Unauthorized | Code::OutcomeUnknown | Code::BadReply => StatusCode::BAD_GATEWAY,
        Code::Unavailable | Code::Cancelled => StatusCode::SERVICE_UNAVAILABLE,
        Code::Timeout => StatusCode::GATEWAY_TIMEOUT,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// An error as a response.
pub(super) struct Failure {
    status: StatusCode,
    error: Error,
    id: Option<Value>,
    closes: bool,
}

impl Failure {
    pub(super) fn with(status: StatusCode, error: Error) -> Self {
        Self { status, error, id: None, closes: false }
    }

    /// A request that this server does not take.
    pub(super) fn refused(status: StatusCode, message: impl Into<String>) -> Self {
        Self::with(status, Error::new(Code::InvalidRequest, message))
    }

    /// Adds the id of the request.
    pub(super) fn of(self, id: Option<&Value>) -> Self {
        Self { id: id.cloned(), ..self }
    }

    /// Ends the connection with the response.
    pub(super) fn closing(self) -> Self {
        Self { closes: true, ..self }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        // Nothing else cancels over HTTP: a client that is gone gets no response.
        Self::with(status_of(error.code()), retryable_if_cancelled(error))
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = (self.status, json(error_envelope_of(self.id.as_ref(), &self.error))).into_response();
        let mut set = |name: HeaderName, value: HeaderValue| response.headers_mut().insert(name, value);
        if let Some(wait) = self.error.retry_after() {
            let seconds = u64::try_from(wait.as_millis().div_ceil(1000)).unwrap_or(u64::MAX);
            set(RETRY_AFTER, seconds.into());
        }
        if self.status == StatusCode::UNAUTHORIZED {
            set(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if self.closes {
            set(CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = include_str!("../../../../docs/http.md");

    #[test]
    fn the_page_lists_every_code_with_its_status() {
        let row = |code: &Code| format!("| `{}` | {} |", code.name(), status_of(*code).as_u16());
        let missing: Vec<_> = Code::ALL.iter().map(row).filter(|row| !PAGE.contains(row.as_str())).collect();
        assert!(missing.is_empty(), "docs/http.md lacks these rows: {missing:#?}");
    }
}
