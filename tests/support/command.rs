//! The command, as a process with an environment of its own.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::Value;

/// What a command printed, and its exit status.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) status: i32,
}

impl Outcome {
    /// Stdout, which must be JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// The command with these arguments. Of the environment it has only what is set here.
pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pipefit"));
    let own = std::env::vars_os().map(|(name, _)| name);
    for name in own.filter(|name| name.to_string_lossy().starts_with("PIPEFIT_")) {
        command.env_remove(name);
    }
    // No configuration of whoever runs the tests is read.
    command.env_remove("HOME").env_remove("XDG_CONFIG_HOME").env("COLUMNS", "100").args(arguments);
    command
}

/// Runs a command with this stdin.
pub(crate) fn run(mut command: Command, stdin: &str) -> Outcome {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // A command that does not read its stdin may be gone by now.
    let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let (stdout, stderr) = (text(output.stdout), text(output.stderr));
    Outcome { stdout, stderr, status: output.status.code().unwrap() }
}

/// Runs the command with these arguments and this stdin.
pub(crate) fn pipefit(arguments: &[&str], stdin: &str) -> Outcome {
    run(command(arguments), stdin)
}
