//! Completions on the command line: keys, inputs and choices come from the catalog.

use std::ffi::OsStr;

use clap_complete::engine::CompletionCandidate;
use clap_complete::env::Shells;
use clap_complete::{CompleteEnv, Shell};
use pipefit::component::schema::FLAG_CHOICES;
use pipefit::component::{Input, Kind};
use pipefit::{Catalog, Error};

/// The variable that makes this program answer a shell's question.
const VARIABLE: &str = "PIPEFIT_COMPLETE";

/// Answers the question of a shell and exits, if there is one.
pub(super) fn answer(command: fn() -> clap::Command) {
    CompleteEnv::with_factory(command).var(VARIABLE).complete();
}

/// Returns the script that makes a shell ask this program.
pub(super) fn script(shell: Shell) -> Result<String, Error> {
    let (shell, mut script) = (shell.to_string(), Vec::new());
    let shells = Shells::builtins();
    let completer = shells.completer(&shell).ok_or_else(|| Error::internal(format!("no completions for {shell}")))?;
    completer.write_registration(VARIABLE, "pipefit", "pipefit", "pipefit", &mut script).map_err(Error::internal)?;
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
        let found = find(name).map(|input| values(input, value)).unwrap_or_default();
        return found.into_iter().map(|choice| CompletionCandidate::new(format!("{name}={choice}"))).collect();
    }
    // Bash takes `name=value` for three words, and an empty value for none.
    let name = match before.as_slice() {
        [.., name, equals] if equals == "=" => Some(name),
        [.., name] => Some(name),
        [] => None,
    };
    if let Some(input) = name.and_then(|name| find(name)) {
        return values(input, &current).into_iter().map(CompletionCandidate::new).collect();
    }
    let offered = inputs().filter(|input| input.key.starts_with(&*current) && !is_given(&before, input));
    let required_first = |input: &&Input| !input.required;
    let mut offered: Vec<_> = offered.collect();
    offered.sort_by_key(required_first);
    let described = |input: &Input| input.description(entry.unit.about().effect).into();
    offered.into_iter().map(|it| CompletionCandidate::new(format!("{}=", it.key)).help(Some(described(it)))).collect()
}

fn is_given(before: &[String], input: &Input) -> bool {
    before.iter().any(|word| word.split(['=', ':']).next() == Some(input.key))
}

fn values(input: &Input, start: &str) -> Vec<&'static str> {
    let choices = input.choices.iter().map(|choice| choice.value).filter(|value| !value.is_empty());
    let flags: &[&str] = if input.kind == Kind::Flag && input.choices.is_empty() { &FLAG_CHOICES } else { &[] };
    choices.chain(flags.iter().copied()).filter(|value| value.starts_with(start)).collect()
}

/// The words of the command line before the one that is completed.
fn words_before() -> Vec<String> {
    let arguments = std::env::args_os().map(|word| word.to_string_lossy().into_owned());
    let mut words: Vec<_> = arguments.skip_while(|word| word != "--").skip(1).collect();
    let index = std::env::var("_CLAP_COMPLETE_INDEX").ok().and_then(|index| index.parse().ok());
    words.truncate(index.unwrap_or_else(|| words.len().saturating_sub(1)));
    words
}
