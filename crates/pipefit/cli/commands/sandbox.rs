//! `pipefit sandbox`: serves a sandbox until Ctrl-C.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use pipefit::sandbox::{Builder, Fault, Sandbox};
use pipefit::{Code, Error};
use serde_json::{Value, json};

use crate::cli::supervisor::Signals;
use crate::cli::{event_loop, exit, flags, out};

/// How many requests a sandbox keeps.
const KEPT_REQUESTS: usize = 1000;

/// How many bytes of their bodies it keeps.
const KEPT_BYTES: usize = 1024 * 1024;

const HELP: &str = "\
The sandbox listens on 127.0.0.1 and prints one JSON object with its URL, its token URL and
a connection that it accepts. Records that are created last until it stops.

The file of --faults is a JSON list of rules; the first rule that matches a request applies:
  [{\"kind\": \"status\", \"status\": 503, \"path\": \"/jpm/**\", \"times\": 2}]
Kinds:
  status, tooManyRequests, resetBeforeRead, dropBeforeRead, resetAfterCommit, cutBody,
  notJson, slowFirstByte, slowTrickle, endlessBody, revokeToken, refuse
Any rule may have:
  method, path, skip, times, probability

Examples:
  pipefit sandbox --port 8097 --records 100000
  pipefit sandbox --faults faults.json --seed 7";

#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Args {
    /// The port to listen on [default: a free port]
    #[arg(long, value_name = "N", env = "PIPEFIT_SANDBOX_PORT", default_value_t = 0, hide_default_value = true)]
    #[arg(value_parser = flags::port)]
    port: u16,
    /// The initial number of records of each main resource
    #[arg(long, value_name = "N", env = "PIPEFIT_SANDBOX_RECORDS", default_value_t = 200)]
    #[arg(value_parser = flags::whole_number::<usize>)]
    records: usize,
    /// The seed of the data and of random faults; the same seed gives the same data
    #[arg(long, value_name = "N", env = "PIPEFIT_SANDBOX_SEED", default_value_t = 1097)]
    #[arg(value_parser = flags::whole_number::<u64>)]
    seed: u64,
    /// The maximum number of requests per second of an application for a tenant; 0 for no limit
    #[arg(long, value_name = "N", env = "PIPEFIT_SANDBOX_RATE", default_value_t = 60)]
    #[arg(value_parser = flags::whole_number::<u32>)]
    rate: u32,
    /// Read rules for faults from this JSON file
    #[arg(long, value_name = "FILE", env = "PIPEFIT_SANDBOX_FAULTS")]
    faults: Option<PathBuf>,
}

/// Serves until the process is stopped.
pub(crate) fn main(args: &Args) -> ExitCode {
    match serve(args) {
        Ok(()) => ExitCode::from(exit::OK),
        Err(error) => out::fail(&error),
    }
}

fn serve(args: &Args) -> Result<(), Error> {
    let mut builder = bounded().records(args.records).seed(args.seed).address(address(args.port));
    builder = builder.rate_limit(Some(args.rate).filter(|rate| *rate > 0));
    for fault in read_faults(args.faults.as_deref())? {
        builder = builder.fault(fault);
    }
    event_loop()?.block_on(async {
        let started = builder.start().await;
        let sandbox = started.map_err(|error| refuse(format!("cannot start the sandbox: {error}")))?;
        // Caught before anybody can know that it serves.
        let mut signals = Signals::catch();
        announce(&sandbox);
        tokio::select! {
            () = sandbox.stopped() => {}
            () = signals.next() => {}
        }
        Ok(())
    })
}

/// Returns the settings of a sandbox that keeps a bounded part of the requests that it has seen.
pub(crate) fn bounded() -> Builder {
    Sandbox::builder().keep_requests(KEPT_REQUESTS, KEPT_BYTES)
}

fn address(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}

/// Prints the URLs and the connection to stdout for programs, and an example to stderr for people.
fn announce(sandbox: &Sandbox) {
    let (url, token_url, connection) = (sandbox.url(), sandbox.token_url(), pipefit::sandbox_connection(sandbox));
    let request = json!({"action": "getJob", "inputs": {"connection": connection, "jobId": "10978752986"}});
    // The sandbox keeps running even if stdout is closed.
    let _ = out::write(&json!({"apiUrl": url, "tokenUrl": token_url, "connection": connection}).to_string());
    out::say_lines(&format!(
        "\nServing until Ctrl-C. In another shell:\n\n  \
         export PIPEFIT_API_URL={url} PIPEFIT_TOKEN_URL={token_url}\n  \
         echo '{request}' | pipefit run"
    ));
}

fn read_faults(file: Option<&Path>) -> Result<Vec<Fault>, Error> {
    let Some(file) = file else { return Ok(Vec::new()) };
    let of_file = |what: String| refuse(format!("cannot read the faults in {}: {what}", file.display()));
    let text = fs::read_to_string(file).map_err(|error| of_file(error.to_string()))?;
    // Rules are parsed one by one, so that the error says which rule is invalid.
    let rules: Vec<Value> = serde_json::from_str(&text).map_err(|error| of_file(error.to_string()))?;
    let read = |(at, rule)| serde_json::from_value(rule).map_err(|error| of_file(format!("rule {}: {error}", at + 1)));
    rules.into_iter().enumerate().map(read).collect()
}

fn refuse(message: String) -> Error {
    Error::new(Code::InvalidRequest, message)
}
