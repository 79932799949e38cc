//! Sample inputs, to try units with: the documents show them, and the tests send them.

use serde_json::{Map, Value, json};

use super::Unit;
use crate::{Collection, DefaultValue, Input, Kind, Role};

/// The sample inputs of a component.
#[derive(Clone, Copy, Debug)]
pub struct Samples {
    /// JSON texts, each an object with `{"required": {...}, "optional": {...}}` by the key of a unit.
    pub units: &'static [&'static str],
    /// JSON text: values of shared inputs whose example is one to look at, not one to send, by the key of the input.
    pub inputs: &'static str,
}

/// The sample inputs of one unit, without a connection.
#[derive(Clone, Debug)]
pub struct Sample {
    /// Only the required inputs, and those that one of these cannot do without.
    pub required: Map<String, Value>,
    /// All inputs.
    pub all: Map<String, Value>,
}

impl Samples {
    /// No samples: all are derived from the declared inputs.
    pub const NONE: Self = Self { units: &[], inputs: "{}" };

    /// Returns the sample of a unit: the one that is written down, or one that is derived from the declared inputs.
    pub fn of(&self, unit: Unit) -> Sample {
        let written = self.units();
        if let Some(sample) = written.get(unit.about().key) {
            let required = members(&sample["required"]);
            let all = required.clone().into_iter().chain(members(&sample["optional"])).collect();
            return Sample { required, all };
        }
        let shared = self.inputs();
        let value = |input: &Input| shared.get(input.key).cloned().unwrap_or_else(|| value_of(input));
        let inputs = || unit.inputs().iter().filter(|input| input.role != Role::Connection);
        let of = |input: &Input| (input.key.to_owned(), value(input));
        Sample { required: inputs().filter(|input| input.required).map(of).collect(), all: inputs().map(of).collect() }
    }

    /// Returns the samples that are written down, by the key of the unit.
    pub fn units(&self) -> Map<String, Value> {
        self.units.iter().flat_map(|text| parsed(text)).collect()
    }

    /// Returns the values that are written down for shared inputs, by the key of the input.
    pub fn inputs(&self) -> Map<String, Value> {
        parsed(self.inputs)
    }
}

fn parsed(text: &str) -> Map<String, Value> {
    serde_json::from_str(text).unwrap_or_default()
}

fn members(value: &Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}

/// A value for an input: its example, else its template, else its first choice that is not blank, else a fixed value
/// of its kind. A flag that is not a choice takes its default.
fn value_of(input: &Input) -> Value {
    let choice = input.choices.iter().map(|choice| choice.value).find(|value| !value.is_empty());
    let one = match (input.example, input.template, choice, input.default) {
        (Some(example), ..) => serde_json::from_str(example).ok().filter(Value::is_object).unwrap_or(json!(example)),
        (_, Some(template), ..) => return serde_json::from_str(template).unwrap_or_default(),
        (.., Some(choice), _) => json!(choice),
        (.., Some(DefaultValue::Flag(flag))) => json!(flag),
        _ => value_of_kind(input.kind),
    };
    match (input.collection, one.as_str().and_then(|pair| pair.split_once('='))) {
        (Collection::One, _) => one,
        (Collection::Values, _) => json!([one]),
        (Collection::Pairs, Some((key, value))) => json!([{"key": key, "value": value}]),
        (Collection::Pairs, None) => json!([{"key": "key", "value": one}]),
    }
}

fn value_of_kind(kind: Kind) -> Value {
    match kind {
        Kind::Text | Kind::LongText | Kind::Password | Kind::Any | Kind::Part => json!("text"),
        Kind::Id => json!("10978752986"),
        Kind::Integer => json!("1"),
        Kind::Decimal => json!("100.10"),
        Kind::Flag => json!(true),
        Kind::Date => json!("2026-02-03"),
        Kind::Timestamp => json!("2026-02-03T09:00:00Z"),
        Kind::Guid => json!("6B29FC40-CA47-1067-B31D-00DD010662DA"),
        Kind::Code => json!({}),
        Kind::File => json!({"data": "iVBORw0KGgo=", "contentType": "image/png"}),
        Kind::Connection => Value::Null,
    }
}
