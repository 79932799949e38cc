//! `pipefit run`: runs one request, from its arguments or from stdin, and writes the reply to stdout.

use std::io::{self, IsTerminal as _, Read as _};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap_complete::engine::ArgValueCompleter;
use pipefit::component::{CONNECTION, shown};
use pipefit::runner::{Builder, PreparedInvocation};
use pipefit::sandbox::Sandbox;
use pipefit::{Code, Error, Invocation, Issue, Problem};
use tokio::io::{AsyncWrite, BufWriter};
use tokio::time::Instant;

use super::sandbox;
use crate::cli::configuration::{self, Config, operator};
use crate::cli::output::{self, Form, Format, Printer};
use crate::cli::{arguments, complete, event_loop, exit, files, flags, log, out, progress, supervisor};

/// Enough for all documented examples; more records take longer to start.
const SANDBOX_RECORDS: usize = 50;

/// The size of the buffer for stdout, in bytes.
const BUFFER: usize = 1024 * 1024;

/// How long a request may take.
const TIMEOUT: Duration = Duration::from_mins(10);

/// How many names of connections a message lists.
const NAMES: usize = 8;

/// The error if there is no KEY and stdin is a terminal.
const NO_REQUEST: &str = "there is no request: name an action, as in `pipefit run --sandbox getJob jobId=10978752986`, \
                          or send a JSON request to stdin; `pipefit list` lists all actions";

const HELP: &str = "\
Inputs:
  name=value     text: pipefit converts it to the type of the input
  name:=json     JSON, such as tagTypeIds:='[1,2]'
  name=@file     the contents of a file; name:=@file for JSON
  name=@-        what is on stdin; one input only
  name.part=…, name[0].part=…, name[]=…
                 a value inside a structured input or a list
  The same name again adds to a list. For a trigger, state:=@FILE continues from a saved state.
  `pipefit run KEY --help` lists the inputs of KEY; `pipefit describe KEY` shows all of them.

Connection:
  connection=NAME, else --connection NAME, else the only one in the file of --connections,
  else `connection` of the configuration, else its only one if there is no --connections.

