//! Errors: converts responses whose status is not 200 to 299 to errors.

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use pipefit_component::{Code, Error, Response, Result};
use reqwest::header::{HeaderValue, SET_COOKIE};
use serde_json::value::to_raw_value;

use super::rate_limiter::SHORT_PAUSE;
use super::{Layer, MASK, OutgoingRequest, Session};

/// The longest wait that a service can state: more is a mistake.
const LONGEST_WAIT: Duration = Duration::from_hours(24);

/// The longest text of an error's body that is passed on, in characters.
const LONGEST_TEXT: usize = 1_000;

/// The longest errors of single fields that are passed on, in bytes.
const LONGEST_ERRORS: usize = 10_000;

/// The format of dates in headers.
const HTTP_DATE: &str = "%a, %d %b %Y %H:%M:%S GMT";

/// Passes on successful responses and converts all others to errors.
pub(super) struct ErrorLayer<'a, L> {
    pub(super) inner: L,
    pub(super) session: &'a Session,
}

impl<L: Layer> Layer for ErrorLayer<'_, L> {
    async fn send(&self, request: &OutgoingRequest) -> Result<Response> {
        let mut response = self.inner.send(request).await?;
        let success = (200..300).contains(&response.status);
        if success && !self.session.debug {
            return Ok(response);
        }
        if !success {
            return Err(error_of(&response, request.is_write(), self.session).with_scope(request.scope.clone()));
        }
        let mask = self.session.mask();
        // With `debugRequest`, the reply may contain the headers.
        for (name, value) in &mut response.headers {
            let shown = String::from_utf8_lossy(value.as_bytes());
            let masked = if name == SET_COOKIE { MASK.to_owned() } else { mask.hide(&shown) };
            *value = HeaderValue::from_bytes(masked.as_bytes()).unwrap_or(HeaderValue::from_static(MASK));
        }
        Ok(response)
    }
}

/// Converts a response to an error. `write` means that the request may have changed something.
pub(super) fn error_of(response: &Response, write: bool, session: &Session) -> Error {
    let (format, mask) = (&session.account.errors, session.mask());
    let body = format.read(&String::from_utf8_lossy(&response.body));
    let code = code_of(response.status, write);
    let text = |text: &str| shortened(mask.hide_remote(text));
    let detail = body.message.map_or_else(String::new, |message| format!(": {}", text(&message)));
    let errors = body.field_errors.filter(|errors| errors.get().len() <= LONGEST_ERRORS);
    let errors = errors.and_then(|errors| serde_json::from_str(errors.get()).ok());
    let errors = errors.and_then(|errors| to_raw_value(&mask.hide_remote_json(errors)).ok());
    Error::new(code, format!("{}{detail}", meaning(code, response.status)))
        .with_status(response.status)
        .with_trace_id(body.trace_id.map(|id| text(&id)))
        .with_errors(errors)
        .with_retry_after(retry_after(response, session.now()).or((code == Code::RateLimited).then_some(SHORT_PAUSE)))
}

fn shortened(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(LONGEST_TEXT) {
        text.truncate(end);
        text.push('…');
    }
    text
}

fn code_of(status: u16, write: bool) -> Code {
    match status {
        401 => Code::Unauthorized,
        403 => Code::Forbidden,
        404 | 410 => Code::NotFound,
        409 => Code::Conflict,
        429 => Code::RateLimited,
        // The service or a gateway failed, before or after the write, or says neither that it happened nor that not.
        ..400 | 408 | 500.. if write => Code::OutcomeUnknown,
        408 | 504 => Code::Timeout,
        500.. => Code::Unavailable,
        400..500 => Code::Rejected,
        _ => Code::BadReply,
    }
}

fn meaning(code: Code, status: u16) -> String {
    match code {
        Code::Unauthorized => "the service rejected the credentials".to_owned(),
        Code::Forbidden => "the credentials lack the right to do this".to_owned(),
        Code::NotFound => "the service has no such record or endpoint".to_owned(),
        Code::Conflict => "the state of the record does not allow this".to_owned(),
        Code::RateLimited => "the service received too many requests".to_owned(),
        Code::OutcomeUnknown => {
            format!("the service responded with status {status}; the write may or may not have happened")
        }
        Code::Timeout => format!("the service timed out with status {status}"),
        Code::Unavailable => format!("the service failed with status {status}"),
        Code::Rejected => format!("the service rejected the request with status {status}"),
        _ => format!("the service responded with the unexpected status {status}"),
    }
}

/// Returns how long to wait according to the `Retry-After` header, which contains seconds or a date. The longest, if
/// there are several.
pub(super) fn retry_after(response: &Response, now: Timestamp) -> Option<Duration> {
    response.headers_named("retry-after").filter_map(|value| wait_of(value.trim(), now)).max()
}

fn wait_of(text: &str, now: Timestamp) -> Option<Duration> {
    let (seconds, fraction) = text.split_once('.').unwrap_or((text, ""));
    let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !seconds.is_empty() && are_digits(seconds) && are_digits(fraction) {
        // What does not fit into a number is a long time, too.
        let wait = seconds.parse().unwrap_or(u64::MAX).saturating_add(u64::from(!fraction.is_empty()));
        return Some(Duration::from_secs(wait).min(LONGEST_WAIT));
    }
    let wait = match jiff::fmt::rfc2822::parse(text) {
        Ok(until) => until.timestamp().duration_since(now),
        // The last days of the year 9999 are no timestamps.
        Err(_) => DateTime::strptime(HTTP_DATE, text).ok()?.duration_since(TimeZone::UTC.to_datetime(now)),
    };
    Some(Duration::try_from(wait).unwrap_or_default().min(LONGEST_WAIT))
}
