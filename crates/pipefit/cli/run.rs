//! `pipefit run`: one request on stdin, one JSON object on stdout, whatever happens.

use std::fs;
use std::io::{self, ErrorKind, Read as _};
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::process::ExitCode;
use std::time::Duration;

use clap::builder::FalseyValueParser;
use pipefit::runner::{Builder, Policy, Retries};
use pipefit::sandbox::Sandbox;
use pipefit::{Catalog, Code, Error, Invocation, Runtime};
use serde_json::{Map, Value};
use tokio::io::{AsyncWriteExt, BufWriter};

use super::{event_loop, exit, files, log, out};

/// Enough for every documented example; more would only take longer to start.
const SANDBOX_RECORDS: usize = 50;

/// How much of a reply is gathered before it is written.
const BUFFER: usize = 1024 * 1024;

/// How long a write that is on its way may still wait for its answer after a signal; a second signal ends the wait.
const GRACE: Duration = Duration::from_secs(10);

const HELP: &str = "\
Request:
  {\"action\": KEY, \"inputs\": {\"connection\": {…} or NAME, …}}
  In place of \"action\": \"dataSource\" or \"trigger\".

Reply:
  {\"data\": …} of an action or a trigger
  {\"result\": [{\"key\", \"label\"}]} of a data source
  {\"error\": {\"code\", \"message\", …}} where it failed

Exit status:
  0   done
  2   the request is wrong
  3   the connection is wrong, or lacks a right
  4   the service said no
  5   try again later
  6   a write was sent and its outcome is unknown
  7   the service's answer makes no sense
  8   forbidden by policy
  9   cancelled
  70  a fault of this program

Examples:
  pipefit run --sandbox < examples/get-job.json
  pipefit run --sandbox --dry-run < examples/create-job.json
  pipefit run --connections connections.json < request.json";

#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Args {
    /// Use a sandbox inside this process, with its connection, whatever the request and the options below say
    #[arg(long)]
    sandbox: bool,
    /// Answer the request that would be sent, secrets masked, and send nothing
    #[arg(long)]
    dry_run: bool,
    /// Put a file in the place of an input, such as `file=photo.jpg`; of a field of one, such as `fileData.photo=photo.jpg`
    #[arg(long = "file", value_name = "INPUT=PATH", value_parser = files::GivenFile::parse)]
    files: Vec<files::GivenFile>,
    /// Send API requests here in place of the connection's host; plain HTTP on loopback only
    #[arg(long, value_name = "[COMPONENT=]URL", env = "PIPEFIT_API_URL", hide_env_values = true)]
    api_url: Option<String>,
    /// Fetch tokens here in place of the connection's token URL
    #[arg(long, value_name = "[COMPONENT=]URL", env = "PIPEFIT_TOKEN_URL", hide_env_values = true)]
    token_url: Option<String>,
    /// A JSON file of connections by name, for requests that name one: {"main": {"key": …, "fields": {…}}}
    #[arg(long, value_name = "FILE", env = "PIPEFIT_CONNECTIONS", hide_env_values = true)]
    connections: Option<PathBuf>,
    /// Keep access tokens in this folder, which only you may read; saves later runs the request for one
    #[arg(long, value_name = "FOLDER", env = "PIPEFIT_TOKEN_CACHE", hide_env_values = true)]
    token_cache: Option<PathBuf>,
    /// Send at most this many requests a second for each account [default: what the service allows, 60]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    rate: Option<u32>,
    /// Send a request that failed on the way up to this many times, where that is safe [default: 5]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100))]
    tries: Option<u32>,
    /// Give up after this many seconds [default: 600]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    timeout: Option<u64>,
    /// Let only through what changes nothing; the rest answers `forbidden_by_policy` and sends nothing
    #[arg(long, env = "PIPEFIT_READ_ONLY", hide_env_values = true, value_parser = FalseyValueParser::new())]
    read_only: bool,
    /// Let only this action, data source or trigger through; may be repeated
    #[arg(long, value_name = "KEY", env = "PIPEFIT_ALLOW", hide_env_values = true, value_delimiter = ',')]
    allow: Vec<String>,
    /// Hold this action, data source or trigger back, even an allowed one; may be repeated
    #[arg(long, value_name = "KEY", env = "PIPEFIT_DENY", hide_env_values = true, value_delimiter = ',')]
    deny: Vec<String>,
    /// Log more to stderr; twice for everything
    #[arg(short, long, action = clap::ArgAction::Count)]
    verbose: u8,
}

/// Runs the request on stdin.
pub(crate) fn main(args: &Args) -> ExitCode {
    log::start(args.verbose);
    let mut begun = false;
    let answered = panic::catch_unwind(AssertUnwindSafe(|| answer(args, &mut begun)));
    match answered.unwrap_or_else(|_| Err(Error::internal("it panicked; stderr says where"))) {
        Ok(()) => ExitCode::from(exit::OK),
        // The reply broke off: its line stays without an end, so that no reader takes it for a document.
        Err(error) if begun => {
            let _ = out::write("\n");
            out::fail_in_json(&error)
        }
        Err(error) => out::fail_in_json(&error),
    }
}

/// Answers flags that make no sense: for people as ever, for the program that reads stdout in JSON.
pub(crate) fn refuse_flags(error: &clap::Error) -> ExitCode {
    let text = error.to_string();
    let (what, usage) = text.split_once("\n\n").unwrap_or((&text, ""));
    let what = what.trim_start_matches("error: ").split_whitespace().collect::<Vec<_>>().join(" ");
    let status = out::fail_in_json(&Error::new(Code::InvalidRequest, what));
    out::say(usage.trim_end());
    status
}

/// Writes the reply to stdout; `begun` says whether any of it was written.
fn answer(args: &Args, begun: &mut bool) -> Result<(), Error> {
    let mut invocation = Invocation::from_json(&read_stdin()?)?;
    if args.dry_run {
        invocation = invocation.dry_run(true);
    }
    for file in &args.files {
        file.put_into(&mut invocation.inputs)?;
    }
    event_loop()?.block_on(async {
        // Held until the answer is there: dropping it stops it.
        let sandbox = if args.sandbox { Some(start_sandbox().await?) } else { None };
        let runtime = builder(args, sandbox.as_ref())?.build()?;
        let mut done = pin!(reply(&runtime, invocation, begun));
        for grace in [GRACE, Duration::ZERO] {
            tokio::select! {
                biased;
                done = &mut done => return done,
                () = interrupted() => runtime.shut_down(grace),
            }
        }
        done.await
    })
}

async fn reply(runtime: &Runtime, invocation: Invocation, begun: &mut bool) -> Result<(), Error> {
    let mut stdout = BufWriter::with_capacity(BUFFER, out::Stdout::new(begun));
    // What is still in the buffer when the reply breaks off is dropped with it.
    runtime.invoke_to(invocation, &mut stdout).await?;
    let written = async {
        stdout.write_all(b"\n").await?;
        stdout.flush().await
    };
    written.await.or_else(|error| match error.kind() {
        ErrorKind::BrokenPipe => Ok(()),
        _ => Err(Error::internal(format!("stdout: {error}"))),
    })
}

pub(crate) fn read_stdin() -> Result<Vec<u8>, Error> {
    let mut request = Vec::new();
    let read = io::stdin().lock().read_to_end(&mut request);
    read.map_err(|error| Error::new(Code::InvalidRequest, format!("cannot read the request from stdin: {error}")))?;
    Ok(request)
}

pub(crate) async fn start_sandbox() -> Result<Sandbox, Error> {
    let started = Sandbox::builder().records(SANDBOX_RECORDS).start().await;
    started.map_err(|error| Error::new(Code::Internal, format!("cannot start the sandbox: {error}")))
}

fn builder(args: &Args, sandbox: Option<&Sandbox>) -> Result<Builder, Error> {
    let mut builder = match sandbox {
        Some(sandbox) => pipefit::sandbox_runtime(sandbox),
        None => configured(args.api_url.as_deref(), args.token_url.as_deref(), args.connections.as_deref())?,
    };
    builder = builder.policy(policy(args));
    if let Some(seconds) = args.timeout {
        builder = builder.timeout(Duration::from_secs(seconds));
    }
    if let Some(requests) = args.rate {
        builder = builder.requests_per_second(requests);
    }
    if let Some(tries) = args.tries {
        builder = builder.retries(Retries { tries, ..Retries::default() });
    }
    if let Some(folder) = args.token_cache.as_deref().filter(|folder| !folder.as_os_str().is_empty()) {
        builder = builder.token_cache(folder);
    }
    Ok(builder)
}

fn policy(args: &Args) -> Policy {
    let given =
        |keys: &'_ [String]| keys.iter().map(|key| key.trim().to_owned()).filter(|key| !key.is_empty()).collect();
    let (allowed, denied): (Vec<_>, Vec<_>) = (given(&args.allow), given(&args.deny));
    let policy = allowed.into_iter().fold(Policy::default().read_only(args.read_only), Policy::allow);
    denied.into_iter().fold(policy, Policy::deny)
}

/// A runtime to be built that reaches out to the hosts, and knows the connections, that the operator names.
pub(crate) fn configured(
    api_url: Option<&str>,
    token_url: Option<&str>,
    connections: Option<&Path>,
) -> Result<Builder, Error> {
    let mut builder = Runtime::builder();
    // A variable that is set to nothing is one that is not set.
    if let Some(host) = api_url.filter(|url| !url.is_empty()) {
        let (component, url) = of_component("--api-url", host)?;
        builder = builder.api_url(component, url);
    }
    if let Some(host) = token_url.filter(|url| !url.is_empty()) {
        let (component, url) = of_component("--token-url", host)?;
        builder = builder.token_url(component, url);
    }
    if let Some(file) = connections.filter(|file| !file.as_os_str().is_empty()) {
        for (name, connection) in read_connections(file)? {
            builder = builder.connection(name, connection);
        }
    }
    Ok(builder)
}

/// The component that a host is named for, and the URL. A URL alone is for the only component that there is.
fn of_component<'a>(flag: &str, host: &'a str) -> Result<(&'a str, &'a str), Error> {
    if let Some((component, url)) = host.split_once('=').filter(|(component, _)| !component.contains([':', '/'])) {
        return Ok((component, url));
    }
    let components: Vec<_> = Catalog::registered().components().iter().map(|component| component.key).collect();
    match components.as_slice() {
        [component] => Ok((component, host)),
        several => {
            let message = format!(
                "`{flag}` must name the component that the URL is for, such as `{}={host}`; there are {}",
                several.first().unwrap_or(&"component"),
                several.join(", ")
            );
            Err(Error::new(Code::InvalidRequest, message))
        }
    }
}

/// Reads connections by name. The messages never quote the file: it holds secrets.
fn read_connections(file: &Path) -> Result<Map<String, Value>, Error> {
    let refuse = |what: String| {
        Error::new(Code::InvalidConnection, format!("cannot read the connections in {}: {what}", file.display()))
    };
    let text = fs::read(file).map_err(|error| refuse(error.to_string()))?;
    let value = serde_json::from_slice(&text)
        .map_err(|error| refuse(format!("it is not JSON at line {}, column {}", error.line(), error.column())))?;
    match value {
        Value::Object(connections) => Ok(connections),
        _ => Err(refuse("expected a JSON object of connections by name".to_owned())),
    }
}

/// Waits for Ctrl-C, or for the word of a supervisor.
async fn interrupted() {
    let interrupt = async {
        if tokio::signal::ctrl_c().await.is_err() {
            // Without a handler the signal ends the process as it always does.
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        () = interrupt => {}
        () = terminated() => {}
    }
}

#[cfg(unix)]
async fn terminated() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminations) => drop(terminations.recv().await),
        Err(_) => std::future::pending().await,
    }
}

#[cfg(not(unix))]
async fn terminated() {
    std::future::pending().await
}