Request on stdin, without KEY:
  {\"action\": KEY, \"inputs\": {\"connection\": {…} or NAME, …}}
  Use \"dataSource\" or \"trigger\" instead of \"action\" for the other kinds.

Output, as --output says:
  auto    on a terminal a table for a list and indented JSON for anything else; elsewhere json
  json    one line of JSON
  pretty  indented JSON, with colours on a terminal unless NO_COLOR is set
  ndjson  one line of JSON for each record of a list; one line for anything else
  table   a table of the records of a list that fits the terminal; anything else as pretty
  csv     the records of a list as comma-separated values, quoted as in RFC 4180
  tsv     the records of a list as tab-separated values, one record a line
  --columns id,customer.name chooses the columns of a table, csv or tsv.
  --jq is applied to the whole reply, such as '.data.id'; with ndjson to each record.

Reply:
  {\"data\": …} for an action or a trigger
  {\"result\": [{\"key\", \"label\"}]} for a data source
  {\"error\": {\"code\", \"message\", …}} if it failed

Exit status:
  0   success
  2   the request is invalid
  3   the connection is invalid or lacks a right
  4   the service rejected the request
  5   temporary failure: try again later
  6   a write was sent but its outcome is unknown
  7   the response of the service cannot be read
  8   forbidden by policy
  9   cancelled
  70  a bug in this program

Examples:
  pipefit run --sandbox getJob jobId=10978752986
  pipefit run --sandbox listJobs pageSize=5 customQueryParams.jobStatus=Scheduled
  pipefit run --sandbox getJob jobId=10978752986 --jq .data.jobStatus --raw
  pipefit run --sandbox listJobs fetchAll=true --output csv --columns id,jobNumber,total
  pipefit run --sandbox --dry-run < examples/create-job.json
  pipefit run --connections connections.json < request.json";

#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Args {
    /// The key of an action, data source or trigger, such as `getJob`; without it, a request is read from stdin
    #[arg(value_name = "KEY", add = ArgValueCompleter::new(complete::keys))]
    key: Option<String>,
    /// Its inputs, such as `jobId=10978752986`; see below
    #[arg(value_name = "NAME=VALUE", requires = "key", add = ArgValueCompleter::new(complete::inputs))]
    inputs: Vec<String>,
    /// Run against a sandbox in this process; overrides the connection of the request and the options for hosts
    #[arg(long)]
    sandbox: bool,
    /// Print the request that would be sent, with secrets masked, and send nothing
    #[arg(long)]
    dry_run: bool,
    /// Read the record back after it was created or changed; `unapplied` in the reply names what did not take effect
    #[arg(long)]
    verify: bool,
    /// Create the record only if none was created with this key; needs an application id
    #[arg(long, value_name = "KEY")]
    idempotency_key: Option<String>,
    /// Set an input to a file, as in `file=photo.jpg`, or a field of an input, as in `fileData.photo=photo.jpg`
    #[arg(long = "file", value_name = "INPUT=PATH", value_parser = files::GivenFile::parse)]
    files: Vec<files::GivenFile>,
    /// Stop after this time, such as 30s, 1m30s or 500ms; a number alone means seconds [default: 10m]
    #[arg(long, value_name = "DURATION", env = "PIPEFIT_TIMEOUT", value_parser = flags::time_limit)]
    timeout: Option<Duration>,
    #[command(flatten)]
    operator: operator::Args,
    #[command(flatten)]
    reply: output::Args,
    /// Show neither notes nor progress, which is shown on a terminal only
    #[arg(short, long)]
    quiet: bool,
    #[command(flatten)]
    log: log::Args,
}

/// Runs the request of the arguments or on stdin.
pub(crate) fn main(args: Args) -> ExitCode {
    let on_stderr = args.reply.has_no_errors();
    let config = match configuration::load(args.operator.config.as_deref()) {
        Ok(config) => config,
        Err(error) if on_stderr => return out::fail_on_stderr(&error),
        Err(error) => return out::fail_in_json(&error),
    };
    log::start(args.log, &config);
    let time_limit = args.timeout.or(config.timeout).unwrap_or(TIMEOUT);
    let deadline = Instant::now() + time_limit;
    let written = Arc::new(out::Written::new(args.reply.is_in_lines()));
    let own = Arc::clone(&written);
    let report = move |error: &Error| {
        let _ = if on_stderr { out::fail_on_stderr(error) } else { out::fail_in_json_after(&written, error) };
    };
    supervisor::run(time_limit, move |command| run_request(&args, &config, deadline, command, &own), report)
}

/// Reports invalid flags: as JSON on stdout for programs, on stderr alone for people.
pub(crate) fn report_invalid_flags(what: &str) -> ExitCode {
    if Format::Auto.has_no_errors() {
        return out::fail_in_a_line(what);
    }
    out::fail_in_json(&Error::new(Code::InvalidRequest, what))
}

/// Runs the request, writes the reply to stdout, and returns the exit status.
fn run_request(
    args: &Args,
    config: &Config,
    deadline: Instant,
    command: &supervisor::Command,
    written: &Arc<out::Written>,
) -> Result<u8, Error> {
    let jq = args.reply.expression()?;
    let (invocation, slips) = read_invocation(args, written)?;
    let event_loop = event_loop()?;
    let outcome: Result<(), Error> = event_loop.block_on(async {
        // Kept until the end because dropping it stops the sandbox.
        let sandbox = if args.sandbox { Some(start_sandbox().await?) } else { None };
        let builder = builder(args, config, sandbox.as_ref())?;
        let left = deadline.saturating_duration_since(Instant::now());
        let runtime = builder.timeout(left).build()?;
        let prepared = arguments::joined(slips, runtime.prepare(invocation).await)?;
        command.begin(&runtime, prepared.writes())?;
        let stdout = out::Stdout::new(Arc::clone(written), command.given_up());
        let stdout = BufWriter::with_capacity(BUFFER, stdout);
        let form = Form::of(&prepared);
        let printer = Printer::new(stdout, &args.reply, jq, &form)?;
        let reply = Box::pin(print_reply(prepared, printer, &form, args.quiet));
        if args.quiet { reply.await } else { progress::waited(reply, || written.is_begun()).await }
    });
    // A lock or a reader that something in the background waits for does not hold up the end.
    event_loop.shutdown_background();
    match outcome {
        // Whoever closes stdout early has read enough.
        Err(error) if error.code() == Code::Cancelled && written.is_refused() => Ok(exit::OK),
        outcome => outcome.map(|()| exit::OK).map_err(|error| {
            let names = configuration::names(config, args.operator.connections.as_deref()).unwrap_or_default();
            with_ways_to_connect(error, &names)
        }),
    }
}

/// Sends an invocation and writes its reply, and remarks on it to stderr.
async fn print_reply(
    invocation: PreparedInvocation,
    mut printer: Printer<impl AsyncWrite + Unpin + Send>,
    form: &Form,
    quiet: bool,
) -> Result<(), Error> {
    let writes = invocation.writes();
    let invoked = if printer.is_by_record() {
        invocation.send_records_to(&mut printer).await
    } else {
        invocation.send_to(&mut printer).await.map(|()| false)
    };
    progress::erase();
    match invoked {
        Ok(more) => {
            let remark = printer.finish().await.map_err(|error| if writes { answered(&error) } else { error })?;
            let remarks = remark.into_iter().chain(more.then(|| form.note_of_more().to_owned()));
            remarks.filter(|_| !quiet).for_each(|remark| out::say(&remark));
            Ok(())
        }
        // The runtime knows that a write was done.
        Err(error) if error.code() == Code::OutcomeUnknown => Err(error),
        Err(error) => Err(printer.failure().unwrap_or(error)),
    }
}

/// The error of a request that may have written and whose reply could not be printed.
pub(super) fn answered(error: &Error) -> Error {
    let message = format!("the request was answered and must not be sent again if it writes: {}", error.message());
    Error::new(Code::OutcomeUnknown, message)
}

/// Returns the invocation of the arguments or, without a key, the one on stdin, and what is wrong with the arguments.
fn read_invocation(args: &Args, written: &out::Written) -> Result<(Invocation, Vec<Issue>), Error> {
    let (mut invocation, mut slips) = if let Some(key) = &args.key {
        out::errors_are_about(key);
        arguments::invocation(key, &args.inputs)?
    } else {
        let request = read_stdin(NO_REQUEST)?;
        if let Some(id) = Invocation::id_of(&request) {
            let _ = written.id.set(id);
        }
        let invocation = Invocation::from_json(&request)?;
        let keys = [&invocation.action, &invocation.data_source, &invocation.trigger];
        keys.into_iter().flatten().for_each(|key| out::errors_are_about(key));
        (invocation, Vec::new())
    };
    if args.dry_run {
        invocation = invocation.dry_run(true);
    }
    if args.verify {
        invocation = invocation.verify(true);
    }
    if let Some(key) = &args.idempotency_key {
        invocation = invocation.idempotency_key(key);
    }
    for file in &args.files {
        slips.extend(file.put_into(invocation.inputs_mut()).err());
    }
    Ok((invocation, slips))
}

/// Says in the error of a request without a connection where one may come from.
fn with_ways_to_connect(error: Error, names: &[String]) -> Error {
    let is_missing = |issue: &Issue| issue.input == CONNECTION.key && issue.code == Problem::Required;
    if !error.issues().iter().any(is_missing) {
        return error;
    }
    let message = if names.is_empty() {
        "`connection` is missing. Try it with `--sandbox`, or add your account with `pipefit connection add NAME`."
            .to_owned()
    } else {
        let known: Vec<_> = names.iter().take(NAMES).map(|name| format!("`{}`", shown(name))).collect();
        let more = if names.len() > NAMES { ", …" } else { "" };
        format!("`connection` is missing. Name one with `--connection NAME`: {}{more}.", known.join(", "))
    };
    let mut issues = error.issues().to_vec();
    for issue in issues.iter_mut().filter(|issue| is_missing(issue)) {
        issue.message.clone_from(&message);
    }
    Error::invalid_input(issues)
}

/// Reads stdin. Fails with `nobody` if it is a terminal, where nobody knows what to type.
pub(crate) fn read_stdin(nobody: &str) -> Result<Vec<u8>, Error> {
    if io::stdin().is_terminal() {
        return Err(Error::new(Code::InvalidRequest, nobody));
    }
    let mut request = Vec::new();
    let read = io::stdin().lock().read_to_end(&mut request);
    read.map_err(|error| Error::new(Code::InvalidRequest, format!("cannot read the request from stdin: {error}")))?;
    Ok(request)
}

pub(crate) async fn start_sandbox() -> Result<Sandbox, Error> {
    let started = sandbox::bounded().records(SANDBOX_RECORDS).start().await;
    started.map_err(|error| Error::new(Code::Internal, format!("cannot start the sandbox: {error}")))
}

fn builder(args: &Args, config: &Config, sandbox: Option<&Sandbox>) -> Result<Builder, Error> {
    let builder = args.operator.builder(config, sandbox.map(pipefit::sandbox_runtime))?;
    Ok(match progress::observer().filter(|_| !args.quiet) {
        Some(show) => builder.on_progress(show),
        None => builder,
    })
}
