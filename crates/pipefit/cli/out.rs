//! Output to stdout and stderr.

use std::io::{self, ErrorKind, Write};
use std::pin::Pin;
use std::process::ExitCode;
use std::task::{Context, Poll};

use pipefit::Error;
use pipefit::runner::error_envelope;
use tokio::io::AsyncWrite;

use super::exit;

/// Writes text and a newline to stdout, and returns the exit status. A closed pipe is not an error.
pub(crate) fn finish(text: &str, status: u8) -> ExitCode {
    match write(text) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            say(&format!("error: cannot write to stdout: {error}"));
            ExitCode::from(exit::INTERNAL)
        }
        _ => ExitCode::from(status),
    }
}

/// Stdout, for a reply that is written in parts. Records whether anything was written.
pub(crate) struct Stdout<'a> {
    out: tokio::io::Stdout,
    begun: &'a mut bool,
}

impl<'a> Stdout<'a> {
    pub(crate) fn new(begun: &'a mut bool) -> Self {
        Self { out: tokio::io::stdout(), begun }
    }
}

impl AsyncWrite for Stdout<'_> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        *self.begun = true;
        Pin::new(&mut self.out).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.out).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.out).poll_shutdown(context)
    }
}

/// Reports an error as a JSON object on stdout and as a line on stderr. Returns its exit status.
pub(crate) fn fail_in_json(error: &Error) -> ExitCode {
    say(&format!("error: {error}"));
    finish(&error_envelope(error), exit::status(error.code()))
}

/// Reports an error as a line on stderr. Returns its exit status.
pub(crate) fn fail(error: &Error) -> ExitCode {
    say(&format!("error: {}", error.message()));
    ExitCode::from(exit::status(error.code()))
}

/// Writes text and a newline to stdout, and flushes it.
pub(crate) fn write(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    if !text.ends_with('\n') {
        stdout.write_all(b"\n")?;
    }
    stdout.flush()
}

/// Writes a line to stderr. Ignores errors because they cannot be reported.
pub(crate) fn say(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}
