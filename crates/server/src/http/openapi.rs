//! The description of the HTTP interface: `OpenAPI` 3.1, from the types that it reads and writes.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use pipefit_component::{Code, Error};
use pipefit_runner::doctor::Diagnosis;
use pipefit_runner::{Invocation, Reply};
use schemars::generate::{Contract, SchemaGenerator, SchemaSettings};
use schemars::transform::RecursiveTransform;
use schemars::{JsonSchema, Schema, generate};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::catalog::{Connections, Units};
use super::failure::status_of;

/// Why the server refuses an invocation, by status. The other statuses come from codes.
const REFUSALS: [(u16, &str); 4] = [
    (406, "`Accept` names `application/x-ndjson` alone, and the unit returns no list."),
    (408, "The body did not arrive in time."),
    (413, "The body is too long."),
    (415, "The body is compressed, or its type is not `application/json`."),
];

/// An error.
#[derive(Serialize, JsonSchema)]
struct Failed {
    /// The id of the request, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<Value>,
    /// What went wrong.
    error: Error,
}

/// Returns the text of the description.
pub(super) fn text() -> &'static str {
    static TEXT: OnceLock<String> = OnceLock::new();
    TEXT.get_or_init(|| document().to_string())
}

/// Returns the description of the HTTP interface, in `OpenAPI` 3.1.
pub fn document() -> Value {
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Pipefit",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Runs the actions, data sources and triggers of integration components.",
            "license": {"name": "MIT OR Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "security": [{"token": []}, {}],
        "tags": [
            {"name": "units", "description": "Actions, data sources and triggers."},
            {"name": "connections", "description": "Accounts of services."},
            {"name": "server", "description": "Health, metrics, and this description."},
        ],
        "paths": paths(),
        "components": {
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "The token of the server. Without one it serves programs of its own machine only.",
                },
            },
            "schemas": schemas(),
        },
    })
}

fn paths() -> Value {
    let key = parameter("path", "key", "The key of the unit, such as `getJob`.", &json!({"type": "string"}));
    let kinds = json!({"type": "string", "enum": ["action", "dataSource", "trigger"]});
    let kind = parameter("query", "kind", "Only this kind.", &kinds);
    let component = parameter("query", "component", "Only this component.", &json!({"type": "string"}));
    let effects = json!({"type": "string", "enum": ["read", "create", "update", "delete"]});
    let effect = parameter("query", "effect", "Only what has this effect.", &effects);
    let words = json!({"type": "array", "items": {"type": "string"}});
    let word = parameter("query", "word", "Only what has all these words in its key, label, resource or help.", &words);
    let name = parameter("path", "name", "The name of the connection.", &json!({"type": "string"}));
    json!({
        "/v1/invoke": {"post": invoke()},
        "/v1/units": {"get": operation(
            "listUnits", "units", "List units", &[kind.clone(), component.clone(), effect, word], "Units", &[400],
        )},
        "/v1/units/{key}": {"get": operation(
            "getUnit", "units", "Describe a unit", &[key.clone(), kind.clone(), component.clone()], "Manifest",
            &[400, 404],
        )},
        "/v1/units/{key}/schema": {"get": operation(
            "getUnitSchema", "units", "Get the schemas of a unit", &[key, kind, component.clone()], "UnitSchema",
            &[400, 404],
        )},
        "/v1/connections": {"get": operation(
            "listConnections", "connections", "List connections", &[], "Connections", &[],
        )},
        "/v1/connections/{name}/test": {"post": operation(
            "testConnection", "connections", "Test a connection", &[name, component], "Diagnosis", &[400, 404],
        )},
        "/healthz": {"get": health("getHealth", "Whether the process lives", &[])},
        "/readyz": {"get": health("getReadiness", "Whether the server takes work", &[503])},
        "/metrics": {"get": {
            "operationId": "getMetrics",
            "tags": ["server"],
            "summary": "Get metrics",
            "responses": {
                "200": {
                    "description": "All metrics, in the text format of Prometheus.",
                    "content": {"application/openmetrics-text": {"schema": {"type": "string"}}},
                },
                "401": without_token(),
                "default": failure("The server keeps no metrics, or refuses the request."),
            },
        }},
        "/openapi.json": {"get": {
            "operationId": "getDescription",
            "tags": ["server"],
            "summary": "Get this description",
            "responses": {
                "200": {"description": "This description.", "content": of_json(&json!({"type": "object"}))},
                "401": without_token(),
                "default": failure("The server refuses the request."),
            },
        }},
    })
}

