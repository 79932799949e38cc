//! `pipefit connection`: tests a connection and says what to do if it does not work; `add` also keeps it.

use std::fmt::Write as _;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap_complete::engine::ArgValueCompleter;
use pipefit::runner::Retries;
use pipefit::runner::doctor::{self, Diagnosis, Status};
use pipefit::{Code, Error};
use serde_json::{Map, Value};

use super::run::{read_stdin, start_sandbox};
use crate::cli::configuration::operator::configured;
use crate::cli::configuration::{self, Config, stored};
use crate::cli::{complete, event_loop, exit, flags, log, out, supervisor};

/// How long the whole test may take.
const TIMEOUT: Duration = Duration::from_mins(2);

/// How long before the time limit the test ends, so that what it found can be printed.
const LAST_WORDS: Duration = Duration::from_millis(200);

/// How long one response may take.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(20);

/// The error if stdin is a terminal.
const NO_CONNECTION: &str = "there is no connection on stdin: run `pipefit connection test --sandbox`, or \
                             `pipefit connection test < connection.json`";

const HELP: &str = "\
Checks the fields, the access token, the credentials of each request, the account, the
rights to each part of the API, the clock and the response time. Each problem comes with
advice. The command only reads, and prints no secrets.

Without NAME, stdin must contain a connection object, {\"connection\": {…}}, or
{\"connection\": NAME} with the name of a connection.

Exit status: 0 if the connection works; otherwise that of `pipefit run` for the first error.

Examples:
  pipefit connection test --sandbox
  pipefit connection test < connection.json
  pipefit connection test main --connections connections.json";

const ADD_HELP: &str = "\
At a terminal the command asks for the fields; what is typed for a secret is not shown. From a
pipe it reads a connection object, in which a field may be a reference: {\"env\": NAME},
{\"file\": PATH} or {\"command\": [PROGRAM, …]}. The connection is tested first, and kept only if
it works. The file is readable by its owner only.

Examples:
  pipefit connection add main
  pipefit connection add main --replace < connection.json";

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Connection {
    /// Ask for a connection, or read it from stdin, test it, and add it to the configuration file
    Add(AddArgs),
    /// List the connections, without their fields
    List(stored::ListArgs),
    /// Test a connection and say what to do if it does not work
    Test(Args),
    /// Remove a connection from the configuration file
    Remove(stored::RemoveArgs),
}

#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Args {
    /// The name of the connection; without it stdin is read
    #[arg(add = ArgValueCompleter::new(complete::connections))]
    name: Option<String>,
    /// Test the connection of a sandbox in this process; stdin is not read
    #[arg(long, conflicts_with = "name")]
    sandbox: bool,
    /// Print the results as one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    settings: Settings,
}

#[derive(Debug, clap::Args)]
#[command(after_help = ADD_HELP)]
pub(crate) struct AddArgs {
    /// The name of the connection: letters, digits, `-`, `_` and `.`
    name: String,
    /// Replace a connection with the same name
    #[arg(long)]
    replace: bool,
    /// Add the connection without testing it
    #[arg(long)]
    no_test: bool,
    #[command(flatten)]
    settings: Settings,
}

/// What a test needs to know.
#[derive(Debug, clap::Args)]
#[group(skip)]
struct Settings {
    /// Send API requests to this URL instead of the connection's host; plain HTTP is allowed on loopback only
    #[arg(long, value_name = "[COMPONENT=]URL", env = "PIPEFIT_API_URL")]
    api_url: Option<String>,
    /// Fetch access tokens from this URL instead of the connection's token URL
    #[arg(long, value_name = "[COMPONENT=]URL", env = "PIPEFIT_TOKEN_URL")]
    token_url: Option<String>,
    /// Read settings, policy and connections from this TOML file [default: pipefit/config.toml in the folder for
    /// configuration, such as ~/.config]
    #[arg(long, value_name = "FILE", env = configuration::VARIABLE)]
    config: Option<PathBuf>,
    /// Read connections by name from this JSON file
    #[arg(long, value_name = "FILE", env = configuration::CONNECTIONS)]
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

/// What is tested.
enum Subject {
    /// The connection of a sandbox in this process.
    Sandbox,
    /// A connection object, or the name of one that is known.
    Given(Value),
    /// A new connection, under its name.
    New(String, Value),
}

/// Runs the command.
pub(crate) fn main(command: Connection) -> ExitCode {
    match command {
        Connection::Add(args) => add(args),
        Connection::List(args) => stored::list(&args),
        Connection::Test(args) => test(args),
        Connection::Remove(args) => stored::remove(&args),
    }
}

fn test(args: Args) -> ExitCode {
    let json = args.json;
    let config = match configuration::load(args.settings.config.as_deref()) {
        Ok(config) => config,
        Err(error) => return if json { out::fail_in_json(&error) } else { out::fail(&error) },
    };
    let report = move |error: &Error| {
        let _ = if json { out::fail_in_json(error) } else { out::fail(error) };
    };
    supervised(args.settings, config, report, move |settings, config, deadline| {
        let subject = match args.name {
            _ if args.sandbox => Subject::Sandbox,
            Some(name) => Subject::Given(Value::from(name)),
            None => Subject::Given(read_connection()?),
        };
        print(&diagnose(settings, config, subject, deadline)?, json)
    })
}

fn add(args: AddArgs) -> ExitCode {
    let obtained = || {
        let config = configuration::load_or_new(args.settings.config.as_deref())?;
        stored::check_name(&config, &args.name, args.replace)?;
        let connection = stored::obtain(stored::component(args.settings.component.as_deref())?)?;
        Ok((config, connection))
    };
    let (config, connection) = match obtained() {
        Ok(obtained) => obtained,
        Err(error) => return out::fail(&error),
    };
    let AddArgs { name, no_test, settings, .. } = args;
    let report = |error: &Error| {
        let _ = out::fail(error);
    };
    supervised(settings, config, report, move |settings, config, deadline| {
        if !no_test {
            let subject = Subject::New(name.clone(), connection.clone());
            let diagnosis = diagnose(settings, config, subject, deadline)?;
            let status = print(&diagnosis, false)?;
            if !diagnosis.ok && !stored::confirms("Add it anyway?") {
                out::say("the connection was not added; `--no-test` adds it as it is");
                return Ok(status);
            }
        }
        let file = stored::store(settings.config.as_deref(), &name, &connection)?;
        let _ = out::write(&format!("added {name} to {}", file.display()));
        let is_only = config.connections.keys().all(|other| *other == name);
        let flag = if is_only { String::new() } else { format!(" --connection {name}") };
        out::say(&format!("next: `pipefit run{flag} KEY` uses it; `pipefit list` lists the keys"));
        Ok(exit::OK)
    })
}

/// Runs a command within its time limit.
fn supervised(
    settings: Settings,
    config: Config,
    report: impl FnOnce(&Error) + Send + 'static,
    work: impl FnOnce(&Settings, &Config, Instant) -> Result<u8, Error> + Send + 'static,
) -> ExitCode {
    log::start(settings.log, &config);
    let time_limit = settings.timeout.or(config.timeout).unwrap_or(TIMEOUT);
    let deadline = Instant::now() + time_limit;
    supervisor::run(time_limit, move |_| work(&settings, &config, deadline), report)
}

fn diagnose(settings: &Settings, config: &Config, subject: Subject, deadline: Instant) -> Result<Diagnosis, Error> {
    let Settings { api_url, token_url, connections, component, .. } = settings;
    let event_loop = event_loop()?;
    let diagnosis = event_loop.block_on(async {
        // Kept until the end because dropping it stops the sandbox.
        let sandbox = if matches!(subject, Subject::Sandbox) { Some(start_sandbox().await?) } else { None };
        let mut builder = match &sandbox {
            Some(sandbox) => pipefit::sandbox_runtime(sandbox),
            None => configured(api_url.as_deref(), token_url.as_deref(), connections.as_deref(), config)?,
        };
        let connection = match subject {
            Subject::Sandbox => Value::Null,
            Subject::Given(connection) => connection,
            Subject::New(name, connection) => {
                builder = builder.connection(name.as_str(), connection);
                Value::from(name)
            }
        };
        let retries = Retries { tries: 2, ..Retries::default() };
        let left = deadline.saturating_duration_since(Instant::now()).saturating_sub(LAST_WORDS);
        let runtime = builder.timeout(left).response_timeout(RESPONSE_TIMEOUT).retries(retries).build()?;
        runtime.diagnose(component.as_deref(), connection).await
    });
    event_loop.shutdown_background();
    diagnosis
}

/// Reads the connection. Error messages do not quote it because it contains secrets.
pub(crate) fn read_connection() -> Result<Value, Error> {
    let given: Map<String, Value> = serde_json::from_slice(&read_stdin(NO_CONNECTION)?).map_err(|error| {
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
