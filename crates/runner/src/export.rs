//! The files that a builder of forms reads: a manifest for each component, and the schemas of each unit.

use std::collections::BTreeMap;

use pipefit_component::{Catalog, Output, Registered, Unit, schema};
use serde_json::{Map, Value, json};

use crate::{Invocation, manifest};

/// The text of every file, by its path below the folder of schemas; the same for the same catalogue.
pub fn files(catalog: &Catalog) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    let mut add = |path: String, content: &Value| files.insert(path, format!("{content:#}\n"));
    add("invocation.json".to_owned(), &titled("Invocation", "", schema::of_type::<Invocation>()));
    for component in catalog.components() {
        add(format!("{}/component.json", component.key), &manifest::of_component(component, catalog));
    }
    for entry in catalog.units() {
        let folder = folder(entry.unit);
        let path = format!("{}/{folder}/{}", entry.component.key, entry.unit.about().key);
        add(format!("{path}.inputs.json"), &inputs(entry));
        if let Some(output) = output(entry.unit) {
            add(format!("{path}.reply.json"), &reply(entry, output));
        }
    }
    files
}

fn folder(unit: Unit) -> &'static str {
    match unit {
        Unit::Action(_) => "actions",
        Unit::DataSource(_) => "sources",
        Unit::Trigger(_) => "triggers",
    }
}

/// The schema that judges the unit's inputs, in full.
fn inputs(entry: &Registered) -> Value {
    let about = entry.unit.about();
    titled(about.label, about.help, schema::of_inputs(entry.unit.accepted()))
}

fn output(unit: Unit) -> Option<Output> {
    match unit {
        Unit::Action(action) => Some(action.output()),
        // What a data source answers is the same for all of them.
        Unit::DataSource(_) => None,
        Unit::Trigger(trigger) => Some(trigger.output()),
    }
}

fn reply(entry: &Registered, output: Output) -> Value {
    let mut data = json!({
        "type": "object",
        "properties": {"data": Value::Object(schema::of_output(output))},
        "required": ["data"],
    });
    if let Output::Any = output {
        data["properties"]["response"] = json!({
            "type": "object",
            "description": "What the service answered beside the data; only with `debugRequest`.",
            "properties": {
                "status": {"type": "integer", "description": "The HTTP status."},
                "headers": {"type": "object", "description": "The headers, by their names in lower case.", "additionalProperties": {"type": "string"}},
            },
            "required": ["status", "headers"],
        });
    }
    if let Unit::Trigger(_) = entry.unit {
        data["properties"]["state"] = json!({"description": "To be handed in with the next poll, as it is."});
        data["properties"]["more"] =
            json!({"type": "boolean", "description": "True where more is waiting: the next poll need not wait."});
        data["required"] = json!(["data", "state"]);
    }
    let Value::Object(members) = data else { return data };
    titled(&format!("Reply of {}", entry.unit.about().label), "", members)
}

fn titled(title: &str, description: &str, mut schema: Map<String, Value>) -> Value {
    let mut whole =
        Map::from_iter([("$schema".to_owned(), json!(schema::DIALECT)), ("title".to_owned(), json!(title))]);
    if !description.is_empty() {
        whole.insert("description".to_owned(), json!(description));
    }
    schema.shift_remove("$schema");
    whole.extend(schema);
    Value::Object(whole)
}
