//! References in connections: values that come from an environment variable, a file or a command.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use pipefit::runner::host::{ConnectionRequest, ConnectionResolver};
use pipefit::{Code, Error};
use serde::Deserialize;
use serde_json::{Map, Value};
use tokio::sync::Mutex;

use super::access;

/// How long a command may take.
const DEADLINE: Duration = Duration::from_secs(10);

/// How often is checked whether a command has ended.
const TICK: Duration = Duration::from_millis(5);

/// The longest value, in bytes.
const LONGEST: u64 = 64 * 1024;

/// Where a value comes from.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Reference {
    Env(String),
    File(PathBuf),
    Command(Vec<String>),
}

/// How long values are kept: secrets change while a process runs.
const KEPT: Duration = Duration::from_mins(5);

/// The members of a connection, or why they cannot be read.
type Resolved = Result<Map<String, Value>, Error>;

/// Replaces the references in the fields of a connection by their values.
#[derive(Debug, Default)]
pub(crate) struct References(Mutex<BTreeMap<String, Kept>>);

/// The members of a connection, and when its references were read.
type Kept = (Instant, Map<String, Value>);

#[async_trait]
impl ConnectionResolver for References {
    async fn resolve(&self, request: &ConnectionRequest<'_>) -> Result<Option<Map<String, Value>>, Error> {
        let Some(members) = request.configured else { return Ok(None) };
        if !has_reference(members) {
            return Ok(Some(members.clone()));
        }
        let mut kept = self.0.lock().await;
        if let Some((at, known)) = kept.get(request.name)
            && at.elapsed() < KEPT
        {
            return Ok(Some(known.clone()));
        }
        let (name, members) = (request.name.to_owned(), members.clone());
        // A command may take its time.
        let read = tokio::task::spawn_blocking(move || resolved(&name, members)).await.map_err(Error::internal)??;
        kept.insert(request.name.to_owned(), (Instant::now(), read.clone()));
        Ok(Some(read))
    }
}

/// Whether a field of a connection is a reference.
pub(super) fn has_reference(members: &Map<String, Value>) -> bool {
    let fields = members.get("fields").and_then(Value::as_object);
    fields.is_some_and(|fields| fields.values().any(Value::is_object))
}

fn resolved(name: &str, mut members: Map<String, Value>) -> Resolved {
    let fields = members.get_mut("fields").and_then(Value::as_object_mut);
    for (field, value) in fields.into_iter().flatten().filter(|(_, value)| value.is_object()) {
        let place = format!("`{field}` of the connection `{name}`");
        let Ok(reference) = serde_json::from_value::<Reference>(value.clone()) else {
            let forms = "expected text, {env = \"NAME\"}, {file = \"/PATH\"} or {command = [\"PROGRAM\", …]}";
            return Err(refuse(format!("{place} is not valid: {forms}")));
        };
        let text = reference.read().map_err(|why| refuse(format!("cannot read {place}: {why}")))?;
        *value = Value::from(text.trim());
    }
    Ok(members)
}

impl Reference {
    /// Returns the value. The reason of a failure does not quote it.
    fn read(&self) -> Result<String, String> {
        let text = match self {
            Self::Env(name) => std::env::var(name).map_err(|_| format!("the variable `{name}` is not set"))?,
            Self::File(path) => {
                let path = absolute(path)?;
                let bytes = access::read(&path, "the file").map_err(|error| error.message().to_owned())?;
                String::from_utf8(bytes).map_err(|_| format!("{} is not UTF-8", path.display()))?
            }
            Self::Command(words) => output(words, DEADLINE)?,
        };
        if text.trim().is_empty() { Err("it is empty".to_owned()) } else { Ok(text) }
    }
}

/// Returns the path, below the home folder if it begins with `~/`. The working folder must not decide which file it is.
fn absolute(path: &Path) -> Result<PathBuf, String> {
    let home = || std::env::var_os("HOME").map(PathBuf::from);
    let path = path.strip_prefix("~").ok().and_then(|below| Some(home()?.join(below))).unwrap_or(path.to_owned());
    if path.is_absolute() { Ok(path) } else { Err(format!("{} must begin with `/` or `~/`", path.display())) }
}

/// Runs a command, without a shell, and returns what it prints until it ends, which it must within this time.
fn output(words: &[String], limit: Duration) -> Result<String, String> {
    let [program, arguments @ ..] = words else { return Err("the command is empty".to_owned()) };
    let of_program = |why: &dyn Display| format!("the command `{program}` {why}");
    let deadline = Instant::now() + limit;
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().map_err(|error| of_program(&format!("cannot be started: {error}")))?;
    let stdout = child.stdout.take();
    let (done, read) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let read = stdout.map(|stdout| stdout.take(LONGEST).read_to_end(&mut bytes));
        let _ = done.send(read.is_some_and(|read| read.is_ok()).then_some(bytes));
    });
    let bytes = read.recv_timeout(limit).ok();
    let Some(success) = ended(&mut child, deadline) else {
        let _ = child.kill();
        let _ = child.wait();
        return Err(of_program(&format!("did not end within {limit:?}")));
    };
    if !success {
        return Err(of_program(&"failed; run it by hand to see why"));
    }
    let bytes = bytes.flatten().ok_or_else(|| of_program(&"has output that cannot be read"))?;
    String::from_utf8(bytes).map_err(|_| of_program(&"has output that is not UTF-8"))
}

/// Waits for the end of a process. Returns whether it succeeded, or `None` after the deadline.
fn ended(child: &mut Child, deadline: Instant) -> Option<bool> {
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status.success()),
            Err(_) => return Some(false),
            Ok(None) if Instant::now() >= deadline => return None,
            Ok(None) => thread::sleep(TICK),
        }
    }
}

fn refuse(message: String) -> Error {
    Error::new(Code::InvalidConnection, message)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split(' ').map(ToOwned::to_owned).collect()
    }

    #[test]
    fn a_command_has_a_deadline_and_must_succeed() {
        assert_eq!(output(&words("echo a b"), DEADLINE), Ok("a b\n".to_owned()));
        let began = Instant::now();
        let why = output(&words("sleep 60"), Duration::from_millis(200)).expect_err("it takes too long");
        assert!(why.contains("did not end within 200ms") && began.elapsed() < Duration::from_secs(30), "{why}");
        for line in ["false", "no-such-program-of-pipefit"] {
            assert!(output(&words(line), DEADLINE).is_err(), "{line}");
        }
        assert!(output(&[], DEADLINE).is_err());
    }
}
