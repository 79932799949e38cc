//! Workers on a cluster of Restate, on this machine: three nodes, three workers, a balancer before them, and the
//! sandbox. Nodes and workers are killed and frozen while invocations run and triggers poll, and every promise is
//! checked.
//!
//! `tests/restate/run` builds and starts it, and says how it is used.

#![cfg(target_os = "linux")]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a report for the person who runs it")]

mod balancer;
mod bench;
mod cluster;
mod load;
mod ports;
mod process;
mod run;
mod script;
mod secrets;
mod sink;
mod verdict;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::script::Script;

type Failure = Box<dyn std::error::Error + Send + Sync>;
type Result<T> = std::result::Result<T, Failure>;

/// Exit status if a promise is broken, and if nothing can be said.
const BROKEN: u8 = 1;
const NOT_RUN: u8 = 2;

#[derive(Parser)]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs scripts, each on a new cluster
    Scripts {
        #[command(flatten)]
        tools: Tools,
        /// The invocations of each script; a fifth of them are writes
        #[arg(long, default_value_t = 1_000)]
        invocations: usize,
        /// `SECOND kill|start|freeze|thaw TARGET`, separated by commas; a target is `worker N`, `node N`, `workers`,
        /// `nodes`, or `leader`, the node that leads most partitions
        #[arg(required = true)]
        scripts: Vec<Script>,
    },
    /// Measures reads: bare, and through one node and three
    Bench {
        #[command(flatten)]
        tools: Tools,
        /// The reads of each row, one at a time
        #[arg(long, default_value_t = 300, value_parser = clap::value_parser!(u16).range(1..))]
        reads: u16,
    },
    /// Becomes this program, which is killed when the process that started it ends
    #[command(hide = true)]
    Become {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        program: Vec<std::ffi::OsString>,
    },
}

/// What a cluster consists of.
#[derive(clap::Args)]
struct Tools {
    /// The command `pipefit`, built with the feature `restate`
    #[arg(long)]
    pipefit: PathBuf,
    /// The folder `@restatedev` that npm installed
    #[arg(long)]
    npm: PathBuf,
    /// The configuration of the nodes
    #[arg(long)]
    config: PathBuf,
    /// Where folders and logs go; the last runs stay there
    #[arg(long)]
    folder: PathBuf,
}

/// On this thread children are started: they end with it, and it with the process.
#[tokio::main]
async fn main() -> ExitCode {
    let done = match Args::parse().command {
        Command::Scripts { tools, invocations, scripts } => run::scripts(&tools, &scripts, invocations).await,
        Command::Bench { tools, reads } => bench::run(&tools, reads.into()).await,
        Command::Become { program } => Err(process::become_program(&program)),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(BROKEN),
        Err(error) => {
            eprintln!("the cluster test cannot go on: {error}");
            ExitCode::from(NOT_RUN)
        }
    }
}
