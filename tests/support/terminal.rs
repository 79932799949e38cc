//! Runs the command on a terminal.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::process::{Child, Command};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use pty_process::Size;
use pty_process::blocking::{Command as OnTerminal, open};
use rustix::termios::{LocalModes, tcgetattr};

use crate::hardening::pipefit;

/// The width of the terminal, in columns.
pub(crate) const WIDTH: u16 = 80;

/// How long a conversation waits for what the command shows.
const PATIENCE: Duration = Duration::from_mins(1);

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
    Conversation::begin(command, change).end()
}

/// A command on a terminal, and somebody who types.
pub(crate) struct Conversation {
    child: Child,
    keyboard: File,
    screen: Receiver<Vec<u8>>,
    shown: Vec<u8>,
    /// How much of what is shown was answered.
    read: usize,
}

impl Conversation {
    pub(crate) fn begin(command: Command, change: impl FnOnce(OnTerminal) -> OnTerminal) -> Self {
        let (terminal, end) = open().unwrap();
        terminal.resize(Size::new(24, WIDTH)).unwrap();
        let child = change(OnTerminal::from(command)).spawn(end).unwrap();
        let keyboard = File::from(OwnedFd::from(terminal));
        let mut output = keyboard.try_clone().unwrap();
        let (sender, screen) = channel();
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            // Linux reports an error once the last process has closed its end.
            while let Ok(count @ 1..) = output.read(&mut buffer) {
                let _ = sender.send(buffer[..count].to_vec());
            }
        });
        Self { child, keyboard, screen, shown: Vec::new(), read: 0 }
    }

    /// Waits until the command asks for something that ends with this text, and answers it.
    pub(crate) fn answer(&mut self, prompt: &str, answer: &str) {
        self.wait_for(prompt);
        self.keyboard.write_all(format!("{answer}\n").as_bytes()).unwrap();
    }

    /// Answers like [`answer`](Self::answer) once the terminal does not show what is typed.
    pub(crate) fn answer_unseen(&mut self, prompt: &str, answer: &str) {
        self.wait_for(prompt);
        let deadline = Instant::now() + PATIENCE;
        while tcgetattr(&self.keyboard).unwrap().local_modes.contains(LocalModes::ECHO) {
            assert!(Instant::now() < deadline, "the terminal shows what is typed after {prompt:?}");
            thread::sleep(Duration::from_millis(5));
        }
        self.keyboard.write_all(format!("{answer}\n").as_bytes()).unwrap();
    }

    fn wait_for(&mut self, prompt: &str) {
        let deadline = Instant::now() + PATIENCE;
        while !String::from_utf8_lossy(&self.shown[self.read..]).ends_with(prompt) {
            let left = deadline.saturating_duration_since(Instant::now());
            let Ok(part) = self.screen.recv_timeout(left) else { panic!("no {prompt:?} in {}", self.text()) };
            self.shown.extend(part);
        }
        self.read = self.shown.len();
    }

    /// Returns the exit status, and all that was shown.
    pub(crate) fn end(mut self) -> (Option<i32>, String) {
        while let Ok(part) = self.screen.recv() {
            self.shown.extend(part);
        }
        (self.child.wait().unwrap().code(), self.text())
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.shown).replace("\r\n", "\n")
    }
}
