//! The reply of a raw request, converted to the requested response type.

use std::borrow::Cow;

use pipefit_component::{Code, Error, Expect, File, Request, Response, Result};
use serde_json::Value;

/// The media type of a response without a `Content-Type`.
const UNKNOWN_TYPE: &str = "application/octet-stream";

/// A byte order mark, which is not part of the text.
const MARK: char = '\u{feff}';

/// The response with its body converted to JSON; status and headers are kept.
pub(super) fn converted(request: &Request, response: Response) -> Result<Response> {
    let body = match request.expect {
        Expect::Text => Value::String(text(&response).ok_or_else(|| not_text(!request.is_read()))?),
        Expect::Bytes => {
            let content_type = response.header("content-type").map_or_else(|| UNKNOWN_TYPE.to_owned(), Cow::into_owned);
            File { name: None, content_type: Some(content_type), data: response.body.clone() }.to_value()
        }
        _ => return Ok(response),
    };
    Ok(Response { body: body.to_string().into(), ..response })
}

fn text(response: &Response) -> Option<String> {
    let content_type = response.header("content-type").unwrap_or_default().to_ascii_lowercase();
    if content_type.contains("charset=iso-8859-1") {
        return Some(response.body.iter().copied().map(char::from).collect());
    }
    let text = std::str::from_utf8(&response.body).ok()?;
    Some(text.strip_prefix(MARK).unwrap_or(text).to_owned())
}

fn not_text(write: bool) -> Error {
    let message = "the response is not UTF-8 text; use the response type `arraybuffer` to get its bytes";
    let done = if write { "; the service accepted the write: do not send it again" } else { "" };
    Error::new(Code::BadReply, format!("{message}{done}"))
}
