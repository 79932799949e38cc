//! The files for form builders: a manifest for each component, and the schemas of each unit.

use std::collections::BTreeMap;

use pipefit_component::{
    Catalog, Component, Effect, Error, Inputs, Output, Record, Registered, Role, Unit, UnitKind, schema,
};
use serde_json::{Map, Value, json};

use super::definitions::with_definitions;
use super::forms::{self, Form};
use super::types::{Types, pascal};
use super::{data_sources, manifest};
use crate::Invocation;
use crate::replies::{Envelope, ResponseHead};

/// Returns the text of every file by its path. The same catalog always gives the same files.
pub fn files(catalog: &Catalog) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    let mut add = |path: String, content: &Value| files.insert(path, format!("{content:#}\n"));
    add("invocation.json".to_owned(), &titled("Invocation", "", schema::of_type::<Invocation>()));
    let of_reply = "The JSON object that `pipefit run` writes to stdout: a reply or an error.";
    add("envelope.json".to_owned(), &titled("Reply", of_reply, schema::of_serialized::<Envelope>()));
    add("error.json".to_owned(), &titled("Error", "Why an invocation failed.", schema::of_serialized::<Error>()));
    for component in catalog.components() {
        add(format!("{}/component.json", component.key), &manifest::of_component(component, catalog));
        let connection = component.connection;
        let form =
            Form { inputs: connection.inputs().iter().collect(), effect: Effect::Read, data_source: &|_| Map::new() };
        add(format!("{}/connection.inputs.json", component.key), &connection_inputs(component));
        add(format!("{}/types.json", component.key), &types(component, catalog));
        add(format!("{}/connection.ui.json", component.key), &forms::json_forms(&form));
        add(format!("{}/connection.rjsf.json", component.key), &forms::react_jsonschema_form(&form));
    }
    for entry in catalog.units() {
        let folder = folder(entry.unit.kind());
        let path = format!("{}/{folder}/{}", entry.component.key, entry.unit.about().key);
        let Value::Object(schemas) = schemas_of(entry, catalog) else { continue };
        for (name, schema) in &schemas {
            add(format!("{path}.{name}.json"), schema);
        }
    }
    files
}

/// Returns the schemas of a unit: `inputs`, the UI schemas `ui` (JSON Forms) and `rjsf` (react-jsonschema-form), and
/// `reply`, which data sources do not have, since theirs is the same for all.
pub fn schemas_of(entry: &Registered, catalog: &Catalog) -> Value {
    let form = Form {
        inputs: entry.unit.all_inputs(),
        effect: entry.unit.about().effect,
        data_source: &|input| data_sources::describe(input, entry, catalog),
    };
    let mut schemas = json!({
        "inputs": inputs(entry, catalog),
        "ui": forms::json_forms(&form),
        "rjsf": forms::react_jsonschema_form(&form),
    });
    if let Some(output) = output(entry.unit) {
        schemas["reply"] = reply(entry, output);
    }
    schemas
}

fn connection_inputs(component: &Component) -> Value {
    let connection = component.connection;
    titled(connection.label(), component.help, schema::of_inputs(connection.inputs(), Effect::Read))
}

/// Returns the types of a component. What a read returns gets the plain names.
fn types(component: &Component, catalog: &Catalog) -> Value {
    let mut entries: Vec<_> = catalog.units().iter().filter(|entry| entry.component.key == component.key).collect();
    let mut types = Types::of(&entries);
    types.add_connection(component, &connection_inputs(component));
    for entry in &entries {
        types.add_inputs(entry, inputs(entry, catalog));
    }
    entries.sort_by_key(|entry| !entry.unit.about().effect.is_read());
    for entry in entries {
        if let Some(output) = output(entry.unit) {
            types.add_reply(entry, output, &reply(entry, output));
        }
    }
    types.finish(component)
}

