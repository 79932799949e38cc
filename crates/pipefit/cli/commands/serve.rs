//! `pipefit serve`: runs requests of other programs until they end or the process is stopped.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use pipefit::runner::Builder;
use pipefit::sandbox::Sandbox;
use pipefit::server::http::Limits;
use pipefit::server::rpc;
use pipefit::{Code, Error, Runtime};
use tokio::time::sleep;

use super::http;
use super::run::start_sandbox;
use crate::cli::configuration::{self, Config, operator};
use crate::cli::supervisor::{GRACE, Signals};
use crate::cli::{exit, flags, log, out};

/// How long after the grace period responses may still be written.
const LAST_WORDS: Duration = Duration::from_secs(2);

const HELP: &str = "\
Protocol:
  --http speaks HTTP and JSON, such as POST /v1/invoke; docs/http.md describes it, and
  GET /openapi.json in the words of OpenAPI. The address is printed to stdout.
  --stdio and --socket speak JSON-RPC 2.0, one message a line; docs/json-rpc.md describes it.
  The methods are invoke, list, describe, schema, connection.list and connection.test.

Ending:
  With --stdio, the end of the input: all calls are answered first. A signal cancels what runs;
  a write that was sent waits up to 10 seconds for its response. With --http, what runs has these
  10 seconds to finish. A second signal ends at once.

Examples:
  pipefit serve --stdio --connections connections.json
  pipefit serve --socket /run/pipefit/pipefit.sock
  pipefit serve --http --connections connections.json
  pipefit serve --http unix:/run/pipefit/http.sock
  echo '{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"invoke\",\"params\":{\"action\":\"getJob\",
  \"inputs\":{\"jobId\":10978752986}}}' | tr -d '\\n' | pipefit serve --stdio --sandbox";

#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Args {
    #[command(flatten)]
    face: Face,
    /// Run against a sandbox in this process; overrides the connections and the options for hosts
    #[arg(long)]
    sandbox: bool,
    /// Let each call take this long, such as 30s; a number alone means seconds [default: 10m]
    #[arg(long, value_name = "DURATION", env = "PIPEFIT_TIMEOUT", value_parser = flags::time_limit)]
    timeout: Option<Duration>,
    /// Run at most this many calls of one program side by side; further ones fail with `unavailable`
    #[arg(long, value_name = "N", env = "PIPEFIT_MAX_CALLS", default_value_t = 256)]
    #[arg(value_parser = flags::positive)]
    max_calls: usize,
    /// Run calls on this many threads [default: 1; with --http, as many as processors, up to 4]
    #[arg(long, value_name = "N", env = "PIPEFIT_THREADS", value_parser = flags::threads)]
    threads: Option<usize>,
    /// Refuse a message with more bytes than this
    #[arg(long, value_name = "BYTES", env = "PIPEFIT_MESSAGE_LIMIT", default_value_t = 64 * 1024 * 1024)]
    #[arg(value_parser = flags::positive)]
    message_limit: usize,
    #[command(flatten)]
    http: http::Args,
    #[command(flatten)]
    operator: operator::Args,
    #[command(flatten)]
    log: log::Args,
}

/// How other programs reach it.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct Face {
    /// Serve the program that started this process: JSON-RPC over stdin and stdout
    #[arg(long)]
    stdio: bool,
    /// Serve programs of the same user: JSON-RPC over a Unix socket at this path
    #[arg(long, value_name = "PATH")]
    socket: Option<PathBuf>,
    /// Serve programs over HTTP at this address, such as 127.0.0.1:8420 or unix:PATH; one that other machines
    /// can reach needs a token
    #[arg(long, value_name = "ADDRESS", num_args = 0..=1, default_missing_value = http::ADDRESS)]
    http: Option<http::Address>,
}

