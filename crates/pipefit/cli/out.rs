//! Output to stdout and stderr.

use std::borrow::Cow;
use std::io::{self, ErrorKind, Write};
use std::pin::Pin;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::thread;

use anstyle::AnsiColor;
use jiff::Timestamp;
use pipefit::component::is_deceptive;
use pipefit::runner::error_envelope_of;
use pipefit::{Catalog, Code, Error};
use serde_json::{Value, json};
use tokio::io::AsyncWrite;

use super::{exit, progress, terminal};

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

/// What became of a reply that is written in parts.
#[derive(Debug, Default)]
pub(crate) struct Written {
    begun: AtomicBool,
    refused: AtomicBool,
    /// Whether what is written consists of whole lines.
    in_lines: bool,
    /// The id of the request.
    pub(crate) id: OnceLock<Value>,
}

impl Written {
    pub(crate) fn new(in_lines: bool) -> Self {
        Self { in_lines, ..Self::default() }
    }

    /// Whether anything was written.
    pub(crate) fn is_begun(&self) -> bool {
        self.begun.load(Ordering::SeqCst)
    }

    /// Whether the reader has closed stdout.
    pub(crate) fn is_refused(&self) -> bool {
        self.refused.load(Ordering::SeqCst)
    }
}

/// The most bytes that are written without a thread. A pipe that has room takes as many at once: `PIPE_BUF` of Linux.
#[cfg(unix)]
const SHORT: usize = 4096;

/// Stdout, for a reply that is written in parts. Fails if it must wait for the reader although the command was stopped.
pub(crate) struct Stdout {
    out: tokio::io::Stdout,
    /// Whether threads write.
    in_background: bool,
    /// Whether progress is shown in the same place.
    is_terminal: bool,
    written: Arc<Written>,
    given_up: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

impl Stdout {
    pub(crate) fn new(written: Arc<Written>, given_up: impl Future<Output = ()> + Send + 'static) -> Self {
        let is_terminal = terminal::is_stdout();
        let in_background = is_terminal || cfg!(not(unix));
        Self { out: tokio::io::stdout(), in_background, is_terminal, written, given_up: Some(Box::pin(given_up)) }
    }

    /// Writes a short text if its reader need not be waited for. To start a thread takes longer.
    #[cfg(unix)]
    fn write_at_once(&self, bytes: &[u8]) -> Option<io::Result<usize>> {
        use rustix::event::{PollFd, PollFlags, Timespec, poll};
        if self.in_background || bytes.len() > SHORT {
            return None;
        }
        let stdout = io::stdout();
        let mut room = [PollFd::new(&stdout, PollFlags::OUT)];
        let is_ready = poll(&mut room, Some(&Timespec::default())).is_ok_and(|ready| ready > 0);
        is_ready.then(|| Ok(rustix::io::write(&stdout, bytes)?))
    }

    #[cfg(not(unix))]
    fn write_at_once(&self, _: &[u8]) -> Option<io::Result<usize>> {
        None
    }

    fn outcome<T>(&mut self, context: &mut Context<'_>, poll: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if let Poll::Ready(Err(error)) = &poll {
            self.written.refused.store(error.kind() == ErrorKind::BrokenPipe, Ordering::SeqCst);
        }
        if poll.is_ready() || self.given_up.as_mut().is_some_and(|it| it.as_mut().poll(context).is_pending()) {
            return poll;
        }
        self.given_up = None;
        Poll::Ready(Err(io::Error::new(ErrorKind::TimedOut, "its reader does not read")))
    }
}

impl AsyncWrite for Stdout {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.written.begun.store(true, Ordering::SeqCst);
        if self.is_terminal {
            progress::erase();
        }
        let poll = if let Some(outcome) = self.write_at_once(bytes) {
            Poll::Ready(outcome)
        } else {
            self.in_background = true;
            Pin::new(&mut self.out).poll_write(context, bytes)
        };
        self.outcome(context, poll)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let poll = Pin::new(&mut self.out).poll_flush(context);
        self.outcome(context, poll)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_flush(context)
    }
}

/// Reports an error as a JSON object on stdout and as a line on stderr. Returns its exit status.
pub(crate) fn fail_in_json(error: &Error) -> ExitCode {
    fail_in_json_after(&Written::default(), error)
}

