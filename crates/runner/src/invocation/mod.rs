//! Invocations, and their preparation: coercion, validation, policy, connection, request.

mod additional_fields;
mod connections;
mod creation;
mod dry_run;
mod filters;
mod operation;
mod policy;
mod prepare;
mod request_pattern;
mod suggestion;
mod validation;
mod verification;

pub(crate) use connections::{Account, ConnectionResolver, Connections};
pub(crate) use operation::Operation;
use pipefit_component::{Code, Error, Result, UnitKind, shown};
pub use policy::Policy;
pub(crate) use prepare::{PreparedInvocation, component_named, may_write, only_component, sole_unit};
pub(crate) use request_pattern::RequestPattern;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};
pub use suggestion::suggestion;
use suggestion::with_hint;
pub(crate) use validation::Validators;

/// One request to run a unit: exactly one of `action`, `dataSource` and `trigger` names it.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
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
    /// The values of the unit's inputs, `connection` among them.
    #[serde(default)]
    pub inputs: Map<String, Value>,
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
        serde_json::from_slice(text).map_err(|error| {
            let error = error.to_string();
            // What was found may be a secret: it is named only where it is a misspelled member.
            let is_misspelled = |found: &str| {
                let name = found.strip_prefix("unknown field `").and_then(|rest| rest.strip_suffix('`'));
                name.is_some_and(|name| name.bytes().all(|byte| byte.is_ascii_alphabetic()))
            };
            let error = match error.rsplit_once(", expected ") {
                Some((found, expected)) if is_misspelled(found) => format!("{}, expected {expected}", shown(found)),
                Some((_, expected)) => format!("expected {expected}"),
                None => error,
            };
            let message =
                format!("the request is not valid: {error}; expected `{{\"action\": KEY, \"inputs\": {{…}}}}`");
            Error::new(Code::InvalidRequest, message)
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

    /// Creates an invocation of an action with these inputs, a JSON object.
    pub fn action(key: impl Into<String>, inputs: Value) -> Self {
        Self { action: Some(key.into()), inputs: members(inputs), ..Self::default() }
    }

    /// Creates an invocation of a data source with these inputs, a JSON object.
    pub fn data_source(key: impl Into<String>, inputs: Value) -> Self {
        Self { data_source: Some(key.into()), inputs: members(inputs), ..Self::default() }
    }

    /// Creates an invocation of a trigger with these inputs, a JSON object.
    pub fn trigger(key: impl Into<String>, inputs: Value) -> Self {
        Self { trigger: Some(key.into()), inputs: members(inputs), ..Self::default() }
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

    /// Returns the kind and key of the unit. Fails unless exactly one unit is named.
    pub(crate) fn unit(&self) -> Result<(UnitKind, &str)> {
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

/// Reads a value that may be `null`, which is not the same as none.
fn given<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(value).map(Some)
}

fn members(inputs: Value) -> Map<String, Value> {
    match inputs {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}
