//! The manifest: a description of components and units, for programs that build forms and listings.

use pipefit_component::{
    Catalog, Choice, Component, DataSource, DefaultValue, Effect, Input, Order, Registered, Unit, UnitKind, schema,
};
use serde_json::{Map, Value, json};

use super::data_sources;
use crate::scopes;

/// Returns the manifest of a component: its connection and all its units, in display order. Members that do not apply
/// are left out.
pub fn of_component(component: &Component, catalog: &Catalog) -> Value {
    let units = |kind: UnitKind| -> Value {
        let units = catalog.units().iter().filter(|entry| entry.component.key == component.key);
        units.filter(|entry| entry.unit.kind() == kind).map(|entry| of_unit(entry, catalog)).collect()
    };
    let connection = component.connection;
    json!({
        "key": component.key,
        "label": component.label,
        "description": component.help,
        "connections": [{
            "key": connection.key(),
            "label": connection.label(),
            "type": connection.kind(),
            "inputs": connection.inputs().iter().map(|input| of_input(input, Effect::Read)).collect::<Value>(),
        }],
        "actions": units(UnitKind::Action),
        "dataSources": units(UnitKind::DataSource),
        "triggers": units(UnitKind::Trigger),
    })
}

/// Returns the manifest of one unit.
pub fn of_unit(entry: &Registered, catalog: &Catalog) -> Value {
    let about = entry.unit.about();
    let mut unit = Map::new();
    let mut set = |key: &str, value: Value| unit.insert(key.to_owned(), value);
    set("key", json!(about.key));
    set("label", json!(about.label));
    set("description", json!(about.help));
    set("resource", json!(about.resource.key));
    set("effect", json!(about.effect));
    set("scopes", json!(scopes::of_unit(entry.unit)));
    if !about.aliases.is_empty() {
        set("aliases", json!(about.aliases));
    }
    if let Some(deprecation) = about.deprecated {
        set("deprecated", json!({"since": deprecation.since, "note": deprecation.note}));
    }
    let with_source = |input: &Input| {
        let mut described = described(input, about.effect);
        described.extend(data_sources::describe(input, entry, catalog));
        Value::Object(described)
    };
    set("inputs", entry.unit.inputs().iter().map(with_source).collect());
    match entry.unit {
        Unit::Action(action) => {
            set("example", example(&schema::example_of(action.output())));
        }
        Unit::DataSource(source) => {
            set("type", json!("picklist"));
            set("lookupInputs", entry.unit.lookup_inputs().map(with_source).collect());
            set("picklist", of_choices(source));
        }
        Unit::Trigger(trigger) => {
            set("type", json!("polling"));
            set("example", example(&schema::example_of(trigger.output())));
        }
        _ => {}
    }
    Value::Object(unit)
}

fn of_choices(source: &dyn DataSource) -> Value {
    let choices = source.choices();
    let mut described = json!({"keyField": choices.list.id, "label": choices.label});
    if let Order::By(field) = choices.order {
        described["sortedBy"] = json!(field);
    }
    described
}

fn example(data: &str) -> Value {
    json!({"data": serde_json::from_str::<Value>(data).unwrap_or_default()})
}

fn of_input(input: &Input, effect: Effect) -> Value {
    Value::Object(described(input, effect))
}

fn described(input: &Input, effect: Effect) -> Map<String, Value> {
    let mut described = Map::new();
    let mut set = |key: &str, value: Value| described.insert(key.to_owned(), value);
    set("key", json!(input.key));
    set("label", json!(input.label));
    set("description", json!(input.description(effect)));
    set("type", json!(input.form_type()));
    if let Some(collection) = input.collection.name() {
        set("collection", json!(collection));
    }
    set("required", json!(input.required));
    match input.default {
        Some(DefaultValue::Flag(flag)) => set("default", json!(flag)),
        Some(DefaultValue::Text(text)) => set("default", json!(text)),
        None => None,
    };
    if let Some(example) = input.example {
        set("example", json!(example));
    }
    if !input.choices.is_empty() {
        set("options", input.choices.iter().map(of_choice).collect());
    }
    if let Some(template) = input.template {
        set("template", serde_json::from_str(template).unwrap_or_default());
    }
    if input.hidden {
        set("hidden", json!(true));
    }
    described
}

fn of_choice(choice: &Choice) -> Value {
    json!({"value": choice.value, "label": choice.label})
}
