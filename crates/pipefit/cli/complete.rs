//! Completions on the command line: keys, inputs and choices come from the catalog.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::Path;

use clap_complete::engine::CompletionCandidate;
use clap_complete::env::Shells;
use clap_complete::{CompleteEnv, Shell};
use pipefit::component::schema::{self, FLAG_CHOICES};
use pipefit::component::{Effect, Input, Kind, ListEndpoint, Output};
use pipefit::{Catalog, Code, Error, Unit};
use serde_json::Value;

use super::configuration::{self, CONNECTIONS, VARIABLE};
use super::{out, parts};

/// The variable that makes this program answer a shell's question.
const QUESTION: &str = "PIPEFIT_COMPLETE";

/// Answers the question of a shell and exits, if there is one.
pub(super) fn answer(command: fn() -> clap::Command) {
    if std::env::var_os(QUESTION).is_none() {
        return;
    }
    let mut arguments: Vec<_> = std::env::args_os().collect();
    let before = words_before();
    // Flags are offered for an empty word, but not after `--`, and Bash passes the value in `name=value` as a word.
    if unit_and_input(&before).is_some_and(|(_, given)| given.is_some())
        && let Some(separator) = arguments.iter().position(|word| word == "--")
        && let Some(last) = arguments.get_mut(separator + before.len())
    {
        *last = OsString::from("--");
    }
    let folder = std::env::current_dir().ok();
    match CompleteEnv::with_factory(command).var(QUESTION).try_complete(arguments, folder.as_deref()) {
        Ok(true) => std::process::exit(0),
        Ok(false) => {}
        Err(error) => error.exit(),
    }
}

/// Returns the script that makes a shell ask this program.
pub(super) fn script(shell: Shell) -> Result<String, Error> {
    let (shell, mut script) = (shell.to_string(), Vec::new());
    let shells = Shells::builtins();
    let completer = shells.completer(&shell).ok_or_else(|| Error::internal(format!("no completions for {shell}")))?;
    completer.write_registration(QUESTION, "pipefit", "pipefit", "pipefit", &mut script).map_err(Error::internal)?;
    Ok(String::from_utf8_lossy(&script).into_owned())
}

/// The keys of all units.
pub(super) fn keys(current: &OsStr) -> Vec<CompletionCandidate> {
    let current = current.to_string_lossy().to_lowercase();
    let catalog = Catalog::registered();
    let units = catalog.units().iter().map(|entry| entry.unit.about());
    let matching = units.filter(|about| about.key.to_lowercase().starts_with(&current));
    matching.map(|about| CompletionCandidate::new(about.key).help(Some(about.help.into()))).collect()
}

/// The inputs of the unit that is named before, what is inside them, and the values of the one that is being given.
pub(super) fn inputs(current: &OsStr) -> Vec<CompletionCandidate> {
    let current = current.to_string_lossy();
    let before = words_before();
    let Some((unit, given)) = unit_and_input(&before) else { return Vec::new() };
    let effect = unit.about().effect;
    let find = |path: &str| input_of(unit, path);
    if let Some((name, value)) = current.split_once('=') {
        let found = find(name).map(|input| values(input, effect, name, &before, value)).unwrap_or_default();
        return found.into_iter().map(|choice| CompletionCandidate::new(format!("{name}={choice}"))).collect();
    }
    if let Some((name, input)) = given {
        let found = values(input, effect, name, &before, &current);
        return found.into_iter().map(CompletionCandidate::new).collect();
    }
    let offered =
        visible_inputs(unit).filter(|input| input.key.starts_with(&*current) && !is_given(&before, input.key));
    let required_first = |input: &&Input| !input.required;
    let mut offered: Vec<_> = offered.collect();
    offered.sort_by_key(required_first);
    let whole = offered.into_iter().map(|input| (format!("{}=", input.key), input.description(effect)));
    let inside = find(&current).map(|input| parts::of_input(input, effect, &current)).unwrap_or_default();
    let inside = inside.into_iter().map(|part| (part.assigned, part.help));
    let inside = inside.filter(|(assigned, _)| !is_given(&before, assigned.trim_end_matches('=')));
    let candidates = whole.chain(inside);
    candidates.map(|(text, help)| CompletionCandidate::new(text).help(Some(help.into()))).collect()
}

/// The unit that is named before, and the path and input whose value comes next, if one does.
fn unit_and_input(before: &[String]) -> Option<(Unit, Option<(&str, &'static Input)>)> {
    let catalog = Catalog::registered();
    let unit = before.iter().rev().find_map(|word| catalog.named(word).next())?.unit;
    // Bash takes `name=value` for three words, and an empty value for none.
    let name = match before {
        [.., name, equals] if equals == "=" => Some(name),
        [.., name] => Some(name).filter(|name| !name.contains('=')),
        [] => None,
    };
    Some((unit, name.and_then(|name| Some((name.as_str(), input_of(unit, name)?)))))
}

fn visible_inputs(unit: Unit) -> impl Iterator<Item = &'static Input> {
    unit.all_inputs().into_iter().filter(|input| !input.hidden)
}

