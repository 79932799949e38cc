//! `pipefit playground`: serves a page for trying units by hand, until Ctrl-C.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use pipefit::runner::Builder;
use pipefit::sandbox::Sandbox;
use pipefit::server::playground::Playground;
use pipefit::{Code, Error};
use tokio::sync::watch;
use tokio::time::sleep;

use super::sandbox;
use crate::cli::configuration::{self, Config, operator};
use crate::cli::supervisor::{GRACE, Signals};
use crate::cli::{event_loop, exit, flags, log, out};

/// How many records of each main resource the sandbox has: more than one page of most lists.
const SANDBOX_RECORDS: usize = 200;

/// How long after the last write a request may still be under way.
const LAST_WORDS: Duration = Duration::from_secs(1);

const HELP: &str = "\
The page finds an action, data source or trigger, shows a form for its inputs and the request
as it will be sent, runs it, and shows the reply. It is served on 127.0.0.1, and the printed
address has a token in it: whoever knows it can use the connections, but never see their secrets.

Examples:
  pipefit playground
  pipefit playground --connections connections.json --read-only";

#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Args {
    /// Use a sandbox in this process; this is the default without connections
    #[arg(long)]
    sandbox: bool,
    /// Read settings, policy and connections from this TOML file [default: pipefit/config.toml in the folder for
    /// configuration, such as ~/.config]
    #[arg(long, value_name = "FILE", env = configuration::VARIABLE)]
    config: Option<PathBuf>,
    /// Offer the connections of this JSON file: {"main": {"key": …, "fields": {…}}}
    #[arg(long, value_name = "FILE", env = configuration::CONNECTIONS)]
    connections: Option<PathBuf>,
    /// Send API requests to this URL instead of the connection's host; plain HTTP is allowed on loopback only
    #[arg(long, value_name = "[COMPONENT=]URL", env = "PIPEFIT_API_URL")]
    api_url: Option<String>,
    /// Fetch access tokens from this URL instead of the connection's token URL
    #[arg(long, value_name = "[COMPONENT=]URL", env = "PIPEFIT_TOKEN_URL")]
    token_url: Option<String>,
    /// Allow only requests that change nothing
    #[arg(long, env = "PIPEFIT_READ_ONLY", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    #[arg(value_name = "BOOL", value_parser = flags::boolean)]
    read_only: Option<bool>,
    /// The port to listen on [default: a free port]
    #[arg(long, value_name = "N", env = "PIPEFIT_PLAYGROUND_PORT", default_value_t = 0, hide_default_value = true)]
    #[arg(value_parser = flags::port)]
    port: u16,
    #[command(flatten)]
    log: log::Args,
}

/// Serves until the process is stopped.
pub(crate) fn main(args: &Args) -> ExitCode {
    let config = match configuration::load(args.config.as_deref()) {
        Ok(config) => config,
        Err(error) => return out::fail(&error),
    };
    log::start(args.log, &config);
    match serve(args, &config) {
        Ok(()) => ExitCode::from(exit::OK),
        Err(error) => out::fail(&error),
    }
}

fn serve(args: &Args, config: &Config) -> Result<(), Error> {
    let file = args.connections.as_deref().filter(|file| !file.as_os_str().is_empty());
    let at_account = !args.sandbox && (file.is_some() || !config.connections.is_empty());
    event_loop()?.block_on(async {
        // Kept until the end because dropping it stops the sandbox.
        let sandbox = if at_account { None } else { Some(start_sandbox().await?) };
        let (builder, names) = match &sandbox {
            None => {
                let names = BTreeSet::from_iter(configuration::names(config, file)?);
                let builder = operator::configured(args.api_url.as_deref(), args.token_url.as_deref(), file, config)?;
                (builder, Vec::from_iter(names))
            }
            Some(sandbox) => (at_sandbox(sandbox), vec![SANDBOX.to_owned()]),
        };
        let runtime = builder.policy(operator::policy(args.read_only, &[], &[], config)?).build()?;
        let playground = Playground::new(runtime.clone(), names).sandbox(sandbox.is_some());
        let bound = playground.bind(args.port).await;
        let server = bound.map_err(|error| {
            refuse(format!("cannot listen on port {}: {error}; `--port N` names another", args.port))
        })?;
        // Caught before anybody can know that it serves.
        let mut signals = Signals::catch();
        // The playground keeps running even if stdout is closed.
        let _ = out::write(&server.url());
        out::say("open this address in a browser; Ctrl-C stops the playground");
        let (stop, mut stopped) = watch::channel(());
        let serving = server.serve(async move { drop(stopped.changed().await) });
        let stopping = async {
            signals.next().await;
            let _ = stop.send(());
            runtime.shut_down(GRACE);
            tokio::select! {
                () = signals.next() => {}
                () = sleep(GRACE + LAST_WORDS) => {}
            }
        };
        tokio::select! {
            done = serving => done.map_err(|error| refuse(format!("cannot serve: {error}"))),
            () = stopping => Ok(()),
        }
    })
}

/// The name of the sandbox's connection.
const SANDBOX: &str = "sandbox";

fn at_sandbox(sandbox: &Sandbox) -> Builder {
    pipefit::at_sandbox(sandbox).connection(SANDBOX, pipefit::sandbox_connection(sandbox))
}

async fn start_sandbox() -> Result<Sandbox, Error> {
    let started = sandbox::bounded().records(SANDBOX_RECORDS).start().await;
    started.map_err(|error| Error::new(Code::Internal, format!("cannot start the sandbox: {error}")))
}

fn refuse(message: String) -> Error {
    Error::new(Code::InvalidRequest, message)
}
