//! Reading what arrived against what was declared.

use std::borrow::Cow;

use serde_json::{Map, Number, Value};

use crate::input::{Collection, Constant, Input};
use crate::{Error, File, Issue, Kind, Problem, schema};

/// Checked inputs in the order of their declaration, each in the form that the service expects.
/// What was not set is not there.
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
    /// Converts canonical values to the form that the service expects, and takes defaults for what is not set.
    /// Unknown keys are passed over: the schema has judged them.
    pub fn read(declared: &[&'static Input], mut canonical: Map<String, Value>) -> Result<Self, Vec<Issue>> {
        let mut entries = Vec::with_capacity(declared.len());
        let mut issues = Vec::new();
        for &input in declared {
            let Some(value) = canonical.remove(input.key).or_else(|| default(input)) else { continue };
            match wire(input, value) {
                Some(value) => entries.push(Entry { input, field: Cow::Borrowed(input.key), value }),
                None => issues.push(Issue::new(
                    input.key,
                    Problem::InvalidValue,
                    format!("`{}` is not {}", input.key, input.kind.expected()),
                )),
            }
        }
        if issues.is_empty() { Ok(Self { entries }) } else { Err(issues) }
    }

    /// The value of an input, where it is set.
    pub fn get(&self, input: &Input) -> Option<&Value> {
        self.entries.iter().find(|entry| entry.input.key == input.key).map(|entry| &entry.value)
    }

    /// Whether an input is set.
    pub fn has(&self, input: &Input) -> bool {
        self.get(input).is_some()
    }

    /// The text of an input, where it is set and text.
    pub fn text(&self, input: &Input) -> Option<&str> {
        self.get(input)?.as_str()
    }

    /// Whether a flag is set and true.
    pub fn flag(&self, input: &Input) -> bool {
        self.get(input).and_then(Value::as_bool).unwrap_or(false)
    }

    /// A whole number, where it is set.
    pub fn integer(&self, input: &Input) -> Option<u64> {
        self.get(input)?.as_u64()
    }

    /// Takes an input out, so that it is not sent with the rest.
    pub fn take(&mut self, input: &Input) -> Option<Value> {
        self.take_named(input.key)
    }

    pub(crate) fn take_named(&mut self, key: &str) -> Option<Value> {
        let at = self.entries.iter().position(|entry| entry.input.key == key)?;
        Some(self.entries.remove(at).value)
    }

    /// Takes a list of pairs out.
    pub fn take_pairs(&mut self, input: &Input) -> Vec<(String, Value)> {
        self.take(input).map(pairs).unwrap_or_default()
    }

    /// Takes a list of pairs whose values are texts out.
    pub fn take_text_pairs(&mut self, input: &Input) -> Vec<(String, String)> {
        let text = |(key, value): (String, Value)| Some((key, value.as_str()?.to_owned()));
        self.take_pairs(input).into_iter().filter_map(text).collect()
    }

    /// Takes a file out.
    pub fn take_file(&mut self, input: &Input) -> crate::Result<File> {
        let file = self.take(input).and_then(|value| File::from_value(&value));
        file.ok_or_else(|| {
            let message = format!("`{}` is not valid: expected {}", input.key, input.kind.expected());
            Error::input(input.key, Problem::InvalidValue, message)
        })
    }

    /// Sends an input under another name than its key.
    pub fn rename(mut self, input: &Input, field: &'static str) -> Self {
        for entry in self.entries.iter_mut().filter(|entry| entry.input.key == input.key) {
            entry.field = Cow::Borrowed(field);
        }
        self
    }

    /// Sends a single value as a list of one.
    pub fn listed(mut self, input: &Input) -> Self {
        for entry in self.entries.iter_mut().filter(|entry| entry.input.key == input.key) {
            entry.value = Value::Array(vec![entry.value.take()]);
        }
        self
    }

    /// Keeps the inputs that `keep` is true of.
    pub fn retain(&mut self, keep: impl Fn(&Input) -> bool) {
        self.entries.retain(|entry| keep(entry.input));
    }

    /// Whether nothing is set.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// What is set, in order: the declaration, the name to send it under, the value.
    pub fn iter(&self) -> impl Iterator<Item = (&'static Input, &str, &Value)> {
        self.entries.iter().map(|entry| (entry.input, entry.field.as_ref(), &entry.value))
    }

    pub(crate) fn into_fields(self) -> impl Iterator<Item = (&'static Input, String, Value)> {
        self.entries.into_iter().map(|entry| (entry.input, entry.field.into_owned(), entry.value))
    }
}

