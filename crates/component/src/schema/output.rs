//! The schema and the example of a reply's `data`.

use schemars::generate::Contract;
use schemars::{Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

use super::{generated, into_object, object};
use crate::{Kind, ListEndpoint, Output, PageRole, Paging};

/// Returns the schema of a reply's `data`.
pub fn of_output(output: Output) -> Map<String, Value> {
    match output {
        Output::Empty => object([("type", json!("object")), ("additionalProperties", json!(false))]),
        Output::Record(record) => sent(|generator| record.schema(generator)),
        Output::Value(field) => sent(|generator| field.schema(generator)),
        Output::Page(list) => of_page(list),
        Output::File => into_object(Kind::File.schema()),
        Output::Any => Map::new(),
    }
}

fn sent(build: impl FnOnce(&mut SchemaGenerator) -> Schema) -> Map<String, Value> {
    generated(Contract::Serialize, build)
}

fn of_page(list: &ListEndpoint) -> Map<String, Value> {
    let mut schema = into_object(json!({"type": "object", "properties": {}}));
    let mut required = Vec::new();
    for member in list.layout.0 {
        let mut described = match member.role {
            PageRole::Number | PageRole::Size => json!({"type": "integer"}),
            PageRole::HasMore => json!({"type": "boolean"}),
            PageRole::Total => json!({"type": ["integer", "null"]}),
            PageRole::Next => json!({"type": ["string", "null"]}),
            PageRole::Records => {
                let record = list.record.map(|record| sent(|generator| record.schema(generator)));
                json!({"type": "array", "items": record.unwrap_or_default()})
            }
        };
        described["description"] = json!(member.help);
        insert_schema(&mut schema, member.name, described);
        if !matches!(member.role, PageRole::Total | PageRole::Next) {
            required.push(member.name.split('.').next().unwrap_or_default());
        }
    }
    schema.insert("required".to_owned(), json!(required));
    schema
}

/// Inserts the schema of a member at its path, with an object for each name before the last.
fn insert_schema(schema: &mut Map<String, Value>, path: &str, described: Value) {
    let Some(Value::Object(properties)) = schema.get_mut("properties") else { return };
    let Some((first, rest)) = path.split_once('.') else {
        properties.insert(path.to_owned(), described);
        return;
    };
    let inner = properties.entry(first).or_insert_with(|| json!({"type": "object", "properties": {}}));
    if let Value::Object(inner) = inner {
        insert_schema(inner, rest, described);
    }
}

/// Returns an example of a reply's `data`, as JSON text.
pub fn example_of(output: Output) -> String {
    match output {
        Output::Empty | Output::Any => "{}".to_owned(),
        Output::Record(record) => record.example().to_string(),
        Output::Page(list) => example_of_page(list).to_string(),
        Output::Value(field) => field.example_value().to_string(),
        Output::File => r#"{"data":"RXhhbXBsZUZpbGU=","contentType":"text/plain","fileName":"example.txt"}"#.to_owned(),
    }
}

fn example_of_page(list: &ListEndpoint) -> Value {
    let mut page = json!({});
    for member in list.layout.0 {
        let value = match member.role {
            PageRole::Number | PageRole::Total => json!(1),
            PageRole::Size => json!(default_size(list)),
            PageRole::HasMore => json!(false),
            PageRole::Next => Value::Null,
            PageRole::Records => json!([list.record.map(crate::Record::example)]),
        };
        let at = member.name.split('.').fold(&mut page, |at, name| &mut at[name]);
        *at = value;
    }
    page
}

fn default_size(list: &ListEndpoint) -> u64 {
    match list.paging {
        Paging::Numbered(paging) => paging.default_size,
        Paging::Chained(paging) => paging.max_size,
    }
}
