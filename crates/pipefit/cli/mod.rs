//! The command line: parses the arguments, runs the command, and sets the exit status.

mod arguments;
mod commands;
mod complete;
mod configuration;
mod exit;
mod files;
mod flags;
mod log;
mod metrics;
mod out;
mod output;
mod parts;
mod progress;
mod slips;
mod supervisor;
mod terminal;

use std::ffi::OsString;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::error::ErrorKind as Slip;
use clap::{CommandFactory, FromArgMatches as _, Parser, Subcommand};
use clap_complete::Shell;
use pipefit::{Code, Error};

#[cfg(feature = "restate")]
use self::commands::{call, worker};
use self::commands::{
    connection, describe, explain, export, init, list, playground, run, run_help, sandbox, scopes, serve,
};

const EXAMPLES: &str = "\
Examples:
  Run an action against a sandbox in this process, without an account:
    pipefit run --sandbox getJob jobId=10978752986
  List all actions, and show the inputs of one:
    pipefit list
    pipefit describe createJob
  Try them by hand, on a page in the browser:
    pipefit playground
  Run against a real account, with connections from a file:
    pipefit run --connections connections.json getJob jobId=10978752986";

const COMPLETIONS: &str = "\
Install:
  bash  echo 'source <(pipefit completions bash)' >> ~/.bashrc
  zsh   echo 'source <(pipefit completions zsh)' >> ~/.zshrc
  fish  pipefit completions fish > ~/.config/fish/completions/pipefit.fish";

/// Runs actions, data sources and triggers of integration components.
#[derive(Debug, Parser)]
#[command(name = "pipefit", version, after_help = EXAMPLES, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    #[command(flatten)]
    Run(Run),
    /// Write a first project: a request and a configuration
    Init(init::Args),
    /// List all actions, data sources and triggers
    List(list::Args),
    /// Show the inputs of an action, data source or trigger
    Describe(describe::Args),
    /// List the OAuth scopes that the service must grant
    Scopes(scopes::Args),
    /// Explain an error code: what it means and what to do
    Explain(explain::Args),
    /// Add, list, test and remove connections
    #[command(subcommand)]
    Connection(connection::Connection),
    /// Serve a page for trying actions by hand, until Ctrl-C
    Playground(playground::Args),
    /// Run requests of other programs, until they end or Ctrl-C
    Serve(Box<serve::Args>),
    /// Run requests that Restate hands out, until Ctrl-C
    #[cfg(feature = "restate")]
    Worker(Box<worker::Args>),
    /// Hand a request in to Restate, whose workers run it, and wait for the reply
    #[cfg(feature = "restate")]
    Call(call::Args),
    /// Serve a sandbox, a local imitation of the service, until Ctrl-C
    Sandbox(sandbox::Args),
    /// Export schemas for form builders
    #[command(subcommand)]
    Schema(export::Schema),
    /// Export documentation
    #[command(subcommand)]
    Docs(export::Docs),
    /// Print a completion script for a shell: keys, inputs and choices are completed, too
    #[command(after_help = COMPLETIONS)]
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Write the manual pages
    Man {
        /// The folder to write them to; without it, the page of `pipefit` itself goes to stdout
        #[arg(long)]
        dir: Option<PathBuf>,
    },
}

/// The command that programs start for each request.
#[derive(Debug, Subcommand)]
enum Run {
    /// Run one action, data source or trigger, named by arguments or by a JSON request on stdin
    Run(Box<run::Args>),
}

/// Runs the command of the process's arguments.
pub(crate) fn main() -> ExitCode {
    // Without the optional values of flags, which would take the key for one.
    complete::answer(Cli::command);
    let arguments: Vec<_> = std::env::args_os().collect();
    match parsed(&arguments) {
        Ok(cli) => dispatch(cli.command),
        Err(error) if slips::is_one(&error) => {
            let what = slips::explained(&error, &arguments);
            if is_run(&arguments) { run::report_invalid_flags(&what) } else { out::fail_in_a_line(&what) }
        }
        Err(error)
            if error.kind() == Slip::DisplayHelp
                && let Some(help) = help_of_unit(&arguments) =>
        {
            out::finish(&help, exit::OK)
        }
        Err(error) => match error.print() {
            // A closed pipe while printing help is not an error.
            Err(failed) if !error.use_stderr() && failed.kind() != ErrorKind::BrokenPipe => {
                out::say(&format!("error: cannot write to stdout: {failed}"));
                ExitCode::from(exit::INTERNAL)
            }
            _ => ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2)),
        },
    }
}