fn folder(kind: UnitKind) -> &'static str {
    match kind {
        UnitKind::DataSource => "sources",
        UnitKind::Trigger => "triggers",
        _ => "actions",
    }
}

/// Returns the schema that validates the inputs of a unit, with their data sources as `x-dataSource` and so on.
fn inputs(entry: &Registered, catalog: &Catalog) -> Value {
    let about = entry.unit.about();
    let mut schema = schema::of_inputs(entry.unit.all_inputs(), about.effect);
    for input in entry.unit.all_inputs() {
        let described = &mut schema["properties"][input.key];
        if input.role == Role::Connection {
            described["anyOf"][1] = whole_connection(entry.component);
        }
        for (name, value) in data_sources::describe(input, entry, catalog) {
            described[format!("x-{name}")] = value;
        }
    }
    titled(about.label, about.help, schema)
}

/// Returns the schema of a connection that is given in the request.
fn whole_connection(component: &Component) -> Value {
    let connection = component.connection;
    let (key, name) = (connection.key(), pascal(connection.key()));
    let mut fields = schema::of_inputs(connection.inputs(), Effect::Read);
    fields.shift_remove("$schema");
    fields.insert("title".to_owned(), json!("Fields"));
    let about_fields = json!({"name": format!("{name}Fields"), "description": "The fields of a connection."});
    fields.insert(schema::TYPE.to_owned(), about_fields);
    json!({
        "title": "Connection Fields",
        "type": "object",
        "properties": {
            "key": {"title": "Key", "type": "string", "enum": [key], "default": key},
            "fields": fields,
        },
        "required": ["key", "fields"],
        schema::TYPE: {"name": name, "description": "A connection, with its fields."},
    })
}

fn output(unit: Unit) -> Option<Output> {
    match unit {
        Unit::Action(action) => Some(action.output()),
        Unit::Trigger(trigger) => Some(trigger.output()),
        // The replies of all data sources have the same schema.
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
        let mut head = schema::of_serialized::<ResponseHead>();
        head.insert(
            "description".to_owned(),
            json!("The status and headers of the response; only with `debugRequest`."),
        );
        data["properties"]["response"] = Value::Object(head);
    }
    if let Some(record) = existing_record(entry.unit) {
        let existing = "Whether the record existed already; it is then returned as its list shows it.";
        data["properties"]["existing"] = json!({"type": "boolean", "description": existing});
        let listed = schema::of_output(Output::Record(record));
        let is_listed = |name: &Value| listed["required"].as_array().is_some_and(|names| names.contains(name));
        if let Some(required) = data["properties"]["data"]["required"].as_array_mut() {
            required.retain(is_listed);
        }
    }
    if let Unit::Trigger(_) = entry.unit {
        data["properties"]["state"] = json!({"description": "The state to pass to the next poll, unchanged."});
        let more = "True if more changes are waiting, so that the next poll can follow at once.";
        data["properties"]["more"] = json!({"type": "boolean", "description": more});
        data["required"] = json!(["data", "state"]);
    }
    let Value::Object(members) = data else { return data };
    titled(&format!("Reply of {}", entry.unit.about().label), "", members)
}

/// Returns the record that a creation returns if an earlier request with the same idempotency key created it.
fn existing_record(unit: Unit) -> Option<&'static Record> {
    let Unit::Action(action) = unit else { return None };
    let written = action.request(Inputs::default()).ok()?.writes.filter(|written| written.id.is_none())?;
    written.list.idempotency_keys.and(written.list.record)
}

fn titled(title: &str, description: &str, mut schema: Map<String, Value>) -> Value {
    let mut whole =
        Map::from_iter([("$schema".to_owned(), json!(schema::DIALECT)), ("title".to_owned(), json!(title))]);
    if !description.is_empty() {
        whole.insert("description".to_owned(), json!(description));
    }
    schema.shift_remove("$schema");
    whole.extend(schema);
    with_definitions(Value::Object(whole))
}
