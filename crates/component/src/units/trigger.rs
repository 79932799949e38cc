//! Polling triggers.

use async_trait::async_trait;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::{About, Input, Inputs, ListEndpoint, Output, Request, Result, Transport};

/// Finds the changes since the last poll. The runtime keeps nothing between two polls: the caller keeps the state.
pub trait Trigger: Send + Sync + 'static {
    /// Key, label, resource and help.
    fn about(&self) -> About;

    /// The declared inputs, in the order of a form.
    fn inputs(&self) -> &'static [Input];

    /// The type of a reply's `data`.
    fn output(&self) -> Output;

    /// How the changes are found.
    fn polling(&self) -> Polling;
}

/// How a trigger finds changes.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum Polling {
    /// The runtime reads them from lists of records.
    Feeds(&'static Feeds),
    /// The component reads them with its own code.
    Custom(&'static dyn Poll),
}

/// Lists whose changes the runtime delivers, each once, and the inputs that control this.
#[derive(Clone, Copy, Debug)]
pub struct Feeds {
    /// The lists.
    pub feeds: &'static [Feed],
    /// The fields with the times of a record, and the query parameters that filter and sort by them.
    pub fields: ChangeFields,
    /// The input that chooses a list by its key.
    pub resource: Input,
    /// The flag that includes new records.
    pub show_created: Input,
    /// The flag that includes changed records.
    pub show_updated: Input,
    /// The date from which the first poll delivers changes.
    pub look_back: Input,
}

/// A list that is polled for changes.
#[derive(Clone, Copy, Debug)]
pub struct Feed {
    /// Stable name, which is part of the state.
    pub key: &'static str,
    /// The list. Inactive records are included.
    pub list: &'static ListEndpoint,
}

/// The names of fields and parameters that all lists of a trigger have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChangeFields {
    /// The field with the time of creation.
    pub created: &'static str,
    /// The field with the time of the last change.
    pub modified: &'static str,
    /// The query parameter that excludes records whose last change is before a time.
    pub since: &'static str,
    /// The value of the sort parameter for: oldest change first.
    pub oldest_first: &'static str,
    /// The value of the sort parameter for: newest change first.
    pub newest_first: &'static str,
    /// The query parameter that excludes records that were created before a time. Records whose time of change may be
    /// null, by the declaration of the list's record, are read by their times of creation, too.
    pub created_since: &'static str,
    /// The value of the sort parameter for: oldest record first.
    pub oldest_created: &'static str,
    /// The value of the sort parameter for: newest record first.
    pub newest_created: &'static str,
}

impl Feeds {
    /// Returns the list with this key.
    pub fn named(&self, key: &str) -> Option<&'static Feed> {
        self.feeds.iter().find(|feed| feed.key == key)
    }
}

/// A poll that a component implements itself.
#[async_trait]
pub trait Poll: Send + Sync {
    /// Builds the first request of a poll, which a dry run shows. It must be pure: no clock, no I/O.
    fn request(&self, inputs: &Inputs, state: Option<&Value>) -> Result<Request>;

    /// Returns the changes since `state` (none on the first poll) and the state for the next poll.
    async fn poll(
        &self,
        transport: &dyn Transport,
        inputs: Inputs,
        state: Option<Value>,
        now: Timestamp,
    ) -> Result<Changes>;
}

/// The result of one poll.
#[derive(Debug)]
pub struct Changes {
    /// New records, oldest change first, each as the service sent it.
    pub created: Vec<Box<RawValue>>,
    /// Changed records, oldest change first, each as the service sent it.
    pub updated: Vec<Box<RawValue>>,
    /// Records that were left out because they cannot be read.
    pub skipped: Vec<Skipped>,
    /// The state to pass to the next poll.
    pub state: Value,
    /// Whether more changes are waiting, so that the next poll can follow at once.
    pub more: bool,
}

/// A record that a poll left out.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Skipped {
    /// The id of the record; left out if it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<Value>,
    /// Why the record cannot be read.
    pub reason: String,
}
