//! Rules that hold for everything that is registered. Each gathers all offences before it fails.

use std::collections::{BTreeMap, BTreeSet};

use pipefit::component::{
    Collection, DefaultValue, Effect, Filter, FilterValues, Input, Inputs, Output, Polling, Role, coerce, schema,
};
use pipefit::runner::manifest;
use pipefit::{Catalog, Registered, Unit, UnitKind};
use serde_json::{Map, Value, json};

/// Walks over all units and fails with every offence, named by the line that registered the unit.
pub(crate) fn all_units(rule: impl Fn(&Registered, &mut Vec<String>)) {
    let catalog = Catalog::registered();
    assert!(!catalog.units().is_empty());
    let mut offences = Vec::new();
    for entry in catalog.units() {
        let mut found = Vec::new();
        rule(entry, &mut found);
        offences.extend(found.into_iter().map(|offence| format!("{entry:?}: {offence}")));
    }
    assert!(offences.is_empty(), "{offences:#?}");
}

pub(crate) fn check(offences: &mut Vec<String>, holds: bool, what: impl Into<String>) {
    if !holds {
        offences.push(what.into());
    }
}

fn is_sentence(text: &str) -> bool {
    text.starts_with(|letter: char| letter.is_uppercase()) && text.ends_with('.') && !text.contains("  ")
}

/// A word that stays in lower case in a title.
fn is_small(word: &str) -> bool {
    ["and", "by", "for", "of", "to"].contains(&word)
}

fn repeated(keys: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    keys.into_iter().filter(|key| !seen.insert(key.clone())).collect()
}

fn names(catalog: &Catalog) -> Vec<String> {
    let about = catalog.units().iter().map(|entry| (entry.component.key, entry.unit.about()));
    about
        .flat_map(|(component, about)| {
            std::iter::once(about.key).chain(about.aliases.iter().copied()).map(move |key| format!("{component}.{key}"))
        })
        .collect()
}

#[test]
fn the_columns_of_a_list_are_fields_of_its_records() {
    all_units(|entry, offences| {
        let Unit::Action(action) = entry.unit else { return };
        let Output::Page(list) = action.output() else { return };
        let Some(record) = list.record else { return check(offences, list.columns.is_empty(), "columns of no record") };
        let schema = Value::Object(schema::of_output(Output::Record(record)));
        for column in list.columns {
            let field = column.split('.').fold(&schema, |at, part| &schema::inside(at)["properties"][part]);
            check(offences, field["description"].is_string(), format!("the records have no field `{column}`"));
        }
    });
}

#[test]
fn keys_are_unique() {
    assert_eq!(repeated(names(&Catalog::registered())), Vec::<String>::new());
    let twice = Catalog::registered().units().iter().chain(Catalog::registered().units()).copied().collect::<Vec<_>>();
    assert!(!repeated(names(&Catalog::of(twice))).is_empty(), "a key that stands twice is found");
}

#[test]
fn units_are_named_and_described() {
    all_units(|entry, offences| {
        let about = entry.unit.about();
        let mut letters = about.key.chars();
        let name: String = letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect();
        check(offences, entry.name == name, format!("the struct should be `{name}`"));
        check(offences, is_sentence(about.help), "the help is not a sentence");
        check(
            offences,
            about.label.split(' ').all(|word| is_small(word) || word.starts_with(char::is_uppercase)),
            "the label is not in title case",
        );
        if matches!(entry.unit, Unit::DataSource(_)) {
            check(offences, about.effect.is_read(), "a data source only reads");
        }
    });
}

#[test]
fn inputs_are_declared_well() {
    let sources: BTreeSet<_> = Catalog::registered().units().iter().map(|entry| entry.unit.about().key).collect();
    all_units(|entry, offences| {
        let inputs = entry.unit.inputs();
        check(offences, inputs.first().is_some_and(|input| input.key == "connection"), "`connection` is not first");
        let repeated = repeated(entry.unit.all_inputs().iter().map(|input| input.key.to_owned()));
        check(offences, repeated.is_empty(), format!("{repeated:?} stand twice"));
        for input in entry.unit.all_inputs() {
            check_input(input, entry.unit.about().effect, &sources, offences);
        }
    });
}

fn check_input(input: &'static Input, effect: Effect, sources: &BTreeSet<&str>, offences: &mut Vec<String>) {
    let key = input.key;
    check(offences, is_sentence(input.help), format!("{key}: the help is not a sentence"));
    let silent = !input.required && input.role != Role::Connection && !is_sentence(input.when_omitted(effect));
    check(offences, !silent, format!("{key}: what happens when it is left out is not said"));
    check(offences, key.starts_with(char::is_lowercase), format!("{key}: the key is not in camel case"));
    let values: Vec<_> = input.choices.iter().map(|choice| choice.value.to_owned()).collect();
    check(offences, repeated(values.clone()).is_empty(), format!("{key}: a choice stands twice"));
    if let (Some(DefaultValue::Text(default)), false) = (input.default, values.is_empty()) {
        check(offences, values.iter().any(|value| value == default), format!("{key}: the default is no choice"));
    }
    if let Some(template) = input.template {
        check(offences, serde_json::from_str::<Value>(template).is_ok(), format!("{key}: the template is not JSON"));
    }
    if let Some(source) = input.source {
        check(offences, sources.contains(source), format!("{key}: no data source `{source}`"));
    }
    if let (Some(example), Collection::One | Collection::Values) = (input.example, input.collection) {
        let validator = jsonschema::options().should_validate_formats(true);
        let given = Map::from_iter([(key.to_owned(), json!(example))]);
        let value = coerce(&[input], &Value::Null, given).0.remove(key).unwrap_or_default();
        let schema = Value::Object(schema::of_input(input, Effect::Read));
        check(offences, validator.build(&schema).unwrap().is_valid(&value), format!("{key}: the example is not one"));
    }
}

