//! `POST /v1/invoke`: runs one unit.

use axum::body::Body;
use axum::body::HttpBody as _;
use axum::http::header::{ACCEPT, CONTENT_LENGTH};
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::response::{IntoResponse as _, Response};
use http_body_util::BodyExt as _;
use hyper::Request;
use hyper::body::Incoming;
use pipefit_component::{Code, Error, Result};
use pipefit_runner::{Invocation, PreparedInvocation, is_traceparent};
use serde_json::Value;
use tokio::sync::{OwnedSemaphorePermit, oneshot};

use super::failure::Failure;
use super::{Shared, json, records, reply};
use crate::guard::only;
use crate::notes::WriteOutcome;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// The media type of records, one a line.
pub(super) const RECORDS: &str = "application/x-ndjson";

pub(super) async fn invoke(shared: &Shared, request: Request<Incoming>) -> Result<Response, Failure> {
    let permit = shared.admit()?;
    let (head, body) = request.into_parts();
    let body = shared.read(body).await?;
    let read = Invocation::from_json(&body);
    let id = read.as_ref().map_or_else(|_| Invocation::id_of(&body), |invocation| invocation.id.clone());
    let invoked = async {
        let invocation = with_headers(read?, &head.headers)?;
        let wanted = if invocation.dry_run { Wanted::Json } else { Wanted::of(&head.headers) };
        // It may have files in it: it is not held while the invocation runs.
        drop((head, body));
        let prepared = shared.runtime.prepare(invocation).await?;
        let has_records = !prepared.writes() && prepared.returns_list();
        if wanted == Wanted::Records && !has_records {
            return Err(no_list(&prepared));
        }
        if prepared.writes() {
            return write(prepared, permit, id.clone()).await;
        }
        if wanted != Wanted::Json && has_records {
            return records::respond(prepared, permit, id.as_ref()).await;
        }
        Ok(reply::respond(prepared, permit).await?)
    };
    invoked.await.map_err(|failure: Failure| failure.of(id.as_ref()))
}

/// The refusal of a unit whose reply cannot be given in records.
fn no_list(prepared: &PreparedInvocation) -> Failure {
    let message = format!("`{}` does not return a list: ask for `application/json`", prepared.unit());
    Failure::refused(StatusCode::NOT_ACCEPTABLE, message)
}

/// Adds what the headers say to an invocation. Fails if its members say otherwise.
fn with_headers(mut invocation: Invocation, headers: &HeaderMap) -> Result<Invocation> {
    if headers.contains_key(IDEMPOTENCY_KEY) {
        let invalid = |why: &str| Error::new(Code::InvalidRequest, format!("the header `Idempotency-Key` {why}"));
        let key = only(headers, &IDEMPOTENCY_KEY).ok_or_else(|| invalid("must occur once, in ASCII"))?;
        let key = key.strip_prefix('"').and_then(|key| key.strip_suffix('"')).unwrap_or(key);
        if invocation.idempotency_key.as_ref().is_some_and(|own| own != key) {
            return Err(invalid("is not the `idempotencyKey` of the body: send one of them"));
        }
        invocation.idempotency_key = Some(key.to_owned());
    }
    // Whatever stands between adds this header: one that is wrong, or that the body overrides, is not the caller's
    // fault.
    if invocation.traceparent.is_none() {
        invocation.traceparent =
            only(headers, &TRACEPARENT).filter(|trace| is_traceparent(trace)).map(ToOwned::to_owned);
    }
    Ok(invocation)
}

/// Which of the two media types of replies a client prefers.
#[derive(Clone, Copy, PartialEq)]
enum Wanted {
    Json,
    Records,
    /// Records, or JSON if there are none.
    RecordsOrJson,
}

impl Wanted {
    /// Reads `Accept`, with its weights. Without it, or if it names neither, JSON is wanted.
    fn of(headers: &HeaderMap) -> Self {
        let values = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
        let (mut records, mut json) = (0.0_f32, 0.0_f32);
        for range in values.flat_map(|value| value.split(',')) {
            let mut parts = range.split(';').map(str::trim);
            let media_type = parts.next().unwrap_or_default().to_ascii_lowercase();
            let weight = parts.find_map(|part| part.strip_prefix("q=")).and_then(|weight| weight.parse().ok());
            match media_type.as_str() {
                RECORDS => records = records.max(weight.unwrap_or(1.0)),
                "application/json" | "application/*" | "*/*" => json = json.max(weight.unwrap_or(1.0)),
                _ => {}
            }
        }
        match () {
            () if records <= 0.0 || records < json => Self::Json,
            () if json > 0.0 => Self::RecordsOrJson,
            () => Self::Records,
        }
    }
}

/// Sends a write in a task of its own: it goes on to its end even if the caller does not wait for it.
async fn write(
    prepared: PreparedInvocation,
    permit: OwnedSemaphorePermit,
    id: Option<Value>,
) -> Result<Response, Failure> {
    let (answer, answered) = oneshot::channel();
    let mut outcome = WriteOutcome::of(prepared.unit());
    tokio::spawn(async move {
        let done = prepared.send_as_json().await;
        outcome.end(&done);
        // If nobody waits for it any more, it is dropped here and logged.
        let _ = answer.send((done, outcome, permit));
    });
    let (done, outcome, permit) = answered.await.map_err(|_| {
        let message = "a panic during a write, which may or may not have happened; see stderr for its location";
        Failure::from(Error::new(Code::OutcomeUnknown, message)).of(id.as_ref())
    })?;
    let response = match done {
        Ok(text) => json(text),
        Err(error) => Failure::from(error).of(id.as_ref()).into_response(),
    };
    Ok(telling(response, outcome, permit))
}

/// A response that notes when it is taken. The invocation counts until then.
fn telling(response: Response, mut outcome: WriteOutcome, permit: OwnedSemaphorePermit) -> Response {
    let length = response.body().size_hint().exact();
    let mut response = response.map(|body| {
        Body::new(body.map_frame(move |frame| {
            let _held = &permit;
            outcome.tell();
            frame
        }))
    });
    if let Some(length) = length {
        response.headers_mut().insert(CONTENT_LENGTH, length.into());
    }
    response
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn the_weights_of_accept_decide() {
        for (accept, expected) in [
            ("application/json", "json"),
            ("*/*", "json"),
            ("text/html", "json"),
            ("application/x-ndjson", "records"),
            ("Application/X-NDJSON; q=0.5", "records"),
            ("application/x-ndjson;q=0", "json"),
            ("application/x-ndjson;q=0, application/json", "json"),
            ("application/json, application/x-ndjson;q=0.1", "json"),
            ("application/x-ndjson, application/json", "either"),
            ("application/x-ndjson, */*;q=0.1", "either"),
        ] {
            let headers = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static(accept))]);
            let wanted = match Wanted::of(&headers) {
                Wanted::Json => "json",
                Wanted::Records => "records",
                Wanted::RecordsOrJson => "either",
            };
            assert_eq!(wanted, expected, "{accept}");
        }
    }
}
