//! The documentation of all units, as Markdown pages.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use pipefit_component::{
    Catalog, Code, Collection, Component, DefaultValue, Effect, Input, Method, Registered, Unit, schema,
};
use serde_json::{Map, Value, json};

use crate::invocation::RequestPattern;
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
    // Most units of a resource return the same record, whose fields are listed once.
    let mut listed: BTreeMap<String, &str> = BTreeMap::new();
    for entry in units {
        let about = entry.unit.about();
        let _ = write!(text, "\n## {}\n\n**{}**, {}. {}\n", about.key, about.label, kind_of(entry), about.help);
        if let Some(deprecation) = about.deprecated {
            let _ = write!(text, "\nDeprecated since {}: {}\n", deprecation.since, deprecation.note);
        }
        let endpoints = RequestPattern::endpoints(entry.unit);
        text += &sends(&endpoints);
        text += &scopes_line(entry.unit);
        let inputs = entry.unit.all_inputs();
        let _ = write!(text, "\n{}", table(inputs.iter().copied().filter(|input| !input.hidden), about.effect));
        text += &request(entry);
        text += &errors(entry.unit, &endpoints);
        let output = match entry.unit {
            Unit::Action(action) => action.output(),
            Unit::Trigger(trigger) => trigger.output(),
            _ => continue,
        };
        let example: Value = serde_json::from_str(&schema::example_of(output)).unwrap_or_default();
        let _ = write!(text, "\nReply, its `data`:\n\n```json\n{example:#}\n```\n");
        let fields = fields(&Value::Object(schema::of_output(output)), "");
        if fields.is_empty() {
            continue;
        }
        let _ = match listed.get(&fields) {
            Some(key) => writeln!(text, "\nIts fields are those of [`{key}`](#{}).", key.to_lowercase()),
            None => write!(text, "\n| field of the reply | type | what it is |\n|---|---|---|\n{fields}"),
        };
        listed.entry(fields).or_insert(about.key);
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

/// The endpoint of an action, unless its inputs decide which it is.
fn sends(endpoints: &BTreeSet<(Method, String)>) -> String {
    let endpoints: Vec<_> = endpoints.iter().map(|(method, path)| format!("`{method} {path}`")).collect();
    match endpoints.as_slice() {
        [] => String::new(),
        all => format!("\nIt sends {}.\n", all.join(" or ")),
    }
}

/// A request that works as it stands, once there is a connection of that name.
fn request(entry: &Registered) -> String {
    let about = entry.unit.about();
    let mut inputs = Map::from_iter([("connection".to_owned(), json!("main"))]);
    inputs.extend(entry.component.samples.of(entry.unit).required);
    let request = json!({entry.unit.kind().member(): about.key, "inputs": inputs});
    format!("\nRequest:\n\n```json\n{request:#}\n```\n")
}

/// The errors that a unit may end with, by where they arise. Its declaration says which: only a write can conflict, and
/// only what is named can be missing.
fn errors(unit: Unit, endpoints: &BTreeSet<(Method, String)>) -> String {
    let writes = !unit.about().effect.is_read();
    let is_named = |path: &str| unit.inputs().iter().any(|input| path.contains(&format!("{{{}}}", input.key)));
    let names_a_record = match unit {
        // Without an endpoint of its own, its inputs decide what it requests.
        Unit::Action(_) => endpoints.is_empty() || endpoints.iter().any(|(_, path)| is_named(path)),
        _ => false,
    };
    let before = [Code::InvalidInput, Code::InvalidConnection, Code::ForbiddenByPolicy];
    let service =
        [Code::Unauthorized, Code::Forbidden, Code::NotFound, Code::Conflict, Code::Rejected, Code::RateLimited];
    let way = [Code::Unavailable, Code::Timeout, Code::OutcomeUnknown, Code::BadReply, Code::Cancelled];
    let list = |codes: &[Code]| {
        let met = codes.iter().filter(|code| match code {
            Code::NotFound => names_a_record,
            Code::Conflict | Code::OutcomeUnknown => writes,
            _ => true,
        });
        met.map(|code| format!("`{}`", code.name())).collect::<Vec<_>>().join(", ")
    };
    format!(
        "\n[Errors](../errors.md): before anything is sent, {}; from the service, {}; on the way, {}.\n",
        list(&before),
        list(&service),
        list(&way)
    )
}

fn table<'a>(inputs: impl Iterator<Item = &'a Input>, effect: Effect) -> String {
    let mut text = "| input | label | type | what it means |\n|---|---|---|---|\n".to_owned();
    for input in inputs {
        let required = if input.required { ", required" } else { "" };
        let meaning = cell(&meaning(input, effect));
        let _ = writeln!(text, "| `{}`{required} | {} | {} | {meaning} |", input.key, input.label, type_of(input));
        if input.shape.is_some() {
            let schema = Value::Object(schema::of_input(input, effect));
            text += &rows(&schema, input.key).iter().map(Row::with_label).collect::<String>();
        }
    }
    text
}

fn type_of(input: &Input) -> String {
    match input.collection {
        _ if input.shape.is_some() => schema::plain_type(&Value::Object(schema::of_input(input, Effect::Read))),
        Collection::One => input.kind.plain_name().to_owned(),
        Collection::Values => format!("{}, list", input.kind.plain_name()),
        Collection::Pairs => format!("pairs of a key and {}", input.kind.plain_name()),
    }
}

/// A field inside a structured value.
struct Row {
    path: String,
    required: bool,
    label: String,
    kind: String,
    meaning: String,
}

impl Row {
    fn with_label(&self) -> String {
        let required = if self.required { ", required" } else { "" };
        format!("| `{}`{required} | {} | {} | {} |\n", self.path, self.label, self.kind, self.meaning)
    }

    fn without_label(&self) -> String {
        format!("| `{}` | {} | {} |\n", self.path, self.kind, self.meaning)
    }
}

fn fields(schema: &Value, at: &str) -> String {
    rows(schema, at).iter().map(Row::without_label).collect()
}

/// The fields inside a structured value, by their paths: `appointments[].start`.
fn rows(schema: &Value, at: &str) -> Vec<Row> {
    let schema = schema::inside(schema);
    if schema["items"].is_object() {
        return rows(&schema["items"], &format!("{at}[]"));
    }
    let required = |name: &str| schema["required"].as_array().is_some_and(|names| names.iter().any(|one| one == name));
    let mut found = Vec::new();
    for (name, member) in schema["properties"].as_object().into_iter().flatten() {
        let path = if at.is_empty() { name.clone() } else { format!("{at}.{name}") };
        let text = |key: &str| member[key].as_str().unwrap_or_default().to_owned();
        found.push(Row {
            path: path.clone(),
            required: required(name),
            label: text("title"),
            kind: schema::plain_type(member),
            meaning: cell(&text("description")),
        });
        found.extend(rows(member, &path));
    }
    found
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