#[test]
fn texts_fit_the_effect_of_their_unit() {
    all_units(|entry, offences| {
        let effect = entry.unit.about().effect;
        let foreign: &[&str] = match effect {
            Effect::Create => &["update", "unchanged"],
            Effect::Update => &["on create"],
            _ => &["on create", "on update", "unchanged"],
        };
        let schema = Value::Object(schema::of_inputs(entry.unit.inputs(), effect));
        for (key, schema) in schema["properties"].as_object().into_iter().flatten() {
            for text in descriptions(schema) {
                let found = foreign.iter().filter(|words| text.to_lowercase().contains(**words));
                offences.extend(found.map(|words| format!("{key}: `{text}` says `{words}`")));
            }
        }
    });
}

/// Every description in a schema.
fn descriptions(schema: &Value) -> Vec<&str> {
    match schema {
        Value::Object(members) => {
            let own = members.get("description").and_then(Value::as_str);
            own.into_iter().chain(members.values().flat_map(descriptions)).collect()
        }
        Value::Array(elements) => elements.iter().flat_map(descriptions).collect(),
        _ => Vec::new(),
    }
}

#[test]
fn schemas_are_valid_and_keep_the_order() {
    all_units(|entry, offences| {
        let schema = Value::Object(schema::of_inputs(entry.unit.inputs(), entry.unit.about().effect));
        check(offences, jsonschema::meta::is_valid(&schema), "the schema of the inputs is not valid");
        let declared: Vec<_> = entry.unit.inputs().iter().map(|input| input.key).collect();
        let exported: Vec<_> = schema["properties"].as_object().unwrap().keys().map(String::as_str).collect();
        check(offences, declared == exported, "the schema's order is not the declared one");
        check(offences, !schema.to_string().contains("$ref"), "the schema is not self-contained");
    });
}

#[test]
fn exported_schemas_name_the_types_of_objects() {
    let files = pipefit::runner::export::files(&Catalog::registered());
    let schema: Value = serde_json::from_str(&files["servicetitan/actions/createCustomer.inputs.json"]).unwrap();
    for name in ["Address", "FilledCustomField", "NewLocation", "ServiceTitanConnection"] {
        assert!(schema["definitions"][name]["properties"].is_object(), "{name}");
    }
    assert_eq!(schema["properties"]["address"]["$ref"], "#/definitions/Address");
    for (path, text) in files.iter().filter(|(path, _)| !path.contains(".ui.") && !path.contains(".rjsf.")) {
        assert!(!text.contains("x-type"), "{path}");
        let schema: Value = serde_json::from_str(text).unwrap();
        assert!(path.ends_with("component.json") || jsonschema::validator_for(&schema).is_ok(), "{path}");
    }
}

#[test]
fn example_replies_fit_their_schemas() {
    all_units(|entry, offences| {
        let Unit::Action(action) = entry.unit else { return };
        let schema = Value::Object(schema::of_output(action.output()));
        check(offences, jsonschema::meta::is_valid(&schema), "the schema of the reply is not valid");
        let example: Value = serde_json::from_str(&schema::example_of(action.output())).unwrap();
        let validator = jsonschema::options().should_validate_formats(true).build(&schema).unwrap();
        let faults: Vec<_> = validator.iter_errors(&example).map(|fault| fault.to_string()).collect();
        check(offences, faults.is_empty(), format!("the example: {faults:?}"));
        check(offences, undescribed(&schema, &example).is_empty(), "the example has fields without a description");
    });
}

/// Fields of an example that its schema does not describe.
fn undescribed(schema: &Value, example: &Value) -> Vec<String> {
    let none = Map::new();
    let known = schema["properties"].as_object().unwrap_or(&none);
    let fields = example.as_object().unwrap_or(&none);
    fields.keys().filter(|key| !known.contains_key(*key)).cloned().collect()
}

#[test]
fn effects_fit_the_methods() {
    let rows = Catalog::registered()
        .actions()
        .map(|action| {
            let about = action.about();
            format!("{} {}", about.key, about.effect.name())
        })
        .collect::<Vec<_>>();
    insta::assert_snapshot!("effects", rows.join("\n"));
}

