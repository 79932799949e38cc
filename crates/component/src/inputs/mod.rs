//! Inputs: their declaration, their coercion, and the values that a unit reads.

mod coerce;
mod controls;
mod declaration;
mod file;
mod kind;
pub mod plain;
pub mod scalars;
mod spelling;
mod structure;

use std::borrow::Cow;

pub use coerce::coerce;
pub use controls::{CONNECTION, DEBUG_REQUEST, FETCH_ALL, LIMIT, PICKLIST_INPUTS, SEARCH, VALUE};
pub use declaration::{Choice, Collection, DefaultValue, EMPTY, Input, Role, TRUE_OR_FALSE, named, plain};
pub use file::File;
pub use kind::Kind;
use serde_json::{Map, Value};

use crate::{Effect, Error, Issue, Problem, ValuePath, schema};

/// The checked values of the inputs that are set, in the order of their declaration, as the service expects them.
#[derive(Clone, Debug, Default)]
pub struct Inputs {
    entries: Vec<Entry>,
}

#[derive(Clone, Debug)]
struct Entry {
    input: &'static Input,
    field: Cow<'static, str>,
    value: Value,
}

impl Inputs {
    /// Converts coerced values to what the service expects, and adds defaults. Ignores unknown keys, which validation
    /// reports. Fails if a value is not of its input's kind.
    pub fn read(declared: &[&'static Input], coerced: Map<String, Value>) -> Result<Self, Vec<Issue>> {
        // Only structured values are converted along their schema.
        let structured = declared.iter().copied().filter(|input| input.shape.is_some());
        let schema = schema::of_inputs(structured, Effect::Read);
        Self::read_by(declared, &Value::Object(schema), coerced)
    }

    /// Does what [`read`](Self::read) does, by the schema of these inputs.
    pub fn read_by(
        declared: &[&'static Input],
        schema: &Value,
        mut coerced: Map<String, Value>,
    ) -> Result<Self, Vec<Issue>> {
        let mut entries = Vec::with_capacity(declared.len());
        let mut issues = Vec::new();
        for &input in declared {
            let Some(value) = coerced.remove(input.key).or_else(|| default_of(input)) else { continue };
            match to_wire(input, &schema["properties"][input.key], value, &mut issues) {
                Some(value) => entries.push(Entry { input, field: Cow::Borrowed(input.sent_field()), value }),
                None => issues.push(Issue::new(
                    input.key,
                    Problem::InvalidValue,
                    format!("`{}` is not {}", input.key, input.expected()),
                )),
            }
        }
        if issues.is_empty() { Ok(Self { entries }) } else { Err(issues) }
    }

    /// Returns the value of an input, if it is set.
    pub fn get(&self, input: &Input) -> Option<&Value> {
        self.entries.iter().find(|entry| entry.input.key == input.key).map(|entry| &entry.value)
    }

    /// Whether an input is set.
    pub fn has(&self, input: &Input) -> bool {
        self.get(input).is_some()
    }

    /// Returns the text of an input, if it is set.
    pub fn text(&self, input: &Input) -> Option<&str> {
        self.get(input)?.as_str()
    }

    /// Whether an input is set and true.
    pub fn flag(&self, input: &Input) -> bool {
        self.get(input).and_then(Value::as_bool).unwrap_or(false)
    }

    /// Returns the integer of an input, if it is set.
    pub fn integer(&self, input: &Input) -> Option<u64> {
        self.get(input)?.as_u64()
    }

    /// Removes an input, so that it is not sent, and returns its value.
    pub fn take(&mut self, input: &Input) -> Option<Value> {
        self.take_named(input.key)
    }

    pub(crate) fn take_named(&mut self, key: &str) -> Option<Value> {
        let at = self.entries.iter().position(|entry| entry.input.key == key)?;
        Some(self.entries.remove(at).value)
    }

    /// Removes a list of pairs, so that it is not sent, and returns them.
    pub fn take_pairs(&mut self, input: &Input) -> Vec<(String, Value)> {
        self.take(input).map(pairs).unwrap_or_default()
    }

    /// Removes a list of pairs, so that it is not sent, and returns those whose values are text.
    pub fn take_text_pairs(&mut self, input: &Input) -> Vec<(String, String)> {
        let text = |(key, value): (String, Value)| Some((key, value.as_str()?.to_owned()));
        self.take_pairs(input).into_iter().filter_map(text).collect()
    }

    /// Removes a file, so that it is not sent, and returns it. Fails if the value is not a file.
    pub fn take_file(&mut self, input: &Input) -> crate::Result<File> {
        let file = self.take(input).and_then(|value| File::from_value(&value));
        file.ok_or_else(|| {
            let message = format!("`{}` is not valid: expected {}", input.key, input.expected());
            Error::input(input.key, Problem::InvalidValue, message)
        })
    }

    /// Sends an input under this name in place of its key.
    pub fn rename(mut self, input: &Input, field: &'static str) -> Self {
        for entry in self.entries.iter_mut().filter(|entry| entry.input.key == input.key) {
            entry.field = Cow::Borrowed(field);
        }
        self
    }

    /// Sends a single value as a list with one element.
    pub fn wrap_in_list(mut self, input: &Input) -> Self {
        for entry in self.entries.iter_mut().filter(|entry| entry.input.key == input.key) {
            entry.value = Value::Array(vec![entry.value.take()]);
        }
        self
    }

    /// Keeps the inputs for which `keep` returns true.
    pub fn retain(&mut self, keep: impl Fn(&Input) -> bool) {
        self.entries.retain(|entry| keep(entry.input));
    }

    /// Whether no input is set.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Iterates over the inputs that are set: the declaration, the name to send it under, and the value.
    pub fn iter(&self) -> impl Iterator<Item = (&'static Input, &str, &Value)> {
        self.entries.iter().map(|entry| (entry.input, entry.field.as_ref(), &entry.value))
    }

    pub(crate) fn into_fields(self) -> impl Iterator<Item = (&'static Input, String, Value)> {
        self.entries.into_iter().map(|entry| (entry.input, entry.field.into_owned(), entry.value))
    }
}

/// Returns the keys and values of a list of pairs.
pub(crate) fn pairs(value: Value) -> Vec<(String, Value)> {
    let Value::Array(items) = value else { return Vec::new() };
    let split = |item: Value| match item {
        Value::Object(mut fields) => match (fields.remove("key"), fields.remove("value")) {
            (Some(Value::String(key)), Some(value)) => Some((key, value)),
            _ => None,
        },
        _ => None,
    };
    items.into_iter().filter_map(split).collect()
}

fn default_of(input: &Input) -> Option<Value> {
    match input.default? {
        DefaultValue::Flag(flag) => Some(Value::Bool(flag)),
        DefaultValue::Text("") => None,
        DefaultValue::Text(text) => input.kind.coerce(Value::String(text.to_owned())).ok(),
    }
}

fn to_wire(input: &Input, schema: &Value, mut value: Value, issues: &mut Vec<Issue>) -> Option<Value> {
    if input.shape.is_some() {
        structure::to_wire(schema, &mut value, ValuePath::Input(input.key), issues);
    }
    match (input.collection, value) {
        (Collection::One, value) => input.kind.to_wire(value),
        (Collection::Values, Value::Array(items)) => items.into_iter().map(|item| input.kind.to_wire(item)).collect(),
        (Collection::Pairs, value @ Value::Array(_)) => Some(value),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const FLAG: Input = Input::flag("flag", "Flag").default_flag(false);
    const NAME: Input = Input::text("name", "Name").default("");

    #[test]
    fn uses_defaults_unless_they_are_empty() {
        let inputs = Inputs::read(&[&FLAG, &NAME], Map::new()).unwrap_or_default();
        assert_eq!(inputs.get(&FLAG), Some(&json!(false)));
        assert!(!inputs.has(&NAME));
    }
}
