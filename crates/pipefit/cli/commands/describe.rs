//! `pipefit describe`: shows what a unit does and which inputs it has.

use std::fmt::Write as _;
use std::process::ExitCode;

use clap_complete::engine::ArgValueCompleter;
use pipefit::component::{DefaultValue, Effect, Input};
use pipefit::runner::{lookup, manifest, scopes};
use pipefit::{Catalog, Error, Registered, Unit};
use serde_json::Value;

use crate::cli::{complete, exit, out};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The key of an action, data source or trigger, such as `getJob`
    #[arg(add = ArgValueCompleter::new(complete::keys))]
    key: String,
    /// Print its part of the manifest, as JSON
    #[arg(long)]
    json: bool,
}

/// Describes all units with this key.
pub(crate) fn main(args: &Args) -> ExitCode {
    let catalog = Catalog::registered();
    let found: Vec<_> = catalog.named(&args.key).collect();
    if found.is_empty() {
        let error = unknown(&catalog, &args.key);
        return if args.json { out::fail_in_json(&error) } else { out::fail(&error) };
    }
    let texts: Vec<_> = found.into_iter().map(|entry| describe(entry, args.json)).collect();
    out::finish(&texts.join("\n"), exit::OK)
}

fn describe(entry: &Registered, json: bool) -> String {
    if json { format!("{:#}", manifest::of_unit(entry, &Catalog::registered())) } else { for_people(entry) }
}

/// The error for a key that no unit has.
pub(crate) fn unknown(catalog: &Catalog, key: &str) -> Error {
    let otherwise = || of_resource(catalog, key).unwrap_or_else(|| "`pipefit list` lists all keys".to_owned());
    lookup::unknown(catalog, key, otherwise)
}

/// The hint for the name of a resource in place of a key.
fn of_resource(catalog: &Catalog, name: &str) -> Option<String> {
    let resource = catalog.units().iter().map(|entry| entry.unit.about().resource.key);
    let key = resource.into_iter().find(|key| key.eq_ignore_ascii_case(name))?;
    Some(format!("`pipefit list --resource {key}` lists those of this resource"))
}

fn for_people(entry: &Registered) -> String {
    let (about, unit) = (entry.unit.about(), entry.unit);
    let mut text = format!("{}: {}\n{}, {}\n", about.key, about.label, kind(unit), entry.component.label);
    if let Some(deprecated) = about.deprecated {
        let _ = writeln!(text, "Deprecated since {}: {}", deprecated.since, deprecated.note);
    }
    if !about.aliases.is_empty() {
        let _ = writeln!(text, "Also known as {}", about.aliases.join(", "));
    }
    let _ = writeln!(text, "\n{}", about.help);
    let scopes = scopes::of_unit(unit);
    if !scopes.is_empty() {
        let label = if scopes.len() == 1 { "Scope" } else { "One of these scopes, by its inputs" };
        let _ = writeln!(text, "{label}: {}", Vec::from_iter(scopes).join(", "));
    }
    text.push_str("\nInputs:\n");
    let inputs = unit.all_inputs();
    for input in &inputs {
        write_input(&mut text, input, about.effect);
    }
    let sample = entry.component.samples.of(unit).required;
    let arguments: Vec<_> = sample.iter().map(|(name, value)| argument(name, value)).collect();
    let command = [&["pipefit run --sandbox".to_owned(), about.key.to_owned()], &arguments[..]].concat().join(" ");
    let _ = write!(text, "\nTry it:\n  {command}\n");
    text
}

/// Returns an input and its value as an argument of `pipefit run` in a shell.
fn argument(name: &str, value: &Value) -> String {
    match value {
        Value::String(text) if text != "-" && !text.starts_with('@') => format!("{name}={}", quoted(text)),
        other => format!("{name}:={}", quoted(&other.to_string())),
    }
}

/// Quotes text for a shell, if it must be. Single quotes escape everything except single quotes.
fn quoted(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:,+@%".contains(&byte);
    if text.bytes().all(is_plain) { text.to_owned() } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

fn kind(unit: Unit) -> String {
    match unit {
        Unit::Action(action) => format!("Action ({})", action.about().effect.name()),
        Unit::DataSource(_) => "Data source".to_owned(),
        _ => "Trigger".to_owned(),
    }
}

fn write_input(text: &mut String, input: &Input, effect: Effect) {
    let _ = write!(text, "  {}  {}", input.key, input.form_type());
    if let Some(collection) = input.collection.name() {
        let _ = write!(text, " {collection}");
    }
    if input.required {
        text.push_str(", required");
    }
    let _ = writeln!(text, "\n      {}", input.description(effect));
    for (name, value) in facts(input) {
        let _ = writeln!(text, "      {name}: {value}");
    }
}

/// Returns the declared properties of an input, apart from its description.
fn facts(input: &Input) -> Vec<(&'static str, String)> {
    let mut facts = Vec::new();
    match input.default {
        Some(DefaultValue::Flag(flag)) => facts.push(("Default", flag.to_string())),
        Some(DefaultValue::Text(text)) if !text.is_empty() => facts.push(("Default", text.to_owned())),
        _ => {}
    }
    if !input.choices.is_empty() {
        let values = input.choices.iter().map(|choice| choice.value).filter(|value| !value.is_empty());
        let name = if input.open { "Suggestions" } else { "Choices" };
        facts.push((name, values.collect::<Vec<_>>().join(", ")));
    }
    facts.extend(input.source.map(|key| ("Values from", format!("data source {key}"))));
    facts.extend(input.example.map(|example| ("Example", example.to_owned())));
    facts.extend(input.template.map(|template| ("Start from", one_line(template))));
    facts
}

fn one_line(json: &str) -> String {
    serde_json::from_str::<Value>(json).map_or_else(|_| json.to_owned(), |value| value.to_string())
}

#[cfg(test)]
mod tests {
    use pipefit::component::TRUE_OR_FALSE;
    use serde_json::json;

    use super::*;

    const JOB_ID: Input = Input::id("jobId", "Job ID").required().example("1088").source("selectJob");
    const URGENT: Input = Input::flag("urgent", "Urgent").choices(TRUE_OR_FALSE);

    #[test]
    fn shows_the_declared_properties() {
        let shown = facts(&JOB_ID);
        assert_eq!(shown, [("Values from", "data source selectJob".to_owned()), ("Example", "1088".to_owned())]);
        assert_eq!(facts(&URGENT), [("Choices", "true, false".to_owned())]);
    }

    #[test]
    fn an_argument_survives_the_shell() {
        assert_eq!(argument("jobId", &json!("1088")), "jobId=1088");
        assert_eq!(argument("summary", &json!("it's $5")), r"summary='it'\''s $5'");
        assert_eq!(argument("summary", &json!("@home")), "summary:='\"@home\"'");
        assert_eq!(argument("tagTypeIds", &json!(["1"])), "tagTypeIds:='[\"1\"]'");
    }
}
