//! Errors: a response of any status but success becomes the error that it stands for.

use std::time::Duration;

use jiff::Timestamp;
use pipefit_component::{Code, Error, ErrorFormat, Response, Result};
use secrecy::ExposeSecret;

use super::{Layer, MASK, Mask, Outgoing, Session};

/// Lets successful responses through and turns all others into errors.
pub(super) struct Checked<'a, L> {
    pub(super) inner: L,
    pub(super) session: &'a Session<'a>,
}

impl<L: Layer> Layer for Checked<'_, L> {
    async fn send(&self, request: &Outgoing) -> Result<Response> {
        let mut response = self.inner.send(request).await?;
        let success = (200..300).contains(&response.status);
        if success && !self.session.debug {
            return Ok(response);
        }
        let account = self.session.account;
        let mut mask = account.mask.clone();
        if let Some(token) = &request.token {
            mask.add(token.expose_secret());
        }
        if !success {
            return Err(error_of(&response, request.is_write(), &account.errors, &mask));
        }
        // With `debugRequest` they may be shown.
        for (name, value) in &mut response.headers {
            *value = if name == "set-cookie" { MASK.to_owned() } else { mask.hide(value) };
        }
        Ok(response)
    }
}

/// What a status other than success means. `write` says that the request may have changed something.
pub(super) fn error_of(response: &Response, write: bool, format: &ErrorFormat, mask: &Mask) -> Error {
    let said = format.read(&mask.hide(&String::from_utf8_lossy(&response.body)));
    let code = code_of(response.status, write);
    let detail = said.message.map_or_else(String::new, |message| format!(": {message}"));
    Error::new(code, format!("{}{detail}", meaning(code, response.status)))
        .with_status(response.status)
        .with_trace_id(said.trace_id)
        .with_errors(said.field_errors)
        .with_retry_after(retry_after(response))
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
pub(super) fn retry_after(response: &Response) -> Option<Duration> {
    let text = response.header("retry-after")?;
    if let Ok(seconds) = text.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
    Some(until.duration_since(Timestamp::now()).try_into().unwrap_or(Duration::ZERO))
}