/// Reports an error like [`fail_in_json`]. If the reply is incomplete, the error follows on a line of its own.
pub(crate) fn fail_in_json_after(written: &Written, error: &Error) -> ExitCode {
    let before = if written.begun.load(Ordering::SeqCst) && !written.in_lines { "\n" } else { "" };
    let copy = error.clone();
    // Neither waits for the reader of the other.
    let said = thread::spawn(move || say_error(&copy));
    // If nobody can read stdout, the exit status and stderr still tell.
    let _ = write(&format!("{before}{}", error_envelope_of(written.id.get(), error)));
    let _ = said.join();
    ExitCode::from(exit::status(error.code()))
}

/// Reports an error on stderr alone. Returns its exit status.
pub(crate) fn fail_on_stderr(error: &Error) -> ExitCode {
    say_error(error);
    ExitCode::from(exit::status(error.code()))
}

/// Says an error on stderr: in one line or, for people, with each problem and what to do on lines of their own.
fn say_error(error: &Error) {
    if terminal::is_stderr() {
        for line in explained(error) {
            say(&line);
        }
    } else {
        say(&format!("error: {error}"));
        if let Some(line) = next_step(error) {
            say(&line);
        }
    }
}

fn explained(error: &Error) -> Vec<String> {
    let mut lines = match error.issues() {
        [] | [_] => vec![format!("error: {}", error.message())],
        issues => {
            let problems = issues.iter().map(|issue| format!("  {}", issue.message));
            std::iter::once(format!("error: {} problems", issues.len())).chain(problems).collect()
        }
    };
    let request = error.request().map(|request| format!("  Request: {request}"));
    let status = error.status().map(|status| format!("  Status: {status}"));
    let trace = error.trace_id().map(|id| format!("  Trace id: {id}"));
    let errors = error.errors().map(|errors| format!("  Errors: {}", errors.get()));
    let wait = error.retry_after().map(|wait| format!("  Retry after: {} seconds", wait.as_millis().div_ceil(1000)));
    lines.extend([request, status, trace, errors, wait].into_iter().flatten());
    if let Some(remedy) = remedy(error) {
        lines.push(format!("next: {}", remedy.replace("each of the `issues`", "these inputs")));
        lines.push(format!("more: pipefit explain {}", error.code().name()));
    }
    lines
}

fn next_step(error: &Error) -> Option<String> {
    Some(format!("next: {} `pipefit explain {}` says more.", remedy(error)?, error.code().name()))
}

/// What in a message is a next step.
const NEXT_STEPS: [&str; 4] = ["did you mean ", "`pipefit ", "run `chmod ", "write `"];

/// Returns what to do, unless the message says it: that of an invalid request always does.
fn remedy(error: &Error) -> Option<String> {
    let is_said = error.issues().len() < 2 && NEXT_STEPS.iter().any(|step| error.message().contains(step));
    if is_said || error.code() == Code::InvalidRequest {
        return None;
    }
    let remedy = error.code().guide().remedy;
    Some(KEY.get().map_or_else(|| remedy.to_owned(), |key| remedy.replace("describe KEY", &format!("describe {key}"))))
}

/// The key of what runs.
static KEY: OnceLock<String> = OnceLock::new();

/// Errors are about this action, data source or trigger from now on.
pub(crate) fn errors_are_about(key: &str) {
    if Catalog::registered().named(key).next().is_some() {
        let _ = KEY.set(key.to_owned());
    }
}

/// Reports an error as a line on stderr. Returns its exit status.
pub(crate) fn fail(error: &Error) -> ExitCode {
    say(&format!("error: {}", error.message()));
    if let Some(line) = next_step(error) {
        say(&line);
    }
    ExitCode::from(exit::status(error.code()))
}

