//! `pipefit sandbox`: a local `ServiceTitan` until Ctrl-C.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use pipefit::sandbox::{Fault, Sandbox};
use pipefit::{Code, Error};
use serde_json::{Value, json};

use super::{event_loop, exit, out};

const HELP: &str = "\
It listens on 127.0.0.1 and prints one JSON object: its URL, its token URL, and a
connection that it lets in. What is created there lasts until it stops.

Faults are a JSON file of rules; the first that fits a request applies:
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
    /// The port to listen on; a free one when left out
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    port: u16,
    /// How many records each main resource starts with
    #[arg(long, value_name = "N", default_value_t = 200)]
    records: usize,
    /// Another seed makes other data and other random faults; the same seed the same
    #[arg(long, value_name = "N", default_value_t = 1097)]
    seed: u64,
    /// How many requests a second it takes from an application for a tenant; 0 for any number
    #[arg(long, value_name = "N", default_value_t = 60)]
    rate: u32,
    /// A JSON file of faults
    #[arg(long, value_name = "FILE")]
    faults: Option<PathBuf>,
}

/// Serves until the process is told to stop.
pub(crate) fn main(args: &Args) -> ExitCode {
    match serve(args) {
        Ok(()) => ExitCode::from(exit::OK),
        Err(error) => out::fail(&error),
    }
}

fn serve(args: &Args) -> Result<(), Error> {
    let mut builder = Sandbox::builder().records(args.records).seed(args.seed).address(address(args.port));
    builder = builder.rate_limit(Some(args.rate).filter(|rate| *rate > 0));
    for fault in read_faults(args.faults.as_deref())? {
        builder = builder.fault(fault);
    }
    event_loop()?.block_on(async {
        let started = builder.start().await;
        let sandbox = started.map_err(|error| refuse(format!("cannot start the sandbox: {error}")))?;
        announce(&sandbox);
        tokio::select! {
            () = sandbox.stopped() => Ok(()),
            interrupted = tokio::signal::ctrl_c() => {
                interrupted.map_err(|error| Error::internal(format!("no signals: {error}")))
            }
        }
    })
}

fn address(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}

/// Says on stdout what a program needs to know, and on stderr what a person can do with it.
fn announce(sandbox: &Sandbox) {
    let (url, token_url, connection) = (sandbox.url(), sandbox.token_url(), pipefit::sandbox_connection(sandbox));
    let request = json!({"action": "getJob", "inputs": {"connection": connection, "jobId": "10978752986"}});
    // Serving goes on when nobody reads this.
    let _ = out::write(&json!({"apiUrl": url, "tokenUrl": token_url, "connection": connection}).to_string());
    out::say(&format!(
        "\nServing until Ctrl-C. In another shell:\n\n  \
         export PIPEFIT_API_URL={url} PIPEFIT_TOKEN_URL={token_url}\n  \
         echo '{request}' | pipefit run"
    ));
}

fn read_faults(file: Option<&Path>) -> Result<Vec<Fault>, Error> {
    let Some(file) = file else { return Ok(Vec::new()) };
    let of_file = |what: String| refuse(format!("cannot read the faults in {}: {what}", file.display()));
    let text = fs::read_to_string(file).map_err(|error| of_file(error.to_string()))?;
    // A rule refused on its own says which one it is.
    let rules: Vec<Value> = serde_json::from_str(&text).map_err(|error| of_file(error.to_string()))?;
    let read = |(at, rule)| serde_json::from_value(rule).map_err(|error| of_file(format!("rule {}: {error}", at + 1)));
    rules.into_iter().enumerate().map(read).collect()
}

fn refuse(message: String) -> Error {
    Error::new(Code::InvalidRequest, message)
}
