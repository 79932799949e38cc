//! How `pipefit run` and `pipefit call` write a reply: as one line, indented, one record a line, as a table, or what an
//! expression makes of it.

mod columns;
mod form;
mod jq;
mod pretty;
mod separated;
mod table;

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use clap_complete::engine::ArgValueCompleter;
use pipefit::{Code, Error};
use tokio::io::{AsyncWrite, AsyncWriteExt as _};

use self::columns::Column;
pub(crate) use self::form::Form;
pub(crate) use self::jq::Jq;
use self::pretty::Pretty;
use self::separated::{Separated, Separator};
pub(crate) use self::table::fitted;
use self::table::{Choice, Table};
use super::{complete, terminal};

/// The flags that say how a reply is written.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub(crate) struct Args {
    /// How to write the reply
    #[arg(
        short,
        long,
        value_name = "FORMAT",
        env = "PIPEFIT_OUTPUT",
        hide_env_values = true,
        default_value = "auto",
        hide_default_value = true
    )]
    output: Format,
    /// Write these fields of each record, such as `id,customer.name`, as a table or with `--output csv` or `tsv`
    #[arg(
        long,
        value_name = "NAME,…",
        value_delimiter = ',',
        value_parser = columns::parse,
        conflicts_with = "jq",
        add = ArgValueCompleter::new(complete::columns)
    )]
    columns: Option<Vec<String>>,
    /// Write what this jq expression makes of the whole reply or, with `--output ndjson`, of each record
    #[arg(long, value_name = "EXPRESSION")]
    jq: Option<String>,
    /// Write results of `--jq` that are text without quotes
    #[arg(short, long, requires = "jq")]
    raw: bool,
}

impl Args {
    /// Whether errors have no place on stdout. What reads the results of an expression expects none among them.
    pub(crate) fn has_no_errors(&self) -> bool {
        self.jq.is_some() || self.output.has_no_errors()
    }

    /// Whether what is written consists of whole lines.
    pub(crate) fn is_in_lines(&self) -> bool {
        self.output == Format::Ndjson
    }

    /// Fails if a reply of this form cannot be written so.
    #[cfg(feature = "restate")]
    pub(crate) fn check(&self, form: &Form) -> Result<(), Error> {
        Printer::new(tokio::io::sink(), self, self.expression()?, form).map(drop)
    }

    /// Compiles the expression. Fails if it is not valid.
    pub(crate) fn expression(&self) -> Result<Option<Jq>, Error> {
        self.jq.as_deref().map(|code| Jq::compile(code, self.raw)).transpose()
    }
}

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
    /// The records of a list as comma-separated values, after a line of names
    Csv,
    /// The records of a list as tab-separated values, after a line of names
    Tsv,
}

impl Format {
    /// Whether errors have no place on stdout: a person reads the reply on a terminal, or no reader expects JSON there.
    pub(crate) fn has_no_errors(self) -> bool {
        self.separator().is_some() || terminal::is_stdout() && !matches!(self, Self::Json | Self::Ndjson)
    }

    fn separator(self) -> Option<Separator> {
        match self {
            Self::Csv => Some(Separator::Comma),
            Self::Tsv => Some(Separator::Tab),
            _ => None,
        }
    }
}

/// A format that suits the reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum View {
    Line,
    Indented,
    Records,
    Rows,
    Values(Separator),
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
    /// Creates it for a reply of this form. Fails if that cannot be written so, or if its records have no such column.
    pub(crate) fn new(inner: W, args: &Args, jq: Option<Jq>, form: &Form) -> Result<Self, Error> {
        let columns = args.columns.as_deref();
        let view = view(args.output, form, jq.is_some(), columns.is_some())?;
        let columns = columns.filter(|_| form.is_list());
        let columns = columns.map(|names| columns::checked(names, form)).transpose()?;
        let pretty = || Pretty::new(terminal::colours());
        let by_record = matches!(view, View::Records | View::Rows | View::Values(_));
        let transform: Option<Box<dyn Transform>> = match (jq, view) {
            (Some(jq), view) => {
                let pretty = (view == View::Indented).then(pretty);
                Some(Box::new(jq.by_record(by_record).indented(pretty)))
            }
            (None, View::Line | View::Records) => None,
            (None, View::Indented) => Some(Box::new(pretty())),
            (None, View::Rows) => {
                let choice = columns.map_or_else(|| usual(form), Choice::Given);
                Some(Box::new(Table::new(choice, terminal::width(), terminal::colours())))
            }
            (None, View::Values(separator)) => {
                let chosen = columns.is_some();
                let columns = columns.or_else(|| all(form));
                Some(Box::new(Separated::new(separator, columns, chosen, terminal::is_stdout())))
            }
        };
        Ok(Self { inner, transform, by_record, pending: Vec::new(), failure: None })
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

/// Chooses how a reply is written. A result of an expression is no list of records, and a dry run
/// has none.
fn view(format: Format, form: &Form, has_expression: bool, has_columns: bool) -> Result<View, Error> {
    let (separator, is_list) = (format.separator(), form.is_list());
    let refused = |what: String| Err(Error::new(Code::InvalidRequest, what));
    match format {
        Format::Json | Format::Pretty | Format::Ndjson if has_columns => {
            return refused(
                "`--columns` needs `--output table`, `csv` or `tsv`; `--jq` chooses fields of JSON".to_owned(),
            );
        }
        _ if separator.is_some() && has_expression => {
            return refused("`--jq` writes csv by itself: end it with `| @csv` or `| @tsv`, with `--raw`".to_owned());
        }
        _ if (separator.is_some() || has_columns) && !is_list && !form.is_dry_run => {
            let what =
                "returns no list of records, so it has no columns: leave `--columns` out and use `--output json`";
            return refused(format!("{} {what}", form.unit));
        }
        _ => {}
    }
    let is_table = format == Format::Table || has_columns || terminal::is_stdout();
    Ok(match (format, separator) {
        (Format::Json, _) => View::Line,
        (Format::Ndjson, _) => View::Records,
        (_, Some(separator)) if is_list => View::Values(separator),
        (_, Some(_)) => View::Line,
        _ if is_table && is_list && !has_expression && format != Format::Pretty => View::Rows,
        (Format::Auto, _) if !terminal::is_stdout() => View::Line,
        _ => View::Indented,
    })
}

/// The columns of a table that nobody chose: those that are declared for the list, if some are.
fn usual(form: &Form) -> Choice {
    match form.list().map(|list| list.columns) {
        None | Some([]) => Choice::ByName,
        Some(declared) => Choice::Declared(declared.iter().copied().map(Column::at).collect()),
    }
}

/// A column for each declared field, if they are declared.
fn all(form: &Form) -> Option<Vec<Column>> {
    let names = columns::declared(form);
    (!names.is_empty()).then(|| names.iter().map(|name| Column::of_field(name)).collect())
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
