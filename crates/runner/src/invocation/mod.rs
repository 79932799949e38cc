//! Invocations, and their preparation: coercion, validation, policy, connection, request.

mod additional_fields;
mod connections;
mod creation;
mod dry_run;
mod files;
mod filters;
mod handle;
mod operation;
mod policy;
mod prepare;
mod prepared;
mod request_pattern;
mod suggestion;
mod validation;
mod verification;

pub(crate) use connections::{Account, Connections};
use creation::CreateOnce;
pub use handle::InvocationHandle;
use operation::Operation;
use std::collections::BTreeMap;
use std::time::Duration;
use std::{fmt, mem};

use pipefit_component::{CONNECTION, Code, Error, Result, UnitKind, shown};
pub use policy::Policy;
pub use prepare::is_traceparent;
pub(crate) use prepare::{component_named, only_component, prepare, quoted, sole_unit};
pub use prepared::PreparedInvocation;
pub(crate) use request_pattern::RequestPattern;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, de};
use serde_json::map::Entry;
use serde_json::value::RawValue;
use serde_json::{Map, Value};
pub use suggestion::suggestion;
use suggestion::with_hint;
pub(crate) use validation::Validators;

use crate::transport::Cancellation;

/// One request to run a unit: exactly one of `action`, `dataSource` and `trigger` names it.
#[derive(Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Invocation {
    /// An id that the caller chooses, to tell requests apart. The reply has it, too.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub id: Option<Value>,
    /// The key of the component. It may be left out if the key of the unit is unambiguous.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub component: Option<String>,
    /// The key of the action to run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// The key of the data source to read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_source: Option<String>,
    /// The key of the trigger to poll.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trigger: Option<String>,
    /// The values of the unit's inputs, `connection` among them: an object.
    #[serde(default = "no_inputs", deserialize_with = "object")]
    #[schemars(with = "Map<String, Value>")]
    pub inputs: Value,
    /// The state that the last poll of the trigger returned; left out on the first poll.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<Value>,
    /// Returns the request that would be sent, with secrets masked, and sends nothing.
    #[serde(default)]
    pub dry_run: bool,
    /// Reads the record back after it was created or changed. `unapplied` in the reply names the fields that the
    /// service did not apply.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub verify: bool,
    /// A key that is unique for what is created. A request with a key that was used returns the existing record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idempotency_key: Option<String>,
    /// How many seconds the invocation may take, if that is less than the operator allows.
    #[serde(rename = "timeoutSeconds", default, with = "seconds", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<f64>", range(min = 0.001))]
    pub timeout: Option<Duration>,
    /// The trace that the invocation belongs to, as in the header of W3C Trace Context. It is passed on to the service
    /// where the operator allows that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<String>,
    /// What cancels the invocation.
    #[serde(skip)]
    #[schemars(skip)]
    pub cancellation: Option<Cancellation>,
}

impl fmt::Debug for Invocation {
    /// Shows which unit it names, and the names of its inputs: their values may be secret.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inputs: Vec<_> = self.inputs.as_object().into_iter().flat_map(Map::keys).collect();
        out.debug_struct("Invocation")
            .field("component", &self.component)
            .field("action", &self.action)
            .field("data_source", &self.data_source)
            .field("trigger", &self.trigger)
            .field("inputs", &inputs)
            .field("dry_run", &self.dry_run)
            .finish_non_exhaustive()
    }
}

impl Invocation {
    /// Reads an invocation from JSON text. Fails if it is not valid.
    pub fn from_json(text: &[u8]) -> Result<Self> {
        if text.iter().all(u8::is_ascii_whitespace) {
            return Err(Error::new(Code::InvalidRequest, "the request is empty: expected one JSON object"));
        }
        if text.trim_ascii_start().first() != Some(&b'{') {
            return Err(Error::new(Code::InvalidRequest, "the request is not a JSON object"));
        }
        serde_json::from_slice(text).map_err(|error| invalid_request(&error.to_string()))
    }

    /// Reads an invocation from the members of a JSON object. Fails if it is not valid; the error names no place in a
    /// text, since the members may come from any.
    pub fn from_members(members: &BTreeMap<String, Box<RawValue>>) -> Result<Self> {
        let text = serde_json::to_string(members).map_err(Error::internal)?;
        serde_json::from_str(&text).map_err(|error| {
            let error = error.to_string();
            invalid_request(error.rsplit_once(" at line ").map_or(&error, |(error, _)| error))
        })
    }

