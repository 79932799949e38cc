//! The command in the hands of somebody at a terminal.

use std::process::{Command, Stdio};

use crate::hardening::pipefit;
use crate::support::terminal::on_terminal;

/// The command as a person runs it.
fn typed(arguments: &[&str]) -> Command {
    let mut command = pipefit(arguments);
    for name in ["NO_COLOR", "COLUMNS", "CLICOLOR", "CLICOLOR_FORCE"] {
        command.env_remove(name);
    }
    command.env("TERM", "xterm");
    command
}

#[test]
fn who_says_nothing_is_told_what_to_type() {
    for (arguments, expected) in [
        (&["run"][..], "pipefit run --sandbox getJob jobId=10978752986"),
        (&["run", "--sandbox"], "pipefit run --sandbox getJob jobId=10978752986"),
        (&["connection", "test"], "pipefit connection test --sandbox"),
    ] {
        let (status, shown) = on_terminal(typed(arguments), |command| command);
        assert_eq!(status, Some(2), "{arguments:?}: {shown}");
        assert!(shown.contains(expected), "{arguments:?}: {shown}");
        // What it says works.
        let (_, line) = shown.split_once("`pipefit ").unwrap();
        let words: Vec<_> = line.split('`').next().unwrap().split_whitespace().collect();
        let (status, shown) = on_terminal(typed(&words), |command| command.stdout(Stdio::null()));
        assert_eq!(status, Some(0), "{words:?}: {shown}");
    }
}
