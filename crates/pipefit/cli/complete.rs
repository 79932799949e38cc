//! Completions on the command line: keys, inputs and choices come from the catalog.

use std::ffi::OsStr;
use std::path::Path;

use clap_complete::engine::CompletionCandidate;
use clap_complete::env::Shells;
use clap_complete::{CompleteEnv, Shell};
use pipefit::component::schema::FLAG_CHOICES;
use pipefit::component::{Input, Kind};
use pipefit::{Catalog, Error};

use super::configuration::{self, CONNECTIONS, VARIABLE};
use super::out;

/// The variable that makes this program answer a shell's question.
const QUESTION: &str = "PIPEFIT_COMPLETE";

/// Answers the question of a shell and exits, if there is one.
pub(super) fn answer(command: fn() -> clap::Command) {
    CompleteEnv::with_factory(command).var(QUESTION).complete();
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

/// The inputs of the unit that is named before, and the values of the one that is being given.
pub(super) fn inputs(current: &OsStr) -> Vec<CompletionCandidate> {
    let current = current.to_string_lossy();
    let before = words_before();
    let catalog = Catalog::registered();
    let Some(entry) = before.iter().rev().find_map(|word| catalog.named(word).next()) else { return Vec::new() };
    let inputs = || entry.unit.all_inputs().into_iter().filter(|input| !input.hidden);
    let find = |name: &str| inputs().find(|input| input.key == name);
    if let Some((name, value)) = current.split_once('=') {
        let found = find(name).map(|input| values(input, &before, value)).unwrap_or_default();
        return found.into_iter().map(|choice| CompletionCandidate::new(format!("{name}={choice}"))).collect();
    }
    // Bash takes `name=value` for three words, and an empty value for none.
    let name = match before.as_slice() {
        [.., name, equals] if equals == "=" => Some(name),
        [.., name] => Some(name),
        [] => None,
    };
    if let Some(input) = name.and_then(|name| find(name)) {
        return values(input, &before, &current).into_iter().map(CompletionCandidate::new).collect();
    }
    let offered = inputs().filter(|input| input.key.starts_with(&*current) && !is_given(&before, input));
    let required_first = |input: &&Input| !input.required;
    let mut offered: Vec<_> = offered.collect();
    offered.sort_by_key(required_first);
    let described = |input: &Input| input.description(entry.unit.about().effect).into();
    offered.into_iter().map(|it| CompletionCandidate::new(format!("{}=", it.key)).help(Some(described(it)))).collect()
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

fn is_given(before: &[String], input: &Input) -> bool {
    before.iter().any(|word| word.split(['=', ':']).next() == Some(input.key))
}

fn values(input: &Input, before: &[String], start: &str) -> Vec<String> {
    if input.kind == Kind::Connection {
        return names(before, start);
    }
    let choices = input.choices.iter().map(|choice| choice.value).filter(|value| !value.is_empty());
    let flags: &[&str] = if input.kind == Kind::Flag && input.choices.is_empty() { &FLAG_CHOICES } else { &[] };
    let values = choices.chain(flags.iter().copied()).filter(|value| value.starts_with(start));
    values.map(ToOwned::to_owned).collect()
}

/// The words of the command line before the one that is completed.
fn words_before() -> Vec<String> {
    let arguments = std::env::args_os().map(|word| word.to_string_lossy().into_owned());
    let mut words: Vec<_> = arguments.skip_while(|word| word != "--").skip(1).collect();
    let index = std::env::var("_CLAP_COMPLETE_INDEX").ok().and_then(|index| index.parse().ok());
    words.truncate(index.unwrap_or_else(|| words.len().saturating_sub(1)));
    words
}
