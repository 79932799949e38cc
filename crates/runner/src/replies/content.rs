//! The `data` of a reply: the body of a response, checked against the output type of the unit.

use std::borrow::Cow;

use pipefit_component::{Code, Error, File, Output, Response, Result};
use serde_json::value::RawValue;

use super::file_name;
use crate::lists::Page;

/// The media type of a file if the service states none.
const UNKNOWN_TYPE: &str = "application/octet-stream";

/// Converts a response to the `data` of a reply. Fails if the body is not JSON, not a record or not a page as declared.
pub(crate) fn data(output: Output, response: Response) -> Result<Box<RawValue>> {
    if let Output::File = output {
        return serde_json::value::to_raw_value(&file(&response).to_value()).map_err(Error::internal);
    }
    let empty = response.body.iter().all(u8::is_ascii_whitespace);
    let body = match output {
        Output::Empty | Output::Any if empty => "{}".to_owned(),
        _ if empty => return Err(bad_reply("the response of the service has an empty body")),
        _ => String::from_utf8(response.body.into())
            .map_err(|_| bad_reply("the response of the service is not UTF-8 text"))?,
    };
    let data = RawValue::from_string(body)
        .map_err(|error| bad_reply(format!("the response of the service is not JSON: {error}")))?;
    match output {
        Output::Record(_) if !data.get().starts_with('{') => {
            Err(bad_reply("the response of the service is not a record: expected a JSON object"))
        }
        Output::Page(list) => Page::read(&list.layout, data.get().as_bytes()).map(|_| ()),
        _ => Ok(()),
    }?;
    Ok(data)
}

/// Reads a file, with the name and media type from the headers.
fn file(response: &Response) -> File {
    let name = response.header("content-disposition").and_then(|value| file_name::of(&value));
    let content_type = response.header("content-type").map_or_else(|| UNKNOWN_TYPE.to_owned(), Cow::into_owned);
    File { name, content_type: Some(content_type), data: response.body.clone() }
}

/// The error for a response that cannot be read.
pub(crate) fn bad_reply(message: impl Into<String>) -> Error {
    Error::new(Code::BadReply, message)
}
