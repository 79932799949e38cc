//! Replies: whatever a service returns to a request that is right.

use pipefit::{Code, Invocation};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Outcome;
use super::bench::{Bench, ensure, units};
use super::canaries;
use super::draw::Draw;
use super::request::is_of_shelf;
use super::samples::{Sample, samples_of};
use super::server::{Response, any_response};
use super::values::{Content, any_bytes, any_json_with_secrets, any_page};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Case {
    request: Value,
    streamed: bool,
    /// What comes from the token endpoint, if not a token.
    token: Option<Response>,
    /// What comes to the requests, one after the other; the last one again and again.
    responses: Vec<Response>,
}

/// Makes up replies.
pub(super) struct Maker {
    requests: Vec<Value>,
}

impl Maker {
    pub(super) fn new() -> Self {
        Self { requests: requests() }
    }

    pub(super) fn make(&self, draw: &mut Draw) -> Case {
        let token = draw.one_in(9).then(|| {
            let body = token_body(draw);
            any_response(draw, body)
        });
        let responses = draw.list(1..5, |draw| {
            let body = body(draw);
            any_response(draw, body)
        });
        Case { request: draw.pick(&self.requests).clone(), streamed: draw.flag(), token, responses }
    }
}

/// Right requests for all units: with the required inputs, for whole lists, with a log.
fn requests() -> Vec<Value> {
    let variants = |Sample { entry, required, .. }: Sample| {
        let flags = ["fetchAll", "debugRequest", "showNewRecords", "new"].map(|key| {
            let known = entry.unit.all_inputs().iter().any(|input| input.key == key);
            known.then(|| with(&required, key, &json!(true)))
        });
        let sorted = with(&with(&required, "fetchAll", &json!(true)), "sort", &json!("-Id"));
        let has = |key: &str| entry.unit.all_inputs().iter().any(|input| input.key == key);
        let sorted = (has("fetchAll") && has("sort")).then_some(sorted);
        let request = |inputs: Value| json!({entry.unit.kind().member(): entry.unit.about().key, "inputs": inputs});
        let all = flags.into_iter().flatten().chain(sorted).chain([required]);
        all.map(request).collect::<Vec<_>>()
    };
    samples_of(units()).into_iter().flat_map(variants).collect()
}

fn with(inputs: &Value, key: &str, value: &Value) -> Value {
    let mut inputs = inputs.clone();
    inputs[key] = value.clone();
    inputs
}

fn body(draw: &mut Draw) -> Content {
    let json = match draw.number(0..15) {
        0 => return any_bytes(draw),
        1 => return Content::Text(String::new()),
        2 => return Content::cut(&any_page(draw), draw),
        3 | 4 => any_json_with_secrets(draw),
        5..11 => any_page(draw),
        11 => any_page_with_secrets(draw),
        _ => any_error(draw),
    };
    Content::Text(json.to_string())
}

/// A page with secrets in place of some of its members.
fn any_page_with_secrets(draw: &mut Draw) -> Value {
    let mut page = any_page(draw);
    for member in page.as_object_mut().unwrap().values_mut() {
        if draw.one_in(4) {
            *member = any_json_with_secrets(draw);
        }
    }
    page
}

/// The body of an error of either service, of text that contains secrets.
fn any_error(draw: &mut Draw) -> Value {
    let (text, id, fields) = (canaries::text(draw), canaries::text(draw), any_json_with_secrets(draw));
    json!({
        "title": text, "detail": id, "traceId": id, "errors": fields,
        "error": {"reason": text, "ref": id, "fields": fields},
    })
}

fn token_body(draw: &mut Draw) -> Content {
    if draw.one_in(3) {
        return body(draw);
    }
    let (token, life, text) = (any_json_with_secrets(draw), any_json_with_secrets(draw), canaries::text(draw));
    let granted = json!({"access_token": token, "expires_in": life, "error": text, "error_description": text});
    Content::Text(granted.to_string())
}

impl Case {
    pub(super) fn check(&self, bench: &Bench) -> Outcome {
        let mut invocation =
            Invocation::from_json(self.request.to_string().as_bytes()).map_err(|error| error.to_string())?;
        bench.server.play(self.token.as_ref(), &self.responses);
        // A pause outlives its case, and so does a refused token.
        let lasts = |response: &Response| matches!(response.status, 401 | 429);
        let lasts = self.token.is_some() || self.responses.iter().any(lasts);
        let fresh = lasts.then(|| bench.fresh(&mut invocation));
        let runtime = fresh.as_deref().unwrap_or_else(|| bench.here());
        let writes = bench.writes(runtime, &invocation);
        // Without a token of its own, a case gets the usual one; of others nobody says that they are secret.
        let secrets = if is_of_shelf(&invocation) {
            vec![canaries::SHELF_KEY]
        } else if self.token.is_some() {
            vec![canaries::APPLICATION_KEY, canaries::CLIENT_SECRET]
        } else {
            vec![canaries::APPLICATION_KEY, canaries::CLIENT_SECRET, canaries::TOKEN]
        };
        let ended = bench.invoke(runtime, invocation, self.streamed)?;
        let reply = &ended.reply;
        let Some(code) = ended.code else {
            ensure(bench.server.has_accepted(), || format!("no success, but {reply}"))?;
            return Ok(ended.outcome());
        };
        ended.shows_none(&secrets)?;
        let own = [Code::InvalidRequest, Code::UnknownAction, Code::InvalidInput, Code::ForbiddenByPolicy];
        ensure(!own.contains(&code), || format!("the request was right: {reply}"))?;
        // Only a service that says so times out, or one that tells to wait.
        let slow = |response: &Response| matches!(response.status, 408 | 504);
        let may_time_out = fresh.is_some() || self.responses.iter().any(slow);
        ensure(may_time_out || code != Code::Timeout, || format!("nothing was slow: {reply}"))?;
        let harmful = writes && bench.server.has_accepted();
        ensure(!harmful || !ended.retryable, || format!("a write that was accepted must not be sent again: {reply}"))?;
        Ok(ended.outcome())
    }
}
