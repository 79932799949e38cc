//! The files that a builder of forms reads: a manifest for each component, and the schemas of each unit.

use std::collections::BTreeMap;

use pipefit_component::{Catalog, Code, Effect, Output, Registered, Unit, UnitKind, schema};
use serde_json::{Map, Value, json};

use super::forms::{self, Form};
use super::manifest;
use crate::Invocation;

/// The text of every file, by its path below the folder of schemas; the same for the same catalogue.
pub fn files(catalog: &Catalog) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    let mut add = |path: String, content: &Value| files.insert(path, format!("{content:#}\n"));
    add("invocation.json".to_owned(), &titled("Invocation", "", schema::of_type::<Invocation>()));
    add("envelope.json".to_owned(), &envelope());
    add("error.json".to_owned(), &error());
    for component in catalog.components() {
        add(format!("{}/component.json", component.key), &manifest::of_component(component, catalog));
        let connection = component.connection;
        let form =
            Form { inputs: connection.inputs().iter().collect(), effect: Effect::Read, needed_by: &|_| Vec::new() };
        let fields = schema::of_inputs(connection.inputs(), Effect::Read);
        add(format!("{}/connection.inputs.json", component.key), &titled(connection.label(), component.help, fields));
        add(format!("{}/connection.ui.json", component.key), &forms::json_forms(&form));
        add(format!("{}/connection.rjsf.json", component.key), &forms::react_jsonschema_form(&form));
    }
    for entry in catalog.units() {
        let folder = folder(entry.unit.kind());
        let path = format!("{}/{folder}/{}", entry.component.key, entry.unit.about().key);
        add(format!("{path}.inputs.json"), &inputs(entry));
        let form = Form {
            inputs: entry.unit.accepted(),
            effect: entry.unit.about().effect,
            needed_by: &|source| manifest::needed_by(source, entry.component.key, catalog),
        };
        add(format!("{path}.ui.json"), &forms::json_forms(&form));
        add(format!("{path}.rjsf.json"), &forms::react_jsonschema_form(&form));
        if let Some(output) = output(entry.unit) {
            add(format!("{path}.reply.json"), &reply(entry, output));
        }
    }
    files
}

/// What stdout holds in every case: one of these members says which.
fn envelope() -> Value {
    let entry = json!({
        "type": "object",
        "properties": {
            "key": {"type": "string", "description": "The value to keep."},
            "label": {"type": "string", "description": "The text to show."},
        },
        "required": ["key", "label"],
    });
    let branch = |title: &str, properties: Value, required: &str| json!({"title": title, "type": "object", "properties": properties, "required": [required]});
    let data = json!({
        "data": {"description": "What the service answered; of a dry run, the request that would be sent."},
        "dryRun": {"const": true, "description": "Nothing was sent."},
        "response": {"type": "object", "description": "Status and headers of a raw request, with `debugRequest`."},
        "state": {"description": "What a trigger is handed with its next poll."},
        "more": {"const": true, "description": "The next poll of a trigger need not wait."},
    });
    let result = json!({
        "result": {"type": "array", "description": "The entries of a data source.", "items": entry},
        "truncated": {"const": true, "description": "The data source had more entries."},
    });
    let error = json!({"error": error_object()});
    json!({
        "$schema": schema::DIALECT,
        "title": "Reply",
        "description": "What an invocation answers: one of these.",
        "oneOf": [
            branch("Data", data, "data"),
            branch("Result", result, "result"),
            branch("Error", error, "error"),
        ],
    })
}

fn error() -> Value {
    let Value::Object(members) = error_object() else { return Value::Null };
    titled("Error", "", members)
}

fn error_object() -> Value {
    let codes: Vec<_> = Code::ALL.iter().map(|code| code.name()).collect();
    let issue = json!({
        "type": "object",
        "properties": {
            "input": {"type": "string", "description": "The input, with the path inside it, such as `items[0].quantity`."},
            "code": {"type": "string", "description": "What is wrong with it, for a program."},
            "message": {"type": "string", "description": "What is wrong with it, and what would be right."},
        },
        "required": ["input", "code", "message"],
    });
    json!({
        "type": "object",
        "description": "Why an invocation failed.",
        "properties": {
            "code": {"enum": codes, "description": "What went wrong, for a program."},
            "message": {"type": "string", "description": "What went wrong, for a person."},
            "retryable": {"type": "boolean", "description": "Whether the same request may be sent again without harm."},
            "issues": {"type": "array", "description": "All that is wrong with the inputs.", "items": issue},
            "retryAfterSeconds": {"type": "integer", "description": "How long to wait before the next try."},
            "request": {"type": "string", "description": "The method and path of the request that failed."},
            "status": {"type": "integer", "description": "The HTTP status that the service answered."},
            "traceId": {"type": "string", "description": "The number under which the service's support finds it."},
            "errors": {"description": "What the service said of the single fields."},
        },
        "required": ["code", "message", "retryable"],
    })
}

fn folder(kind: UnitKind) -> &'static str {
    match kind {
        UnitKind::DataSource => "sources",
        UnitKind::Trigger => "triggers",
        _ => "actions",
    }
}

/// The schema that judges the unit's inputs, in full.
fn inputs(entry: &Registered) -> Value {
    let about = entry.unit.about();
    titled(about.label, about.help, schema::of_inputs(entry.unit.accepted(), about.effect))
}

fn output(unit: Unit) -> Option<Output> {
    match unit {
        Unit::Action(action) => Some(action.output()),
        Unit::Trigger(trigger) => Some(trigger.output()),
        // The replies of all data sources have one form.
        _ => None,
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
