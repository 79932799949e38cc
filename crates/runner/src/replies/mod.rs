//! Replies: the result of an invocation, as one JSON object.

pub(crate) mod content;
mod file_name;

use std::collections::BTreeMap;
use std::fmt;

pub(crate) use content::bad_reply;
use pipefit_component::{Error, Response, Skipped};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

/// The result of a successful invocation. Data from the service is kept as JSON text, exactly as it was sent.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
#[non_exhaustive]
pub enum Reply {
    /// The reply of an action: `{"data": …}`.
    #[schemars(title = "Data")]
    Data {
        /// The data that the service returned.
        #[schemars(with = "Value")]
        data: Box<RawValue>,
        /// The status and headers of the response to a raw request; only with `debugRequest`.
        #[serde(skip_serializing_if = "Option::is_none")]
        response: Option<ResponseHead>,
        /// Whether the record existed already, because an earlier request had the same idempotency key; left out if
        /// not.
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        existing: bool,
        /// What reading the record back showed; only with `verify`.
        #[serde(flatten)]
        verification: Verification,
    },
    /// The reply of a data source: `{"result": […]}`.
    #[schemars(title = "Result")]
    Result {
        /// The entries.
        result: Vec<Entry>,
        /// Whether there are more entries; left out if not.
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        truncated: bool,
    },
    /// The reply of a trigger: `{"data": {"created": […], "updated": […]}, "state": …}`.
    #[schemars(title = "Poll")]
    Poll {
        /// The records.
        data: ChangedRecords,
        /// Records that were left out because they cannot be read, the first 100; left out if there are none.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        skipped: Vec<Skipped>,
        /// The state to pass to the next poll, unchanged.
        state: Value,
        /// Whether more changes are waiting, so that the next poll can follow at once; left out if not.
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        more: bool,
    },
    /// The reply of a dry run: the request that would be sent.
    #[serde(rename_all = "camelCase")]
    #[schemars(title = "Dry Run")]
    DryRun {
        /// Always true.
        dry_run: bool,
        /// The request, with secrets masked.
        data: Value,
    },
}

/// What reading a written record back showed.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Verification {
    /// The fields whose values the record does not have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unapplied: Option<Vec<String>>,
    /// The fields that the record does not show; left out if there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unverified: Vec<String>,
    /// Why the record could not be read back. The write itself was done.
    #[serde(rename = "verificationError", skip_serializing_if = "Option::is_none")]
    pub error: Option<Error>,
}

impl Verification {
    /// The verification of a record that could not be read back.
    pub(crate) fn failed(error: Error) -> Self {
        Self { error: Some(error), ..Self::default() }
    }
}

/// The status and headers of a response. Several values of one header are joined by commas.
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

/// An entry of a picklist.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Entry {
    /// The value to save.
    pub key: String,
    /// The text to show.
    pub label: String,
}

/// The records that a poll found.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ChangedRecords {
    /// New records, oldest change first, each as the service sent it.
    #[schemars(with = "Vec<Value>")]
    pub created: Vec<Box<RawValue>>,
    /// Changed records, oldest change first, each as the service sent it.
    #[schemars(with = "Vec<Value>")]
    pub updated: Vec<Box<RawValue>>,
}

impl Reply {
    /// Creates the reply of an action.
    pub(crate) fn data(data: Box<RawValue>, response: Option<ResponseHead>) -> Self {
        Self::Data { data, response, existing: false, verification: Verification::default() }
    }

    /// Adds what reading the record back showed.
    pub(crate) fn verified(mut self, shown: Verification) -> Self {
        if let Self::Data { verification, .. } = &mut self {
            *verification = shown;
        }
        self
    }

    /// Sets whether the record of an action existed already.
    pub(crate) fn existing(mut self, is_existing: bool) -> Self {
        if let Self::Data { existing, .. } = &mut self {
            *existing = is_existing;
        }
        self
    }

    /// Returns the reply as JSON text.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_else(|error| error_envelope(&Error::internal(error)))
    }
}

impl fmt::Display for Reply {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.to_json())
    }
}

/// The JSON object that a caller receives: a reply or an error, never both.
#[derive(Serialize, JsonSchema)]
#[schemars(extend("not" = {"anyOf": [
    {"type": "object", "properties": {"data": {}, "error": {}}, "required": ["data", "error"]},
    {"type": "object", "properties": {"result": {}, "error": {}}, "required": ["result", "error"]},
]}))]
pub(crate) struct Envelope {
    /// The id of the request, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<Value>,
    #[serde(flatten)]
    outcome: Outcome,
}

/// A reply or an error.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
enum Outcome {
    /// The reply.
    #[expect(dead_code, reason = "replies are written directly; the variant is for the schema")]
    Reply(Reply),
    /// The error.
    #[schemars(title = "Error")]
    Error {
        /// The error.
        error: Error,
    },
}

/// Returns an error as JSON text: `{"error": {…}}`.
pub fn error_envelope(error: &Error) -> String {
    error_envelope_of(None, error)
}

/// Returns the error of a request with this id as JSON text: `{"id": …, "error": {…}}`.
pub fn error_envelope_of(id: Option<&Value>, error: &Error) -> String {
    let envelope = Envelope { id: id.cloned(), outcome: Outcome::Error { error: error.clone() } };
    serde_json::to_string(&envelope).unwrap_or_else(|_| {
        r#"{"error":{"code":"internal","message":"an error could not be written","retryable":false}}"#.to_owned()
    })
}

/// The beginning of the reply to a request with this id.
pub(crate) fn opening(id: Option<&Value>) -> String {
    id.map_or_else(|| "{".to_owned(), |id| format!("{{\"id\":{id},"))
}
