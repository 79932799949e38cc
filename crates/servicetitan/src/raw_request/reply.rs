//! What a raw request answers, in the form that was asked for.

use pipefit_component::{Code, Error, File, Reply, Result};
use serde_json::Value;

use super::{ARRAY_BUFFER, DOCUMENT, TEXT};

/// The media type of an answer whose type nobody said.
const UNKNOWN_TYPE: &str = "application/octet-stream";

/// A byte order mark, which is no part of the text.
const MARK: char = '\u{feff}';

/// The reply with a body of JSON; status and headers stay. `write` says that something may have changed.
pub(super) fn converted(response_type: &str, reply: Reply, write: bool) -> Result<Reply> {
    let body = match response_type {
        TEXT | DOCUMENT => Value::String(text(&reply).ok_or_else(|| not_text(write))?),
        ARRAY_BUFFER => {
            let content_type = reply.header("content-type").unwrap_or(UNKNOWN_TYPE).to_owned();
            File { name: None, content_type, data: reply.body.clone() }.to_value()
        }
        _ => return Ok(reply),
    };
    Ok(Reply { body: body.to_string().into(), ..reply })
}

fn text(reply: &Reply) -> Option<String> {
    let content_type = reply.header("content-type").unwrap_or_default().to_ascii_lowercase();
    if content_type.contains("charset=iso-8859-1") {
        return Some(reply.body.iter().copied().map(char::from).collect());
    }
    let text = std::str::from_utf8(&reply.body).ok()?;
    Some(text.strip_prefix(MARK).unwrap_or(text).to_owned())
}

fn not_text(write: bool) -> Error {
    let message = "the service's answer is not UTF-8 text; the response type `arraybuffer` answers its bytes";
    let done = if write { "; the service had accepted the write: do not send it again" } else { "" };
    Error::new(Code::BadReply, format!("{message}{done}"))
}
