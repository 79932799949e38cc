//! How `pipefit run` writes a reply: as one line, indented, one record a line, as a table, or what an expression makes
//! of it.

mod jq;
mod pretty;
mod table;

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pipefit::runner::PreparedInvocation;
use pipefit::{Code, Error};
use tokio::io::{AsyncWrite, AsyncWriteExt as _};

pub(crate) use self::jq::Jq;
use self::pretty::Pretty;
use self::table::Table;
pub(crate) use self::table::fitted;
use super::terminal;

/// How the reply is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// On a terminal: a table for a list, indented JSON for anything else. Elsewhere: `json`
    #[default]
    #[value(alias = "")]
    Auto,
    /// One line of JSON
    Json,
    /// Indented JSON, with colours on a terminal
    Pretty,
    /// One line of JSON for each record of a list; one line for anything else
    Ndjson,
    /// A table of the records of a list that fits the terminal; anything else as `pretty`
    Table,
}

impl Format {
    /// Whether a person reads the reply on a terminal: errors need not be JSON there.
    pub(crate) fn is_for_people(self) -> bool {
        terminal::is_stdout() && !matches!(self, Self::Json | Self::Ndjson)
    }
}

/// A format that suits the reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum View {
    Line,
    Indented,
    Records,
    Rows,
}

/// Changes a reply on its way to stdout.
trait Transform: Send {
    /// Takes the next part of the reply, and adds what can be written by now to `out`.
    fn push(&mut self, part: &[u8], out: &mut Vec<u8>) -> Result<(), Error>;

    /// Adds what is left to `out` once the reply is complete.
    fn end(&mut self, out: &mut Vec<u8>) -> Result<(), Error>;

    /// Returns a remark for people once the reply is complete.
    fn remark(&self) -> Option<String> {
        None
    }
}

/// Returns a whole reply as it is shown: indented where a person reads it.
#[cfg(feature = "restate")]
pub(crate) fn whole(text: &str) -> Result<String, Error> {
    if !terminal::is_stdout() {
        return Ok(text.to_owned());
    }
    let (mut pretty, mut shown) = (Pretty::new(terminal::colours()), Vec::new());
    pretty.push(text.as_bytes(), &mut shown)?;
    pretty.end(&mut shown)?;
    Ok(String::from_utf8_lossy(&shown).into_owned())
}

/// Writes a reply to `inner` in the format that was asked for.
pub(crate) struct Printer<W> {
    inner: W,
    transform: Option<Box<dyn Transform>>,
    /// Whether each record of a list is written for itself.
    by_record: bool,
    /// What was not written yet.
    pending: Vec<u8>,
    /// Why the reply could not be changed.
    failure: Option<Error>,
}

impl<W: AsyncWrite + Unpin> Printer<W> {
    /// Creates it for the reply to this invocation.
    pub(crate) fn new(inner: W, format: Format, jq: Option<Jq>, invocation: &PreparedInvocation) -> Self {
        let view = view(format, invocation, jq.is_some());
        let pretty = || Pretty::new(terminal::colours());
        let by_record = matches!(view, View::Records | View::Rows);
        let transform: Option<Box<dyn Transform>> = match (jq, view) {
            (Some(jq), view) => {
                let pretty = (view == View::Indented).then(pretty);
                Some(Box::new(jq.by_record(by_record).indented(pretty)))
            }
            (None, View::Line | View::Records) => None,
            (None, View::Indented) => Some(Box::new(pretty())),
            (None, View::Rows) => Some(Box::new(Table::new(terminal::width(), terminal::colours()))),
        };
        Self { inner, transform, by_record, pending: Vec::new(), failure: None }
    }

    /// Whether the reply must come with each record of a list for itself.
    pub(crate) fn is_by_record(&self) -> bool {
        self.by_record
    }

    /// Why the reply could not be changed, if that is why it was not written.
    pub(crate) fn failure(self) -> Option<Error> {
        self.failure
    }

    /// Writes the rest. Returns a remark for people. Fails if the reply cannot be changed or written.
    pub(crate) async fn finish(&mut self) -> Result<Option<String>, Error> {
        let Some(transform) = &mut self.transform else {
            // The reply is complete without the end of its line.
            if self.by_record || self.inner.write_all(b"\n").await.is_ok() {
                let _ = self.inner.flush().await;
            }
            return Ok(None);
        };
        let ended = transform.end(&mut self.pending);
        let remark = transform.remark();
        // What came before the failure is written.
        let flushed = self.flush().await;
        ended?;
        let not_written = |error| Error::new(Code::Cancelled, format!("the reply cannot be written: {error}"));
        flushed.map(|()| remark).map_err(not_written)
    }

    /// Writes what is pending.
    fn drain(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.pending.is_empty() {
            let count = ready!(Pin::new(&mut self.inner).poll_write(context, &self.pending))?;
            if count == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.pending.drain(..count);
        }
        Poll::Ready(Ok(()))
    }
}

impl<W: AsyncWrite + Unpin> AsyncWrite for Printer<W> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        ready!(self.drain(context))?;
        let Self { inner, transform, pending, failure, .. } = &mut *self;
        let Some(transform) = transform else { return Pin::new(inner).poll_write(context, bytes) };
        if let Err(error) = transform.push(bytes, pending) {
            let failed = io::Error::other(error.message());
            *failure = Some(error);
            return Poll::Ready(Err(failed));
        }
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.drain(context))?;
        Pin::new(&mut self.inner).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_flush(context)
    }
}

/// Chooses how the reply to this invocation is written. A result of an expression is no list of records.
fn view(format: Format, invocation: &PreparedInvocation, has_expression: bool) -> View {
    match format {
        Format::Json => View::Line,
        Format::Ndjson => View::Records,
        Format::Auto if !terminal::is_stdout() => View::Line,
        Format::Auto | Format::Table if !has_expression && invocation.returns_list() => View::Rows,
        Format::Auto | Format::Table | Format::Pretty => View::Indented,
    }
}

/// Splits what comes in parts into lines.
#[derive(Default)]
struct Lines {
    rest: Vec<u8>,
}

impl Lines {
    /// Hands each line that is complete to `each`.
    fn push(&mut self, part: &[u8], mut each: impl FnMut(&[u8]) -> Result<(), Error>) -> Result<(), Error> {
        for piece in part.split_inclusive(|byte| *byte == b'\n') {
            match piece.split_last() {
                Some((b'\n', piece)) if self.rest.is_empty() => each(piece)?,
                Some((b'\n', piece)) => {
                    self.rest.extend_from_slice(piece);
                    each(&std::mem::take(&mut self.rest))?;
                }
                _ => self.rest.extend_from_slice(piece),
            }
        }
        Ok(())
    }
}
