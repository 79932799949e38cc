//! Coercion inside structured values, along their schema, and conversion to what the service expects.

use serde_json::Value;

use super::{Input, Kind, Role};
use crate::schema::{inside, is_type};
use crate::{Issue, Problem, ValuePath};

/// Coerces what is inside a structured value: JSON text to the object or list that it contains, a single value to a
/// list of one, and scalars to their types. Drops members whose blank text stands for a number, a flag or a date.
pub(super) fn coerce(schema: &Value, value: &mut Value) {
    let schema = inside(schema);
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

/// Drops nulls that stand for nothing: fields that the service does not take null for, and items of a list beside
/// others. Those of an input that is required are left, for validation. Returns whether anything is left.
pub(super) fn drop_nulls(input: &Input, schema: &Value, value: &mut Value) -> bool {
    if input.role == Role::AdditionalFields {
        return true;
    }
    if !input.required && is_nulls(value) {
        return false;
    }
    drop_inner_nulls(schema, value, input.required);
    true
}

fn drop_inner_nulls(schema: &Value, value: &mut Value, is_required: bool) {
    let schema = inside(schema);
    match value {
        Value::Object(members) => {
            let required = schema["required"].as_array().map(Vec::as_slice).unwrap_or_default();
            let is_required = |name: &String| required.iter().any(|one| one == name);
            members.retain(|name, member| {
                let described = &schema["properties"][name.as_str()];
                let is_nothing = is_nulls(member) || (member.is_null() && !allows_null(described));
                described.is_null() || is_required(name) || !is_nothing
            });
            for (name, member) in members {
                drop_inner_nulls(&schema["properties"][name.as_str()], member, is_required(name));
            }
        }
        Value::Array(items) => {
            items.retain(|item| is_required || !item.is_null());
            for item in items {
                drop_inner_nulls(&schema["items"], item, false);
            }
        }
        _ => {}
    }
}

/// Whether a value is a list of nulls. An empty list is a value: it clears a field at the service.
fn is_nulls(value: &Value) -> bool {
    value.as_array().is_some_and(|items| !items.is_empty() && items.iter().all(Value::is_null))
}

fn allows_null(schema: &Value) -> bool {
    is_type(inside(schema), "null")
        || schema["anyOf"].as_array().is_some_and(|all| all.iter().any(|one| is_type(one, "null")))
}

/// Converts what is inside a valid structured value to what the service expects: ids and decimals to numbers,
/// choices of a flag to booleans. Adds text that forms cannot give, since it is empty, where it is the default. Adds an
/// issue for each id and decimal that is not one.
pub(super) fn to_wire(schema: &Value, value: &mut Value, at: ValuePath<'_>, issues: &mut Vec<Issue>) {
    let schema = inside(schema);
    match value {
        Value::Object(members) => {
            for (name, member) in schema["properties"].as_object().into_iter().flatten() {
                if member["default"] == "" {
                    members.entry(name).or_insert_with(|| "".into());
                }
            }
            for (name, member) in members {
                to_wire(&schema["properties"][name.as_str()], member, ValuePath::Member(&at, name), issues);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                to_wire(&schema["items"], item, ValuePath::Item(&at, index), issues);
            }
        }
        Value::String(text) => {
            let Some(kind @ (Kind::Id | Kind::Decimal | Kind::Flag)) = Kind::of_schema(schema) else { return };
            match kind.to_wire(Value::from(text.as_str())) {
                Some(wire) => *value = wire,
                None => issues.push(Issue::new(
                    at.to_string(),
                    Problem::InvalidValue,
                    format!("`{at}` is `{text}`; expected {}", kind.expected()),
                )),
            }
        }
        _ => {}
    }
}

/// Replaces text by the JSON that it contains, if that is of the wanted type.
fn parse(value: &mut Value, is_wanted: fn(&Value) -> bool) {
    let parsed = value.as_str().and_then(|text| serde_json::from_str(text).ok());
    if let Some(parsed) = parsed.filter(is_wanted) {
        *value = parsed;
    }
}

/// Whether a member is blank text where text is no value, or null where that only stands for a group that is left out.
fn is_unset(schema: &Value, value: &Value) -> bool {
    if value.is_null() {
        return schema["anyOf"][0]["type"] == "null" && !is_type(inside(schema), "null");
    }
    let is_blank = value.as_str().is_some_and(|text| text.trim().is_empty());
    is_blank && Kind::of_schema(inside(schema)).is_some_and(|kind| !kind.keeps_white_space())
}

fn scalar(schema: &Value, value: &Value) -> Option<Value> {
    choice(schema, value).or_else(|| match Kind::of_schema(schema)?.coerce(value.clone()).ok()? {
        Value::Bool(flag) if is_type(schema, "string") => Some(Value::from(flag.to_string())),
        coerced => Some(coerced),
    })
}

/// Returns the choice that is given in another letter case, or with white space around it.
fn choice(schema: &Value, value: &Value) -> Option<Value> {
    let text = value.as_str()?.trim();
    let mut choices = schema["enum"].as_array()?.iter().filter_map(Value::as_str);
    choices.find(|choice| choice.eq_ignore_ascii_case(text)).map(Value::from)
}
