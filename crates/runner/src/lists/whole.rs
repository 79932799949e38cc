//! Whole lists: writes all records as one page.

use pipefit_component::{Code, Error, Request, Response, Result};
use tokio::io::{AsyncWrite, AsyncWriteExt};

use super::page::{Summary, frame, streamed};
use super::{PageSource, Pages, list_of};

/// The writer that a reply is written to.
pub type ReplyWriter<'a> = dyn AsyncWrite + Unpin + Send + 'a;

/// Writes a whole list as one page. Writes nothing before the first page has arrived. After an error, the output is
/// incomplete JSON.
async fn write_list(source: PageSource<'_>, request: Request, before: &str, out: &mut ReplyWriter<'_>) -> Result<()> {
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