/// Reports wrong arguments by a message that says what to type instead. Returns the exit status.
pub(crate) fn fail_in_a_line(what: &str) -> ExitCode {
    say(&format!("error: {what}"));
    ExitCode::from(exit::status(Code::InvalidRequest))
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

/// Whether stderr consists of JSON objects, one a line.
static IN_JSON: AtomicBool = AtomicBool::new(false);

/// Writes JSON to stderr from now on.
pub(crate) fn say_in_json() {
    IN_JSON.store(true, Ordering::SeqCst);
}

/// Whether stderr stays empty.
static SILENT: AtomicBool = AtomicBool::new(false);

/// Writes nothing to stderr from now on: it would stand in the line that somebody is typing.
pub(crate) fn say_nothing() {
    SILENT.store(true, Ordering::SeqCst);
}

/// Writes a line to stderr, without control characters. Ignores errors because they cannot be reported.
pub(crate) fn say(line: &str) {
    if !IN_JSON.load(Ordering::SeqCst) {
        write_line(&coloured(&printable(line)));
        return;
    }
    let levels = [("error: ", "ERROR"), ("warning: ", "WARN"), ("", "INFO")];
    let found = levels.iter().find_map(|(prefix, level)| Some((level, line.strip_prefix(prefix)?)));
    if let Some((level, message)) = found.filter(|(_, message)| !message.is_empty()) {
        // The members and the form of the time are those of events.
        let timestamp = format!("{:.6}", Timestamp::now());
        let note = json!({"timestamp": timestamp, "level": level, "message": message, "target": "pipefit"});
        write_line(&plain_json(&note.to_string()));
    }
}

/// Sets off what a line is, where there are colours.
fn coloured(line: &str) -> Cow<'_, str> {
    let kinds = [
        ("error:", AnsiColor::Red),
        ("warning:", AnsiColor::Yellow),
        ("next:", AnsiColor::Cyan),
        ("more:", AnsiColor::Cyan),
        ("note:", AnsiColor::Cyan),
    ];
    let found = kinds.iter().find_map(|(kind, colour)| Some((kind, colour, line.strip_prefix(kind)?)));
    match found.filter(|_| terminal::colours_on_stderr()) {
        Some((kind, colour, rest)) => {
            let style = colour.on_default().bold();
            format!("{style}{kind}{style:#}{rest}").into()
        }
        None => line.into(),
    }
}

fn write_line(line: &str) {
    if SILENT.load(Ordering::SeqCst) {
        return;
    }
    progress::erase();
    let _ = writeln!(io::stderr(), "{line}");
}

/// Escapes what turns text around, as JSON does: serializers leave it as it is.
fn plain_json(json: &str) -> String {
    let escaped = |character: char| match character {
        plain if !is_deceptive(plain) => plain.to_string(),
        other => format!("\\u{:04x}", u32::from(other)),
    };
    json.chars().map(escaped).collect()
}

/// Writes lines to stderr.
pub(crate) fn say_lines(text: &str) {
    text.split('\n').for_each(say);
}

/// Escapes control characters and those that turn text around: text from outside must not drive a terminal.
pub(crate) fn printable(text: &str) -> Cow<'_, str> {
    if !text.contains(is_deceptive) {
        return text.into();
    }
    let escaped = |character: char| match character {
        control if is_deceptive(control) => control.escape_default().to_string(),
        other => other.to_string(),
    };
    text.chars().map(escaped).collect::<String>().into()
}

/// Stderr, for a log: what is written at once is a line.
pub(crate) struct LogLines;

impl Write for LogLines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(line);
        let text = text.trim_end_matches('\n');
        if IN_JSON.load(Ordering::SeqCst) {
            write_line(&plain_json(text));
        } else {
            write_line(&printable(text));
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use pipefit::{Code, Issue, Problem};

    use super::*;

    #[test]
    fn problems_stand_on_lines_of_their_own() {
        let issue = |input: &str| Issue::new(input, Problem::Required, format!("`{input}` is required"));
        let lines = explained(&Error::invalid_input(vec![issue("a"), issue("b")]));
        assert_eq!(lines[..3], ["error: 2 problems", "  `a` is required", "  `b` is required"]);
        let rejected = Error::new(Code::Rejected, "no").with_request("POST /jobs").with_status(400);
        let lines = explained(&rejected.with_trace_id(Some("t1".to_owned())));
        assert_eq!(lines[..4], ["error: no", "  Request: POST /jobs", "  Status: 400", "  Trace id: t1"]);
        assert!(lines[4].starts_with("next: Correct what `errors` names"), "{lines:?}");
    }

    #[test]
    fn what_drives_a_terminal_is_escaped() {
        assert_eq!(printable("plain ü"), "plain ü");
        assert_eq!(printable("\u{1b}[2J\r\n\u{9b}x"), r"\u{1b}[2J\r\n\u{9b}x");
    }
}
