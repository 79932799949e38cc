//! JSON Schemas (draft-07, which form libraries read) of inputs and replies.

mod output;

use schemars::generate::{Contract, SchemaSettings};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

pub use self::output::{example_of, of_output};
use crate::requests::{schema_of_names, schemas_of_values};
use crate::{Collection, DefaultValue, Effect, Input, Kind};

/// The dialect of all schemas that Pipefit writes.
pub const DIALECT: &str = "http://json-schema.org/draft-07/schema#";

/// The member that says which type an object has: an object with its `name` and `description`.
pub const TYPE: &str = "x-type";

/// The choices of a flag without a default. Text, because form libraries do not offer choices of booleans.
pub const FLAG_CHOICES: [&str; 2] = ["true", "false"];

/// Returns the schema of an object with these inputs, of a unit with this effect. It is used for validation and is
/// also exported.
pub fn of_inputs<'a>(inputs: impl IntoIterator<Item = &'a Input>, effect: Effect) -> Map<String, Value> {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for input in inputs {
        properties.insert(input.key.to_owned(), Value::Object(of_input(input, effect)));
        if input.must_be_given() {
            required.push(Value::from(input.key));
        }
    }
    let mut schema = object([("$schema", json!(DIALECT)), ("type", json!("object"))]);
    schema.insert("properties".to_owned(), Value::Object(properties));
    if !required.is_empty() {
        schema.insert("required".to_owned(), Value::Array(required));
    }
    schema.insert("additionalProperties".to_owned(), json!(false));
    schema
}

/// Returns a schema that also checks the formats that forms are not told of.
pub fn with_formats(schema: Value) -> Value {
    match schema {
        Value::Object(mut members) => {
            if let Some(format) = members.get("x-format").cloned() {
                members.insert("format".to_owned(), format);
            }
            members.into_iter().map(|(name, member)| (name, with_formats(member))).collect()
        }
        Value::Array(items) => items.into_iter().map(with_formats).collect(),
        other => other,
    }
}

/// Returns the schema of one input of a unit with this effect. It describes coerced values.
pub fn of_input(input: &Input, effect: Effect) -> Map<String, Value> {
    let mut schema = object([("title", json!(input.label)), ("description", json!(input.description(effect)))]);
    let values = of_values(input);
    // A required list is missing until a person adds to it, too; one that needs entries says so itself.
    let is_frame = input.required && (values.get("type") != Some(&json!("array")) || values.contains_key("minItems"));
    schema.extend(if is_frame { values } else { left_out(input.label, values) });
    match input.default {
        Some(DefaultValue::Flag(flag)) => schema.insert("default".to_owned(), json!(flag)),
        Some(DefaultValue::Text(text)) if !text.is_empty() => {
            let default = input.kind.coerce(Value::from(text)).unwrap_or_default();
            schema.insert("default".to_owned(), default)
        }
        _ => None,
    };
    schema
}

/// Returns the schema of an input's values, without title, description and default.
pub(crate) fn of_values(input: &Input) -> Map<String, Value> {
    match input.collection {
        Collection::One => of_value(input),
        Collection::Values => {
            let mut list = object([("type", json!("array")), ("items", Value::Object(of_value(input)))]);
            if input.required {
                list.insert("minItems".to_owned(), json!(1));
            }
            list
        }
        Collection::Pairs => of_pairs(input),
    }
}

fn of_value(input: &Input) -> Map<String, Value> {
    let mut schema = match (input.shape, input.kind) {
        (Some(shape), _) => from_generator(shape),
        _ if input.is_choice() => of_choices(input),
        _ if input.open => of_suggestions(input),
        (None, kind) => into_object(kind.schema()),
    };
    if input.kind == Kind::Integer {
        let (min, max) = input.range;
        schema.extend(object([("minimum", json!(min)), ("maximum", json!(max))]));
    }
    // Required text, and the items of a required list, must not be blank.
    if input.required && !input.is_choice() && matches!(input.kind, Kind::Text | Kind::LongText | Kind::Password) {
        schema.insert("minLength".to_owned(), json!(1));
    }
    schema
}

fn of_choices(input: &Input) -> Map<String, Value> {
    // Not `oneOf` with titles: react-jsonschema-form begins with the first branch, as if a person had chosen it.
    object([("type", json!("string")), ("enum", input.shown_choices().map(|choice| choice.value).collect())])
}

