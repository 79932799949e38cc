//! What an invocation replies, as one JSON object.

pub(crate) mod content;
mod file_name;

use std::collections::BTreeMap;
use std::fmt;

use pipefit_component::{Error, Response};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

/// A successful reply. Its parts are JSON text exactly as the service sent it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
#[non_exhaustive]
pub enum Reply {
    /// An action's `{"data": …}`.
    #[schemars(title = "Data")]
    Data {
        /// What the service returned.
        #[schemars(with = "Value")]
        data: Box<RawValue>,
        /// Status and headers of a raw request, with `debugRequest`.
        #[serde(skip_serializing_if = "Option::is_none")]
        response: Option<ResponseHead>,
    },
    /// A data source's `{"result": […]}`.
    #[schemars(title = "Result")]
    Result {
        /// The entries.
        result: Vec<Entry>,
        /// Whether there were more.
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        truncated: bool,
    },
    /// A trigger's records and next state.
    #[schemars(title = "Poll")]
    Poll {
        /// The records.
        data: Changed,
        /// To be handed in with the next poll.
        state: Value,
        /// Whether there is more: the next poll need not wait.
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        more: bool,
    },
    /// The request that a dry run did not send.
    #[serde(rename_all = "camelCase")]
    #[schemars(title = "Dry Run")]
    DryRun {
        /// Always true.
        dry_run: bool,
        /// The request.
        data: Value,
    },
}

/// Status and headers of a response; several values of one name are joined.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ResponseHead {
    /// The HTTP status.
    status: u16,
    /// The headers, by their names in lower case.
    headers: BTreeMap<String, String>,
}

impl ResponseHead {
    pub(crate) fn of(response: &Response) -> Self {
        let mut headers = BTreeMap::<String, String>::new();
        for (name, value) in &response.headers {
            let joined = headers.get(name).map(|earlier| format!("{earlier}, {value}"));
            headers.insert(name.clone(), joined.unwrap_or_else(|| value.clone()));
        }
        Self { status: response.status, headers }
    }
}

/// One entry of a picklist.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Entry {
    /// The value to keep.
    pub key: String,
    /// The text to show.
    pub label: String,
}

/// The records that one poll found.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Changed {
    /// Records that are new, oldest change first, each as the service sent it.
    #[schemars(with = "Vec<Value>")]
    pub created: Vec<Box<RawValue>>,
    /// Records that have changed, oldest change first.
    #[schemars(with = "Vec<Value>")]
    pub updated: Vec<Box<RawValue>>,
}

impl Reply {
    /// The reply as JSON text.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_else(|error| error_envelope(&Error::internal(error)))
    }
}

impl fmt::Display for Reply {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.to_json())
    }
}

/// The one JSON object that a caller gets in every case.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum Envelope {
    /// What was done.
    #[expect(dead_code, reason = "a reply is written as it is; the variant is for the schema")]
    Reply(Reply),
    /// Why it was not.
    #[schemars(title = "Error")]
    Error {
        /// The error.
        error: Error,
    },
}

/// An error as the one JSON object that a caller gets: `{"error": {…}}`.
pub fn error_envelope(error: &Error) -> String {
    serde_json::to_string(&Envelope::Error { error: error.clone() }).unwrap_or_else(|_| {
        r#"{"error":{"code":"internal","message":"an error could not be written","retryable":false}}"#.to_owned()
    })
}