    /// Returns the id of a request, even if the request is not valid otherwise.
    pub fn id_of(text: &[u8]) -> Option<Value> {
        #[derive(Deserialize)]
        struct Identified {
            #[serde(default, deserialize_with = "given")]
            id: Option<Value>,
        }
        serde_json::from_slice::<Identified>(text).ok()?.id
    }

    /// Creates an invocation of an action with these inputs: an object. Anything else is refused when it is prepared.
    pub fn action(key: impl Into<String>, inputs: Value) -> Self {
        Self { action: Some(key.into()), inputs, ..Self::default() }
    }

    /// Creates an invocation of a data source with these inputs: an object.
    pub fn data_source(key: impl Into<String>, inputs: Value) -> Self {
        Self { data_source: Some(key.into()), inputs, ..Self::default() }
    }

    /// Creates an invocation of a trigger with these inputs: an object.
    pub fn trigger(key: impl Into<String>, inputs: Value) -> Self {
        Self { trigger: Some(key.into()), inputs, ..Self::default() }
    }

    /// Sets the connection: the name of one that the runtime knows, or the connection object itself.
    #[must_use]
    pub fn connection(mut self, connection: impl Into<Value>) -> Self {
        // Inputs of another type are refused when it is prepared.
        if self.inputs.is_null() || self.inputs.is_object() {
            self.inputs_mut().insert(CONNECTION.key.to_owned(), connection.into());
        }
        self
    }

    /// Sets the id that tells requests apart.
    #[must_use]
    pub fn id(self, id: impl Into<Value>) -> Self {
        Self { id: Some(id.into()), ..self }
    }

    /// Sets the component, for a unit whose key several components have.
    #[must_use]
    pub fn component(self, key: impl Into<String>) -> Self {
        Self { component: Some(key.into()), ..self }
    }

    /// Returns the request that would be sent, with secrets masked, and sends nothing.
    #[must_use]
    pub fn dry_run(self, dry_run: bool) -> Self {
        Self { dry_run, ..self }
    }

    /// Continues from the state that the last poll returned.
    #[must_use]
    pub fn state(self, state: Value) -> Self {
        Self { state: Some(state), ..self }
    }

    /// Reads the record back after it was created or changed.
    #[must_use]
    pub fn verify(self, verify: bool) -> Self {
        Self { verify, ..self }
    }

    /// Creates the record only if there is none with this key.
    #[must_use]
    pub fn idempotency_key(self, key: impl Into<String>) -> Self {
        Self { idempotency_key: Some(key.into()), ..self }
    }

    /// Sets how long it may take. The runtime's own limit holds, too.
    #[must_use]
    pub fn timeout(self, timeout: Duration) -> Self {
        Self { timeout: Some(timeout), ..self }
    }

    /// Cancels it together with everything else that was given this.
    #[must_use]
    pub fn cancelled_by(self, cancellation: &Cancellation) -> Self {
        Self { cancellation: Some(cancellation.clone()), ..self }
    }

    /// Sets the trace that it belongs to: the value of a `traceparent` header.
    #[must_use]
    pub fn traceparent(self, traceparent: impl Into<String>) -> Self {
        Self { traceparent: Some(traceparent.into()), ..self }
    }

    /// Returns the members of the inputs. Inputs that are no object are replaced by an empty one.
    pub fn inputs_mut(&mut self) -> &mut Map<String, Value> {
        if !self.inputs.is_object() {
            self.inputs = no_inputs();
        }
        match &mut self.inputs {
            Value::Object(members) => members,
            _ => unreachable!("they were made an object"),
        }
    }

    /// Returns the error of this invocation, a write, if the process that sent it was lost before it noted the
    /// response.
    pub fn lost(&self) -> Error {
        let message = "the process that sent the write was lost before the response; it may or may not have happened";
        let error = Error::new(Code::OutcomeUnknown, message);
        if self.idempotency_key.is_some() { CreateOnce::explain(error) } else { error }
    }

    /// Returns the inputs. Fails if they are not an object.
    fn take_inputs(&mut self) -> Result<Map<String, Value>> {
        match mem::take(&mut self.inputs) {
            Value::Object(inputs) => Ok(inputs),
            Value::Null => Ok(Map::new()),
            other => {
                let message = format!("`inputs` must be an object, not {}", type_name(&other));
                Err(Error::new(Code::InvalidRequest, message))
            }
        }
    }

