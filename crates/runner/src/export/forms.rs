//! UI schemas of the inputs of a unit, for JSON Forms and for react-jsonschema-form.
//!
//! They use only widgets that are built into both libraries, so that a form renders without custom code. Form builders
//! find more under `options` and `ui:options`: `dataSource` with what it takes from the form, `code` with its
//! `template`, `file`, `connection`.

use pipefit_component::{Collection, Effect, Input, Kind, Role, schema};
use serde_json::{Map, Value, json};

use super::data_sources;

/// The inputs of one form.
pub(crate) struct Form<'a> {
    pub(crate) inputs: Vec<&'a Input>,
    /// The effect of the unit.
    pub(crate) effect: Effect,
    /// Describes the data source of an input.
    pub(crate) data_source: &'a dyn Fn(&Input) -> Map<String, Value>,
}

/// Returns the UI schema for JSON Forms: required inputs, then optional ones, then those that control the run.
pub(crate) fn json_forms(form: &Form<'_>) -> Value {
    let shown = |wanted: fn(&Input) -> bool| -> Vec<Value> {
        let inputs = form.inputs.iter().filter(|input| !input.hidden && wanted(input));
        inputs.map(|input| control(input, form)).collect()
    };
    let mut elements = shown(|input| input.required);
    for (label, wanted) in [("Optional", is_optional as fn(&Input) -> bool), ("Run", is_for_the_run)] {
        let group = shown(wanted);
        if !group.is_empty() {
            elements.push(json!({"type": "Group", "label": label, "elements": group}));
        }
    }
    json!({"type": "VerticalLayout", "elements": elements})
}

fn is_optional(input: &Input) -> bool {
    !input.required && matches!(input.role, Role::Request | Role::AdditionalFields)
}

fn is_for_the_run(input: &Input) -> bool {
    !input.required && !is_optional(input)
}

fn control(input: &Input, form: &Form<'_>) -> Value {
    let mut options = extras(input, form);
    if is_long(input) {
        options.insert("multi".to_owned(), json!(true));
    }
    if input.secret {
        options.insert("format".to_owned(), json!("password"));
    }
    let placeholder = placeholder(input);
    options.extend(placeholder.map(|text| ("placeholder".to_owned(), json!(text))));
    let schema = Value::Object(schema::of_input(input, form.effect));
    let scope = format!("#/properties/{}", input.key);
    control_of(&schema, &scope, input.label, options)
}

/// Returns a control, or a group of controls if the value is an object: not all renderers support objects.
fn control_of(schema: &Value, scope: &str, label: &str, mut options: Map<String, Value>) -> Value {
    if schema["anyOf"][0]["type"] == "string" {
        // A renderer that does not support alternatives takes the first, which is text.
        options.insert("multi".to_owned(), json!(true));
    }
    let value = schema::inside(schema);
    if value["properties"].is_object() {
        let mut elements = vec![json!({"type": "Label", "text": schema["description"]})];
        elements.extend(controls_of(value, scope));
        let mut group = json!({"type": "Group", "label": label, "elements": elements});
        if !options.is_empty() {
            group["options"] = Value::Object(options);
        }
        return group;
    }
    // The path into the wrapper of an optional list: renderers look for `items` where the scope leads. After the slash
    // at its end, the path of the value is that of the input.
    let scope = if schema["allOf"][0]["type"].is_null() { scope.to_owned() } else { format!("{scope}/allOf/0/") };
    if value["items"]["properties"].is_object() {
        let detail = json!({"type": "VerticalLayout", "elements": controls_of(&value["items"], "#")});
        options.insert("detail".to_owned(), detail);
    }
    plain_control(&scope, label, options)
}

fn controls_of(schema: &Value, scope: &str) -> Vec<Value> {
    let members = schema["properties"].as_object().into_iter().flatten();
    let controls = members.map(|(name, member)| {
        let label = member["title"].as_str().unwrap_or(name);
        control_of(member, &format!("{scope}/properties/{name}"), label, data_sources::inside(member))
    });
    controls.collect()
}

