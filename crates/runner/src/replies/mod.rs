//! Replies: the result of an invocation, as one JSON object.

pub(crate) mod content;
mod file_name;

use std::collections::BTreeMap;
use std::fmt;

use bytes::Bytes;
pub(crate) use content::bad_reply;
use pipefit_component::{Code, Error, ListEndpoint, PageLayout, Response, Result, Skipped};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::lists::{NewRecords, Page, bad_form};

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
        /// The layout of the page that the data are, if they are one.
        #[serde(skip)]
        #[schemars(skip)]
        layout: Option<PageLayout>,
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

/// The usual length of a reply without its data, in bytes.
const REST: usize = 64;

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
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct ResponseHead {
    /// The HTTP status.
    status: u16,
    /// The headers, by their names in lower case.
    headers: BTreeMap<String, String>,
}

impl ResponseHead {
    /// The HTTP status.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The headers, by their names in lower case.
    pub fn headers(&self) -> &BTreeMap<String, String> {
        &self.headers
    }

    pub(crate) fn of(response: &Response) -> Self {
        let mut headers = BTreeMap::<String, String>::new();
        for (name, value) in &response.headers {
            let value = String::from_utf8_lossy(value.as_bytes());
            let joined = headers.get(name.as_str()).map(|earlier| format!("{earlier}, {value}"));
            headers.insert(name.to_string(), joined.unwrap_or_else(|| value.into_owned()));
        }
        Self { status: response.status, headers }
    }
}

/// An entry of a picklist.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Entry {
    /// The value to save.
    pub key: String,
    /// The text to show.
    pub label: String,
}

/// The records that a poll found.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
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
    pub(crate) fn data_of(data: Box<RawValue>, response: Option<ResponseHead>, layout: Option<PageLayout>) -> Self {
        Self::Data { data, response, existing: false, verification: Verification::default(), layout }
    }

    /// Tells a reply that was read from JSON that its data are a page of this list, so that its records can be read.
    pub fn of_list(mut self, list: &ListEndpoint) -> Self {
        if let Self::Data { layout, .. } = &mut self {
            *layout = Some(list.layout);
        }
        self
    }

    /// Adds what reading the record back showed.
    pub(crate) fn verified(mut self, shown: Verification) -> Self {
        if let Self::Data { verification, .. } = &mut self {
            *verification = shown;
        }
        self
    }

    /// Sets whether the record of an action existed already.
    pub(crate) fn with_existing(mut self, is_existing: bool) -> Self {
        if let Self::Data { existing, .. } = &mut self {
            *existing = is_existing;
        }
        self
    }

    /// Returns the data of an action's reply as a value of this type. Fails if the reply has no data, or data of
    /// another form.
    pub fn data<T: DeserializeOwned>(&self) -> Result<T> {
        match self {
            Self::Data { data, .. } => serde_json::from_str(data.get()).map_err(bad_form),
            Self::DryRun { data, .. } => serde_json::from_value(data.clone()).map_err(bad_form),
            _ => Err(lacks("data of an action")),
        }
    }

    /// Returns the records of a list, or the entries of a data source, as values of this type. Fails if the reply is
    /// neither, or if they have another form. A reply that was read from JSON must be told its list by
    /// [`of_list`](Self::of_list).
    pub fn records<T: DeserializeOwned>(&self) -> Result<Vec<T>> {
        let Some((records, _)) = self.page()? else { return Err(lacks("records")) };
        records.each().map(|record| serde_json::from_slice(record).map_err(bad_form)).collect()
    }

    /// Returns the entries of a data source's reply, or none.
    pub fn result(&self) -> &[Entry] {
        match self {
            Self::Result { result, .. } => result,
            _ => &[],
        }
    }

    /// Returns the records that a trigger found, if this is its reply.
    pub fn changes(&self) -> Option<&ChangedRecords> {
        match self {
            Self::Poll { data, .. } => Some(data),
            _ => None,
        }
    }

    /// Returns the state to pass to the next poll of a trigger, if this is its reply.
    pub fn state(&self) -> Option<&Value> {
        match self {
            Self::Poll { state, .. } => Some(state),
            _ => None,
        }
    }

    /// Whether a creation found the record of an earlier request with the same idempotency key.
    pub fn existing(&self) -> bool {
        matches!(self, Self::Data { existing: true, .. })
    }

    /// Whether there are more records than the reply has: of a page, a data source, or a trigger. Fails if a page
    /// cannot be read. A page that was read from JSON must be told its list, or has no more.
    pub fn has_more(&self) -> Result<bool> {
        match self {
            Self::Poll { more, .. } => Ok(*more),
            Self::Result { truncated, .. } => Ok(*truncated),
            _ => Ok(self.page()?.is_some_and(|(_, more)| more)),
        }
    }

    /// Returns the records of a list or data source, and whether there are more; `None` if the reply has no list.
    pub(crate) fn page(&self) -> Result<Option<(NewRecords, bool)>> {
        match self {
            Self::Result { result, truncated } => {
                let body = Bytes::from(serde_json::to_vec(result).map_err(Error::internal)?);
                let entries: Vec<&RawValue> = serde_json::from_slice(&body).map_err(Error::internal)?;
                Ok(Some((NewRecords::new(&body, entries.into_iter()), *truncated)))
            }
            Self::Data { data, layout: Some(layout), .. } => {
                let body = Bytes::copy_from_slice(data.get().as_bytes());
                let page = Page::read(layout, &body)?;
                Ok(Some((NewRecords::new(&body, page.records.iter().copied()), page.has_more)))
            }
            _ => Ok(None),
        }
    }

    /// Returns the reply as JSON text.
    pub fn to_json(&self) -> String {
        let length = if let Self::Data { data, .. } = self { data.get().len() } else { 0 };
        // Room for the rest, so that the data are copied once.
        let mut text = Vec::with_capacity(length + REST);
        let written = serde_json::to_writer(&mut text, self).map_err(Error::internal);
        let written = written.and_then(|()| String::from_utf8(text).map_err(Error::internal));
        written.unwrap_or_else(|error| error_envelope(&error))
    }
}

