//! Slips in the arguments: what is wrong, and what to type instead.

use std::error::Error as _;
use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use pipefit::component::{Input, Kind};
use pipefit::{Catalog, Registered};

use super::arguments::is_plain;

/// The longest argument that is repeated in a message. A longer one may be a request, with secrets.
pub(crate) const SHOWN: usize = 60;

/// What commands are called elsewhere.
const OTHER_NAMES: [(&str, &str); 4] = [
    ("doctor", "pipefit connection test"),
    ("connections", "pipefit connection"),
    ("actions", "pipefit list"),
    ("show", "pipefit describe"),
];

/// Whether clap's message is about a slip: help and versions come as errors, too.
pub(crate) fn is_one(error: &clap::Error) -> bool {
    error.use_stderr() && error.kind() != ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
}

/// Says what is wrong with the arguments, and what to type instead.
pub(crate) fn explained(error: &clap::Error, arguments: &[OsString]) -> String {
    let words: Vec<_> = arguments.iter().map(|word| word.to_string_lossy().into_owned()).collect();
    let given = |kind| error.get(kind).map(ToString::to_string);
    let (argument, value) = (given(ContextKind::InvalidArg), given(ContextKind::InvalidValue));
    let command = given(ContextKind::InvalidSubcommand);
    if [&argument, &value, &command].into_iter().flatten().any(|text| text.len() > SHOWN) {
        return "an argument is not valid and too long to repeat; the request is read from stdin".to_owned();
    }
    let explained = match error.kind() {
        ErrorKind::UnknownArgument => argument.map(|flag| unknown_flag(error, &flag, &words)),
        ErrorKind::InvalidSubcommand => command.map(|name| unknown_command(error, &name, &words)),
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            argument.zip(value).map(|(flag, value)| wrong_value(error, &flag, &value))
        }
        ErrorKind::MissingRequiredArgument => argument.map(|missing| missing_argument(error, &missing)),
        ErrorKind::ArgumentConflict => argument.zip(given(ContextKind::PriorArg)).map(|(one, other)| {
            format!("`{}` and `{}` exclude each other: leave one out", name_of(&one), name_of(&other))
        }),
        _ => None,
    };
    explained.unwrap_or_else(|| first_line(error))
}

/// Clap's own words.
fn first_line(error: &clap::Error) -> String {
    let text = error.to_string();
    let what = text.split("\n\n").next().unwrap_or_default().trim_start_matches("error: ");
    what.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn unknown_flag(error: &clap::Error, flag: &str, words: &[String]) -> String {
    let bare = |text: &str| text.replace(['-', '_'], "").to_lowercase();
    let of_unit = words.iter().find_map(|word| unit(word)).and_then(|entry| {
        let inputs = entry.unit.all_inputs();
        Some((entry, inputs.into_iter().find(|input| bare(input.key) == bare(flag))?))
    });
    if let Some((entry, input)) = of_unit {
        let (key, written) = (entry.unit.about().key, assignment(input, value_of(flag, words)));
        return format!("`{flag}` is an input of `{key}`, not a flag: write `{written}`");
    }
    let command = command_of(error);
    let other_name = match (name_of(flag), command.as_str()) {
        ("--format", "pipefit run" | "pipefit scopes") => Some("--output"),
        ("--format", _) => Some("--json"),
        ("--fields", "pipefit run") => Some("--columns"),
        ("--csv", "pipefit run") => Some("--output csv"),
        _ => None,
    };
    let near = || error.get(ContextKind::SuggestedArg).map(ToString::to_string);
    let hint = other_name.map(ToOwned::to_owned).or_else(near).map(|near| format!("did you mean `{near}`?"));
    let hint = hint.unwrap_or_else(|| format!("`{command} --help` lists all flags"));
    format!("there is no flag `{flag}`; {hint}")
}

/// The value of a flag: after its `=`, or the next word.
fn value_of<'a>(flag: &str, words: &'a [String]) -> Option<&'a str> {
    let at = words.iter().position(|word| word.split('=').next() == Some(flag))?;
    words[at].split_once('=').map(|(_, value)| value).or_else(|| words.get(at + 1).map(String::as_str))
}

/// How an input is written with the value that was meant for it, if that may be repeated.
pub(crate) fn assignment(input: &Input, value: Option<&str>) -> String {
    let usual = if input.kind == Kind::Flag { "true" } else { "VALUE" };
    let value = value.filter(|value| !input.secret && is_plain(value) && !value.starts_with("--"));
    let value = value.filter(|value| !value.is_empty() && (input.kind != Kind::Flag || is_boolean(value)));
    format!("{}={}", input.key, value.unwrap_or(usual))
}

