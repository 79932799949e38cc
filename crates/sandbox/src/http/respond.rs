//! Responses from their parts.

use hyper::body::Bytes;
use hyper::header::HeaderValue;
use hyper::{Response, StatusCode};

use crate::faults::FaultKind;
use crate::http::payload::{self, Payload};
use crate::problem::Problem;
use crate::resources::call::Reply;

const JSON: &str = "application/json; charset=utf-8";

/// The response of a fault that keeps the request from being carried out.
pub(super) fn instead(fault: &FaultKind) -> Option<Response<Payload>> {
    let response = match fault {
        FaultKind::Status { status, body: None } => refusal(&Problem::new(*status, reason(*status))),
        FaultKind::Status { status, body: Some(body) } => with_type(*status, "application/json", body.clone()),
        FaultKind::TooManyRequests { retry_after } => refusal(&Problem::too_many(retry_after.clone())),
        FaultKind::NotJson => {
            let page = "<!DOCTYPE html><html><head><title>Service</title></head><body>Please wait.</body></html>";
            with_type(200, "text/html; charset=utf-8", page)
        }
        FaultKind::RevokeToken => refusal(&Problem::new(401, "The access token is not valid.")),
        FaultKind::EndlessBody => {
            let mut endless = with_type(200, JSON, "");
            endless.headers_mut().remove("content-length");
            return Some(endless.map(|_| payload::endless()));
        }
        _ => return None,
    };
    Some(response.map(payload::whole))
}

pub(super) fn success(reply: Reply) -> Response<Bytes> {
    match reply {
        Reply::Json(value) => json(200, value.to_string()),
        Reply::Empty => response(200, Bytes::new()),
        Reply::File(file) => {
            let mut response = with_type(200, &file.content_type, file.bytes);
            let disposition = format!("attachment; filename=\"{}\"", file.file_name);
            set_header(&mut response, "content-disposition", &disposition);
            response
        }
    }
}

pub(super) fn json(status: u16, body: impl Into<Bytes>) -> Response<Bytes> {
    with_type(status, JSON, body)
}

pub(super) fn redirect(link: &str) -> Response<Bytes> {
    let mut response = response(302, Bytes::new());
    set_header(&mut response, "location", link);
    response
}

pub(super) fn refusal(problem: &Problem) -> Response<Bytes> {
    let body = problem.body().to_string();
    let mut response = with_type(problem.status, "application/problem+json; charset=utf-8", body);
    if let Some(wait) = &problem.retry_after {
        set_header(&mut response, "retry-after", wait);
    }
    response
}

fn with_type(status: u16, content_type: &str, body: impl Into<Bytes>) -> Response<Bytes> {
    let mut response = response(status, body.into());
    set_header(&mut response, "content-type", content_type);
    response
}

/// The length is set here, so that it stays when a fault cuts the body.
fn response(status: u16, body: Bytes) -> Response<Bytes> {
    let length = body.len();
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert("content-length", length.into());
    response
}

/// Leaves a header out whose value HTTP does not allow.
pub(super) fn set_header<T>(response: &mut Response<T>, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

fn reason(status: u16) -> &'static str {
    let known = StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
    known.unwrap_or("The request could not be processed.")
}