    /// Returns the kind and key of the unit. Fails unless exactly one unit is named.
    pub fn unit(&self) -> Result<(UnitKind, &str)> {
        let mut named = UnitKind::ALL.into_iter().filter_map(|kind| Some((kind, self.key_of(kind)?)));
        match (named.next(), named.next()) {
            (Some(unit), None) => Ok(unit),
            _ => Err(Error::new(
                Code::InvalidRequest,
                "the request must name exactly one of `action`, `dataSource` and `trigger`",
            )),
        }
    }

    fn key_of(&self, kind: UnitKind) -> Option<&str> {
        match kind {
            UnitKind::Action => self.action.as_deref(),
            UnitKind::DataSource => self.data_source.as_deref(),
            UnitKind::Trigger => self.trigger.as_deref(),
            _ => None,
        }
    }
}

/// The error of a request that is not valid.
fn invalid_request(error: &str) -> Error {
    // What was found may be a secret: it is named only where it is a misspelled member.
    let is_misspelled = |found: &str| {
        let name = found.strip_prefix("unknown field `").and_then(|rest| rest.strip_suffix('`'));
        name.is_some_and(|name| name.bytes().all(|byte| byte.is_ascii_alphabetic()))
    };
    let error = match error.rsplit_once(", expected ") {
        Some((found, expected)) if is_misspelled(found) => {
            let name = found.split('`').nth(1).unwrap_or_default();
            let hint = suggestion(name, expected.split('`').skip(1).step_by(2));
            hint.map_or_else(
                || format!("{}, expected {expected}", shown(found)),
                |hint| format!("{}; {hint}", shown(found)),
            )
        }
        Some((_, expected)) => format!("expected {expected}"),
        None => error.to_owned(),
    };
    let message = format!("the request is not valid: {error}; expected `{{\"action\": KEY, \"inputs\": {{…}}}}`");
    Error::new(Code::InvalidRequest, message)
}

/// Reads a value that may be `null`, which is not the same as none.
fn given<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(value).map(Some)
}

/// Reads an object, or `null` as an empty one. Fails otherwise, and if it has a member twice.
fn object<'de, D: Deserializer<'de>>(value: D) -> Result<Value, D::Error> {
    let members = Option::<DistinctMembers>::deserialize(value).map_err(|error| {
        // A mistake inside has its own place and reason.
        let is_type = error.to_string().starts_with("invalid type");
        if is_type { de::Error::custom("invalid `inputs`, expected `inputs` to be an object") } else { error }
    })?;
    Ok(members.map_or_else(no_inputs, |DistinctMembers(members)| Value::Object(members)))
}

/// The members of an object, each of which occurs once: of two, one would be lost.
struct DistinctMembers(Map<String, Value>);

impl<'de> Deserialize<'de> for DistinctMembers {
    fn deserialize<D: Deserializer<'de>>(value: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> de::Visitor<'de> for Members {
            type Value = Map<String, Value>;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("an object")
            }

            fn visit_map<A: de::MapAccess<'de>>(self, mut given: A) -> Result<Self::Value, A::Error> {
                let mut members = Map::new();
                while let Some((key, value)) = given.next_entry::<String, Value>()? {
                    match members.entry(key) {
                        Entry::Vacant(place) => {
                            place.insert(value);
                        }
                        Entry::Occupied(first) => return Err(given_twice(first.key())),
                    }
                }
                Ok(members)
            }
        }
        value.deserialize_map(Members).map(Self)
    }
}

fn given_twice<E: de::Error>(key: &str) -> E {
    // A key of other characters may be anything, a secret among them.
    let is_name = key.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if is_name { E::custom(format!("duplicate input `{}`", shown(key))) } else { E::custom("a duplicate input") }
}

fn no_inputs() -> Value {
    Value::Object(Map::new())
}

fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// Durations as numbers of seconds.
mod seconds {
    use super::{Deserialize, Deserializer, Duration, Serialize};

    #[expect(clippy::ref_option, reason = "serde passes the field by reference")]
    pub(super) fn serialize<S: serde::Serializer>(time: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
        time.map(|time| time.as_secs_f64()).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
        let expected = "expected `timeoutSeconds` to be a number of seconds above 0";
        let invalid = || serde::de::Error::custom(format!("invalid `timeoutSeconds`, {expected}"));
        let Some(seconds) = Option::<f64>::deserialize(deserializer).map_err(|_| invalid())? else { return Ok(None) };
        // More than any clock can count is more than the operator allows.
        match Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX) {
            time if seconds > 0.0 && !time.is_zero() => Ok(Some(time)),
            _ => Err(invalid()),
        }
    }
}
