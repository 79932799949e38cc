//! Replies: whatever a service returns to a request that is right.

use std::sync::Arc;

use pipefit::{Code, Invocation};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Outcome;
use super::bench::{Bench, ensure, units};
use super::canaries;
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

pub(super) fn cases() -> impl Strategy<Value = Case> {
    let requests = Arc::new(requests());
    let token = prop_oneof![8 => Just(None), 1 => any_response(token_body()).prop_map(Some)];
    let parts = (any::<Index>(), any::<bool>(), token, vec(any_response(body()), 1..5));
    parts.prop_map(move |(pick, streamed, token, responses)| Case {
        request: pick.get(&requests).clone(),
        streamed,
        token,
        responses,
    })
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

fn body() -> impl Strategy<Value = Content> {
    let text = |value: Value| Content::Text(value.to_string());
    let cut = (any_page(), any::<Index>()).prop_map(|(page, end)| {
        let bytes = page.to_string().into_bytes();
        Content::Bytes(bytes[..end.index(bytes.len())].to_vec())
    });
    prop_oneof![
        1 => any_bytes(),
        1 => Just(Content::Text(String::new())),
        1 => cut,
        2 => any_json_with_secrets().prop_map(text),
        6 => any_page().prop_map(text),
        4 => any_error().prop_map(text),
    ]
}

/// The body of an error of either service, of text that contains secrets.
fn any_error() -> impl Strategy<Value = Value> {
    (canaries::text(), canaries::text(), any_json_with_secrets()).prop_map(|(text, id, fields)| {
        json!({
            "title": text, "detail": id, "traceId": id, "errors": fields,
            "error": {"reason": text, "ref": id, "fields": fields},
        })
    })
}

fn token_body() -> impl Strategy<Value = Content> {
    let token = (any_json_with_secrets(), any_json_with_secrets(), canaries::text()).prop_map(|(token, life, text)| {
        json!({"access_token": token, "expires_in": life, "error": text, "error_description": text})
    });
    prop_oneof![2 => token.prop_map(|token| Content::Text(token.to_string())), 1 => body()]
}

impl Case {
    pub(super) fn check(&self, bench: &Bench) -> Outcome {
        let invocation =
            Invocation::from_json(self.request.to_string().as_bytes()).map_err(|error| error.to_string())?;
        bench.server.play(self.token.as_ref(), &self.responses);
        // A pause outlives its case, and so does a refused token.
        let lasts = |response: &Response| matches!(response.status, 401 | 429);
        let fresh = (self.token.is_some() || self.responses.iter().any(lasts)).then(|| bench.fresh());
        let runtime = fresh.as_ref().unwrap_or_else(|| bench.here());
        let writes = runtime.may_write(&invocation) && self.request["inputs"]["method"] != "GET";
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
