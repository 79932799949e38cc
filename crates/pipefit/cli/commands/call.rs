//! `pipefit call`: hands a request in to Restate, and prints what came of it.

use std::process::ExitCode;
use std::time::Duration;

use clap_complete::engine::ArgValueCompleter;
use pipefit::component::CONNECTION;
use pipefit::restate::Client;
use pipefit::{Code, Error, Invocation};
use serde::Deserialize;
use serde_json::json;

use super::run::read_stdin;
use crate::cli::supervisor::Signals;
use crate::cli::{arguments, complete, event_loop, exit, files, flags, out, output, progress};

/// How long the reply is waited for.
const TIMEOUT: Duration = Duration::from_mins(10);

/// The error if there is no KEY and stdin is a terminal.
const NO_REQUEST: &str = "there is no request: name an action, as in `pipefit call getJob jobId=10978752986`, or send a \
                          JSON request to stdin";

const HELP: &str = "\
Inputs, request and exit status:
  As of `pipefit run`. The connection is the name of one that the workers know.

Waiting:
  The reply is printed as `pipefit run` prints it. Ctrl-C and --timeout end the waiting, not the
  request: its id is shown, and --attach waits for it again, for a day.

Examples:
  pipefit call getJob jobId=10978752986 --restate http://127.0.0.1:8080
  pipefit call cancelJob jobId=10978752986 reasonId=1088 memo=Moved --idempotency-key cancel-4711
  pipefit call --detach getJob jobId=10978752986
  pipefit call --attach inv_1fVFKPHmNBhZ7zZ3mZ1cfXwq5b5VNY5u7v";

#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Args {
    /// The key of an action, data source or trigger, such as `getJob`; without it, a request is read from stdin
    #[arg(value_name = "KEY", add = ArgValueCompleter::new(complete::keys))]
    key: Option<String>,
    /// Its inputs, such as `jobId=10978752986`
    #[arg(value_name = "NAME=VALUE", requires = "key", add = ArgValueCompleter::new(complete::inputs))]
    inputs: Vec<String>,
    /// The ingress of each node of Restate; the first that answers is used
    #[arg(long, value_name = "URL", env = "PIPEFIT_RESTATE", value_delimiter = ',')]
    restate: Vec<String>,
    /// Use this connection of the workers if the request names none
    #[arg(long, value_name = "NAME")]
    connection: Option<String>,
    /// Return the request that would be sent, with secrets masked, and send nothing
    #[arg(long)]
    dry_run: bool,
    /// Read the record back after it was created or changed
    #[arg(long)]
    verify: bool,
    /// Run the request once: a repeated call with this key returns the same reply, for a day
    #[arg(long, value_name = "KEY")]
    idempotency_key: Option<String>,
    /// Keep that key with the record that is created, so that even a lost worker leaves no doubt
    #[arg(long, requires = "idempotency_key")]
    create_once: bool,
    /// Set an input to a file, as in `file=photo.jpg`
    #[arg(long = "file", value_name = "INPUT=PATH", value_parser = files::GivenFile::parse)]
    files: Vec<files::GivenFile>,
    /// Print the id of the request and do not wait
    #[arg(long, conflicts_with = "attach")]
    detach: bool,
    /// Wait for a request that was handed in
    #[arg(long, value_name = "ID", conflicts_with_all = ["key", "idempotency_key", "verify", "dry_run", "files"])]
    attach: Option<String>,
    /// Wait this long, such as 30s or 1m30s; a number alone means seconds [default: 10m]
    #[arg(long, value_name = "DURATION", env = "PIPEFIT_TIMEOUT", value_parser = flags::time_limit)]
    timeout: Option<Duration>,
}

/// Hands the request in and waits for its reply.
pub(crate) fn main(args: &Args) -> ExitCode {
    let done = event_loop().and_then(|event_loop| {
        let done = event_loop.block_on(call(args));
        event_loop.shutdown_background();
        done
    });
    match done {
        Ok(text) => printed(&text),
        Err(error) => fail(&out::Written::default(), &error),
    }
}

/// Reports an error where `pipefit run` does.
fn fail(written: &out::Written, error: &Error) -> ExitCode {
    if output::Format::Auto.has_no_errors() {
        out::fail_on_stderr(error)
    } else {
        out::fail_in_json_after(written, error)
    }
}

async fn call(args: &Args) -> Result<String, Error> {
    let mut signals = Signals::catch();
    let client = Client::new(&args.restate)?;
    let id = if let Some(id) = &args.attach {
        id.clone()
    } else {
        client.submit(&read_invocation(args)?, args.idempotency_key.as_deref()).await?.id
    };
    if args.detach {
        return Ok(json!({ "id": id }).to_string());
    }
    // It may change something yet, so that it must not be taken for one that did not happen.
    let goes_on = |what: &str| {
        let message = format!("{what}; the request goes on: `pipefit call --attach {id}` waits for it again");
        Error::new(Code::OutcomeUnknown, message)
    };
    let waiting = progress::waited(client.attach(&id, args.timeout.unwrap_or(TIMEOUT)), || false);
    let reply = tokio::select! {
        reply = waiting => reply,
        () = signals.next() => return Err(goes_on("stopped")),
    };
    progress::erase();
    match reply {
        Err(error) if matches!(error.code(), Code::OutcomeUnknown | Code::Unavailable) => {
            Err(goes_on("there is no reply yet"))
        }
        reply => reply.map(|text| text.get().to_owned()),
    }
}

/// Prints a reply, or fails as the request did.
fn printed(text: &str) -> ExitCode {
    #[derive(Deserialize)]
    struct Envelope {
        error: Option<Error>,
    }
    if let Ok(Envelope { error: Some(error) }) = serde_json::from_str(text) {
        let written = out::Written::default();
        if let Some(id) = Invocation::id_of(text.as_bytes()) {
            let _ = written.id.set(id);
        }
        return fail(&written, &error);
    }
    match output::whole(text) {
        Ok(text) => out::finish(&text, exit::OK),
        Err(error) => fail(&out::Written::default(), &error),
    }
}

/// Returns the invocation of the arguments or, without a key, the one on stdin.
fn read_invocation(args: &Args) -> Result<Invocation, Error> {
    let (mut invocation, mut slips) = match &args.key {
        Some(key) => {
            out::errors_are_about(key);
            arguments::invocation(key, &args.inputs)?
        }
        None => (Invocation::from_json(&read_stdin(NO_REQUEST)?)?, Vec::new()),
    };
    invocation.dry_run |= args.dry_run;
    invocation.verify |= args.verify;
    if let Some(key) = args.idempotency_key.as_ref().filter(|_| args.create_once) {
        invocation = invocation.idempotency_key(key);
    }
    if let Some(name) = &args.connection {
        invocation.inputs_mut().entry(CONNECTION.key).or_insert_with(|| name.as_str().into());
    }
    for file in &args.files {
        slips.extend(file.put_into(invocation.inputs_mut()).err());
    }
    if slips.is_empty() { Ok(invocation) } else { Err(Error::invalid_input(slips)) }
}