/// Serves until the input ends or the process is stopped.
pub(crate) fn main(args: &Args) -> ExitCode {
    let config = match configuration::load(args.operator.config.as_deref()) {
        Ok(config) => config,
        Err(error) => return out::fail_on_stderr(&error),
    };
    log::start(args.log, &config);
    // Threads that hand calls to each other cost more than the calls do. Over HTTP, each serves connections of its own.
    let mut event_loop = match args.threads {
        Some(2..) if args.face.http.is_none() => tokio::runtime::Builder::new_multi_thread(),
        _ => tokio::runtime::Builder::new_current_thread(),
    };
    let event_loop = match event_loop.worker_threads(args.threads.unwrap_or(1)).enable_all().build() {
        Ok(event_loop) => event_loop,
        Err(error) => return out::fail_on_stderr(&Error::internal(format!("cannot start the event loop: {error}"))),
    };
    let served = event_loop.block_on(serve(args, &config));
    // What waits for a program that neither writes nor reads is left behind.
    event_loop.shutdown_background();
    match served {
        Ok(()) => ExitCode::from(exit::OK),
        // Nothing but messages may be on stdout.
        Err(error) => out::fail_on_stderr(&error),
    }
}

async fn serve(args: &Args, config: &Config) -> Result<(), Error> {
    // Caught before anybody can know that it serves.
    let mut signals = Signals::catch();
    // Kept until the end because dropping it stops the sandbox.
    let sandbox: Option<Sandbox> = if args.sandbox { Some(start_sandbox().await?) } else { None };
    let mut builder = args.operator.builder(config, sandbox.as_ref().map(at_sandbox))?;
    if let Some(timeout) = args.timeout.or(config.timeout) {
        builder = builder.timeout(timeout);
    }
    let runtime = builder.build()?;
    if let Some(address) = &args.face.http {
        let limits = Limits { requests: args.max_calls, body: args.message_limit, grace: GRACE, ..Limits::default() };
        let threads = args.threads.unwrap_or_else(http::threads);
        return http::serve(&args.http, address, threads, limits, &runtime, &mut signals).await;
    }
    let server = rpc::Server::new(runtime.clone()).max_calls(args.max_calls).message_limit(args.message_limit);
    if let Some(path) = &args.face.socket {
        return serve_socket(server, &runtime, path, &mut signals).await;
    }
    tokio::select! {
        // Whoever reads nothing more has what it wants.
        done = server.clone().serve_stdio() => done.or_else(|error| match error.kind() {
            std::io::ErrorKind::BrokenPipe => Ok(()),
            _ => Err(refuse(format!("cannot serve: {error}"))),
        }),
        () = stopping(&server, &runtime, &mut signals) => Ok(()),
    }
}

/// A runtime whose calls all go to the sandbox, whatever connection they name.
pub(crate) fn at_sandbox(sandbox: &Sandbox) -> Builder {
    pipefit::sandbox_runtime(sandbox).connection("sandbox", pipefit::sandbox_connection(sandbox))
}

/// Waits for a signal, stops all calls, and waits until their responses should have been written.
async fn stopping(server: &rpc::Server, runtime: &Runtime, signals: &mut Signals) {
    signals.next().await;
    // First, since it notes how many calls are in flight.
    server.stop(GRACE);
    runtime.shut_down(GRACE);
    tokio::select! {
        () = signals.next() => {}
        () = sleep(GRACE + LAST_WORDS) => {}
    }
}

#[cfg(unix)]
async fn serve_socket(server: rpc::Server, runtime: &Runtime, path: &Path, signals: &mut Signals) -> Result<(), Error> {
    let bound = server.clone().bind_socket(path).await;
    let socket = bound.map_err(|error| refuse(format!("cannot listen on {}: {error}", path.display())))?;
    out::say(&format!("listening on {}", path.display()));
    let stop = server.stopped();
    tokio::select! {
        () = socket.serve(stop) => Ok(()),
        () = stopping(&server, runtime, signals) => Ok(()),
    }
}

#[cfg(not(unix))]
async fn serve_socket(_: rpc::Server, _: &Runtime, _: &Path, _: &mut Signals) -> Result<(), Error> {
    Err(refuse("this system has no Unix sockets: use `--stdio`".to_owned()))
}

fn refuse(message: String) -> Error {
    Error::new(Code::InvalidRequest, message)
}
