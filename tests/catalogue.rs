//! What the documented component promises of each unit, written down in `catalogue.txt` and compared with what is
//! declared, what is sent and what is answered.
//!
//! A line with bars is an input: `key! | label | type collection | default | options | source`; `!` marks a required
//! one. `sends` and the lines below it are the request: `query name <- input type`, `body field <- input type`, with
//! the JSON type on the wire; where there are several, one of them. `answers` is the form of the reply, with the fields
//! of a record.

use std::collections::BTreeMap;

use pipefit::component::{Order, Output, schema};
use pipefit::runner::manifest;
use pipefit::{Catalog, Invocation, Registered, Unit};
use serde_json::{Value, json};

use crate::support::{Bench, samples};

const EXPECTED: &str = include_str!("catalogue.txt");

/// The expected lines of each unit, below its title.
fn expected() -> BTreeMap<&'static str, Vec<&'static str>> {
    let mut sections: BTreeMap<_, Vec<_>> = BTreeMap::new();
    let mut title = "";
    for line in EXPECTED.lines() {
        match line.strip_prefix("  ") {
            Some(line) => sections.entry(title).or_default().push(line),
            None => title = line,
        }
    }
    sections
}

fn title(entry: &Registered) -> String {
    let about = entry.unit.about();
    format!("{} {} ({})", entry.unit.sort(), about.key, about.label)
}

#[test]
fn units_are_the_documented_ones() {
    let catalog = Catalog::registered();
    let mut titles: Vec<_> = catalog.units().iter().map(title).collect();
    titles.sort();
    let mut expected: Vec<_> = expected().into_keys().collect();
    expected.sort_unstable();
    assert_eq!(titles, expected);
}

#[test]
fn inputs_equal_the_documented_ones() {
    let expected = expected();
    for entry in Catalog::registered().units() {
        let unit = manifest::of_unit(entry, &Catalog::registered());
        let inputs: Vec<_> = unit["inputs"].as_array().into_iter().flatten().map(line).collect();
        let expected = expected[title(entry).as_str()].iter().copied();
        let expected: Vec<_> = expected.filter(|line| line.contains(" | ") && !line.starts_with("answers")).collect();
        assert_eq!(inputs, expected, "{}", title(entry));
    }
}

fn line(input: &Value) -> String {
    let mark = if input["required"] == true { "!" } else { "" };
    let options = input["options"].as_array().into_iter().flatten();
    let options: Vec<_> =
        options.map(|option| format!("{}={}", word(&option["value"]), word(&option["label"]))).collect();
    let sort = format!("{} {}", word(&input["type"]), word(&input["collection"]));
    let default = input.get("default").map(Value::to_string).unwrap_or_default();
    let parts =
        [word(&input["label"]), sort.trim().to_owned(), default, options.join(", "), word(&input["dataSource"])];
    let line = format!("{}{mark} | {}", word(&input["key"]), parts.join(" | "));
    line.trim_end_matches([' ', '|']).to_owned()
}

fn word(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[test]
fn replies_have_the_documented_form() {
    let expected = expected();
    for entry in Catalog::registered().units() {
        let expected = expected[title(entry).as_str()].iter().find_map(|line| line.strip_prefix("answers "));
        let (form, fields) = expected.map_or(("", ""), |line| line.split_once(": ").unwrap_or((line, "")));
        match entry.unit {
            Unit::Action(action) => {
                assert_eq!(form_of(action.output()), form, "{}", title(entry));
                let schema = Value::Object(schema::of_output(action.output()));
                let record = if form == "page" { &schema["properties"]["data"]["items"] } else { &schema };
                let missing: Vec<_> =
                    fields.split_whitespace().filter(|field| record["properties"].get(*field).is_none()).collect();
                assert!(missing.is_empty(), "{}: the reply lacks {missing:?}", title(entry));
            }
            Unit::DataSource(source) => {
                let picklist = source.picklist();
                let sort = match picklist.order {
                    Order::AsSent => String::new(),
                    Order::By(field) => format!(" by {field}"),
                };
                assert_eq!((form, format!("{}{sort}", picklist.label).as_str()), ("id", fields), "{}", title(entry));
            }
            Unit::Trigger(_) => {}
        }
    }
}

fn form_of(output: Output) -> &'static str {
    match output {
        Output::Empty => "empty",
        Output::Record(_) => "record",
        Output::Page(_) => "page",
        Output::Value(_) => "value",
        Output::File => "file",
        Output::Any => "any",
    }
}