fn is_boolean(text: &str) -> bool {
    super::flags::boolean(text).is_ok()
}

fn unknown_command(error: &clap::Error, name: &str, words: &[String]) -> String {
    if let Some(entry) = unit(name) {
        let (kind, key) = (entry.unit.kind().label(), entry.unit.about().key);
        let rest: Vec<_> = words.iter().skip_while(|word| *word != name).skip(1).map(String::as_str).collect();
        let rest = rest.iter().all(|word| word.split('=').all(is_plain)).then(|| rest.join(" "));
        let command = ["pipefit run", key, &rest.unwrap_or_default()].join(" ");
        return format!("`{name}` is {} {kind}, not a command: write `{}`", article(kind), command.trim_end());
    }
    let other_name = OTHER_NAMES.iter().find(|(other, _)| *other == name).map(|(_, command)| (*command).to_owned());
    let near = || error.get(ContextKind::SuggestedSubcommand).map(ToString::to_string);
    let hint = match other_name.or_else(near) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("`{} --help` lists all commands", command_of(error)),
    };
    format!("there is no command `{name}`; {hint}")
}

fn article(noun: &str) -> &'static str {
    if noun.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" }
}

fn wrong_value(error: &clap::Error, flag: &str, value: &str) -> String {
    let name = name_of(flag);
    let choices = match error.get(ContextKind::ValidValue) {
        Some(ContextValue::Strings(choices)) if !choices.is_empty() => {
            let choices: Vec<_> = choices.iter().map(|choice| format!("`{choice}`")).collect();
            Some(format!("one of {}", choices.join(", ")))
        }
        _ => None,
    };
    if value.is_empty() && !flag.contains('[') {
        let flag = flag.replace(['<', '>'], "");
        return format!("`{name}` needs a value: {}", choices.unwrap_or_else(|| format!("write `{flag}`")));
    }
    let expected = choices.map(|choices| format!("expected {choices}"));
    let expected = expected.or_else(|| error.source().map(ToString::to_string)).unwrap_or_default();
    let near = error.get(ContextKind::SuggestedValue).map(|near| format!("; did you mean `{near}`?"));
    format!("`{name}` is `{value}`: {expected}{}", near.unwrap_or_default())
}

/// The name of a flag such as `--tries <N>`, or of an argument such as `<KEY>`.
fn name_of(argument: &str) -> &str {
    let bare = argument.trim_start_matches(['<', '[']);
    bare.split([' ', '=', '[', ']', '>']).next().unwrap_or(bare)
}

fn missing_argument(error: &clap::Error, missing: &str) -> String {
    let name = missing.replace(['<', '>'], "");
    if name.contains('|') {
        return format!("name {}", one_of(missing));
    }
    if name_of(&name) == "--jq" {
        return format!("`--raw` needs `{name}`");
    }
    if name.starts_with('-') {
        return format!("`{name}` is missing: another flag needs it; `{} --help` shows which", command_of(error));
    }
    format!("{name} is missing: write `{}`", usage(error).replace(['<', '>'], ""))
}

/// The choices of a group such as `<--stdio[=BOOL]|--socket <PATH>|--http [<ADDRESS>]>`.
fn one_of(group: &str) -> String {
    let bare = group.replace(['<', '>'], "").replace("[=BOOL]", "");
    let choices: Vec<_> = bare.split('|').map(|choice| format!("`{choice}`")).collect();
    match choices.split_last() {
        Some((last, others)) if !others.is_empty() => format!("one of {} and {last}", others.join(", ")),
        _ => choices.concat(),
    }
}

/// The command that the arguments are for, such as `pipefit connection add`.
fn command_of(error: &clap::Error) -> String {
    let usage = usage(error);
    let names = usage.split(' ').take_while(|word| word.bytes().all(|byte| byte.is_ascii_lowercase()));
    names.collect::<Vec<_>>().join(" ")
}

/// How the command is used, in one line.
fn usage(error: &clap::Error) -> String {
    let text = error.to_string();
    let line = text.lines().find_map(|line| line.strip_prefix("Usage: "));
    line.unwrap_or("pipefit").to_owned()
}

/// The unit with this key, if there is one.
fn unit(key: &str) -> Option<Registered> {
    Catalog::registered().named(key).next().copied()
}