/// Brings every spelling that an input accepts to the one that its schema describes: blanks are dropped, numbers
/// and flags that came as text (and the reverse) are turned, JSON text is parsed, the letter case of a choice is
/// put right, an object of pairs becomes a list. What it does not know stays, for the schema to judge.
pub fn canonical(declared: &[&'static Input], given: Map<String, Value>) -> (Map<String, Value>, Vec<Issue>) {
    let mut issues = Vec::new();
    let mut kept = Map::with_capacity(given.len());
    for (key, value) in given {
        let Some(input) = declared.iter().find(|input| input.key == key) else {
            kept.insert(key, value);
            continue;
        };
        let value = match input.collection {
            Collection::One => one(input, value, input.key, &mut issues),
            Collection::Values => list(input, value, &mut issues),
            Collection::Pairs => Some(pair_list(input, value)),
        };
        if let Some(value) = value.filter(|value| !is_blank(value)) {
            kept.insert(key, value);
        }
    }
    (kept, issues)
}

fn is_blank(value: &Value) -> bool {
    value.is_null() || value.as_str() == Some("")
}

fn one(input: &Input, value: Value, at: &str, issues: &mut Vec<Issue>) -> Option<Value> {
    if is_blank(&value) {
        return None;
    }
    if !input.choices.is_empty() {
        return Some(choice(input, value));
    }
    match input.kind.canonical(value) {
        Ok(mut value) => {
            if input.shape.is_some() {
                spell(&Value::Object(schema::of_input(input)), &mut value);
            }
            Some(value)
        }
        Err(error) => {
            issues.push(Issue::new(at, Problem::InvalidJson, format!("`{at}` is not valid JSON: {error}")));
            None
        }
    }
}

/// Inside a structured value too, numbers and flags may come as text, and choices in any letter case.
fn spell(schema: &Value, value: &mut Value) {
    let allows = |name: &str| match &schema["type"] {
        Value::String(one) => one == name,
        Value::Array(several) => several.iter().any(|one| one == name),
        _ => false,
    };
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                spell(&schema["properties"][name.as_str()], member);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| spell(&schema["items"], item)),
        Value::String(text) => {
            let choices =
                schema["oneOf"].as_array().into_iter().flatten().filter_map(|choice| choice["const"].as_str());
            let spelt = if let Some(choice) = choices.into_iter().find(|choice| choice.eq_ignore_ascii_case(text)) {
                Some(Value::from(choice))
            } else if allows("string") {
                None
            } else if allows("integer") || allows("number") {
                serde_json::from_str::<Number>(text).ok().map(Value::Number)
            } else if allows("boolean") {
                text.to_ascii_lowercase().parse().ok().map(Value::Bool)
            } else {
                None
            };
            *value = spelt.unwrap_or_else(|| std::mem::take(value));
        }
        _ => {}
    }
}

fn choice(input: &Input, value: Value) -> Value {
    let text = match value {
        Value::String(text) => text,
        Value::Bool(flag) if input.kind == Kind::Flag => flag.to_string(),
        other => return other,
    };
    let spelt = input.choices.iter().find(|choice| choice.value.eq_ignore_ascii_case(&text));
    Value::String(spelt.map_or(text, |choice| choice.value.to_owned()))
}