#[tokio::test]
async fn requests_are_the_documented_ones() {
    let expected = expected();
    for entry in Catalog::registered().units() {
        let lines = &expected[title(entry).as_str()];
        if !lines.iter().any(|line| line.starts_with("sends ")) {
            continue;
        }
        let key = entry.unit.about().key;
        let inputs = samples().into_iter().find(|sample| sample.action == key).map(|sample| sample.all);
        let bench = Bench::start().await;
        let inputs = inputs.unwrap_or_else(|| json!({"customerId": "10978752986"}));
        let inputs = with_only_known(inputs, entry);
        let invocation = match entry.unit {
            Unit::DataSource(_) => Invocation::data_source(key, inputs),
            _ => Invocation::action(key, inputs),
        };
        let answer = bench.runtime.invoke(invocation).await;
        assert!(answer.is_ok(), "{key}: {answer:?}");
        let seen = bench.seen();
        let sent = format!("{} {}", seen[0].method, seen[0].path);
        let sends = lines.iter().position(|line| line.strip_prefix("sends ").is_some_and(|line| fits(&sent, line)));
        assert!(sends.is_some(), "{key}: `{sent}` is not among {lines:?}");
        let body: Value = serde_json::from_slice(&seen[0].body).unwrap_or_default();
        let mut fields = body.as_object().cloned().unwrap_or_default();
        for line in lines.iter().skip(sends.unwrap() + 1).map_while(|line| line.strip_prefix("  ")) {
            let (sent, from) = line.split_once(" <- ").unwrap();
            let (place, name) = sent.split_once(' ').unwrap();
            let wire = from.split(' ').nth(1).unwrap();
            let holds = match place {
                "body" => fields.remove(name).is_some_and(|value| has_type(&value, wire)),
                "here" => seen[0].query.iter().all(|(param, _)| param != name),
                _ => name == "*" || seen[0].query.iter().any(|(param, _)| param == name),
            };
            assert!(holds, "{key}: `{line}` does not hold for {body} and {:?}", seen[0].query);
        }
        assert!(fields.is_empty(), "{key} sends {fields:?} beyond what is documented");
    }
}

/// The inputs that a unit declares, of those given.
fn with_only_known(mut inputs: Value, entry: &Registered) -> Value {
    let known: Vec<_> = entry.unit.inputs().iter().map(|input| input.key).collect();
    inputs.as_object_mut().unwrap().retain(|key, _| known.contains(&key.as_str()));
    inputs
}

/// Whether a method and path are the pattern with every placeholder filled.
fn fits(path: &str, pattern: &str) -> bool {
    let (path, pattern): (Vec<_>, Vec<_>) = (path.split('/').collect(), pattern.split('/').collect());
    path.len() == pattern.len()
        && path.iter().zip(pattern).all(|(part, place)| part == &place || (place.starts_with('{') && !part.is_empty()))
}

fn has_type(value: &Value, wire: &str) -> bool {
    let items = value.as_array();
    match wire {
        "integer" => value.is_i64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "string" | "enum" => value.is_string(),
        "integerList" => items.is_some_and(|items| items.iter().all(Value::is_i64)),
        "stringList" => items.is_some_and(|items| items.iter().all(Value::is_string)),
        "json" => value.is_object() || value.is_array(),
        other => panic!("there is no wire type `{other}`"),
    }
}
