//! The command line: parses the arguments, runs the command, and sets the exit status.

mod access;
mod config;
mod connection;
mod describe;
mod exit;
mod explain;
mod export;
mod files;
mod flags;
mod init;
mod list;
mod log;
mod out;
mod playground;
mod references;
mod run;
mod sandbox;
mod scopes;
mod stored;
mod supervisor;

use std::ffi::OsString;
use std::io::ErrorKind;
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches as _, Parser, Subcommand};
use clap_complete::Shell;
use pipefit::{Code, Error};

const EXAMPLES: &str = "\
Examples:
  Run an action against a sandbox in this process, without an account:
    echo '{\"action\":\"getJob\",\"inputs\":{\"jobId\":\"10978752986\"}}' | pipefit run --sandbox
  List all actions, and show the inputs of one:
    pipefit list
    pipefit describe createJob
  Try them by hand, on a page in the browser:
    pipefit playground
  Run against a real account, with connections from a file:
    pipefit run --connections connections.json < request.json";

/// Runs actions, data sources and triggers of integration components.
#[derive(Debug, Parser)]
#[command(name = "pipefit", version, after_help = EXAMPLES, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run one request: read JSON from stdin, write one JSON object to stdout
    Run(run::Args),
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
    /// Serve a sandbox, a local imitation of the service, until Ctrl-C
    Sandbox(sandbox::Args),
    /// Export schemas for form builders
    #[command(subcommand)]
    Schema(export::Schema),
    /// Export documentation
    #[command(subcommand)]
    Docs(export::Docs),
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: Shell,
    },
}

/// Runs the command of the process's arguments.
pub(crate) fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().collect();
    match parsed(&arguments) {
        Ok(cli) => dispatch(cli.command),
        Err(error) if error.use_stderr() && is_run(&arguments) => run::report_invalid_flags(&error),
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

/// Reads the arguments and the environment.
fn parsed(arguments: &[OsString]) -> Result<Cli, clap::Error> {
    // `help` takes names of commands only; its own help is that of the program.
    let asked = arguments.get(1).is_some_and(|first| first == "help");
    let given = arguments.iter().filter(|argument| !(asked && (*argument == "--help" || *argument == "-h")));
    let matches = flags::adapted(Cli::command()).try_get_matches_from(given)?;
    Cli::from_arg_matches(&matches)
}

fn dispatch(command: Command) -> ExitCode {
    match command {
        Command::Run(args) => run::main(args),
        Command::Init(args) => init::main(&args),
        Command::List(args) => list::main(&args),
        Command::Describe(args) => describe::main(&args),
        Command::Scopes(args) => scopes::main(&args),
        Command::Explain(args) => explain::main(&args),
        Command::Connection(command) => connection::main(command),
        Command::Playground(args) => playground::main(&args),
        Command::Sandbox(args) => sandbox::main(&args),
        Command::Schema(command) => export::main(&command),
        Command::Docs(command) => export::document(&command),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut flags::adapted(Cli::command()), "pipefit", &mut script);
            out::finish(&String::from_utf8_lossy(&script), exit::OK)
        }
    }
}

/// Whether the command is `run`, whose caller expects a JSON object.
fn is_run(arguments: &[OsString]) -> bool {
    arguments.iter().skip(1).find(|argument| !argument.to_string_lossy().starts_with('-')).is_some_and(|it| it == "run")
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