/// The input that a path such as `appointments[0].start` leads into.
fn input_of(unit: Unit, path: &str) -> Option<&'static Input> {
    visible_inputs(unit).find(|input| Some(input.key) == path.split(['.', '[']).next())
}

/// The error codes.
pub(super) fn codes(current: &OsStr) -> Vec<CompletionCandidate> {
    let current = current.to_string_lossy();
    let matching = Code::ALL.iter().filter(|code| code.name().starts_with(&*current));
    matching.map(|code| CompletionCandidate::new(code.name()).help(Some(code.guide().meaning.into()))).collect()
}

/// The resources.
pub(super) fn resources(current: &OsStr) -> Vec<CompletionCandidate> {
    let current = current.to_string_lossy();
    let catalog = Catalog::registered();
    let resources: BTreeMap<_, _> =
        catalog.units().iter().map(|entry| entry.unit.about().resource).map(|it| (it.key, it.label)).collect();
    let matching = resources.into_iter().filter(|(key, _)| key.starts_with(&*current));
    matching.map(|(key, label)| CompletionCandidate::new(key).help(Some(label.into()))).collect()
}

/// The fields of the records that the action named before lists, and those inside them.
pub(super) fn columns(current: &OsStr) -> Vec<CompletionCandidate> {
    let current = current.to_string_lossy();
    let catalog = Catalog::registered();
    let Some(entry) = words_before().iter().rev().find_map(|word| catalog.named(word).next()) else {
        return Vec::new();
    };
    let Unit::Action(action) = entry.unit else { return Vec::new() };
    let Output::Page(ListEndpoint { record: Some(record), .. }) = action.output() else { return Vec::new() };
    let schema = Value::Object(schema::of_output(Output::Record(record)));
    let fields_of = |schema: &Value| schema::inside(schema)["properties"].as_object().cloned().unwrap_or_default();
    let with_inner = |(name, field): (String, Value)| {
        let inside: Vec<_> = fields_of(&field).keys().map(|inner| format!("{name}.{inner}")).collect();
        std::iter::once(name).chain(inside)
    };
    let names = fields_of(&schema).into_iter().flat_map(with_inner);
    names.filter(|name| name.starts_with(&*current)).map(CompletionCandidate::new).collect()
}

/// The names of the configured connections.
pub(super) fn connections(current: &OsStr) -> Vec<CompletionCandidate> {
    names(&words_before(), &current.to_string_lossy()).into_iter().map(CompletionCandidate::new).collect()
}

/// The configured connections whose names start like this. Completion says nothing of what is wrong with their files.
fn names(before: &[String], start: &str) -> Vec<String> {
    out::say_nothing();
    let (config, connections) = (flag(before, "--config", VARIABLE), flag(before, "--connections", CONNECTIONS));
    let config = configuration::load(config.as_deref().map(Path::new)).unwrap_or_default();
    let names = configuration::names(&config, connections.as_deref().map(Path::new)).unwrap_or_default();
    names.into_iter().filter(|name| name.starts_with(start)).collect()
}

/// The value of a flag or, without the flag, of its variable.
fn flag(before: &[String], name: &str, variable: &str) -> Option<String> {
    let given = before.iter().enumerate().rev().find_map(|(at, word)| match word.strip_prefix(name)? {
        // Bash takes `--flag=value` for three words.
        "" => before[at + 1..].iter().find(|word| *word != "=").cloned(),
        rest => rest.strip_prefix('=').map(ToOwned::to_owned),
    });
    given.or_else(|| std::env::var(variable).ok())
}

fn is_given(before: &[String], name: &str) -> bool {
    before.iter().any(|word| word.split(['=', ':']).next() == Some(name))
}

/// The values of an input, or of what is inside it at this path, that start like this.
fn values(input: &Input, effect: Effect, path: &str, before: &[String], start: &str) -> Vec<String> {
    if input.kind == Kind::Connection {
        return names(before, start);
    }
    let mut values = if path == input.key {
        let choices = input.choices.iter().map(|choice| choice.value).filter(|value| !value.is_empty());
        let flags: &[&str] = if input.kind == Kind::Flag && input.choices.is_empty() { &FLAG_CHOICES } else { &[] };
        choices.chain(flags.iter().copied()).map(ToOwned::to_owned).collect()
    } else {
        parts::values(input, effect, path)
    };
    values.retain(|value| value.starts_with(start));
    values
}

/// The words of the command line before the one that is completed.
fn words_before() -> Vec<String> {
    let arguments = std::env::args_os().map(|word| word.to_string_lossy().into_owned());
    let mut words: Vec<_> = arguments.skip_while(|word| word != "--").skip(1).collect();
    let index = std::env::var("_CLAP_COMPLETE_INDEX").ok().and_then(|index| index.parse().ok());
    words.truncate(index.unwrap_or_else(|| words.len().saturating_sub(1)));
    words
}
