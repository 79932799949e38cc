//! What is inside the inputs of a unit, for completions: the fields of structured values, and filters.

use pipefit::component::schema::{self, FLAG_CHOICES};
use pipefit::component::{Effect, Input, Kind};
use serde_json::Value;

use super::arguments::{Step, parse_path};

/// How many values deep fields are offered.
const DEPTH: usize = 4;

/// A value inside an input.
#[derive(Debug)]
pub(super) struct Part {
    /// How it is written, with what sets it, such as `appointments[0].start=`.
    pub(super) assigned: String,
    pub(super) help: String,
}

/// Returns the values inside an input that may be meant by a path that is being typed, such as `appointments[0].st`.
pub(super) fn of_input(input: &Input, effect: Effect, typed: &str) -> Vec<Part> {
    let schema = Value::Object(schema::of_input(input, effect));
    let is_list = schema::inside(&schema).get("items").is_some() && input.filters.is_empty();
    let before = match typed.rsplit_once('.') {
        Some((before, _)) => before.to_owned(),
        None if typed.ends_with(']') => typed.to_owned(),
        None if is_list => format!("{}[0]", input.key),
        None => input.key.to_owned(),
    };
    let mut parts = Vec::new();
    if before == input.key {
        let filters = input.filters.iter().map(|filter| format!("{before}.{}=", filter.name));
        parts.extend(filters.map(|assigned| Part { assigned, help: "A filter of this list.".to_owned() }));
    }
    if let Some(found) = at(&schema, &before).filter(|_| input.filters.is_empty()) {
        add_fields(found, &before, DEPTH, &mut parts);
    }
    parts.retain(|part| part.assigned.starts_with(typed));
    parts
}

/// Returns the values that a value inside an input may have, as far as they are listed.
pub(super) fn values(input: &Input, effect: Effect, path: &str) -> Vec<String> {
    let filter = input.filters.iter().find(|filter| path.strip_prefix(input.key) == Some(&format!(".{}", filter.name)));
    if let Some(filter) = filter {
        let choices = if filter.kind == Kind::Flag { &FLAG_CHOICES[..] } else { filter.choices };
        return choices.iter().copied().map(ToOwned::to_owned).collect();
    }
    let schema = Value::Object(schema::of_input(input, effect));
    let Some(found) = at(&schema, path).map(schema::inside) else { return Vec::new() };
    if found["type"] == "boolean" {
        return FLAG_CHOICES.map(ToOwned::to_owned).to_vec();
    }
    let choices = found["enum"].as_array().into_iter().flatten().filter_map(Value::as_str);
    choices.filter(|choice| !choice.is_empty()).map(ToOwned::to_owned).collect()
}

/// Returns the schema of what is at a path into an input with this schema.
fn at<'a>(schema: &'a Value, path: &str) -> Option<&'a Value> {
    let (_, steps) = parse_path(path).ok()?;
    steps.iter().try_fold(schema, |at, step| match step {
        Step::Member(name) => schema::inside(at)["properties"].get(name),
        Step::Index(_) | Step::Append => schema::inside(at).get("items"),
    })
}

/// Adds the fields of an object, and those of the objects in it.
fn add_fields(schema: &Value, before: &str, depth: usize, parts: &mut Vec<Part>) {
    let fields = schema::inside(schema)["properties"].as_object();
    for (name, field) in fields.into_iter().flatten() {
        let path = format!("{before}.{name}");
        let (whole, is_object) =
            (schema::inside(field), |schema: &Value| schema::inside(schema)["properties"].is_object());
        match whole.get("items") {
            Some(items) if is_object(items) && depth > 1 => add_fields(items, &format!("{path}[0]"), depth - 1, parts),
            None if is_object(whole) && depth > 1 => add_fields(whole, &path, depth - 1, parts),
            items => {
                let description = [field, whole].into_iter().find_map(|schema| schema["description"].as_str());
                let assigned = format!("{path}{}=", if items.is_some() { "[]" } else { "" });
                parts.push(Part { assigned, help: description.unwrap_or_default().to_owned() });
            }
        }
    }
}
