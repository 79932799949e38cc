//! Requests: any bytes, any JSON, and requests for every unit that are nearly right.

use pipefit::{Code, Invocation};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Outcome;
use super::bench::{Bench, connection, ensure, units};
use super::canaries::{self, APPLICATION_KEY, CLIENT_SECRET, PASSWORD, SHELF_KEY, TOKEN};
use super::draw::Draw;
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

/// Makes up requests.
pub(super) struct Maker {
    /// Requests for all units, with all inputs, as dry runs.
    right: Vec<Value>,
}

impl Maker {
    pub(super) fn new() -> Self {
        let request = |Sample { entry, all: mut inputs, .. }: Sample| {
            for input in entry.unit.all_inputs().iter().filter(|input| input.secret) {
                inputs[input.key] = json!(PASSWORD);
            }
            json!({entry.unit.kind().member(): entry.unit.about().key, "inputs": inputs, "dryRun": true})
        };
        Self { right: samples_of(units()).into_iter().map(request).collect() }
    }

    pub(super) fn make(&self, draw: &mut Draw) -> Case {
        let text = match draw.number(0..23) {
            0 => any_bytes(draw),
            1 => Content::Text(any_json_with_secrets(draw).to_string()),
            2 => Content::cut(&self.nearly_right(draw), draw),
            _ => Content::Text(self.nearly_right(draw).to_string()),
        };
        Case { text, streamed: draw.flag(), here: draw.flag() }
    }

    fn nearly_right(&self, draw: &mut Draw) -> Value {
        let mut request = draw.pick(&self.right).clone();
        for _ in 0..draw.number(0..4) {
            draw.weighted(&CHANGES)(&mut request, draw);
        }
        request
    }
}

/// A change of a request.
type Change = fn(&mut Value, &mut Draw);

/// How often each change is made.
const CHANGES: [(usize, Change); 11] = [
    (1, |request, draw| {
        let members = ["id", "component", "action", "dataSource", "trigger", "inputs", "state", "dryRun", "other"];
        request[*draw.pick(&members)] = any_json_with_secrets(draw);
    }),
    (2, |request, _| request["dryRun"] = json!(false)),
    (8, |request, draw| {
        if let Some(input) = any_member(&mut request["inputs"], draw) {
            *input = any_json_with_secrets(draw);
        }
    }),
    // A value inside an input.
    (4, |request, draw| {
        let input = any_member(&mut request["inputs"], draw);
        if let Some(inside) = input.and_then(|input| any_member(input, draw)) {
            *inside = any_json_with_secrets(draw);
        }
    }),
    // A member that there is not, at any depth.
    (3, |request, draw| {
        let key = if draw.flag() { canaries::text(draw) } else { draw.letters(1..9) };
        let mut place = &mut request["inputs"];
        while draw.weighted(&[(3, true), (1, false)]) && (place.is_object() || place.is_array()) {
            match any_member(place, draw) {
                Some(inside) => place = inside,
                None => return,
            }
        }
        if let Some(members) = place.as_object_mut() {
            members.insert(key, any_json_with_secrets(draw));
        }
    }),
    // Inputs that there are not.
    (1, |request, draw| {
        let (letters, text) = (draw.letters(1..9), draw.text(9));
        set_input(request, if draw.flag() { &letters } else { &text }, any_json_with_secrets(draw));
    }),
    (1, |request, draw| set_input(request, "connection", any_json_with_secrets(draw))),
    (1, |request, draw| {
        let connection = if draw.flag() { connection() } else { json!(connection().to_string()) };
        set_input(request, "connection", connection);
    }),
    (1, |request, draw| {
        let mut connection = connection();
        connection["token"] = json!({"access_token": TOKEN});
        set_input(request, "connection", draw.pick(&[json!("main"), Value::Null, connection]).clone());
    }),
    (2, |request, draw| {
        let mut connection = connection();
        *any_member(&mut connection["fields"], draw).unwrap() = any_json_with_secrets(draw);
        set_input(request, "connection", connection);
    }),
    (2, |request, draw| {
        if let Some(inputs) = request["inputs"].as_object_mut().filter(|inputs| !inputs.is_empty()) {
            let key = inputs.keys().nth(draw.number(0..inputs.len())).unwrap().clone();
            inputs.remove(&key);
        }
    }),
];

fn any_member<'a>(value: &'a mut Value, draw: &mut Draw) -> Option<&'a mut Value> {
    match value {
        Value::Array(items) if !items.is_empty() => {
            let at = draw.number(0..items.len());
            Some(&mut items[at])
        }
        Value::Object(members) if !members.is_empty() => {
            let at = draw.number(0..members.len());
            members.values_mut().nth(at)
        }
        _ => None,
    }
}

fn set_input(request: &mut Value, key: &str, value: Value) {
    if let Some(inputs) = request["inputs"].as_object_mut() {
        inputs.insert(key.to_owned(), value);
    }
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
