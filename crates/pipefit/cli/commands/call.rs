//! `pipefit call`: hands a request in to Restate, and prints what came of it.

use std::process::ExitCode;
use std::time::Duration;

use clap_complete::engine::ArgValueCompleter;
use pipefit::component::CONNECTION;
use pipefit::restate::Client;
use pipefit::{Catalog, Code, Error, Invocation, Reply};
use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;
use tokio::io::AsyncWriteExt as _;

use super::run::{answered, read_stdin};
use crate::cli::output::{self, Form, Jq, Printer};
use crate::cli::supervisor::Signals;
use crate::cli::{arguments, complete, event_loop, exit, files, flags, out, progress};

/// How long the reply is waited for.
const TIMEOUT: Duration = Duration::from_mins(10);

/// The error if there is no KEY and stdin is a terminal.
const NO_REQUEST: &str = "there is no request: name an action, as in `pipefit call getJob jobId=10978752986`, or send \
                          a JSON request to stdin";

const HELP: &str = "\
Inputs, request, output and exit status:
  As of `pipefit run`. The connection is the name of one that the workers know.

Waiting:
  Ctrl-C and --timeout end the waiting, not the request: its id is shown, and --attach waits for
  it again, for a day.

Examples:
  pipefit call getJob jobId=10978752986 --restate http://127.0.0.1:8080
  pipefit call cancelJob jobId=10978752986 reasonId=1088 memo=Moved --idempotency-key cancel-4711
  pipefit call listJobs pageSize=5 --output csv --columns id,jobNumber,total
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
    #[arg(long, conflicts_with_all = ["attach", "columns", "jq"])]
    detach: bool,
    /// Wait for a request that was handed in
    #[arg(long, value_name = "ID", conflicts_with_all = ["key", "idempotency_key", "verify", "dry_run", "files"])]
    attach: Option<String>,
    /// Wait this long, such as 30s or 1m30s; a number alone means seconds [default: 10m]
    #[arg(long, value_name = "DURATION", env = "PIPEFIT_TIMEOUT", value_parser = flags::time_limit)]
    timeout: Option<Duration>,
    #[command(flatten)]
    reply: output::Args,
}

/// What is printed: text, and what there is to say of it.
struct Printed {
    text: String,
    remarks: Vec<String>,
}

/// A request that was handed in.
struct Handed {
    id: String,
    /// What its reply is, if that is known.
    form: Option<Form>,
    /// Whether this command may have changed something by it.
    writes: bool,
}

/// Hands the request in and waits for its reply.
pub(crate) fn main(args: &Args) -> ExitCode {
    let written = out::Written::new(args.reply.is_in_lines());
    let done = event_loop().and_then(|event_loop| {
        let done = event_loop.block_on(call(args, &written));
        event_loop.shutdown_background();
        done
    });
    match done {
        Ok(Printed { text, remarks }) => {
            let status = out::finish(&text, exit::OK);
            for remark in &remarks {
                out::say(remark);
            }
            status
        }
        Err(error) if args.reply.has_no_errors() => out::fail_on_stderr(&error),
        Err(error) => out::fail_in_json_after(&written, &error),
    }
}

async fn call(args: &Args, written: &out::Written) -> Result<Printed, Error> {
    let mut signals = Signals::catch();
    let jq = args.reply.expression()?;
    let client = Client::new(&args.restate)?;
    let Handed { id, form, writes } = match &args.attach {
        Some(id) => Handed { id: id.clone(), form: None, writes: false },
        None => hand_in(args, &client).await?,
    };
    if args.detach {
        return Ok(Printed { text: json!({ "id": id }).to_string(), remarks: Vec::new() });
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
    let text = match reply {
        Err(error) if matches!(error.code(), Code::OutcomeUnknown | Code::Unavailable) => {
            return Err(goes_on("there is no reply yet"));
        }
        reply => reply?,
    };
    ensure_success(text.get(), written)?;
    let printed = printed(args, jq, form, text.get()).await;
    printed.map_err(|error| if writes { answered(&error) } else { error })
}

/// Hands the request of the arguments in, unless its reply could not be printed as they say.
async fn hand_in(args: &Args, client: &Client) -> Result<Handed, Error> {
    let invocation = read_invocation(args)?;
    let catalog = Catalog::registered();
    let (kind, key) = invocation.unit()?;
    // The workers may know units that this command does not.
    let unit = catalog.find(invocation.component.as_deref(), kind, key).map(|entry| entry.unit);
    let form = unit.map(|unit| Form::declared(&invocation, unit));
    form.iter().try_for_each(|form| args.reply.check(form))?;
    let writes = !invocation.dry_run && unit.is_none_or(|unit| !unit.about().effect.is_read());
    let id = client.submit(&invocation, args.idempotency_key.as_deref()).await?.id;
    Ok(Handed { id, form, writes })
}

/// Fails as the request did, if it did.
fn ensure_success(text: &str, written: &out::Written) -> Result<(), Error> {
    #[derive(Deserialize)]
    struct Envelope {
        error: Option<Error>,
    }
    let Ok(Envelope { error: Some(error) }) = serde_json::from_str(text) else { return Ok(()) };
    if let Some(id) = Invocation::id_of(text.as_bytes()) {
        let _ = written.id.set(id);
    }
    Err(error)
}

/// Returns a reply as it is printed.
async fn printed(args: &Args, jq: Option<Jq>, form: Option<Form>, text: &str) -> Result<Printed, Error> {
    let unreadable = |error| Error::new(Code::BadReply, format!("the reply cannot be read: {error}"));
    let reply: Reply = serde_json::from_str(text).map_err(unreadable)?;
    let (form, reply) = match form {
        Some(form) => {
            let reply = form.tell(reply);
            (form, reply)
        }
        None => Form::seen(reply),
    };
    let mut out = Vec::new();
    let mut printer = Printer::new(&mut out, &args.reply, jq, &form)?;
    let by_record = printer.is_by_record();
    let records = if by_record && form.is_list() { Some(reply.records::<Box<RawValue>>()?) } else { None };
    let text = match records {
        Some(records) => records.iter().flat_map(|record| [record.get(), "\n"]).collect(),
        None if by_record => format!("{text}\n"),
        None => text.to_owned(),
    };
    if let Err(error) = printer.write_all(text.as_bytes()).await {
        return Err(printer.failure().unwrap_or_else(|| Error::internal(error)));
    }
    let remark = printer.finish().await?;
    let more = by_record && reply.has_more()?;
    let remarks = remark.into_iter().chain(more.then(|| form.note_of_more().to_owned())).collect();
    Ok(Printed { text: String::from_utf8_lossy(&out).into_owned(), remarks })
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