fn invoke() -> Value {
    let key = "A key that is unique for what is created, as `idempotencyKey` of the body.";
    let trace = "The trace that the invocation belongs to, unless the body names one.";
    let text = || json!({"type": "string"});
    let mut responses = Map::new();
    responses.insert(
        "200".to_owned(),
        json!({
            "description": "The reply; for `Accept: application/x-ndjson`, a line for each record and one for the end.",
            "content": {
                "application/json": {"schema": reference("Reply")},
                "application/x-ndjson": {"schema": reference("Line")},
            },
        }),
    );
    for (status, codes) in codes_by_status() {
        responses.insert(status.to_string(), failure(&format!("The code is {}.", codes.join(", "))));
    }
    for (status, why) in REFUSALS {
        responses.insert(status.to_string(), failure(why));
    }
    refuse(&mut responses);
    json!({
        "operationId": "invoke",
        "tags": ["units"],
        "summary": "Run an action, data source or trigger",
        "parameters": [
            parameter("header", "Idempotency-Key", key, &text()),
            parameter("header", "traceparent", trace, &text()),
        ],
        "requestBody": {"required": true, "content": of_json(&reference("Invocation"))},
        "responses": responses,
    })
}

/// The codes that have each status, as the documents show them.
fn codes_by_status() -> BTreeMap<u16, Vec<String>> {
    let mut statuses = BTreeMap::<_, Vec<_>>::new();
    for code in Code::ALL {
        statuses.entry(status_of(code).as_u16()).or_default().push(format!("`{}`", code.name()));
    }
    statuses
}

fn operation(id: &str, tag: &str, summary: &str, parameters: &[Value], returns: &str, fails: &[u16]) -> Value {
    let mut responses = Map::new();
    responses.insert(
        "200".to_owned(),
        json!({"description": "What was asked for.", "content": of_json(&reference(returns))}),
    );
    for status in fails {
        let why = if *status == 404 { "There is no such thing." } else { "The request is not valid." };
        responses.insert(status.to_string(), failure(why));
    }
    refuse(&mut responses);
    json!({
        "operationId": id,
        "tags": [tag],
        "summary": summary,
        "parameters": parameters,
        "responses": responses,
    })
}

/// Adds the responses to any request that the server refuses.
fn refuse(responses: &mut Map<String, Value>) {
    responses.insert("401".to_owned(), without_token());
    responses.insert("default".to_owned(), failure("The server refuses the request."));
}

fn without_token() -> Value {
    failure("The server has a token, and the request does not.")
}

fn health(id: &str, summary: &str, fails: &[u16]) -> Value {
    let statuses = [200].iter().chain(fails);
    let content = || of_json(&reference("Health"));
    let response = |status: &u16| (status.to_string(), json!({"description": summary, "content": content()}));
    let responses: Map<_, _> = statuses.map(response).collect();
    json!({"operationId": id, "tags": ["server"], "summary": summary, "security": [{}], "responses": responses})
}

fn parameter(place: &str, name: &str, description: &str, schema: &Value) -> Value {
    let required = place == "path";
    json!({"name": name, "in": place, "description": description, "required": required, "schema": schema})
}

fn failure(description: &str) -> Value {
    json!({"description": description, "content": of_json(&reference("Failure"))})
}

fn of_json(schema: &Value) -> Value {
    let mut content = Map::new();
    content.insert("application/json".to_owned(), json!({"schema": schema}));
    Value::Object(content)
}

fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

fn schemas() -> Map<String, Value> {
    let mut read = generator(Contract::Deserialize);
    let mut write = generator(Contract::Serialize);
    let mut schemas = Map::new();
    let mut add = |name: &str, schema: Value| schemas.insert(name.to_owned(), schema);
    add("Invocation", request(&mut read));
    add("Reply", reply(&mut write));
    add("Failure", whole::<Failed>(&mut write));
    add("Line", line());
    add("Units", whole::<Units>(&mut write));
    add("Manifest", manifest());
    add("UnitSchema", unit_schema());
    add("Connections", whole::<Connections>(&mut write));
    add("Diagnosis", whole::<Diagnosis>(&mut write));
    add("Health", json!({"type": "object", "properties": {"status": {"type": "string"}}, "required": ["status"]}));
    schemas.extend(read.take_definitions(true));
    schemas.extend(write.take_definitions(true));
    schemas
}