/// Returns the command line.
fn command() -> clap::Command {
    flags::adapted(Cli::command())
}

/// Reads the arguments and the environment.
fn parsed(arguments: &[OsString]) -> Result<Cli, clap::Error> {
    // The flags of all commands take longer to describe than those of `run` to read.
    if let Some(run) = parsed_alone(arguments) {
        return Ok(Cli { command: Command::Run(run) });
    }
    // `help` takes names of commands only; its own help is that of the program.
    let asked = arguments.get(1).is_some_and(|first| first == "help");
    let given = arguments.iter().filter(|argument| !(asked && (*argument == "--help" || *argument == "-h")));
    let matches = command().try_get_matches_from(given)?;
    Cli::from_arg_matches(&matches)
}

/// Reads the arguments of `run`, if it is called and nothing is wrong with them.
fn parsed_alone(arguments: &[OsString]) -> Option<Run> {
    if arguments.get(1)? != "run" {
        return None;
    }
    let command = flags::adapted(Run::augment_subcommands(clap::Command::new("pipefit")));
    Run::from_arg_matches(&command.try_get_matches_from(arguments).ok()?).ok()
}

fn dispatch(command: Command) -> ExitCode {
    match command {
        Command::Run(Run::Run(args)) => run::main(*args),
        Command::Init(args) => init::main(&args),
        Command::List(args) => list::main(&args),
        Command::Describe(args) => describe::main(&args),
        Command::Scopes(args) => scopes::main(&args),
        Command::Explain(args) => explain::main(&args),
        Command::Connection(command) => connection::main(command),
        Command::Playground(args) => playground::main(&args),
        Command::Serve(args) => serve::main(&args),
        #[cfg(feature = "restate")]
        Command::Worker(args) => worker::main(&args),
        #[cfg(feature = "restate")]
        Command::Call(args) => call::main(&args),
        Command::Sandbox(args) => sandbox::main(&args),
        Command::Schema(command) => export::main(&command),
        Command::Docs(command) => export::document(&command),
        Command::Completions { shell } => match complete::script(shell) {
            Ok(script) => out::finish(&script, exit::OK),
            Err(error) => out::fail(&error),
        },
        Command::Man { dir } => write_manual(dir.as_deref()),
    }
}

/// Writes a manual page for each command to a folder, or that of `pipefit` itself to stdout.
fn write_manual(dir: Option<&Path>) -> ExitCode {
    let command = command();
    let Some(dir) = dir else {
        let mut page = Vec::new();
        return match clap_mangen::Man::new(command).render(&mut page) {
            Ok(()) => out::finish(String::from_utf8_lossy(&page).trim_end(), exit::OK),
            Err(error) => out::fail(&Error::internal(error)),
        };
    };
    match fs::create_dir_all(dir).and_then(|()| clap_mangen::generate_to(command, dir)) {
        Ok(()) => out::finish(&format!("the manual pages are in {}", dir.display()), exit::OK),
        Err(error) => {
            let message = format!("cannot write the manual pages to {}: {error}", dir.display());
            out::fail(&Error::new(Code::InvalidRequest, message))
        }
    }
}

/// Whether the command is `run`, whose caller expects a JSON object.
fn is_run(arguments: &[OsString]) -> bool {
    arguments.iter().skip(1).find(|argument| !argument.to_string_lossy().starts_with('-')).is_some_and(|it| it == "run")
}

/// The help of `run` for the unit that the arguments name, if they do.
fn help_of_unit(arguments: &[OsString]) -> Option<String> {
    let words = arguments.iter().skip(1).filter_map(|word| word.to_str());
    let entry = is_run(arguments).then(|| run_help::unit_in(words)).flatten()?;
    let command = command();
    Some(run_help::of_unit(&entry, command.find_subcommand("run")?))
}

/// Creates an event loop on this thread, which is enough for one invocation.
fn event_loop() -> Result<tokio::runtime::Runtime, Error> {
    let built = tokio::runtime::Builder::new_current_thread().enable_all().build();
    built.map_err(|error| Error::new(Code::Internal, format!("cannot start the event loop: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_well_formed() {
        flags::adapted(Cli::command()).debug_assert();
    }

    #[test]
    fn only_run_reports_invalid_flags_in_json() {
        let of = |line: &str| line.split(' ').map(OsString::from).collect::<Vec<_>>();
        assert!(is_run(&of("pipefit run --bogus")));
        assert!(is_run(&of("pipefit --bogus run")));
        assert!(!is_run(&of("pipefit list run")));
        assert!(!is_run(&of("pipefit")));
    }
}
