//! What the documented component promises of each unit, written down once more and compared with the manifest.
//!
//! A line is an input: `key! | label | type collection | default | options | source`; `!` marks a required one.

use pipefit::runner::manifest;
use pipefit::{Catalog, Registered};
use serde_json::Value;

const EXPECTED: &str = include_str!("catalogue.txt");

#[test]
fn units_equal_the_documented_ones() {
    let mut text = String::new();
    for entry in Catalog::registered().units() {
        text += &section(entry);
    }
    for (number, (ours, expected)) in text.lines().zip(EXPECTED.lines()).enumerate() {
        assert_eq!(ours, expected, "line {} of tests/catalogue.txt", number + 1);
    }
    assert_eq!(text.lines().count(), EXPECTED.lines().count());
}

fn section(entry: &Registered) -> String {
    let unit = manifest::of_unit(entry);
    let inputs: Vec<_> = unit["inputs"].as_array().into_iter().flatten().map(line).collect();
    let title = format!("{} {} ({})", entry.unit.sort(), word(&unit["key"]), word(&unit["label"]));
    format!("{title}\n  {}\n", inputs.join("\n  "))
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
