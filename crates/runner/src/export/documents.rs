//! The documentation of all units, as Markdown pages.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use pipefit_component::{Catalog, Component, DefaultValue, Effect, Input, Registered, Unit, schema};
use serde_json::Value;

use crate::scopes;

/// Returns the text of every page by its path: an index for each component, and a page for each resource.
pub fn pages(catalog: &Catalog) -> BTreeMap<String, String> {
    let mut pages = BTreeMap::new();
    for component in catalog.components() {
        let units: Vec<_> = catalog.units().iter().filter(|entry| entry.component.key == component.key).collect();
        let mut resources: BTreeMap<_, Vec<&Registered>> = BTreeMap::new();
        for entry in units {
            let resource = entry.unit.about().resource;
            resources.entry((resource.label, resource.key)).or_default().push(entry);
        }
        pages.insert(format!("{}/README.md", component.key), index(component, &resources));
        for ((label, key), units) in &resources {
            pages.insert(format!("{}/{key}.md", component.key), page(label, units));
        }
    }
    pages
}

fn index(component: &Component, resources: &BTreeMap<(&str, &str), Vec<&Registered>>) -> String {
    let mut text = format!("# {}\n\n{}\n", component.label, component.help);
    for ((label, key), units) in resources {
        let _ = write!(text, "\n## [{label}]({key}.md)\n\n");
        for entry in units {
            let about = entry.unit.about();
            let _ = writeln!(text, "- [`{}`]({key}.md#{}): {}", about.key, about.key.to_lowercase(), about.help);
        }
    }
    let connection = component.connection;
    let _ = write!(text, "\n## Connection\n\n`{}`, {}.\n\n", connection.key(), connection.label());
    text + &table(connection.inputs().iter().filter(|input| !input.hidden), Effect::Read)
}

fn page(label: &str, units: &[&Registered]) -> String {
    let mut text = format!("# {label}\n");
    for entry in units {
        let about = entry.unit.about();
        let _ = write!(text, "\n## {}\n\n**{}**, {}. {}\n", about.key, about.label, kind_of(entry), about.help);
        if let Some(deprecation) = about.deprecated {
            let _ = write!(text, "\nDeprecated since {}: {}\n", deprecation.since, deprecation.note);
        }
        text += &scopes_line(entry.unit);
        let inputs = entry.unit.all_inputs();
        let _ = write!(text, "\n{}", table(inputs.iter().copied().filter(|input| !input.hidden), about.effect));
        let example = match entry.unit {
            Unit::Action(action) => schema::example_of(action.output()),
            Unit::Trigger(trigger) => schema::example_of(trigger.output()),
            _ => continue,
        };
        let example: Value = serde_json::from_str(&example).unwrap_or_default();
        let _ = write!(text, "\nReply, its `data`:\n\n```json\n{example:#}\n```\n");
    }
    text
}

fn scopes_line(unit: Unit) -> String {
    let scopes: Vec<_> = scopes::of_unit(unit).iter().map(|scope| format!("`{scope}`")).collect();
    match scopes.as_slice() {
        [] => String::new(),
        [scope] => format!("\nScope: {scope}.\n"),
        several => format!("\nOne of these scopes, by its inputs: {}.\n", several.join(", ")),
    }
}

fn kind_of(entry: &Registered) -> String {
    match entry.unit {
        Unit::Action(action) => format!("an action that {}s", action.about().effect.name()),
        unit => format!("a {}", unit.kind().label()),
    }
}

fn table<'a>(inputs: impl Iterator<Item = &'a Input>, effect: Effect) -> String {
    let mut text = "| input | type | what it means |\n|---|---|---|\n".to_owned();
    for input in inputs {
        let required = if input.required { ", required" } else { "" };
        let kind =
            [Some(input.form_type()), input.collection.name()].into_iter().flatten().collect::<Vec<_>>().join(" ");
        let _ = writeln!(text, "| `{}`{required} | {kind} | {} |", input.key, cell(&meaning(input, effect)));
    }
    text
}

fn meaning(input: &Input, effect: Effect) -> String {
    let mut text = input.description(effect);
    let values = input.choices.iter().map(|choice| choice.value).filter(|value| !value.is_empty());
    let values: Vec<_> = values.map(|value| format!("`{value}`")).collect();
    if !values.is_empty() {
        let relation = if input.open { "Such as" } else { "One of" };
        let _ = write!(text, " {relation} {}.", values.join(", "));
    }
    let default = match input.default {
        Some(DefaultValue::Flag(flag)) => Some(flag.to_string()),
        Some(DefaultValue::Text(default)) if !default.is_empty() => Some(default.to_owned()),
        _ => None,
    };
    if let Some(default) = default {
        let _ = write!(text, " Default: `{default}`.");
    }
    if let Some(source) = input.source {
        let _ = write!(text, " Values from `{source}`.");
    }
    text
}

/// Escapes text for a cell of a Markdown table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}
