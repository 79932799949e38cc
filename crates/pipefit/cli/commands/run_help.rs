//! `pipefit run KEY --help`: the inputs of one unit, and the flags that its runs need most.

use std::fmt::Write as _;

use clap::Command;
use pipefit::component::{CONNECTION, Collection, Effect, Input, Kind};
use pipefit::{Catalog, Registered};
use unicode_width::UnicodeWidthStr as _;

use super::list::first_sentence;
use crate::cli::output::fitted;
use crate::cli::terminal;

/// The flags that it shows.
const FLAGS: [&str; 10] =
    ["sandbox", "dry_run", "verify", "idempotency_key", "files", "connection", "output", "columns", "jq", "raw"];

/// The order of the parts of the help: the inputs stand before the flags.
const TEMPLATE: &str = "{about-with-newline}\n{usage-heading} {usage}\n\n{before-help}Options:\n{options}{after-help}";

/// The widest help, as clap wraps it.
const WIDEST: usize = 100;

/// Returns the unit that these words of `pipefit run` name, if they do.
pub(crate) fn unit_in<'a>(words: impl IntoIterator<Item = &'a str>) -> Option<Registered> {
    let catalog = Catalog::registered();
    words.into_iter().find_map(|word| catalog.named(word).next().copied())
}

/// Returns the help of `run`, the command given, for one unit.
pub(crate) fn of_unit(entry: &Registered, run: &Command) -> String {
    let about = entry.unit.about();
    let key = about.key;
    let after = format!(
        "`pipefit describe {key}` shows all of each input, with an example.\n\
         `pipefit run --help` shows all flags, and how inputs are written."
    );
    let mut run = run
        .clone()
        .bin_name("pipefit run")
        .about(format!("{}: {}", about.label, about.help))
        .override_usage(format!("pipefit run {key} [OPTIONS] [NAME=VALUE]..."))
        .before_help(inputs(entry, terminal::width().min(WIDEST)))
        .after_help(after)
        .help_template(TEMPLATE)
        .mut_args(|flag| {
            let is_shown = FLAGS.contains(&flag.get_id().as_str());
            flag.hide(!is_shown)
        })
        .disable_help_flag(true);
    run.render_help().to_string()
}

/// A line for each input, the required ones first. The connection, which is rarely an argument, comes last.
fn inputs(entry: &Registered, width: usize) -> String {
    let effect = entry.unit.about().effect;
    let mut inputs: Vec<_> = entry.unit.all_inputs().into_iter().filter(|input| !input.hidden).collect();
    inputs.sort_by_key(|input| input.key == CONNECTION.key);
    let (required, optional): (Vec<&Input>, Vec<_>) = inputs.iter().partition(|input| is_required(input));
    let names = inputs.iter().map(|input| input.key.width()).max().unwrap_or(0);
    let types = inputs.iter().map(|input| type_of(input).width()).max().unwrap_or(0);
    let mut text = String::new();
    for (heading, inputs) in [("Required inputs", required), ("Optional inputs", optional)] {
        if inputs.is_empty() {
            continue;
        }
        let _ = writeln!(text, "{}{heading}:", if text.is_empty() { "" } else { "\n" });
        for input in inputs {
            let line = format!("  {:names$}  {:types$}  {}", input.key, type_of(input), in_short(input, effect));
            let _ = writeln!(text, "{}", fitted(&line, width));
        }
    }
    text.trim_end().to_owned()
}

/// Whether it must be an argument: a connection may come from elsewhere.
fn is_required(input: &Input) -> bool {
    input.required && input.key != CONNECTION.key
}

fn type_of(input: &Input) -> String {
    let many = match input.collection {
        Collection::One => "",
        Collection::Values => ", several",
        Collection::Pairs => ", by name",
    };
    format!("{}{many}", input.kind.plain_name())
}

/// The choices, which say most, if there are some; otherwise the first sentence.
fn in_short(input: &Input, effect: Effect) -> String {
    let choices: Vec<_> = input.choices.iter().map(|choice| choice.value).filter(|value| !value.is_empty()).collect();
    if choices.is_empty() || input.kind == Kind::Flag {
        return first_sentence(&input.description(effect)).to_owned();
    }
    format!("{} {}", if input.open { "Such as" } else { "One of" }, choices.join(", "))
}
