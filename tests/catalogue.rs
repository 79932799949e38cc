//! What the documented component promises of each unit, written down in `catalogue.txt` and compared with what is
//! declared, what is sent and what is answered. Every documented unit is registered, and equal to its documentation; a
//! unit that is not documented there needs no entry.
//!
//! A line with bars is an input: `key! | label | type collection | default | options | source`; `!` marks a required
//! one. What the API's description has beyond the documentation is marked: `+` before an input or before options, `?`
//! after an input that only the documentation requires. The choices stand as forms show them, the harmless ones first.
//! `sends` and the lines below it are the request: `query name <- input type`, `body field <- input type`, with the JSON
//! type on the wire; where there are several, one of them. `answers` is the form of the reply, with the fields of a
//! record.

use std::collections::{BTreeMap, BTreeSet};

use pipefit::component::{Order, Output, schema};
use pipefit::runner::manifest;
use pipefit::{Catalog, Invocation, Registered, Unit};
use serde_json::Value;

use crate::conformance::{all_units, check};
use crate::support::{Bench, sample_of};

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
    format!("{} {} ({})", entry.unit.kind().member(), about.key, about.label)
}

#[test]
fn every_documented_unit_is_registered() {
    let titles: BTreeSet<_> = Catalog::registered().units().iter().map(title).collect();
    let missing: Vec<_> = expected().into_keys().filter(|title| !titles.contains(*title)).collect();
    assert!(missing.is_empty(), "tests/catalogue.txt documents units that are not registered: {missing:#?}");
}

#[test]
fn inputs_equal_the_documented_ones() {
    let expected = expected();
    all_units(|entry, offences| {
        let Some(lines) = expected.get(title(entry).as_str()) else { return };
        let unit = manifest::of_unit(entry, &Catalog::registered());
        let inputs: Vec<_> = unit["inputs"].as_array().into_iter().flatten().map(line).collect();
        let lines = lines.iter().copied();
        let lines = lines.filter(|line| line.contains(" | ") && !line.starts_with("answers"));
        let lines: Vec<_> =
            lines.map(|line| line.trim_start_matches("+ ").replace("? | ", " | ").replace(" + ", ", ")).collect();
        check(offences, inputs == lines, format!("the inputs are {inputs:#?}, not as documented {lines:#?}"));
    });
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
    all_units(|entry, offences| {
        let Some(lines) = expected.get(title(entry).as_str()) else { return };
        let documented = lines.iter().find_map(|line| line.strip_prefix("answers "));
        let (form, fields) = documented.map_or(("", ""), |line| line.split_once(": ").unwrap_or((line, "")));
        match entry.unit {
            Unit::Action(action) => {
                let found = form_of(action.output());
                check(offences, found == form, format!("the reply is {found}, not as documented {form}"));
                let schema = Value::Object(schema::of_output(action.output()));
                let record = if form == "page" { &schema["properties"]["data"]["items"] } else { &schema };
                let missing: Vec<_> =
                    fields.split_whitespace().filter(|field| record["properties"].get(*field).is_none()).collect();
                check(offences, missing.is_empty(), format!("the reply lacks {missing:?}"));
            }
            Unit::DataSource(source) => {
                let choices = source.choices();
                let sort = match choices.order {
                    Order::By(field) => format!(" by {field}"),
                    _ => String::new(),
                };
                let found = format!("{}{sort}", choices.label);
                let what = format!("the entries are `{found}`, not as documented `{fields}`");
                check(offences, (form, found.as_str()) == ("id", fields), what);
            }
            _ => {}
        }
    });
}

fn form_of(output: Output) -> &'static str {
    match output {
        Output::Empty => "empty",
        Output::Record(_) => "record",
        Output::Page(_) => "page",
        Output::Value(_) => "value",
        Output::File => "file",
        _ => "any",
    }
}

#[tokio::test]
async fn requests_are_the_documented_ones() {
    let expected = expected();
    for entry in Catalog::registered().units() {
        let Some(lines) = expected.get(title(entry).as_str()) else { continue };
        if !lines.iter().any(|line| line.starts_with("sends ")) {
            continue;
        }
        let key = entry.unit.about().key;
        let bench = Bench::start().await;
        let inputs = sample_of(entry).all;
        let invocation = match entry.unit {
            Unit::DataSource(_) => Invocation::data_source(key, inputs),
            _ => Invocation::action(key, inputs),
        };
        let answer = bench.runtime.invoke(invocation).await;
        assert!(answer.is_ok(), "{entry:?}: {answer:?}");
        let seen = bench.seen();
        let sent = format!("{} {}", seen[0].method, seen[0].path);
        let sends = lines.iter().position(|line| line.strip_prefix("sends ").is_some_and(|line| fits(&sent, line)));
        assert!(sends.is_some(), "{entry:?}: `{sent}` is not among {lines:?}");
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
            assert!(holds, "{entry:?}: `{line}` does not hold for {body} and {:?}", seen[0].query);
        }
        assert!(fields.is_empty(), "{entry:?} sends {fields:?} beyond what is documented");
    }
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
