//! Coercion inside structured values, along their schema.

use serde_json::Value;

use super::Kind;
use super::kind::number;

/// Coerces what is inside a structured value: JSON text to the object or list that it contains, a single value to a
/// list of one, and scalars to their types. Drops members whose blank text stands for a number, a flag or a date.
pub(super) fn coerce(schema: &Value, value: &mut Value) {
    let schema = branch_that_is_not_null(schema);
    if is_type(schema, "object") {
        parse(value, Value::is_object);
        let Value::Object(members) = value else { return };
        members.retain(|name, member| !is_unset(&schema["properties"][name.as_str()], member));
        for (name, member) in members {
            coerce(&schema["properties"][name.as_str()], member);
        }
    } else if is_type(schema, "array") {
        parse(value, Value::is_array);
        if !value.is_array() && !value.is_null() {
            *value = Value::Array(vec![value.take()]);
        }
        for item in value.as_array_mut().into_iter().flatten() {
            coerce(&schema["items"], item);
        }
    } else if let Some(coerced) = scalar(schema, value) {
        *value = coerced;
    }
}

/// Of a schema that also allows null, returns the branch that describes the other values.
fn branch_that_is_not_null(schema: &Value) -> &Value {
    let branches = schema["anyOf"].as_array().map(Vec::as_slice).unwrap_or_default();
    branches.iter().find(|branch| !is_type(branch, "null")).unwrap_or(schema)
}

fn is_type(schema: &Value, name: &str) -> bool {
    match &schema["type"] {
        Value::String(one) => one == name,
        Value::Array(several) => several.iter().any(|one| one == name),
        _ => false,
    }
}

/// Replaces text by the JSON that it contains, if that is of the wanted type.
fn parse(value: &mut Value, is_wanted: fn(&Value) -> bool) {
    let parsed = value.as_str().and_then(|text| serde_json::from_str(text).ok());
    if let Some(parsed) = parsed.filter(is_wanted) {
        *value = parsed;
    }
}

/// Whether a member is blank text where text is no value.
fn is_unset(schema: &Value, value: &Value) -> bool {
    let is_blank = value.as_str().is_some_and(|text| text.trim().is_empty());
    is_blank && kind_of(branch_that_is_not_null(schema)).is_some_and(|kind| !kind.keeps_white_space())
}

fn kind_of(schema: &Value) -> Option<Kind> {
    if is_type(schema, "string") {
        return Some(match schema["format"].as_str() {
            Some("date-time") => Kind::Timestamp,
            Some("date") => Kind::Date,
            Some("uuid") => Kind::Guid,
            _ => Kind::Text,
        });
    }
    let kinds = [("integer", Kind::Id), ("number", Kind::Decimal), ("boolean", Kind::Flag)];
    kinds.into_iter().find(|(name, _)| is_type(schema, name)).map(|(_, kind)| kind)
}

fn scalar(schema: &Value, value: &Value) -> Option<Value> {
    if let Some(choice) = choice(schema, value) {
        return Some(choice);
    }
    let kind = kind_of(schema)?;
    match kind.coerce(value.clone()).ok()? {
        Value::String(text) if matches!(kind, Kind::Id | Kind::Decimal) => number(&text),
        coerced => Some(coerced),
    }
}

/// Returns the choice that is given in another letter case, or with white space around it.
fn choice(schema: &Value, value: &Value) -> Option<Value> {
    let text = value.as_str()?.trim();
    let choices = schema["oneOf"].as_array().into_iter().flatten().filter_map(|choice| choice["const"].as_str());
    choices.into_iter().find(|choice| choice.eq_ignore_ascii_case(text)).map(Value::from)
}
