//! What the service's answer means: data, or which error.

use std::time::Duration;

use pipefit_component::{Code, Error, File, Output, Reply, Result};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::disposition;
use crate::masking::Mask;

/// The media type of a file whose type nobody said.
const UNKNOWN_TYPE: &str = "application/octet-stream";

/// The error form of an API; every member may be missing.
#[derive(Default, Deserialize)]
struct ProblemBody<'a> {
    title: Option<String>,
    #[serde(rename = "traceId")]
    trace_id: Option<String>,
    #[serde(borrow)]
    errors: Option<&'a RawValue>,
}

/// What a status other than success means. `write` says that the request may have changed something.
pub(crate) fn failure(reply: &Reply, write: bool, mask: &Mask) -> Error {
    let text = mask.hide(&String::from_utf8_lossy(&reply.body));
    let problem: ProblemBody<'_> = serde_json::from_str(&text).unwrap_or_default();
    let code = code_of(reply.status, write);
    let said = problem.title.filter(|title| !title.is_empty());
    let said = said.map_or_else(String::new, |title| format!(": {title}"));
    let errors = problem.errors.filter(|errors| !matches!(errors.get(), "{}" | "null" | "[]"));
    let error = Error::new(code, format!("{}{said}", meaning(code, reply.status)))
        .status(reply.status)
        .trace_id(problem.trace_id)
        .errors(errors.map(ToOwned::to_owned));
    match retry_after(reply) {
        Some(wait) => error.after(wait),
        None => error,
    }
}

fn code_of(status: u16, write: bool) -> Code {
    match status {
        401 => Code::Unauthorized,
        403 => Code::Forbidden,
        404 | 410 => Code::NotFound,
        409 => Code::Conflict,
        429 => Code::RateLimited,
        // The service, or a gateway before it, failed at a moment that nobody knows.
        408 | 500.. if write => Code::OutcomeUnknown,
        408 | 504 => Code::Timeout,
        500.. => Code::Unavailable,
        400..500 => Code::Rejected,
        _ => Code::BadReply,
    }
}

fn meaning(code: Code, status: u16) -> String {
    match code {
        Code::Unauthorized => "the service refused the credentials".to_owned(),
        Code::Forbidden => "the credentials do not allow this".to_owned(),
        Code::NotFound => "the service has no such record or endpoint".to_owned(),
        Code::Conflict => "the state of the record does not allow this".to_owned(),
        Code::RateLimited => "too many requests".to_owned(),
        Code::OutcomeUnknown => {
            format!("the service failed with status {status}; the write may or may not have happened")
        }
        Code::Timeout => format!("the service gave up with status {status}"),
        Code::Unavailable => format!("the service failed with status {status}"),
        Code::Rejected => format!("the service refused the content with status {status}"),
        _ => format!("the service answered with the unexpected status {status}"),
    }
}

/// How long to wait, in seconds or until a date, as the header says.
fn retry_after(reply: &Reply) -> Option<Duration> {
    let text = reply.header("retry-after")?;
    if let Ok(seconds) = text.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
    Some(until.duration_since(jiff::Timestamp::now()).try_into().unwrap_or(Duration::ZERO))
}

/// The JSON of a successful answer, checked against the form that the unit promises.
pub(crate) fn data(output: Output, reply: Reply) -> Result<Box<RawValue>> {
    if let Output::File = output {
        return serde_json::value::to_raw_value(&file(&reply).to_value()).map_err(Error::internal);
    }
    let empty = reply.body.iter().all(u8::is_ascii_whitespace);
    let body = match output {
        Output::Empty | Output::Any if empty => "{}".to_owned(),
        _ if empty => return Err(bad_reply("the service answered an empty body")),
        _ => String::from_utf8(reply.body.into()).map_err(|_| bad_reply("the service's answer is not UTF-8 text"))?,
    };
    let data =
        RawValue::from_string(body).map_err(|error| bad_reply(format!("the service's answer is not JSON: {error}")))?;
    match output {
        Output::Record(_) if !data.get().starts_with('{') => Err(bad_reply("expected one record from the service")),
        Output::Page(_) => page(data.get().as_bytes()).map(|_| ()),
        _ => Ok(()),
    }?;
    Ok(data)
}

/// A file, named as the service names it.
fn file(reply: &Reply) -> File {
    let name = reply.header("content-disposition").and_then(disposition::file_name);
    let content_type = reply.header("content-type").unwrap_or(UNKNOWN_TYPE).to_owned();
    File { name, content_type, data: reply.body.clone() }
}

/// One page of a list; the records stay text.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Page<'a> {
    pub(crate) has_more: bool,
    #[serde(borrow)]
    pub(crate) data: Vec<&'a RawValue>,
}

/// Reads a page, borrowing its records. Fails where the body is not an object: serde reads a struct from an array too.
pub(crate) fn page(body: &[u8]) -> Result<Page<'_>> {
    if body.trim_ascii_start().first() != Some(&b'{') {
        return Err(bad_reply("the service's answer is not a page of records: expected an object"));
    }
    serde_json::from_slice(body).map_err(not_a_page)
}

#[expect(clippy::needless_pass_by_value, reason = "handed to `map_err`")]
fn not_a_page(error: serde_json::Error) -> Error {
    bad_reply(format!("the service's answer is not a page of records: {error}"))
}

pub(crate) fn bad_reply(message: impl Into<String>) -> Error {
    Error::new(Code::BadReply, message)
}
