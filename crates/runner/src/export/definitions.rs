//! Named types in exported schemas.

use pipefit_component::schema::TYPE;
use serde_json::{Map, Value, json};

/// Moves the objects whose type has a name to `definitions`, so that code generators make one type of each.
pub(crate) fn with_definitions(mut schema: Value) -> Value {
    let mut definitions = Map::new();
    extract(&mut schema, &mut definitions);
    if !definitions.is_empty() {
        definitions.sort_keys();
        schema["definitions"] = Value::Object(definitions);
    }
    schema
}

fn extract(schema: &mut Value, definitions: &mut Map<String, Value>) {
    // A group that may be left out is null then, and need not be nullable itself.
    if schema["anyOf"][0]["type"] == "null" && schema["anyOf"][1][TYPE].is_object() {
        schema["anyOf"][1]["type"] = json!("object");
    }
    match schema {
        Value::Object(members) => members.values_mut().for_each(|member| extract(member, definitions)),
        Value::Array(items) => items.iter_mut().for_each(|item| extract(item, definitions)),
        _ => return,
    }
    let Value::Object(members) = schema else { return };
    let Some(Value::Object(about)) = members.shift_remove(TYPE) else { return };
    let Some(name) = about.get("name").and_then(Value::as_str) else { return };
    let (place, mut definition): (Map<_, _>, Map<_, _>) =
        members.clone().into_iter().partition(|(key, _)| is_about_the_place(key));
    let nullable = definition.insert("type".to_owned(), json!("object")) != Some(json!("object"));
    definition.shift_insert(0, "description".to_owned(), about.get("description").cloned().unwrap_or_default());
    // A type that differs from place to place stays in its places.
    let known = definitions.entry(name).or_insert_with(|| Value::Object(definition.clone()));
    if known.as_object() == Some(&definition) {
        *members = place;
        if members.get("description") == about.get("description") {
            members.shift_remove("description");
        }
        let reference = format!("#/definitions/{name}");
        if nullable {
            members.insert("anyOf".to_owned(), json!([{"$ref": reference}, {"type": "null"}]));
        } else {
            members.insert("$ref".to_owned(), json!(reference));
        }
    }
}

/// Whether a member says what a value is for where it stands, not what its type is.
fn is_about_the_place(key: &str) -> bool {
    matches!(key, "title" | "description" | "default") || key.starts_with("x-")
}
