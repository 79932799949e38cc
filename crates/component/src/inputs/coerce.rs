//! Coercion: converts values to the types that the schema describes.

use serde_json::{Map, Value};

use super::{Collection, Input, Kind, structure};
use crate::{Filter, FilterValues, Issue, Problem};

/// Coerces values to the types that their schema describes; `schema` is that of all inputs. Drops values that are not
/// set, and leaves what it cannot convert unchanged, for the schema to validate. Returns the values, and an issue for
/// each text that is not valid JSON and for each blank in a required list.
pub fn coerce(
    declared: &[&'static Input],
    schema: &Value,
    mut given: Map<String, Value>,
) -> (Map<String, Value>, Vec<Issue>) {
    let mut issues = Vec::new();
    given.retain(|key, value| {
        let Some(input) = declared.iter().find(|input| input.key == key) else { return true };
        let coerced = coerce_value(input, schema, value.take(), &mut issues);
        let is_set = coerced.is_some();
        *value = coerced.unwrap_or_default();
        is_set
    });
    (given, issues)
}

/// Coerces the value of an input. Returns nothing if it is not set, or if it has an issue.
fn coerce_value(input: &Input, schema: &Value, value: Value, issues: &mut Vec<Issue>) -> Option<Value> {
    if is_unset(input, &value) || is_null_text(input, &value) {
        return None;
    }
    let mut value = match input.collection {
        Collection::One => coerce_one(input, value, input.key, issues)?,
        Collection::Values => coerce_list(input, value, issues)?,
        Collection::Pairs => coerce_pairs(input, value),
    };
    if input.shape.is_some() {
        let schema = &schema["properties"][input.key];
        structure::coerce(schema, &mut value);
        if !structure::drop_nulls(input, schema, &mut value) {
            return None;
        }
    }
    Some(value)
}

/// Whether a value stands for none. White space is a value only where text is optional and may be any.
fn is_unset(input: &Input, value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => {
            let may_be_any = input.kind.keeps_white_space() && input.choices.is_empty() && !input.trimmed;
            let keeps_white_space = may_be_any && input.collection == Collection::One && !input.required;
            text.is_empty() || (!keeps_white_space && text.trim().is_empty())
        }
        _ => false,
    }
}

/// Whether a value is the JSON text of null, where JSON text is read.
fn is_null_text(input: &Input, value: &Value) -> bool {
    let is_json = match input.collection {
        Collection::One => input.kind == Kind::Code,
        Collection::Values => !input.kind.keeps_white_space(),
        Collection::Pairs => true,
    };
    is_json && value.as_str().is_some_and(|text| text.trim() == "null")
}

fn coerce_one(input: &Input, value: Value, at: &str, issues: &mut Vec<Issue>) -> Option<Value> {
    if !input.choices.is_empty() {
        return Some(coerce_choice(input, value));
    }
    match input.kind.coerce(value) {
        Ok(Value::String(text)) if input.trimmed => Some(Value::from(text.trim())),
        Ok(value) => Some(value),
        Err(error) => {
            issues.push(Issue::new(at, Problem::InvalidJson, format!("`{at}` is not valid JSON: {error}")));
            None
        }
    }
}

/// Returns the choice with this value or label, regardless of case.
fn coerce_choice(input: &Input, value: Value) -> Value {
    let flag = if input.kind == Kind::Flag { input.kind.coerce(value.clone()).ok() } else { None };
    let text = match flag.unwrap_or(value) {
        Value::String(text) => text,
        Value::Bool(flag) if input.kind == Kind::Flag || input.open => flag.to_string(),
        Value::Number(number) => number.to_string(),
        other => return other,
    };
    let is = |name: &str| name.eq_ignore_ascii_case(text.trim());
    let by_value = input.choices.iter().find(|choice| is(choice.value));
    let known = by_value.or_else(|| input.choices.iter().find(|choice| is(choice.label)));
    Value::String(known.map_or(text, |choice| choice.value.to_owned()))
}

fn coerce_list(input: &Input, value: Value, issues: &mut Vec<Issue>) -> Option<Value> {
    let items = match parsed(value, Value::is_array) {
        Value::Array(items) => items,
        object @ Value::Object(_) => return Some(object),
        one => vec![one],
    };
    let given = items.len();
    let mut kept = Vec::with_capacity(given);
    for (index, item) in items.into_iter().enumerate() {
        let at = format!("{}[{index}]", input.key);
        if !is_unset(input, &item) {
            kept.extend(coerce_one(input, item, &at, issues));
        } else if input.required {
            let message = format!("`{at}` is blank; expected {}", input.expected());
            issues.push(Issue::new(at, Problem::Required, message));
        }
    }
    // An empty list clears a field at the service; a list of blanks comes from a form that was not filled in.
    (given == 0 || !kept.is_empty()).then_some(Value::Array(kept))
}

