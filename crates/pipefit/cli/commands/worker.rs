//! `pipefit worker`: runs the requests that Restate hands out.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::process::ExitCode;
use std::time::Duration;

use pipefit::restate::{Origins, TokenKey, Worker, register};
use pipefit::sandbox::Sandbox;
use pipefit::{Code, Error};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::restate_server::Server;
use super::run::start_sandbox;
use super::{http, restate_server, serve};
use crate::cli::configuration::{self, Config, access, operator};
use crate::cli::supervisor::Signals;
use crate::cli::{exit, flags, log, out};

/// Where it listens unless told otherwise.
const ADDRESS: &str = "127.0.0.1:9080";

/// How long it waits for Restate without a word.
const MOMENT: Duration = Duration::from_secs(1);

const HELP: &str = "\
Restate:
  --restate names the ingress of each node; the worker uses one that answers. --register tells
  Restate where the worker is, once for each version: docs/restate.md says how versions change.
  Requests name their connections, which come from the configuration of the worker.

Tokens:
  Workers share access tokens through Restate, encrypted with the key in --token-key-file:
    openssl rand -base64 32 >token.key; chmod 600 token.key

Ending:
  A signal gives up what reads, so that Restate runs it elsewhere; a write that was sent waits
  up to 10 seconds for its response. A second signal ends at once.

Examples:
  pipefit worker --dev --sandbox
  pipefit worker --restate http://10.0.0.1:8080,http://10.0.0.2:8080 --listen 10.0.0.7:9080 \\
    --token-key-file token.key --identity-key publickeyv1_… --connections connections.json";

#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Args {
    /// The ingress of each node of Restate, such as `http://127.0.0.1:8080`
    #[arg(long, value_name = "URL", env = "PIPEFIT_RESTATE", value_delimiter = ',')]
    restate: Vec<String>,
    /// Listen at this address for Restate and for other workers
    #[arg(long, value_name = "ADDRESS", default_value = ADDRESS, value_parser = http::address)]
    listen: SocketAddr,
    /// The address at which other workers reach this one, and not another [default: that of --listen]
    #[arg(long, value_name = "URL")]
    advertise: Option<String>,
    /// Read the key that tokens are encrypted with from this file: 32 bytes in base64
    #[arg(long, value_name = "FILE", env = "PIPEFIT_TOKEN_KEY_FILE")]
    token_key_file: Option<PathBuf>,
    /// Refuse requests that Restate has not signed with this key; may be repeated
    #[arg(long, value_name = "publickeyv1_…", value_delimiter = ',')]
    identity_key: Vec<String>,
    /// Deliver records of triggers and lists to addresses that begin with this URL; may be repeated
    #[arg(long, value_name = "URL", value_delimiter = ',')]
    allow_sink: Vec<String>,
    /// Register the worker with Restate's admin interface, such as `http://127.0.0.1:9070`
    #[arg(long, value_name = "URL")]
    register: Option<String>,
    /// The address to register, such as that of a balancer before several workers [default: that of --advertise]
    #[arg(long, value_name = "URL", requires = "register")]
    register_as: Option<String>,
    /// Start a Restate server for development, which ends with the worker and keeps nothing; overrides --restate
    #[arg(long, conflicts_with = "register")]
    dev: bool,
    /// Run against a sandbox in this process; overrides the connections and the options for hosts
    #[arg(long)]
    sandbox: bool,
    /// Let each try of a request take this long, such as 30s; at most 10m, the default
    #[arg(long, value_name = "DURATION", env = "PIPEFIT_TIMEOUT", value_parser = flags::time_limit)]
    timeout: Option<Duration>,
    #[command(flatten)]
    operator: operator::Args,
    #[command(flatten)]
    log: log::Args,
    /// Become this server, which then ends with the process that started this one
    #[arg(long, hide = true, value_name = "PROGRAM")]
    become_server: Option<PathBuf>,
}

/// Serves until the process is stopped.
pub(crate) fn main(args: &Args) -> ExitCode {
    if let Some(program) = &args.become_server {
        return out::fail(&restate_server::become_server(program));
    }
    let config = match configuration::load(args.operator.config.as_deref()) {
        Ok(config) => config,
        Err(error) => return out::fail(&error),
    };
    log::start(args.log, &config);
    let event_loop = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(event_loop) => event_loop,
        Err(error) => return out::fail(&Error::internal(format!("cannot start the event loop: {error}"))),
    };
    let served = event_loop.block_on(run(args, &config));
    event_loop.shutdown_background();
    match served {
        Ok(()) => ExitCode::from(exit::OK),
        Err(error) => out::fail(&error),
    }
}