fn generator(contract: Contract) -> SchemaGenerator {
    let settings = SchemaSettings::draft2020_12().with(|settings: &mut generate::SchemaSettings| {
        settings.definitions_path = "/components/schemas".into();
        settings.contract = contract;
        settings.meta_schema = None;
        settings.transforms.push(Box::new(RecursiveTransform(on_one_line)));
    });
    settings.into_generator()
}

/// Joins the lines of a description.
fn on_one_line(schema: &mut Schema) {
    let text = schema.get("description").and_then(Value::as_str).map(|text| text.replace('\n', " "));
    if let Some(text) = text {
        schema.insert("description".to_owned(), text.into());
    }
}

/// Returns the schema of a type. Types inside it become definitions of the generator.
fn whole<T: JsonSchema>(generator: &mut SchemaGenerator) -> Value {
    T::json_schema(generator).to_value()
}

/// Returns the schema of requests. Generators take a member with a default for one that is always there.
fn request(generator: &mut SchemaGenerator) -> Value {
    let mut schema = whole::<Invocation>(generator);
    for (_, member) in schema["properties"].as_object_mut().into_iter().flatten() {
        member.as_object_mut().map(|member| member.shift_remove("default"));
    }
    schema
}

/// Returns the schema of replies. Each has the id of its request; generators do not join it to several types.
fn reply(generator: &mut SchemaGenerator) -> Value {
    let mut schema = whole::<Reply>(generator);
    for variant in schema["anyOf"].as_array_mut().into_iter().flatten() {
        variant["properties"]["id"] = id();
    }
    schema
}

fn id() -> Value {
    json!({"description": "The id of the request, if it has one."})
}

fn line() -> Value {
    let record = json!({"record": {"type": "object", "description": "A record, as the service sent it."}});
    let end = json!({
        "id": id(),
        "end": {
            "type": "object",
            "description": "The list is complete.",
            "properties": {
                "records": {"type": "integer", "description": "The number of records before."},
                "more": {"type": "boolean", "description": "Whether the list has more than was asked for."},
            },
            "required": ["records", "more"],
        },
    });
    json!({
        "description": "A line: a record or, as the last one, the end or an error.",
        "oneOf": [
            {"type": "object", "properties": record, "required": ["record"]},
            {"type": "object", "properties": end, "required": ["end"]},
            reference("Failure"),
        ],
    })
}

fn manifest() -> Value {
    let text = || json!({"type": "string"});
    json!({
        "type": "object",
        "description": "A unit with its inputs, as in the exported manifest.",
        "properties": {
            "component": text(),
            "kind": {"type": "string", "enum": ["action", "dataSource", "trigger"]},
            "key": text(),
            "label": text(),
            "description": text(),
            "resource": text(),
            "effect": {"type": "string", "enum": ["read", "create", "update", "delete"]},
            "scopes": {"type": "array", "items": text()},
            "inputs": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {
                        "key": text(),
                        "label": text(),
                        "description": text(),
                        "type": text(),
                        "required": {"type": "boolean"},
                    },
                    "required": ["key", "label", "description", "type", "required"],
                    "additionalProperties": true,
                },
            },
        },
        "required": ["component", "kind", "key", "label", "description", "resource", "effect", "scopes", "inputs"],
        "additionalProperties": true,
    })
}

fn unit_schema() -> Value {
    let of = |what: &str| json!({"type": "object", "description": what, "additionalProperties": true});
    json!({
        "type": "object",
        "description": "The schemas of a unit, as they are exported.",
        "properties": {
            "component": {"type": "string"},
            "kind": {"type": "string", "enum": ["action", "dataSource", "trigger"]},
            "inputs": of("The JSON Schema of its inputs (draft-07)."),
            "ui": of("The UI schema for JSON Forms."),
            "rjsf": of("The UI schema for react-jsonschema-form."),
            "reply": of("The JSON Schema of its reply; data sources have none of their own."),
        },
        "required": ["component", "kind", "inputs", "ui", "rjsf"],
    })
}