fn plain_control(scope: &str, label: &str, options: Map<String, Value>) -> Value {
    let mut control = json!({"type": "Control", "scope": scope, "label": label});
    if !options.is_empty() {
        control["options"] = Value::Object(options);
    }
    control
}

/// Returns the `uiSchema` for react-jsonschema-form.
pub(crate) fn react_jsonschema_form(form: &Form<'_>) -> Value {
    let (required, optional): (Vec<&Input>, Vec<_>) = form.inputs.iter().copied().partition(|input| input.required);
    let (optional, run): (Vec<_>, Vec<_>) = optional.into_iter().partition(|input| is_optional(input));
    let order: Vec<_> = required.iter().chain(&optional).chain(&run).map(|input| input.key).collect();
    let mut hints = Map::from_iter([("ui:order".to_owned(), json!(order))]);
    for input in &form.inputs {
        let hint = hint(input, form);
        if !hint.is_empty() {
            hints.insert(input.key.to_owned(), Value::Object(hint));
        }
    }
    Value::Object(hints)
}

fn hint(input: &Input, form: &Form<'_>) -> Map<String, Value> {
    let mut hint = hints_inside(&Value::Object(schema::of_input(input, form.effect)));
    let widget = match input {
        Input { hidden: true, .. } => Some("hidden"),
        Input { secret: true, .. } => Some("password"),
        _ if is_long(input) => Some("textarea"),
        _ => None,
    };
    hint.extend(widget.map(|widget| ("ui:widget".to_owned(), json!(widget))));
    hint.extend(placeholder(input).map(|text| ("ui:placeholder".to_owned(), json!(text))));
    let extras = extras(input, form);
    let mut insert = |name: &str, value: Value| {
        if input.collection == Collection::Values {
            hint.entry("items").or_insert_with(|| json!({}))[name] = value.clone();
        }
        hint.insert(name.to_owned(), value);
    };
    if !extras.is_empty() {
        insert("ui:options", Value::Object(extras));
    }
    if let Some(names) = names_of_choices(input) {
        insert("ui:enumNames", names);
    }
    hint
}

/// Returns the labels of the choices, in their order, unless they are the values.
fn names_of_choices(input: &Input) -> Option<Value> {
    let choices: Vec<_> = input.shown_choices().collect();
    let differ = input.is_choice() && choices.iter().any(|choice| choice.label != choice.value);
    differ.then(|| choices.iter().map(|choice| choice.label).collect())
}

/// Returns the hints for what is inside a value.
fn hints_inside(schema: &Value) -> Map<String, Value> {
    let mut hints = Map::new();
    let schema = schema::inside(schema);
    let members = schema["properties"].as_object().into_iter().flatten();
    let items = schema["items"].is_object().then_some(("items", &schema["items"]));
    for (name, member) in members.map(|(name, member)| (name.as_str(), member)).chain(items) {
        let mut inside = hints_inside(member);
        let options = data_sources::inside(member);
        if !options.is_empty() {
            if schema::inside(member)["items"].is_object() {
                inside.insert("items".to_owned(), json!({"ui:options": options}));
            }
            inside.insert("ui:options".to_owned(), Value::Object(options));
        }
        if !inside.is_empty() {
            hints.insert(name.to_owned(), Value::Object(inside));
        }
    }
    hints
}

/// Returns what form builders need in addition to the schema.
fn extras(input: &Input, form: &Form<'_>) -> Map<String, Value> {
    let mut extras = (form.data_source)(input);
    let mut set = |key: &str, value: Value| extras.insert(key.to_owned(), value);
    if let Some(template) = input.template {
        set("code", json!(true));
        set("template", serde_json::from_str(template).unwrap_or_default());
    }
    match input.kind {
        Kind::File => set("file", json!(true)),
        Kind::Connection => set("connection", json!(true)),
        _ => None,
    };
    extras
}

fn is_long(input: &Input) -> bool {
    input.collection == Collection::One && input.kind == Kind::LongText
}

/// Returns the placeholder of an empty field.
fn placeholder(input: &Input) -> Option<&'static str> {
    let single = input.collection == Collection::One && input.choices.is_empty();
    input.example.filter(|_| single && input.kind != Kind::Flag)
}