fn of_suggestions(input: &Input) -> Map<String, Value> {
    let values: Vec<_> = input.choices.iter().map(|choice| choice.value).filter(|value| !value.is_empty()).collect();
    object([("type", json!("string")), ("examples", json!(values))])
}

fn of_pairs(input: &Input) -> Map<String, Value> {
    let mut pair = json!({
        "type": "object",
        "properties": {
            "key": {"type": "string", "title": "Key", "minLength": 1},
            "value": of_titled("Value", input.kind.schema()),
        },
        "required": ["key", "value"],
        "additionalProperties": false,
    });
    if !input.filters.is_empty() {
        pair["properties"]["key"] = Value::Object(schema_of_names(input.filters));
        pair["allOf"] = Value::Array(schemas_of_values(input.filters));
    }
    object([("type", json!("array")), ("items", pair)])
}

fn of_titled(title: &str, schema: Value) -> Map<String, Value> {
    let mut titled = object([("title", json!(title))]);
    titled.extend(into_object(schema));
    titled
}

/// Returns the schema of the JSON that a type is deserialized from.
pub fn of_type<T: JsonSchema>() -> Map<String, Value> {
    from_generator(|generator| T::json_schema(generator))
}

/// Returns the schema of the JSON that a type is serialized to.
pub fn of_serialized<T: JsonSchema>() -> Map<String, Value> {
    generated(Contract::Serialize, |generator| T::json_schema(generator))
}

fn from_generator(build: impl FnOnce(&mut SchemaGenerator) -> Schema) -> Map<String, Value> {
    generated(Contract::Deserialize, build)
}

fn generated(contract: Contract, build: impl FnOnce(&mut SchemaGenerator) -> Schema) -> Map<String, Value> {
    let settings = SchemaSettings::draft07().with(|settings| {
        settings.meta_schema = None;
        settings.contract = contract;
    });
    let for_forms = matches!(settings.contract, Contract::Deserialize);
    let mut generator = settings.into_generator();
    let mut schema = build(&mut generator).to_value();
    inline(&mut schema, &generator.take_definitions(false));
    tidy(&mut schema);
    if for_forms {
        suit_forms(&mut schema);
    }
    let mut schema = into_object(schema);
    schema.remove("title");
    schema.remove("description");
    schema
}

/// Replaces references by what they lead to. An object keeps the name of its type, and what the type is, as [`TYPE`].
fn inline(schema: &mut Value, definitions: &Map<String, Value>) {
    if let Some(name) = schema["$ref"].as_str().and_then(|reference| reference.rsplit('/').next()) {
        let mut target = definitions.get(name).cloned().unwrap_or_default();
        if target["properties"].is_object() {
            target[TYPE] = json!({"name": name, "description": target["description"]});
        }
        let own = into_object(schema.take()).into_iter().filter(|(key, _)| key != "$ref");
        let mut target = into_object(target);
        target.extend(own);
        *schema = Value::Object(target);
    }
    match schema {
        Value::Object(members) => {
            members.values_mut().for_each(|member| inline(member, definitions));
            merge_null(members);
        }
        Value::Array(items) => items.iter_mut().for_each(|item| inline(item, definitions)),
        _ => {}
    }
}

/// Merges an object and null into an object that may be null.
fn merge_null(schema: &mut Map<String, Value>) {
    let branches = schema.get("anyOf").and_then(Value::as_array).map(Vec::as_slice);
    let Some([Value::Object(object), null]) = branches else { return };
    if !object.contains_key("properties") || *null != json!({"type": "null"}) {
        return;
    }
    let mut merged = object.clone();
    merged.insert("type".to_owned(), json!(["object", "null"]));
    schema.shift_remove("anyOf");
    merged.extend(std::mem::take(schema));
    *schema = merged;
}

/// Whether values of this type are among those that a schema allows.
pub(crate) fn is_type(schema: &Value, name: &str) -> bool {
    match &schema["type"] {
        Value::String(one) => one == name,
        Value::Array(several) => several.iter().any(|one| one == name),
        _ => false,
    }
}

/// Returns the name of the type that a schema describes, for people: `id`, `object, list`.
pub fn plain_type(schema: &Value) -> String {
    let schema = inside(schema);
    match Kind::of_schema(schema) {
        Some(kind) => kind.plain_name().to_owned(),
        None if is_type(schema, "array") => format!("{}, list", plain_type(&schema["items"])),
        None if is_type(schema, "object") => "object".to_owned(),
        None if is_type(schema, "number") => Kind::Decimal.plain_name().to_owned(),
        None => Kind::Any.plain_name().to_owned(),
    }
}