async fn run(args: &Args, config: &Config) -> Result<(), Error> {
    // Caught before anybody can know that it serves.
    let mut signals = Signals::catch();
    let is_local = args.listen.ip().to_canonical().is_loopback();
    if !is_local && args.identity_key.is_empty() {
        return Err(refuse(format!(
            "{} can be reached from other machines, so requests must be signed: name Restate's public key by \
             `--identity-key`",
            args.listen
        )));
    }
    // Kept until the end because dropping them stops the sandbox and the server.
    let sandbox: Option<Sandbox> = if args.sandbox { Some(start_sandbox().await?) } else { None };
    let listener = TcpListener::bind(args.listen).await;
    let listener = listener.map_err(|error| {
        refuse(format!("cannot listen on {}: {error}; `--listen ADDRESS` names another", args.listen))
    })?;
    let address = listener.local_addr().map_err(Error::internal)?;
    let advertised = args.advertise.clone().unwrap_or_else(|| format!("http://{address}"));
    if args.advertise.is_none() && address.ip().is_unspecified() {
        return Err(refuse("other workers cannot reach this address: name one by `--advertise URL`".to_owned()));
    }
    let server = if args.dev { Some(Server::start().await?) } else { None };
    let nodes = server.as_ref().map_or_else(|| args.restate.clone(), |server| vec![server.ingress()]);
    let mut runtime = args.operator.builder(config, sandbox.as_ref().map(serve::at_sandbox))?;
    if let Some(timeout) = args.timeout.or(config.timeout) {
        runtime = runtime.timeout(timeout);
    }
    let mut builder =
        Worker::builder(runtime).advertise(&advertised).token_key(token_key(args)?).sink_origins(origins(args)?);
    for node in &nodes {
        builder = builder.node(node);
    }
    for key in &args.identity_key {
        builder = builder.identity_key(key);
    }
    let worker = builder.build()?;
    let (stop, stopped) = oneshot::channel::<()>();
    let mut serving = tokio::spawn(worker.serve(listener, async { drop(stopped.await) }));
    let admin = server.as_ref().map(Server::admin).or_else(|| args.register.clone());
    if let Some(admin) = &admin {
        let deployment = args.register_as.as_deref().unwrap_or(&advertised);
        tokio::select! {
            registered = registered(admin, deployment) => registered?,
            () = signals.next() => return Ok(()),
        }
    }
    announce(&advertised, &nodes);
    signals.next().await;
    let _ = stop.send(());
    tokio::select! {
        _ = &mut serving => {}
        () = signals.next() => {}
    }
    Ok(())
}

/// Registers the worker. Says what it waits for if that takes a moment.
async fn registered(admin: &str, deployment: &str) -> Result<(), Error> {
    let mut registering = pin!(register(admin, deployment));
    if let Ok(done) = timeout(MOMENT, &mut registering).await {
        return done;
    }
    out::say(&format!("waiting until Restate at {admin} answers and reaches {deployment}"));
    registering.await
}

/// Prints where it is to stdout for programs, and an example to stderr for people.
fn announce(advertised: &str, nodes: &[String]) {
    // It keeps running even if stdout is closed.
    let _ = out::write(&json!({"worker": advertised, "restate": nodes}).to_string());
    let node = nodes.first().map(String::as_str).unwrap_or_default();
    out::say_lines(&format!(
        "\nServing until Ctrl-C. In another shell:\n\n  pipefit call getJob jobId=10978752986 --restate {node}"
    ));
}

/// Returns the key of the file. A server that keeps nothing does with one that is gone as well.
fn token_key(args: &Args) -> Result<TokenKey, Error> {
    match args.token_key_file.as_deref().filter(|file| !file.as_os_str().is_empty()) {
        Some(file) => read_key(file),
        None if args.dev => TokenKey::random(),
        None => Err(refuse(
            "name a file with the key that tokens are encrypted with by `--token-key-file`; `openssl rand -base64 32` \
             makes one"
                .to_owned(),
        )),
    }
}

fn read_key(file: &Path) -> Result<TokenKey, Error> {
    let text = access::read(file, "the key for tokens")?;
    let wrong = |error: Error| refuse(format!("cannot use the key in {}: {}", file.display(), error.message()));
    TokenKey::from_base64(&String::from_utf8_lossy(&text)).map_err(wrong)
}

fn origins(args: &Args) -> Result<Origins, Error> {
    args.allow_sink.iter().try_fold(Origins::default(), |origins, url| origins.allow(url))
}

fn refuse(message: String) -> Error {
    Error::new(Code::InvalidRequest, message)
}