fn list(input: &Input, value: Value, issues: &mut Vec<Issue>) -> Option<Value> {
    let Value::Array(items) = value else { return Some(value) };
    let given = items.len();
    let mut kept = Vec::with_capacity(given);
    for (index, item) in items.into_iter().enumerate() {
        if input.required && is_blank(&item) {
            let at = format!("{}[{index}]", input.key);
            let message = format!("`{at}` is blank; expected {}", input.kind.expected());
            issues.push(Issue::new(at, Problem::Required, message));
            continue;
        }
        kept.extend(one(input, item, &format!("{}[{index}]", input.key), issues));
    }
    // An empty list clears a field at the service; a list of blanks is a form that nobody filled in.
    (given == 0 || !kept.is_empty()).then_some(Value::Array(kept))
}

fn pair_list(input: &Input, value: Value) -> Value {
    let pair = |key: String, value: Value| {
        let value = match (input.kind, value) {
            (Kind::Text, Value::Bool(flag)) => Value::String(flag.to_string()),
            (kind, value) => kind.canonical(value).unwrap_or_default(),
        };
        Value::Object(Map::from_iter([("key".to_owned(), Value::String(key)), ("value".to_owned(), value)]))
    };
    let spelt = |item: Value| match item {
        Value::Object(mut fields) if fields.len() == 2 && fields.contains_key("value") => match fields.remove("key") {
            Some(Value::String(key)) => pair(key, fields.remove("value").unwrap_or_default()),
            Some(key) => {
                fields.insert("key".to_owned(), key);
                Value::Object(fields)
            }
            None => Value::Object(fields),
        },
        other => other,
    };
    match value {
        Value::Object(fields) => fields.into_iter().map(|(key, value)| pair(key, value)).collect(),
        Value::Array(items) => items.into_iter().map(spelt).collect(),
        other => other,
    }
}

/// The keys and values of a list of pairs.
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

fn default(input: &Input) -> Option<Value> {
    match input.default? {
        Constant::Flag(flag) => Some(Value::Bool(flag)),
        Constant::Text("") => None,
        Constant::Text(text) => input.kind.canonical(Value::String(text.to_owned())).ok(),
    }
}

fn wire(input: &Input, value: Value) -> Option<Value> {
    match (input.collection, value) {
        (Collection::One, value) => input.kind.wire(value),
        (Collection::Values, Value::Array(items)) => items.into_iter().map(|item| input.kind.wire(item)).collect(),
        (Collection::Pairs, value @ Value::Array(_)) => Some(value),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ID: Input = Input::id("id", "Id").required();
    const TAGS: Input = Input::id("tags", "Tags").values();
    const FIELDS: Input = Input::text("fields", "Fields").pairs();
    const FLAG: Input = Input::flag("flag", "Flag").default_flag(false);
    const NAME: Input = Input::text("name", "Name").default("");

    fn read(given: &Value) -> (Map<String, Value>, Vec<Issue>) {
        canonical(&[&ID, &TAGS, &FIELDS, &FLAG, &NAME], given.as_object().cloned().unwrap_or_default())
    }

    #[test]
    fn blanks_are_dropped_and_zero_and_false_are_not() {
        let (kept, issues) = read(&json!({"id": 0, "flag": false, "name": "", "tags": ["", null], "fields": null}));
        assert!(issues.is_empty());
        assert_eq!(Value::Object(kept), json!({"id": "0", "flag": false}));
    }

    #[test]
    fn an_object_of_pairs_becomes_a_list() {
        let (kept, _) = read(&json!({"fields": {"a": 1, "b": true}}));
        assert_eq!(kept["fields"], json!([{"key": "a", "value": "1"}, {"key": "b", "value": "true"}]));
    }

    #[test]
    fn unknown_keys_are_left_to_the_schema() {
        assert_eq!(Value::Object(read(&json!({"jobID": "1"})).0), json!({"jobID": "1"}));
    }

    #[test]
    fn defaults_are_taken_and_the_empty_text_is_none() {
        let inputs = Inputs::read(&[&FLAG, &NAME], Map::new()).unwrap_or_default();
        assert_eq!(inputs.get(&FLAG), Some(&json!(false)));
        assert!(!inputs.has(&NAME));
    }
}
