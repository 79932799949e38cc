//! Whole lists: all records, written in the form of one page.

use pipefit_component::{Code, Error, Request, Response, Result};
use tokio::io::{AsyncWrite, AsyncWriteExt};

use super::page::{Summary, frame, streamed};
use super::{PageSource, Pages, list_of};

/// Where a reply is written.
pub type Out<'a> = dyn AsyncWrite + Unpin + Send + 'a;

/// Writes a whole list in the form of one page. Nothing is written before the first page is there; after an error
/// what was written is no JSON document.
async fn write_list(source: PageSource<'_>, request: Request, before: &str, out: &mut Out<'_>) -> Result<()> {
    let layout = list_of(&request)?.layout;
    let mut pages = Pages::all(source, request)?;
    let mut summary = Summary { number: 1, size: pages.size(), has_more: false, total: None };
    let (mut count, mut head) = (0, format!("{before}{}", frame(streamed(&layout), &summary).0));
    while let Some(records) = pages.next().await? {
        for piece in records.pieces() {
            out.write_all(head.as_bytes()).await.map_err(not_written)?;
            out.write_all(piece).await.map_err(not_written)?;
            ",".clone_into(&mut head);
        }
        count += records.len() as u64;
        out.flush().await.map_err(not_written)?;
    }
    summary.total = Some(count);
    let head = if count == 0 { head.as_str() } else { "" };
    let tail = format!("{head}{}", frame(streamed(&layout), &summary).1);
    out.write_all(tail.as_bytes()).await.map_err(not_written)
}

/// Writes `{"data": …}` with a whole list in it.
pub(crate) async fn write_reply(source: PageSource<'_>, request: Request, out: &mut Out<'_>) -> Result<()> {
    write_list(source, request, r#"{"data":"#, out).await?;
    out.write_all(b"}").await.map_err(not_written)
}

/// Reads a whole list and returns it as one page.
pub(crate) async fn read_all(source: PageSource<'_>, request: Request) -> Result<Response> {
    let mut body = Vec::new();
    write_list(source, request, "", &mut body).await?;
    Ok(Response::new(body))
}

/// The reader is gone or its disk is full: nobody is left to reply to.
#[expect(clippy::needless_pass_by_value, reason = "handed to `map_err`")]
pub(crate) fn not_written(error: std::io::Error) -> Error {
    Error::new(Code::Cancelled, format!("the reply cannot be written: {error}"))
}