impl ChangedRecords {
    /// Returns the new records as values of this type. Fails if one has another form.
    pub fn created<T: DeserializeOwned>(&self) -> Result<Vec<T>> {
        parsed(&self.created)
    }

    /// Returns the changed records as values of this type. Fails if one has another form.
    pub fn updated<T: DeserializeOwned>(&self) -> Result<Vec<T>> {
        parsed(&self.updated)
    }
}

fn parsed<T: DeserializeOwned>(records: &[Box<RawValue>]) -> Result<Vec<T>> {
    records.iter().map(|record| serde_json::from_str(record.get()).map_err(bad_form)).collect()
}

fn lacks(what: &str) -> Error {
    Error::new(Code::InvalidRequest, format!("the reply has no {what}"))
}

impl<'de> Deserialize<'de> for Reply {
    /// Reads a reply from its JSON. Fails if it is the envelope of an error.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let members = Members::deserialize(deserializer)?;
        let missing = serde::de::Error::missing_field;
        if let Some(result) = members.result {
            return Ok(Self::Result { result, truncated: members.truncated });
        }
        let data = members.data.ok_or_else(|| missing("data"))?;
        if members.dry_run {
            let data = serde_json::from_str(data.get()).map_err(serde::de::Error::custom)?;
            return Ok(Self::DryRun { dry_run: true, data });
        }
        if let Some(state) = members.state {
            let data = serde_json::from_str(data.get()).map_err(serde::de::Error::custom)?;
            return Ok(Self::Poll { data, skipped: members.skipped, state, more: members.more });
        }
        let verification = Verification {
            unapplied: members.unapplied,
            unverified: members.unverified,
            error: members.verification_error,
        };
        Ok(Self::Data { data, response: members.response, existing: members.existing, verification, layout: None })
    }
}

/// The members of all replies. Raw JSON text cannot be read as one of several variants.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Members {
    data: Option<Box<RawValue>>,
    result: Option<Vec<Entry>>,
    #[serde(default)]
    truncated: bool,
    state: Option<Value>,
    #[serde(default)]
    skipped: Vec<Skipped>,
    #[serde(default)]
    more: bool,
    #[serde(default)]
    dry_run: bool,
    response: Option<ResponseHead>,
    #[serde(default)]
    existing: bool,
    unapplied: Option<Vec<String>>,
    #[serde(default)]
    unverified: Vec<String>,
    verification_error: Option<Error>,
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
