//! What an invocation answers, as one JSON object.

use std::collections::BTreeMap;
use std::fmt;

use pipefit_component::{Error, Reply};
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

/// A successful reply. Its parts are JSON text exactly as the service sent it.
#[derive(Clone, Debug)]
pub struct Answer(pub(crate) Form);

#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum Form {
    /// An action's `{"data": …}`.
    Data {
        data: Box<RawValue>,
        #[serde(skip_serializing_if = "Option::is_none")]
        response: Option<Response>,
    },
    /// A data source's `{"result": […]}`.
    Result {
        result: Vec<Entry>,
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        truncated: bool,
    },
    /// A trigger's records and next state.
    Poll {
        data: Changes,
        state: Value,
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        more: bool,
    },
    /// The request that a dry run did not send.
    #[serde(rename_all = "camelCase")]
    DryRun { dry_run: bool, data: Value },
}

/// Status and headers of the service's answer; several values of one name are joined.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Response {
    status: u16,
    headers: BTreeMap<String, String>,
}

impl Response {
    pub(crate) fn of(reply: &Reply) -> Self {
        let mut headers = BTreeMap::<String, String>::new();
        for (name, value) in &reply.headers {
            let joined = headers.get(name).map(|earlier| format!("{earlier}, {value}"));
            headers.insert(name.clone(), joined.unwrap_or_else(|| value.clone()));
        }
        Self { status: reply.status, headers }
    }
}

/// One entry of a picklist.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) label: String,
}

/// What one poll found.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Changes {
    pub(crate) created: Vec<Box<RawValue>>,
    pub(crate) updated: Vec<Box<RawValue>>,
}

impl Answer {
    /// The reply as JSON text.
    pub fn to_json(&self) -> String {
        serde_json::to_string(&self.0).unwrap_or_else(|error| error_envelope(&Error::internal(error)))
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.to_json())
    }
}

/// An error as the one JSON object that a caller gets: `{"error": {…}}`.
pub fn error_envelope(error: &Error) -> String {
    #[derive(Serialize)]
    struct Envelope<'a> {
        error: &'a Error,
    }
    serde_json::to_string(&Envelope { error }).unwrap_or_else(|_| {
        r#"{"error":{"code":"internal","message":"an error could not be written","retryable":false}}"#.to_owned()
    })
}
