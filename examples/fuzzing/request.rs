//! Requests: any bytes, any JSON, and requests for every unit that are nearly right.

use std::sync::Arc;

use pipefit::{Code, Invocation};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::Outcome;
use super::bench::{Bench, connection, ensure, units};
use super::canaries::{self, APPLICATION_KEY, CLIENT_SECRET, PASSWORD, SHELF_KEY, TOKEN};
use super::server::Response;
use super::values::{Content, any_bytes, any_json_with_secrets};
use super::{
    samples::{Sample, samples_of},
    shelf,
};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Case {
    text: Content,
    /// Whether the reply is written as it arrives.
    streamed: bool,
    /// Whether a dry run is for the server, too; all else is.
    here: bool,
}

pub(super) fn cases() -> impl Strategy<Value = Case> {
    let json = any_json_with_secrets().prop_map(|json| Content::Text(json.to_string()));
    let cut = (nearly_right(), any::<Index>()).prop_map(|(request, end)| {
        let text = request.to_string().into_bytes();
        Content::Bytes(text[..end.index(text.len())].to_vec())
    });
    let nearly = nearly_right().prop_map(|request| Content::Text(request.to_string()));
    let text = prop_oneof![1 => any_bytes(), 1 => json, 1 => cut, 20 => nearly];
    (text, any::<bool>(), any::<bool>()).prop_map(|(text, streamed, here)| Case { text, streamed, here })
}

/// Requests for all units, with all inputs, as dry runs.
fn right() -> Vec<Value> {
    let request = |Sample { entry, all: mut inputs, .. }: Sample| {
        for input in entry.unit.all_inputs().iter().filter(|input| input.secret) {
            inputs[input.key] = json!(PASSWORD);
        }
        json!({entry.unit.kind().member(): entry.unit.about().key, "inputs": inputs, "dryRun": true})
    };
    samples_of(units()).into_iter().map(request).collect()
}

/// A change of a member of a request, of its inputs, or of its connection.
#[derive(Clone, Debug)]
enum Change {
    Request(Index, Value),
    Input(Index, Value),
    /// A value inside an input, or an input that there is not.
    Nested(Index, Index, Value),
    Unknown(String, Value),
    Connection(Value),
    Field(Index, Value),
    Remove(Index),
    Send,
}

fn nearly_right() -> impl Strategy<Value = Value> {
    let right = Arc::new(right());
    let json = || any_json_with_secrets();
    let index = any::<Index>;
    let token = json!({"access_token": TOKEN});
    let mut with_token = connection();
    with_token["token"] = token;
    let whole = [json!("main"), json!(connection().to_string()), with_token, connection(), Value::Null];
    let change = prop_oneof![
        1 => (index(), json()).prop_map(|(at, value)| Change::Request(at, value)),
        8 => (index(), json()).prop_map(|(at, value)| Change::Input(at, value)),
        4 => (index(), index(), json()).prop_map(|(at, inside, value)| Change::Nested(at, inside, value)),
        1 => ("[a-zA-Z]{1,8}|.{0,8}", json()).prop_map(|(key, value)| Change::Unknown(key, value)),
        2 => select(whole.to_vec()).prop_map(Change::Connection),
        1 => json().prop_map(Change::Connection),
        2 => (index(), json()).prop_map(|(at, value)| Change::Field(at, value)),
        2 => index().prop_map(Change::Remove),
        2 => Just(Change::Send),
    ];
    (any::<Index>(), vec(change, 0..4)).prop_map(move |(pick, changes)| {
        let mut request = pick.get(&right).clone();
        for change in changes {
            change.make(&mut request);
        }
        request
    })
}

impl Change {
    fn make(self, request: &mut Value) {
        const MEMBERS: [&str; 9] =
            ["id", "component", "action", "dataSource", "trigger", "inputs", "state", "dryRun", "other"];
        match self {
            Self::Request(at, value) => request[*at.get(&MEMBERS)] = value,
            Self::Send => request["dryRun"] = json!(false),
            change => {
                if let Some(inputs) = request["inputs"].as_object_mut() {
                    change.make_in(inputs);
                }
            }
        }
    }