/// Completes the sentence "expected …" for a structured value: "a list of objects with `start` and `end`".
pub fn expected(schema: &Value) -> String {
    let schema = inside(schema);
    if schema["items"].is_object() {
        let items = inside(&schema["items"]);
        let objects = if items["properties"].is_object() { " of objects" } else { "" };
        return format!("a list{objects}{}", required_fields(items));
    }
    format!("an object{}", required_fields(schema))
}

fn required_fields(schema: &Value) -> String {
    let names = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
    match names.map(|name| format!("`{name}`")).collect::<Vec<_>>().as_slice() {
        [] => String::new(),
        [one] => format!(" with {one}"),
        [first @ .., last] => format!(" with {} and {last}", first.join(", ")),
    }
}

/// Returns the schema inside the wrapper of a list or a group that may be left out, or of a value that may be null.
pub fn inside(schema: &Value) -> &Value {
    let branches = |name: &str| schema.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let wrapped = match branches("allOf") {
        [only] if schema.get("type").is_none() => Some(only),
        _ => branches("anyOf").iter().find(|branch| branch["type"] != "null"),
    };
    wrapped.map_or(schema, inside)
}

/// Wraps the schema of an optional list or group, so that forms leave it out until a person adds it. Form libraries
/// fill lists and groups that have a `type`; an empty list would clear a field.
fn left_out(title: &str, mut schema: Map<String, Value>) -> Map<String, Value> {
    let types = match schema.get("type") {
        Some(Value::Array(types)) => types.clone(),
        one => one.cloned().into_iter().collect(),
    };
    let is = |name: &str| types.iter().any(|one| one == name);
    if !is("array") && !is("object") {
        return schema;
    }
    let hints: Vec<_> = schema.keys().filter(|key| key.starts_with("x-") && *key != TYPE).cloned().collect();
    let outside = ["title", "description", "default"].into_iter().map(str::to_owned).chain(hints);
    let mut wrapper: Map<_, _> = outside.filter_map(|key| Some((key.clone(), schema.shift_remove(&key)?))).collect();
    if is("array") {
        wrapper.insert("allOf".to_owned(), json!([schema]));
        return wrapper;
    }
    schema.shift_insert(0, "title".to_owned(), json!(title));
    wrapper.insert("anyOf".to_owned(), json!([{"title": "Not set", "type": "null"}, schema]));
    wrapper
}

/// Makes a schema one that form libraries render as it is meant.
fn suit_forms(schema: &mut Value) {
    merge_choices(schema);
    if let Value::Array(items) = schema {
        items.iter_mut().for_each(suit_forms);
    }
    let Value::Object(members) = schema else { return };
    members.values_mut().for_each(suit_forms);
    let required = members.get("required").cloned().unwrap_or_default();
    let is_required = |name: &String| required.as_array().is_some_and(|names| names.iter().any(|one| one == name));
    let Some(Value::Object(properties)) = members.get_mut("properties") else { return };
    for (name, property) in properties {
        let notation = Kind::of_schema(property).map_or("", Kind::notation);
        let Value::Object(mut members) = property.take() else { continue };
        if let (Some(Value::String(description)), false) = (members.get_mut("description"), notation.is_empty()) {
            description.extend([" ", notation]);
        }
        offer_choice_of_flag(&mut members);
        *property = Value::Object(if is_required(name) { members } else { left_out(&title_of(name), members) });
    }
}

/// Makes a flag without a default a choice: a checkbox that nobody touched would say that it is false.
fn offer_choice_of_flag(members: &mut Map<String, Value>) {
    let nullable = members.get("type") == Some(&json!(["boolean", "null"]));
    if (!nullable && members.get("type") != Some(&json!("boolean"))) || members.contains_key("default") {
        return;
    }
    let mut choices = json!(FLAG_CHOICES);
    let mut types = json!("string");
    if nullable {
        types = json!(["string", "null"]);
        choices = FLAG_CHOICES.into_iter().map(Value::from).chain([Value::Null]).collect();
    }
    members.insert("type".to_owned(), types);
    members.insert("enum".to_owned(), choices);
}

