//! Messages of JSON-RPC 2.0.

use std::sync::Arc;

use pipefit_component::{Code, Error};
use pipefit_runner::RawRecord;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::errors::retryable_if_cancelled;

/// The id of a call, text or a number, as JSON.
pub(super) type Id = Arc<str>;

/// The codes of errors that JSON-RPC and the Language Server Protocol define.
pub(super) mod codes {
    pub(crate) const PARSE_ERROR: i32 = -32700;
    pub(crate) const INVALID_REQUEST: i32 = -32600;
    pub(crate) const METHOD_NOT_FOUND: i32 = -32601;
    pub(crate) const INVALID_PARAMS: i32 = -32602;
    pub(crate) const INTERNAL_ERROR: i32 = -32603;
    /// A call that failed.
    pub(crate) const FAILED: i32 = -32000;
    /// A call that was cancelled.
    pub(crate) const CANCELLED: i32 = -32800;
}

/// A message of the peer: a call or, without an id, a notification.
#[derive(Deserialize)]
pub(super) struct Incoming<'a> {
    #[serde(default, borrow)]
    pub(super) jsonrpc: Option<&'a RawValue>,
    #[serde(default, borrow)]
    id: Option<&'a RawValue>,
    #[serde(default)]
    pub(super) method: Option<String>,
    #[serde(default, borrow)]
    pub(super) params: Option<&'a RawValue>,
}

impl Incoming<'_> {
    /// Returns the id, or nothing if there is none. Fails if it is neither text nor a number.
    pub(super) fn id(&self) -> Result<Option<Id>, Fault> {
        let Some(text) = self.id.map(RawValue::get) else { return Ok(None) };
        // Most are written as they are compared, without escapes.
        if text.bytes().all(|byte| byte.is_ascii_digit()) || (text.starts_with('"') && !text.contains('\\')) {
            return Ok(Some(Id::from(text)));
        }
        match serde_json::from_str(text) {
            Ok(id @ (Value::String(_) | Value::Number(_))) => Ok(Some(Id::from(id.to_string()))),
            _ => Err(Fault::new(codes::INVALID_REQUEST, "the id of a call must be text or a number")),
        }
    }

    /// Returns the parameters as this type. Without parameters, they are an empty object.
    pub(super) fn params<T: for<'de> Deserialize<'de>>(&self) -> Result<T, Fault> {
        let text = self.params.map_or("{}", RawValue::get);
        if !text.starts_with('{') {
            return Err(Fault::params("expected an object"));
        }
        serde_json::from_str(text).map_err(|error| Fault::params(&expectation(&error)))
    }
}

/// Says what was expected, without what was found: that may be a secret.
pub(super) fn expectation(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let text = text.rsplit_once(" at line ").map_or(text.as_str(), |(text, _)| text);
    match text.rsplit_once(", expected ") {
        Some((_, expected)) => format!("expected {expected}"),
        None if text.starts_with("missing field") || text.starts_with("duplicate field") => text.to_owned(),
        // A struct without members says nothing of what it expects.
        None if text.contains("there are no fields") => "expected no parameters".to_owned(),
        // What is wrong with JSON itself is said without showing any of it.
        None if error.is_syntax() => text.to_owned(),
        None => "they are not valid".to_owned(),
    }
}

/// An error of a call.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Fault {
    code: i32,
    message: String,
    /// The error of Pipefit, if it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<Error>,
}

impl Fault {
    pub(super) fn new(code: i32, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), data: None }
    }

    /// The fault of a call that ended with the server: what was cancelled may be sent to the next one.
    pub(super) fn retryable_if_cancelled(self) -> Self {
        Self { data: self.data.map(retryable_if_cancelled), ..self }
    }

    /// The fault of invalid parameters.
    pub(super) fn params(why: &str) -> Self {
        Self::new(codes::INVALID_PARAMS, format!("the parameters are not valid: {why}"))
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        let code = match error.code() {
            Code::InvalidRequest | Code::UnknownAction | Code::InvalidInput | Code::InvalidConnection => {
                codes::INVALID_PARAMS
            }
            Code::Internal => codes::INTERNAL_ERROR,
            Code::Cancelled => codes::CANCELLED,
            _ => codes::FAILED,
        };
        Self { code, message: error.message().to_owned(), data: Some(error) }
    }
}

/// Returns the response to a call, as a line.
pub(super) fn response(id: &str, outcome: Result<Vec<u8>, Fault>) -> Vec<u8> {
    let (member, value) = match outcome {
        Ok(result) => (r#","result":"#, result),
        Err(fault) => (r#","error":"#, serde_json::to_vec(&fault).unwrap_or_else(|_| unwritten())),
    };
    // Results are long: they are copied once.
    [br#"{"jsonrpc":"2.0","id":"#, id.as_bytes(), member.as_bytes(), &value, b"}\n"].concat()
}

fn unwritten() -> Vec<u8> {
    format!(r#"{{"code":{},"message":"an error could not be written"}}"#, codes::INTERNAL_ERROR).into_bytes()
}

/// Returns a notification with records of a list, as a line.
pub(super) fn progress(token: &Value, records: &[RawRecord]) -> Vec<u8> {
    let mut line = format!(r#"{{"jsonrpc":"2.0","method":"$/progress","params":{{"token":{token},"records":["#);
    for (index, record) in records.iter().enumerate() {
        if index > 0 {
            line.push(',');
        }
        line.push_str(record.get());
    }
    line.push_str("]}}\n");
    line.into_bytes()
}