    fn make_in(self, inputs: &mut Map<String, Value>) {
        match self {
            Self::Input(at, value) => {
                if let Some(input) = nth(inputs, at) {
                    *input = value;
                }
            }
            Self::Nested(at, inside, value) => match nth(inputs, at) {
                Some(Value::Array(items)) if !items.is_empty() => {
                    let at = inside.index(items.len());
                    items[at] = value;
                }
                Some(Value::Object(members)) if !members.is_empty() => *nth(members, inside).unwrap() = value,
                _ => {}
            },
            Self::Unknown(key, value) => drop(inputs.insert(key, value)),
            Self::Connection(value) => drop(inputs.insert("connection".to_owned(), value)),
            Self::Field(at, value) => {
                let mut changed = connection();
                *nth(changed["fields"].as_object_mut().unwrap(), at).unwrap() = value;
                inputs.insert("connection".to_owned(), changed);
            }
            Self::Remove(at) if !inputs.is_empty() => {
                let key = inputs.keys().nth(at.index(inputs.len())).unwrap().clone();
                inputs.remove(&key);
            }
            _ => {}
        }
    }
}

fn nth(members: &mut Map<String, Value>, at: Index) -> Option<&mut Value> {
    let count = members.len();
    (count > 0).then(|| members.values_mut().nth(at.index(count)).unwrap())
}

impl Case {
    pub(super) fn check(&self, bench: &Bench) -> Outcome {
        let invocation = match Invocation::from_json(self.text.bytes()) {
            Ok(invocation) => invocation,
            Err(error) => {
                ensure(error.code() == Code::InvalidRequest, || error.to_string())?;
                let shown = canaries::shown_in(&json!(error.message()), canaries::ALL);
                ensure(shown.is_none(), || format!("{shown:?} shows: {error}"))?;
                return Ok("not a request");
            }
        };
        bench
            .server
            .play(None, &[Response::ok(r#"{"id":1,"hasMore":false,"data":[],"items":[],"meta":{}}"#.to_owned())]);
        let (secrets, dry_run) = (secrets_of(&invocation), invocation.dry_run);
        let runtime = if dry_run && !self.here { bench.remote() } else { bench.here() };
        let ended = bench.invoke(runtime, invocation, self.streamed)?;
        if dry_run || ended.code.is_some() {
            ended.shows_none(&secrets)?;
        }
        let seen = bench.server.seen();
        ensure(!is_refusal(ended.code) || seen == 0, || format!("{seen} requests before {}", ended.reply))?;
        Ok(if dry_run && ended.code.is_none() { "dry run" } else { ended.outcome() })
    }
}

fn is_refusal(code: Option<Code>) -> bool {
    let refusals = [Code::InvalidRequest, Code::UnknownAction, Code::InvalidInput, Code::InvalidConnection];
    code.is_some_and(|code| refusals.contains(&code))
}

/// The secrets that the request uses: in any other place the same text is no secret.
fn secrets_of(invocation: &Invocation) -> Vec<&'static str> {
    let given = invocation.inputs.get("connection").unwrap_or(&Value::Null);
    let parsed = given.as_str().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_else(|| given.clone());
    let is_default = parsed.is_null() || parsed == "";
    if is_of_shelf(invocation) {
        return if is_default { vec![SHELF_KEY] } else { Vec::new() };
    }
    let is_known = is_default || parsed == "main";
    let is_at = |pointer: &str, secret: &str| parsed.pointer(pointer).is_some_and(|value| value == secret);
    let mut secrets = Vec::new();
    secrets.extend([APPLICATION_KEY].iter().filter(|secret| is_known || is_at("/fields/applicationKey", secret)));
    secrets.extend([CLIENT_SECRET].iter().filter(|secret| is_known || is_at("/fields/clientSecret", secret)));
    secrets.extend([TOKEN].iter().filter(|secret| is_at("/token/access_token", secret)));
    secrets
        .extend([PASSWORD].iter().filter(|secret| invocation.inputs.get("password").is_some_and(|it| it == **secret)));
    secrets
}

/// Whether a request names a unit of the second component.
pub(super) fn is_of_shelf(invocation: &Invocation) -> bool {
    let keys = [&invocation.action, &invocation.data_source, &invocation.trigger];
    keys.into_iter().flatten().any(|key| shelf::units().iter().any(|entry| entry.unit.about().key == key))
}
