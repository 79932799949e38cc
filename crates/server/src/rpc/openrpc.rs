//! The description of the protocol as an `OpenRPC` document.

use pipefit_component::{Error, schema};
use pipefit_runner::{Invocation, Reply, doctor::Diagnosis};
use schemars::JsonSchema;
use serde_json::{Map, Value, json};

use super::message::codes;
use super::methods::{
    self, CANCEL, CONNECTION_LIST, CONNECTION_TEST, CREDIT, Cancel, DESCRIBE, Grant, INVOKE, LIST, ListParams,
    PROGRESS, Progress, SCHEMA, Streamed, TestParams, UnitParams,
};

/// The version of `OpenRPC` that the document follows.
const OPENRPC: &str = "1.3.2";

/// Returns the `OpenRPC` document.
pub fn document() -> Value {
    let methods = [
        method(INVOKE, "Runs an action, data source or trigger.", invoke_params(), invoke_result(), true),
        method(
            LIST,
            "Returns the manifests of the components: all that can be run.",
            params::<ListParams>(),
            object(&[("components", json!({"type": "array", "items": {"type": "object"}}))]),
            true,
        ),
        method(DESCRIBE, "Returns the manifest of one unit.", params::<UnitParams>(), unit(&["key", "label"]), true),
        method(
            SCHEMA,
            "Returns the schemas of one unit: its inputs, UI schemas for two form libraries, its reply.",
            params::<UnitParams>(),
            unit(&["inputs", "ui", "rjsf"]),
            true,
        ),
        method(
            CONNECTION_LIST,
            "Returns the names of the connections that requests can refer to.",
            Vec::new(),
            object(&[("connections", json!({"type": "array", "items": {"type": "string"}}))]),
            true,
        ),
        method(
            CONNECTION_TEST,
            "Diagnoses a connection.",
            params::<TestParams>(),
            Value::Object(schema::of_serialized::<Diagnosis>()),
            true,
        ),
        method(CANCEL, "Cancels a call. A notification.", params::<Cancel>(), Value::Null, false),
        method(
            CREDIT,
            "Allows more `$/progress` notifications for a call. A notification.",
            params::<Grant>(),
            Value::Null,
            false,
        ),
        method(
            PROGRESS,
            "Brings records of a list. A notification that the server sends.",
            progress_params(),
            Value::Null,
            false,
        ),
    ];
    json!({
        "openrpc": OPENRPC,
        "info": {
            "title": "Pipefit",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "JSON-RPC 2.0, one message a line, over stdin and stdout or a Unix socket.",
        },
        "methods": methods,
    })
}

fn method(name: &str, summary: &str, params: Vec<Value>, result: Value, is_call: bool) -> Value {
    let mut method = json!({"name": name, "summary": summary, "paramStructure": "by-name", "params": params});
    if is_call {
        method["result"] = json!({"name": "result", "schema": result});
        method["errors"] = errors();
    }
    method
}

/// Returns the members of an object as the parameters of a method.
fn params<T: JsonSchema>() -> Vec<Value> {
    content_descriptors(&schema::of_type::<T>())
}

fn content_descriptors(object: &Map<String, Value>) -> Vec<Value> {
    let required = object.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
    let members = object.get("properties").and_then(Value::as_object).into_iter().flatten();
    let described = members.map(|(name, schema)| {
        let mut descriptor = json!({"name": name, "required": required.contains(&json!(name)), "schema": schema});
        if let Some(description) = schema.get("description") {
            descriptor["description"] = description.clone();
        }
        descriptor
    });
    described.collect()
}

fn invoke_params() -> Vec<Value> {
    let mut params = params::<Invocation>();
    let schema = Value::Object(schema::of_type::<Progress>());
    let description = "Sends the records of a list by `$/progress`, and only their number in the result.";
    params.push(json!({"name": "progress", "required": false, "description": description, "schema": schema}));
    params
}

fn invoke_result() -> Value {
    let mut reply = schema::of_serialized::<Reply>();
    if let Some(Value::Array(variants)) = reply.get_mut("anyOf") {
        let mut streamed = schema::of_serialized::<Streamed>();
        streamed.insert("title".to_owned(), json!("Streamed"));
        variants.push(Value::Object(streamed));
    }
    Value::Object(reply)
}

fn progress_params() -> Vec<Value> {
    let token = json!({"name": "token", "required": true, "schema": {"type": ["string", "number"]}});
    let records = json!({"name": "records", "required": true, "schema": {"type": "array", "items": {}}});
    vec![token, records]
}

fn object(members: &[(&str, Value)]) -> Value {
    let properties: Map<String, Value> =
        members.iter().map(|(name, schema)| ((*name).to_owned(), schema.clone())).collect();
    let required: Vec<_> = members.iter().map(|(name, _)| *name).collect();
    json!({"type": "object", "properties": properties, "required": required})
}

/// The description of a unit, which has these members besides its component and kind.
fn unit(members: &[&str]) -> Value {
    let kinds: Vec<_> = methods::kinds().collect();
    let mut all = vec![("component", json!({"type": "string"})), ("kind", json!({"enum": kinds}))];
    all.extend(members.iter().map(|name| (*name, json!({}))));
    object(&all)
}

fn errors() -> Value {
    let error = Value::Object(schema::of_serialized::<Error>());
    let of = |code: i32, message: &str| json!({"code": code, "message": message});
    json!([
        of(codes::PARSE_ERROR, "The message is not JSON."),
        of(codes::INVALID_REQUEST, "The message is not a call, is too long, or has the id of a call in flight."),
        of(codes::METHOD_NOT_FOUND, "There is no such method."),
        of(codes::INVALID_PARAMS, "The parameters, inputs or connection are not valid."),
        of(codes::INTERNAL_ERROR, "A bug in this program, or a failure of the machine that it runs on."),
        of(codes::CANCELLED, "The call was cancelled."),
        json!({"code": codes::FAILED, "message": "The call failed; `data` says why.", "data": error}),
    ])
}
