//! Coercion: converts values to the types that the schema describes.

use serde_json::{Map, Number, Value};

use super::{Collection, Input, Kind};
use crate::{Issue, Problem, schema};

/// Coerces values to the types that the schema describes: drops blanks, converts text to flags and numbers to text,
/// parses JSON text, corrects the letter case of choices, and converts an object to a list of pairs. Everything else is
/// left unchanged for the schema to validate. Returns the values, and an issue for each text that is not valid JSON.
pub fn coerce(declared: &[&'static Input], given: Map<String, Value>) -> (Map<String, Value>, Vec<Issue>) {
    let mut issues = Vec::new();
    let mut kept = Map::with_capacity(given.len());
    for (key, value) in given {
        let Some(input) = declared.iter().find(|input| input.key == key) else {
            kept.insert(key, value);
            continue;
        };
        let value = match input.collection {
            Collection::One => coerce_one(input, value, input.key, &mut issues),
            Collection::Values => coerce_list(input, value, &mut issues),
            Collection::Pairs => Some(coerce_pairs(input, value)),
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

fn coerce_one(input: &Input, value: Value, at: &str, issues: &mut Vec<Issue>) -> Option<Value> {
    if is_blank(&value) {
        return None;
    }
    if !input.choices.is_empty() {
        return Some(coerce_choice(input, value));
    }
    match input.kind.coerce(value) {
        Ok(mut value) => {
            if input.shape.is_some() {
                coerce_inside(&Value::Object(schema::of_values(input)), &mut value);
            }
            Some(value)
        }
        Err(error) => {
            issues.push(Issue::new(at, Problem::InvalidJson, format!("`{at}` is not valid JSON: {error}")));
            None
        }
    }
}

/// Coerces text inside a structured value to numbers, flags and choices.
fn coerce_inside(schema: &Value, value: &mut Value) {
    let allows = |name: &str| match &schema["type"] {
        Value::String(one) => one == name,
        Value::Array(several) => several.iter().any(|one| one == name),
        _ => false,
    };
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                coerce_inside(&schema["properties"][name.as_str()], member);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| coerce_inside(&schema["items"], item)),
        Value::String(text) => {
            let choices =
                schema["oneOf"].as_array().into_iter().flatten().filter_map(|choice| choice["const"].as_str());
            let coerced = if let Some(choice) = choices.into_iter().find(|choice| choice.eq_ignore_ascii_case(text)) {
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
            *value = coerced.unwrap_or_else(|| std::mem::take(value));
        }
        _ => {}
    }
}

fn coerce_choice(input: &Input, value: Value) -> Value {
    let text = match value {
        Value::String(text) => text,
        Value::Bool(flag) if input.kind == Kind::Flag => flag.to_string(),
        other => return other,
    };
    let known = input.choices.iter().find(|choice| choice.value.eq_ignore_ascii_case(&text));
    Value::String(known.map_or(text, |choice| choice.value.to_owned()))
}

fn coerce_list(input: &Input, value: Value, issues: &mut Vec<Issue>) -> Option<Value> {
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
        kept.extend(coerce_one(input, item, &format!("{}[{index}]", input.key), issues));
    }
    // An empty list clears a field at the service; a list of blanks comes from a form that was not filled in.
    (given == 0 || !kept.is_empty()).then_some(Value::Array(kept))
}

fn coerce_pairs(input: &Input, value: Value) -> Value {
    let pair = |key: String, value: Value| {
        let value = match (input.kind, value) {
            (Kind::Text, Value::Bool(flag)) => Value::String(flag.to_string()),
            (kind, value) => kind.coerce(value).unwrap_or_default(),
        };
        Value::Object(Map::from_iter([("key".to_owned(), Value::String(key)), ("value".to_owned(), value)]))
    };
    let coerced = |item: Value| match item {
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
        Value::Array(items) => items.into_iter().map(coerced).collect(),
        other => other,
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
        coerce(&[&ID, &TAGS, &FIELDS, &FLAG, &NAME], given.as_object().cloned().unwrap_or_default())
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
    }

    #[test]
    fn unknown_keys_are_kept_for_validation() {
        assert_eq!(Value::Object(read(&json!({"jobID": "1"})).0), json!({"jobID": "1"}));
    }
}
