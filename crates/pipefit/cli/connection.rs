//! `pipefit connection test`: whether a connection works, and what to do where it does not.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use pipefit::runner::Retries;
use pipefit::runner::doctor::{self, Diagnosis, Status};
use pipefit::{Code, Error};
use serde_json::{Map, Value};

use super::run::{configured, read_stdin, start_sandbox};
use super::{event_loop, exit, log, out};

/// How long the whole examination may take.
const TIMEOUT: Duration = Duration::from_mins(2);

/// How long one response may take.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(20);

const HELP: &str = "\
It looks at the fields, the access token, what every request carries, the account, the
rights to each part of the API, the clock and the time that answers take. Each finding
says what to do. It only reads, and shows no secret.

Stdin holds a connection object, or one in {\"connection\": {…}}; {\"connection\": NAME}
names one of --connections.

Exit status: 0 if all is well; otherwise that of the first error, as `pipefit run` has it.

Examples:
  pipefit connection test --sandbox
  pipefit connection test < connection.json
  echo '{\"connection\": \"main\"}' | pipefit connection test --connections connections.json";

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Connection {
    /// Find out whether a connection works, and what to do where it does not
    Test(Args),
}

#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Args {
    /// Test the connection of a sandbox inside this process; stdin is not read
    #[arg(long)]
    sandbox: bool,
    /// Print the findings as one JSON object
    #[arg(long)]
    json: bool,
    /// Send API requests here in place of the connection's host; plain HTTP on loopback only
    #[arg(long, value_name = "[COMPONENT=]URL", env = "PIPEFIT_API_URL", hide_env_values = true)]
    api_url: Option<String>,
    /// Fetch tokens here in place of the connection's token URL
    #[arg(long, value_name = "[COMPONENT=]URL", env = "PIPEFIT_TOKEN_URL", hide_env_values = true)]
    token_url: Option<String>,
    /// A JSON file of connections by name
    #[arg(long, value_name = "FILE", env = "PIPEFIT_CONNECTIONS", hide_env_values = true)]
    connections: Option<PathBuf>,
    /// The component, where there are several
    #[arg(long, value_name = "KEY")]
    component: Option<String>,
}

/// Tests the connection on stdin.
pub(crate) fn main(command: &Connection) -> ExitCode {
    let Connection::Test(args) = command;
    log::start(0);
    match diagnose(args) {
        Ok(diagnosis) => report(&diagnosis, args.json),
        Err(error) if args.json => out::fail_in_json(&error),
        Err(error) => out::fail(&error),
    }
}

fn diagnose(args: &Args) -> Result<Diagnosis, Error> {
    let connection = if args.sandbox { Value::Null } else { read_connection()? };
    event_loop()?.block_on(async {
        // Held until the findings are there: dropping it stops it.
        let sandbox = if args.sandbox { Some(start_sandbox().await?) } else { None };
        let builder = match &sandbox {
            Some(sandbox) => pipefit::sandbox_runtime(sandbox),
            None => configured(args.api_url.as_deref(), args.token_url.as_deref(), args.connections.as_deref())?,
        };
        let retries = Retries { tries: 2, ..Retries::default() };
        let runtime = builder.timeout(TIMEOUT).response_timeout(RESPONSE_TIMEOUT).retries(retries).build()?;
        runtime.diagnose(args.component.as_deref(), connection).await
    })
}

/// Reads the connection. The message never quotes it: it holds secrets.
fn read_connection() -> Result<Value, Error> {
    let given: Map<String, Value> = serde_json::from_slice(&read_stdin()?).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        let message = format!("stdin holds no connection object: it goes wrong at line {line}, column {column}");
        Error::new(Code::InvalidRequest, message)
    })?;
    Ok(doctor::connection_in(given))
}

fn report(diagnosis: &Diagnosis, json: bool) -> ExitCode {
    let status = diagnosis.first_error().map_or(exit::OK, exit::status);
    if !json {
        return out::finish(&for_people(diagnosis), status);
    }
    match serde_json::to_string(diagnosis) {
        Ok(text) => out::finish(&text, status),
        Err(error) => out::fail_in_json(&Error::internal(error)),
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
        let _ = writeln!(text, "{status:7}  {:widest$}  {}", finding.label, finding.message);
        if let Some(remedy) = finding.remedy {
            let _ = writeln!(text, "{:7}  {:widest$}  What to do: {remedy}", "", "");
        }
    }
    text.push_str(if diagnosis.ok { "\nThe connection works.\n" } else { "\nThe connection does not work.\n" });
    text
}
