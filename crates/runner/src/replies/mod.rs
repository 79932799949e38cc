//! What an invocation replies, as one JSON object.

pub(crate) mod content;
mod file_name;

use std::collections::BTreeMap;
use std::fmt;

use pipefit_component::{Error, Response};
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

/// A successful reply. Its parts are JSON text exactly as the service sent it.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum Reply {
    /// An action's `{"data": …}`.
    Data {
        /// What the service returned.
        data: Box<RawValue>,
        /// Status and headers of a raw request, with `debugRequest`.
        #[serde(skip_serializing_if = "Option::is_none")]
        response: Option<ResponseHead>,
    },
    /// A data source's `{"result": […]}`.
    Result {
        /// The entries.
        result: Vec<Entry>,
        /// Whether there were more.
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        truncated: bool,
    },
    /// A trigger's records and next state.
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
    DryRun {
        /// Always true.
        dry_run: bool,
        /// The request.
        data: Value,
    },
}

/// Status and headers of a response; several values of one name are joined.
#[derive(Clone, Debug, Serialize)]
pub struct ResponseHead {
    status: u16,
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
#[derive(Clone, Debug, Serialize)]
pub struct Entry {
    /// The value to keep.
    pub key: String,
    /// The text to show.
    pub label: String,
}

/// The records that one poll found.
#[derive(Clone, Debug, Serialize)]
pub struct Changed {
    /// Records that are new, oldest change first, each as the service sent it.
    pub created: Vec<Box<RawValue>>,
    /// Records that have changed, oldest change first.
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
