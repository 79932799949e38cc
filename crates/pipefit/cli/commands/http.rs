//! `pipefit serve --http`: runs requests that come over HTTP.

use std::fmt::{self, Display, Formatter};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::str::FromStr;

use pipefit::server::http::{Api, Limits, Server, Token};
use pipefit::{Code, Error, Runtime};
use tokio::sync::oneshot;

use crate::cli::configuration::access;
use crate::cli::metrics::Recorder;
use crate::cli::out;
use crate::cli::supervisor::Signals;

/// The port that it listens on unless told otherwise.
pub(crate) const ADDRESS: &str = "127.0.0.1:8420";

/// The variable with the token.
const TOKEN: &str = "PIPEFIT_HTTP_TOKEN";

#[derive(Debug, clap::Args)]
#[group(skip)]
pub(crate) struct Args {
    /// Require the token in this file from the clients of `--http`; without it, the one in `PIPEFIT_HTTP_TOKEN`
    #[arg(long, value_name = "FILE", env = "PIPEFIT_HTTP_TOKEN_FILE")]
    http_token_file: Option<PathBuf>,
}

/// Where to listen.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Address {
    Tcp(SocketAddr),
    /// A Unix socket at this path.
    Socket(PathBuf),
}

impl FromStr for Address {
    type Err = String;

    /// Reads what [`address`] does, or `unix:PATH`.
    fn from_str(text: &str) -> Result<Self, String> {
        match text.trim().strip_prefix("unix:").filter(|path| !path.is_empty()) {
            Some(path) => Ok(Self::Socket(path.into())),
            None => address(text).map(Self::Tcp).map_err(|_| {
                format!("expected an IP address and a port such as {ADDRESS}, a port alone, or unix:PATH")
            }),
        }
    }
}

/// Reads the address to listen on: `127.0.0.1:8420`, `localhost:8420` or a port.
pub(crate) fn address(text: &str) -> Result<SocketAddr, String> {
    let text = text.trim();
    if let Ok(port) = text.parse() {
        return Ok((Ipv4Addr::LOCALHOST, port).into());
    }
    let text = text.strip_prefix("localhost").map_or_else(|| text.to_owned(), |port| format!("127.0.0.1{port}"));
    text.parse().map_err(|_| format!("expected an IP address and a port such as {ADDRESS}, or a port alone"))
}

impl Display for Address {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(out),
            Self::Socket(path) => write!(out, "unix:{}", path.display()),
        }
    }
}

impl Address {
    fn is_local(&self) -> bool {
        match self {
            Self::Tcp(address) => address.ip().to_canonical().is_loopback(),
            Self::Socket(_) => true,
        }
    }

    async fn bind(&self, api: Api) -> io::Result<Server> {
        match self {
            Self::Tcp(address) => api.bind(*address).await,
            #[cfg(unix)]
            Self::Socket(path) => api.bind_socket(path).await,
            #[cfg(not(unix))]
            Self::Socket(_) => Err(io::Error::new(io::ErrorKind::Unsupported, "this system has no Unix sockets")),
        }
    }
}

/// Returns on how many threads connections are served unless told otherwise: more than a few would rarely all be busy.
pub(crate) fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, |processors| processors.get().min(4))
}

/// Serves until a signal, and then finishes what runs. A second signal ends it at once.
pub(crate) async fn serve(
    args: &Args,
    address: &Address,
    threads: usize,
    limits: Limits,
    runtime: &Runtime,
    signals: &mut Signals,
) -> Result<(), Error> {
    let token = token(args.http_token_file.as_deref())?;
    let is_local = address.is_local();
    if token.is_none() && !is_local {
        return Err(refuse(format!(
            "{address} can be reached from other machines, so clients need a token: name a file with one by \
             `--http-token-file`, or set `{TOKEN}`; this is plain HTTP, so put a reverse proxy with TLS before it"
        )));
    }
    let recorder = Recorder::install()?;
    let api = Api::new(runtime.clone()).limits(limits).threads(threads).metrics(move || recorder.render());
    let bound = address.bind(token.into_iter().fold(api, Api::token)).await;
    let server = bound
        .map_err(|error| refuse(format!("cannot listen on {address}: {error}; `--http ADDRESS` names another")))?;
    // It keeps running even if stdout is closed.
    let url = server.address().map_or_else(|| address.to_string(), |address| format!("http://{address}"));
    let _ = out::write(&url);
    if !is_local {
        out::say("note: this is plain HTTP: put a reverse proxy with TLS before it");
    }
    let (stop, stopped) = oneshot::channel::<()>();
    let mut serving = pin!(server.serve(async { drop(stopped.await) }));
    tokio::select! {
        () = &mut serving => return Ok(()),
        () = signals.next() => {}
    }
    let _ = stop.send(());
    tokio::select! {
        () = serving => {}
        () = signals.next() => {}
    }
    Ok(())
}

/// Returns the token of the file or, without one, of the environment.
fn token(file: Option<&Path>) -> Result<Option<Token>, Error> {
    // What is set but empty was meant to be a token: it is refused, as any that is too short.
    let (given, place) = match (file, std::env::var_os(TOKEN)) {
        (Some(file), _) => (access::read(file, "the token")?, file.display().to_string()),
        (None, Some(value)) => (value.into_encoded_bytes(), format!("`{TOKEN}`")),
        (None, None) => return Ok(None),
    };
    let wrong = |error: Error| refuse(format!("cannot use the token in {place}: {}", error.message()));
    Token::new(&String::from_utf8_lossy(&given)).map(Some).map_err(wrong)
}

fn refuse(message: String) -> Error {
    Error::new(Code::InvalidRequest, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_people_write_them() {
        for (text, read) in [
            ("127.0.0.1:8420", "127.0.0.1:8420"),
            ("localhost:80", "127.0.0.1:80"),
            ("9000", "127.0.0.1:9000"),
            ("0.0.0.0:8420", "0.0.0.0:8420"),
            ("[::1]:8420", "[::1]:8420"),
            ("unix:/run/pipefit.sock", "unix:/run/pipefit.sock"),
            ("unix:pipefit.sock", "unix:pipefit.sock"),
        ] {
            let address = text.parse::<Address>().map(|address| address.to_string());
            assert_eq!(address.as_deref(), Ok(read), "{text}");
        }
        for wrong in ["", "localhost", "example.com:80", "127.0.0.1", "70000", "unix:", "/run/pipefit.sock"] {
            assert!(wrong.parse::<Address>().is_err(), "{wrong}");
        }
    }
}