/// Merges choices, and null if it is allowed, into one `enum`. Their descriptions join that of the value.
fn merge_choices(schema: &mut Value) {
    let is_null = |branch: &Value| *branch == json!({"type": "null"});
    let branches = schema.get("anyOf").and_then(Value::as_array);
    let (choices, nullable) = match branches.map(Vec::as_slice) {
        Some([choices, null]) if is_null(null) => (choices, true),
        _ => (&*schema, false),
    };
    let Some(named) = choices.get("oneOf").and_then(Value::as_array) else { return };
    let Some(mut values) = named.iter().map(|one| one.get("const").cloned()).collect::<Option<Vec<_>>>() else {
        return;
    };
    let help: Vec<_> = named
        .iter()
        .filter_map(|one| Some(format!("`{}`: {}", one["const"].as_str()?, one["description"].as_str()?)))
        .collect();
    let own = schema.get("description").or_else(|| choices.get("description")).and_then(Value::as_str);
    let description = own.into_iter().map(str::to_owned).chain(help).collect::<Vec<_>>().join(" ");
    let Value::Object(members) = schema else { return };
    members.shift_remove("anyOf");
    members.shift_remove("oneOf");
    members.insert("type".to_owned(), json!("string"));
    if nullable {
        values.push(Value::Null);
        members.insert("type".to_owned(), json!(["string", "null"]));
    }
    members.insert("enum".to_owned(), Value::Array(values));
    if !description.is_empty() {
        members.insert("description".to_owned(), json!(description));
    }
}

/// Adds titles, unwraps descriptions, and removes the formats of Rust's number types, which validators do not know.
fn tidy(schema: &mut Value) {
    if schema.get("type").is_none() && schema["oneOf"][0]["const"].is_string() {
        // Form builders choose a widget by the type.
        schema["type"] = json!("string");
    }
    match schema {
        Value::Object(members) => {
            if members.get("format").and_then(Value::as_str).is_some_and(is_number_format) {
                members.remove("format");
            }
            if let Some(Value::String(description)) = members.get_mut("description") {
                // The description is a doc comment, which is wrapped.
                *description = description.split_whitespace().collect::<Vec<_>>().join(" ");
            }
            if let Some(Value::Object(properties)) = members.get_mut("properties") {
                for (name, property) in
                    properties.iter_mut().filter_map(|(name, schema)| Some((name, schema.as_object_mut()?)))
                {
                    // The title comes first, as in the schema of an input.
                    property.shift_insert(0, "title".to_owned(), Value::String(title_of(name)));
                }
            }
            members.values_mut().for_each(tidy);
        }
        Value::Array(items) => items.iter_mut().for_each(tidy),
        _ => {}
    }
}

/// Converts a name to a title: `arrivalWindowStartId` to `Arrival Window Start ID`.
fn title_of(name: &str) -> String {
    let mut words = String::new();
    for letter in name.chars() {
        match letter {
            _ if words.is_empty() => words.extend(letter.to_uppercase()),
            'A'..='Z' => words.extend([' ', letter]),
            _ => words.push(letter),
        }
    }
    for (ending, upper_case) in [("Id", "ID"), ("Ids", "IDs")] {
        if let Some(start) = words.strip_suffix(ending) {
            return format!("{start}{upper_case}");
        }
    }
    words
}

fn is_number_format(format: &str) -> bool {
    matches!(format, "int32" | "int64" | "uint" | "uint16" | "uint32" | "uint64" | "float" | "double")
}

fn object<const N: usize>(members: [(&str, Value); N]) -> Map<String, Value> {
    members.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

fn into_object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{EMPTY, plain};

    const FIRST: Input = Input::text("zeta", "Zeta").required();
    const SECOND: Input = Input::text("alpha", "Alpha").choices(&[EMPTY, plain("High")]);

    #[test]
    fn keeps_the_declared_order_and_allows_no_other_input() {
        let schema = of_inputs([&FIRST, &SECOND], Effect::Read);
        let keys: Vec<_> = schema["properties"].as_object().into_iter().flat_map(Map::keys).collect();
        assert_eq!(keys, ["zeta", "alpha"]);
        assert_eq!((&schema["required"], &schema["additionalProperties"]), (&json!(["zeta"]), &json!(false)));
    }

    #[test]
    fn a_required_choice_excludes_the_empty_one() {
        assert_eq!(of_values(&SECOND)["enum"].as_array().map(Vec::len), Some(2));
        assert_eq!(of_values(&SECOND.required())["enum"].as_array().map(Vec::len), Some(1));
    }
}
