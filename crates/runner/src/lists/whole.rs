//! Whole lists: writes all records as one page.

use pipefit_component::{Code, Error, Request, Response, Result};
use tokio::io::{AsyncWrite, AsyncWriteExt};

use super::page::{NewRecords, Summary, frame, streamed};
use super::{PageSource, Pages, list_of};

/// The writer that a reply is written to.
pub type ReplyWriter<'a> = dyn AsyncWrite + Unpin + Send + 'a;

/// How far the reading of a whole list has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The number of records that were read.
    pub records: u64,
    /// The number of records of the whole list when reading began, if the service reports it.
    pub total: Option<u64>,
}

/// What is told of the progress of whole lists.
pub(crate) type Observer = dyn Fn(Progress) + Send + Sync;

/// The pages of a whole list, whose progress is observed.
pub(super) struct Whole<'a> {
    pages: Pages<'a>,
    records: u64,
    observer: Option<&'a Observer>,
}

impl<'a> Whole<'a> {
    pub(super) fn of(source: PageSource<'a>, request: Request) -> Result<Self> {
        Ok(Self { pages: Pages::all(source, request)?, records: 0, observer: source.observer })
    }

    /// Returns the new records of the next page, or `None` after the last page.
    pub(super) async fn next(&mut self) -> Result<Option<NewRecords>> {
        let records = self.pages.next().await?;
        if let Some(records) = &records {
            self.records += records.len() as u64;
            let progress = Progress { records: self.records, total: self.pages.total() };
            if let Some(observe) = self.observer {
                observe(progress);
            }
        }
        Ok(records)
    }
}

/// Writes a whole list as one page. Writes nothing before the first page has arrived. After an error, the output is
/// incomplete JSON.
async fn write_list(source: PageSource<'_>, request: Request, before: &str, out: &mut ReplyWriter<'_>) -> Result<()> {
    let layout = list_of(&request)?.layout;
    let mut pages = Whole::of(source, request)?;
    let mut summary = Summary { number: 1, size: pages.pages.size(), has_more: false, total: None };
    let mut head = format!("{before}{}", frame(streamed(&layout), &summary).0);
    while let Some(records) = pages.next().await? {
        for piece in records.pieces() {
            out.write_all(head.as_bytes()).await.map_err(not_written)?;
            out.write_all(piece).await.map_err(not_written)?;
            ",".clone_into(&mut head);
        }
        out.flush().await.map_err(not_written)?;
    }
    summary.total = Some(pages.records);
    let head = if pages.records == 0 { head.as_str() } else { "" };
    let tail = format!("{head}{}", frame(streamed(&layout), &summary).1);
    out.write_all(tail.as_bytes()).await.map_err(not_written)
}

/// Writes the reply `{"data": …}` with a whole list. What comes before `"data"` is given.
pub(crate) async fn write_reply(
    source: PageSource<'_>,
    request: Request,
    before: &str,
    out: &mut ReplyWriter<'_>,
) -> Result<()> {
    write_list(source, request, &format!(r#"{before}"data":"#), out).await?;
    out.write_all(b"}").await.map_err(not_written)
}

/// Writes the records of a whole list, one to a line.
pub(crate) async fn write_records(source: PageSource<'_>, request: Request, out: &mut ReplyWriter<'_>) -> Result<()> {
    let mut pages = Whole::of(source, request)?;
    while let Some(records) = pages.next().await? {
        for record in records.each() {
            write_line(record, out).await?;
        }
        out.flush().await.map_err(not_written)?;
    }
    Ok(())
}

/// Writes JSON text as one line. Its line ends are only between values: in text they are escaped.
pub(crate) async fn write_line(json: &[u8], out: &mut ReplyWriter<'_>) -> Result<()> {
    let is_end = |byte: &u8| matches!(byte, b'\n' | b'\r');
    let written = async {
        if json.iter().any(is_end) {
            let line: Vec<_> = json.iter().map(|byte| if is_end(byte) { b' ' } else { *byte }).collect();
            out.write_all(&line).await?;
        } else {
            out.write_all(json).await?;
        }
        out.write_all(b"\n").await
    };
    written.await.map_err(not_written)
}

/// Reads a whole list and returns it as one page.
pub(crate) async fn read_all(source: PageSource<'_>, request: Request) -> Result<Response> {
    let mut body = Vec::new();
    write_list(source, request, "", &mut body).await?;
    Ok(Response::new(body))
}

/// The error if a reply cannot be written, because the reader is gone or the disk is full.
#[expect(clippy::needless_pass_by_value, reason = "passed to `map_err`")]
pub(crate) fn not_written(error: std::io::Error) -> Error {
    Error::new(Code::Cancelled, format!("the reply cannot be written: {error}"))
}