fn coerce_pairs(input: &Input, value: Value) -> Value {
    let mut pairs = Vec::new();
    match parsed(value, |value| value.is_array() || value.is_object()) {
        Value::Array(items) => items.into_iter().for_each(|item| add_pair(input, item, &mut pairs)),
        object @ Value::Object(_) if is_pair(&object) => add_pair(input, object, &mut pairs),
        Value::Object(fields) => {
            for (key, value) in fields {
                add_named(input, &key, value, &mut pairs);
            }
        }
        other => return other,
    }
    Value::Array(pairs)
}

/// Whether a value is an object with a key and a value, and nothing else.
fn is_pair(value: &Value) -> bool {
    value.as_object().is_some_and(|pair| {
        pair.len() == 2 && pair.get("key").is_some_and(Value::is_string) && pair.contains_key("value")
    })
}

fn add_pair(input: &Input, mut item: Value, pairs: &mut Vec<Value>) {
    match split(&mut item) {
        Some((key, value)) => add_named(input, &key, value, pairs),
        None => pairs.push(item),
    }
}

/// Returns the key and the value of a pair. Forms leave out what was not filled in.
fn split(pair: &mut Value) -> Option<(String, Value)> {
    let pair = pair.as_object_mut().filter(|pair| pair.keys().all(|name| name == "key" || name == "value"))?;
    let key = pair.get("key").map_or(Some(""), Value::as_str)?.to_owned();
    Some((key, pair.get_mut("value").map(Value::take).unwrap_or_default()))
}

/// Adds a pair, or one for each value of a list of texts. A pair without a value is not set.
fn add_named(input: &Input, key: &str, value: Value, pairs: &mut Vec<Value>) {
    if value.is_null() || (key.trim().is_empty() && value == "") {
        return;
    }
    if let Some(filter) = Filter::find(input.filters, key.trim()) {
        return add_filter(filter, key.trim(), value, pairs);
    }
    let values = match value {
        Value::Array(values) if input.kind == Kind::Text => values,
        value => vec![value],
    };
    for value in values {
        let value = input.kind.coerce(value).unwrap_or_default();
        pairs.push(Value::Object(Map::from_iter([
            ("key".to_owned(), Value::from(key.trim())),
            ("value".to_owned(), value),
        ])));
    }
}

/// Adds a filter by the name that the service has for it, once for each value. Values that are sent as one text are
/// joined.
fn add_filter(filter: &Filter, key: &str, value: Value, pairs: &mut Vec<Value>) {
    let name = filter.parameter(key);
    let values = if let Value::Array(values) = value { values } else { vec![value] };
    for value in values.into_iter().filter(|value| !filter.is_unset(value)) {
        let value = filter.coerce(value);
        let earlier = pairs.iter_mut().find(|pair| pair["key"] == name.as_str());
        match (filter.values, earlier.and_then(|pair| pair.get_mut("value")), &value) {
            (FilterValues::Joined, Some(Value::String(earlier)), Value::String(more)) => {
                earlier.push(',');
                earlier.push_str(more);
            }
            _ => pairs.push(Value::Object(Map::from_iter([
                ("key".to_owned(), Value::from(name.as_str())),
                ("value".to_owned(), value),
            ]))),
        }
    }
}

/// Returns the JSON that text contains, if it is of the wanted type, or else the value itself.
pub(super) fn parsed(value: Value, is_wanted: fn(&Value) -> bool) -> Value {
    let json = value.as_str().and_then(|text| serde_json::from_str(text).ok());
    json.filter(is_wanted).unwrap_or(value)
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
        coerce(&[&ID, &TAGS, &FIELDS, &FLAG, &NAME], &Value::Null, given.as_object().cloned().unwrap_or_default())
    }

    #[test]
    fn drops_blanks_but_keeps_zero_and_false() {
        let (kept, issues) = read(&json!({"id": 0, "flag": false, "name": "", "tags": ["", null], "fields": null}));
        assert!(issues.is_empty());
        assert_eq!(Value::Object(kept), json!({"id": "0", "flag": false}));
    }

    #[test]
    fn converts_an_object_to_a_list_of_pairs() {
        let (kept, _) = read(&json!({"fields": {"a": 1, "b": true}}));
        assert_eq!(kept["fields"], json!([{"key": "a", "value": "1"}, {"key": "b", "value": "true"}]));
        let (repeated, _) = read(&json!({"fields": {"a": [1, "2"]}}));
        assert_eq!(repeated["fields"], json!([{"key": "a", "value": "1"}, {"key": "a", "value": "2"}]));
    }

    #[test]
    fn unknown_keys_are_kept_for_validation() {
        assert_eq!(Value::Object(read(&json!({"jobID": "1"})).0), json!({"jobID": "1"}));
    }
}
