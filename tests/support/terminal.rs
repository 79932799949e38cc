//! Runs the command on a terminal.

use std::io::Read as _;
use std::process::Command;

use pty_process::Size;
use pty_process::blocking::{Command as OnTerminal, open};

use crate::hardening::pipefit;

/// The width of the terminal, in columns.
pub(crate) const WIDTH: u16 = 80;

/// The command as a person runs it.
pub(crate) fn typed(arguments: &[&str]) -> Command {
    let mut command = pipefit(arguments);
    for name in ["NO_COLOR", "COLUMNS", "CLICOLOR", "CLICOLOR_FORCE"] {
        command.env_remove(name);
    }
    command.env("TERM", "xterm");
    command
}

/// Returns the exit status, and what was written to the terminal: stdin, stdout and stderr are the terminal, where
/// `change` makes them nothing else.
pub(crate) fn on_terminal(command: Command, change: impl FnOnce(OnTerminal) -> OnTerminal) -> (Option<i32>, String) {
    let (mut terminal, end) = open().unwrap();
    terminal.resize(Size::new(24, WIDTH)).unwrap();
    let mut child = change(OnTerminal::from(command)).spawn(end).unwrap();
    let mut shown = Vec::new();
    let mut buffer = [0; 4096];
    // Linux reports an error once the last process has closed its end.
    while let Ok(count @ 1..) = terminal.read(&mut buffer) {
        shown.extend_from_slice(&buffer[..count]);
    }
    (child.wait().unwrap().code(), String::from_utf8(shown).unwrap().replace("\r\n", "\n"))
}