#[test]
fn what_a_data_source_needs_is_in_the_form_that_it_fills() {
    let catalog = Catalog::registered();
    all_units(|entry, offences| {
        let unit = manifest::of_unit(entry, &catalog);
        let known: Vec<_> = entry.unit.inputs().iter().map(|input| input.key).collect();
        for input in unit["inputs"].as_array().into_iter().flatten() {
            let Some(source) = input["dataSource"].as_str() else { continue };
            let Some(source) = catalog.find(Some(entry.component.key), UnitKind::DataSource, source) else { continue };
            let own = source.unit.inputs().iter().filter(|input| input.required && input.role != Role::Connection);
            let needed: Vec<_> = own.map(|input| input.key).collect();
            let named: Vec<_> = input["dataSourceInputs"].as_array().into_iter().flatten().collect();
            let what = format!("{}: the form passes {named:?} to the data source, not {needed:?}", input["key"]);
            check(offences, named == needed, what);
            for needed in needed {
                check(offences, known.contains(&needed), format!("{needed} is not an input"));
            }
        }
    });
}

#[test]
fn a_unit_reads_or_writes_as_its_request_does() {
    all_units(|entry, offences| {
        let request = match entry.unit {
            Unit::Action(action) => action.request(Inputs::default()),
            Unit::DataSource(source) => source.request(Inputs::default()),
            _ => return,
        };
        // Without inputs, some cannot build one.
        let Ok(request) = request else { return };
        let declared = entry.unit.about().effect.is_read();
        let method = request.method;
        // A raw request takes its method from its inputs, and counts as a write until they are known.
        let known = entry.unit.inputs().iter().all(|input| input.key != "method");
        check(offences, !known || request.is_read() == declared, format!("it declares otherwise than `{method}`"));
    });
}

#[test]
fn lists_name_their_resource() {
    all_units(|entry, offences| {
        let Unit::Action(action) = entry.unit else { return };
        let Ok(Some(list)) = action.request(Inputs::default()).map(|request| request.list) else { return };
        let own = entry.unit.about().resource;
        check(offences, list.resource == own && !own.key.is_empty(), "its list is of another resource");
        check(offences, list.record.is_some(), "its list does not say what a record looks like");
    });
}

#[test]
fn every_feed_can_be_chosen() {
    all_units(|entry, offences| {
        let Unit::Trigger(trigger) = entry.unit else { return };
        let Polling::Feeds(feeds) = trigger.polling() else { return };
        let keys: Vec<_> = feeds.feeds.iter().map(|feed| feed.key).collect();
        let choices: Vec<_> = feeds.resource.choices.iter().map(|choice| choice.value).collect();
        check(offences, keys == choices, format!("the feeds are {keys:?}, the choices {choices:?}"));
    });
}

#[test]
fn ids_inside_structured_values_name_their_data_source() {
    let catalog = Catalog::registered();
    let inputs = || catalog.units().iter().flat_map(|entry| entry.unit.inputs());
    let singular = |key: &str| key.replace("Ids", "Id");
    let sources: BTreeMap<_, _> = inputs().filter_map(|input| Some((singular(input.key), input.source?))).collect();
    let mut found = 0;
    let mut offences = Vec::new();
    for input in inputs() {
        let schema = Value::Object(schema::of_inputs([input], Effect::Read));
        walk(&schema, &mut |name, member| {
            let declared = member["x-dataSource"].as_str();
            found += usize::from(declared.is_some());
            let source = sources.get(&singular(name)).copied().filter(|_| name != input.key);
            let what = format!("{}: {name} names {declared:?}, not {source:?}", input.key);
            check(&mut offences, source.is_none() || declared == source, what);
            let Some(declared) = declared else { return };
            let source = catalog.find(None, UnitKind::DataSource, declared);
            let usable =
                source.is_some_and(|it| it.unit.inputs().iter().all(|it| !it.required || it.role != Role::Request));
            check(&mut offences, usable, format!("{}: {name} cannot use {declared}", input.key));
        });
    }
    assert!(offences.is_empty() && found > 0, "{offences:#?}");
}

/// Visits every property of a schema and of the schemas inside it.
fn walk(schema: &Value, visit: &mut impl FnMut(&str, &Value)) {
    for (name, member) in schema["properties"].as_object().into_iter().flatten() {
        visit(name, member);
    }
    let inside = schema.as_object().into_iter().flat_map(|members| members.values());
    inside.chain(schema.as_array().into_iter().flatten()).for_each(|inside| walk(inside, visit));
}

#[test]
fn what_narrows_a_data_source_is_a_filter_of_its_list() {
    all_units(|entry, offences| {
        let Unit::DataSource(source) = entry.unit else { return };
        let list = source.choices().list;
        for input in source.choices().narrowed_by {
            let field = input.sent_field();
            check(offences, !input.required, format!("{field} is required"));
            let filter = Filter::find(list.filters, field);
            check(offences, filter.is_some(), format!("{field} is not a filter of its list"));
            let known = filter.is_none_or(|filter| filter.kind == input.kind || filter.values == FilterValues::Joined);
            check(offences, known && input.collection == Collection::One, format!("{field} has another type"));
        }
    });
}
