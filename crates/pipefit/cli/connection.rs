//! `pipefit connection test`: tests a connection and says what to do if it does not work.

use std::fmt::Write as _;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use pipefit::runner::Retries;
use pipefit::runner::doctor::{self, Diagnosis, Status};
use pipefit::{Code, Error};
use serde_json::{Map, Value};

use super::config::{self, Config};
use super::run::{configured, read_stdin, start_sandbox};
use super::{event_loop, exit, flags, log, out, supervisor};

/// How long the whole test may take.
const TIMEOUT: Duration = Duration::from_mins(2);

/// How long before the time limit the test ends, so that what it found can be printed.
const LAST_WORDS: Duration = Duration::from_millis(200);

/// How long one response may take.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(20);

const HELP: &str = "\
Checks the fields, the access token, the credentials of each request, the account, the
rights to each part of the API, the clock and the response time. Each problem comes with
advice. The command only reads, and prints no secrets.

Stdin must contain a connection object, {\"connection\": {…}}, or {\"connection\": NAME} with
the name of a connection from --connections.

Exit status: 0 if the connection works; otherwise that of `pipefit run` for the first error.

Examples:
  pipefit connection test --sandbox
  pipefit connection test < connection.json
  echo '{\"connection\": \"main\"}' | pipefit connection test --connections connections.json";

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Connection {
    /// Test a connection and say what to do if it does not work
    Test(Args),
}

#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Args {
    /// Test the connection of a sandbox in this process; stdin is not read
    #[arg(long)]
    sandbox: bool,
    /// Print the results as one JSON object
    #[arg(long)]
    json: bool,
    /// Send API requests to this URL instead of the connection's host; plain HTTP is allowed on loopback only
    #[arg(long, value_name = "[COMPONENT=]URL", env = "PIPEFIT_API_URL")]
    api_url: Option<String>,
    /// Fetch access tokens from this URL instead of the connection's token URL
    #[arg(long, value_name = "[COMPONENT=]URL", env = "PIPEFIT_TOKEN_URL")]
    token_url: Option<String>,
    /// Read settings, policy and connections from this TOML file [default: pipefit/config.toml in the folder for
    /// configuration, such as ~/.config]
    #[arg(long, value_name = "FILE", env = config::VARIABLE)]
    config: Option<PathBuf>,
    /// Read connections by name from this JSON file
    #[arg(long, value_name = "FILE", env = "PIPEFIT_CONNECTIONS")]
    connections: Option<PathBuf>,
    /// Stop after this time, such as 30s, 1m30s or 500ms; a number alone means seconds [default: 2m]
    #[arg(long, value_name = "DURATION", env = "PIPEFIT_TIMEOUT", value_parser = flags::time_limit)]
    timeout: Option<Duration>,
    /// The key of the component; required if there are several components
    #[arg(long, value_name = "KEY", env = "PIPEFIT_COMPONENT")]
    component: Option<String>,
    #[command(flatten)]
    log: log::Args,
}

/// Tests the connection on stdin.
pub(crate) fn main(command: Connection) -> ExitCode {
    let Connection::Test(args) = command;
    let json = args.json;
    let config = match config::load(args.config.as_deref()) {
        Ok(config) => config,
        Err(error) => return if json { out::fail_in_json(&error) } else { out::fail(&error) },
    };
    log::start(args.log, &config);
    let report = move |error: &Error| {
        let _ = if json { out::fail_in_json(error) } else { out::fail(error) };
    };
    let time_limit = args.timeout.or(config.timeout).unwrap_or(TIMEOUT);
    let deadline = Instant::now() + time_limit;
    let work = move |_: &_| diagnose(&args, &config, deadline).and_then(|diagnosis| print(&diagnosis, json));
    supervisor::run(time_limit, work, report)
}

fn diagnose(args: &Args, config: &Config, deadline: Instant) -> Result<Diagnosis, Error> {
    let connection = if args.sandbox { Value::Null } else { read_connection()? };
    let event_loop = event_loop()?;
    let diagnosis = event_loop.block_on(async {
        // Kept until the end because dropping it stops the sandbox.
        let sandbox = if args.sandbox { Some(start_sandbox().await?) } else { None };
        let builder = match &sandbox {
            Some(sandbox) => pipefit::sandbox_runtime(sandbox),
            None => {
                configured(args.api_url.as_deref(), args.token_url.as_deref(), args.connections.as_deref(), config)?
            }
        };
        let retries = Retries { tries: 2, ..Retries::default() };
        let left = deadline.saturating_duration_since(Instant::now()).saturating_sub(LAST_WORDS);
        let runtime = builder.timeout(left).response_timeout(RESPONSE_TIMEOUT).retries(retries).build()?;
        runtime.diagnose(args.component.as_deref(), connection).await
    });
    event_loop.shutdown_background();
    diagnosis
}

/// Reads the connection. Error messages do not quote it because it contains secrets.
fn read_connection() -> Result<Value, Error> {
    let given: Map<String, Value> = serde_json::from_slice(&read_stdin()?).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        let message = format!("stdin is not a connection object: invalid JSON at line {line}, column {column}");
        Error::new(Code::InvalidRequest, message)
    })?;
    Ok(doctor::connection_in(given))
}

/// Prints the results and returns the exit status.
fn print(diagnosis: &Diagnosis, json: bool) -> Result<u8, Error> {
    let status = diagnosis.first_error().map_or(exit::OK, exit::status);
    let text = if json { serde_json::to_string(diagnosis).map_err(Error::internal)? } else { for_people(diagnosis) };
    match out::write(&text) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Error::new(Code::Cancelled, format!("the results cannot be written: {error}")))
        }
        _ => Ok(status),
    }
}

fn for_people(diagnosis: &Diagnosis) -> String {
    let mut text = String::new();
    let widest = diagnosis.findings.iter().map(|finding| finding.label.len()).max().unwrap_or(0);
    for finding in &diagnosis.findings {
        let status = match finding.status {
            Status::Ok => "ok",
            Status::Warning => "warning",
            Status::Failed => "FAILED",
            Status::Skipped => "skipped",
        };
        let _ = writeln!(text, "{status:7}  {:widest$}  {}", finding.label, out::printable(&finding.message));
        if let Some(remedy) = finding.remedy {
            let _ = writeln!(text, "{:7}  {:widest$}  What to do: {remedy}", "", "");
        }
    }
    text.push_str(if diagnosis.ok { "\nThe connection works.\n" } else { "\nThe connection does not work.\n" });
    text
}
