//! Maintenance commands for this repository.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command talks to the terminal")]

mod licences;
mod names;
mod new_action;
mod release;
mod update;

use std::path::Path;
use std::process::ExitCode;

const USAGE: &str = "\
usage:
  cargo xtask update [--check]
      Writes every generated file: schemas/, docs/ with its picture of the terminal, and the snapshots.
      With --check it writes nothing, and fails where a file is not what it would be.
  cargo xtask licences
      Fails if a dependency comes under a licence that nobody has looked at.
  cargo xtask release
      Builds an archive with the command, its manual pages and its completions.
  cargo xtask new-action KEY METHOD PATH [--label LABEL]
      Adds an action to the ServiceTitan component, such as
      cargo xtask new-action getEstimate GET '/sales/v2/tenant/{tenant}/estimates/{id}'";

fn main() -> ExitCode {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match &arguments[..] {
        ["licences"] => licences::check(root),
        ["update"] => update::write(root),
        ["update", "--check"] => update::check(root),
        ["release"] => release::main(root),
        ["new-action", rest @ ..] => new_action::main(root, rest),
        _ => Err(USAGE.to_owned()),
    };
    match done {
        Ok(said) => println!("{said}"),
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}
