//! The polling trigger: what is new since the last poll.

use async_trait::async_trait;
use jiff::Timestamp;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::{About, Input, Inputs, ListEndpoint, Output, Request, Result, Transport};

/// Finds what changed since the last poll. The runtime keeps nothing between two polls: all memory is in the state.
pub trait Trigger: Send + Sync + 'static {
    /// Key, label, resource and help.
    fn about(&self) -> About;

    /// The declared inputs, in the order in which a form shows them.
    fn inputs(&self) -> &'static [Input];

    /// The form of one poll's `data`.
    fn output(&self) -> Output;

    /// How changes are found.
    fn polling(&self) -> Polling;
}

/// How a trigger finds changes.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum Polling {
    /// The runtime reads them from lists that can be sorted by the time of the last change.
    Feeds(&'static Feeds),
    /// The component reads them by itself.
    Custom(&'static dyn Poll),
}

/// Lists of which the runtime delivers each change once, and the inputs that steer it.
#[derive(Clone, Copy, Debug)]
pub struct Feeds {
    /// The lists.
    pub feeds: &'static [Feed],
    /// Where a record says when it changed, and how a list is narrowed and sorted by that.
    pub fields: ChangeFields,
    /// The input that chooses one of the lists by its key.
    pub resource: Input,
    /// The flag to deliver new records.
    pub show_created: Input,
    /// The flag to deliver records that changed.
    pub show_updated: Input,
    /// The day from which on the first poll delivers.
    pub look_back: Input,
}

/// One list that is watched for changes.
#[derive(Clone, Copy, Debug)]
pub struct Feed {
    /// Stable name, which a state holds.
    pub key: &'static str,
    /// The list, with inactive records.
    pub list: &'static ListEndpoint,
}

/// Names that lists of changes have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChangeFields {
    /// The field with the time of creation.
    pub created: &'static str,
    /// The field with the time of the last change.
    pub modified: &'static str,
    /// The query parameter that leaves out what changed before a time.
    pub since: &'static str,
    /// The sort by time of change, the oldest first.
    pub oldest_first: &'static str,
    /// The sort by time of change, the newest first.
    pub newest_first: &'static str,
}

impl Feeds {
    /// The list with this key.
    pub fn named(&self, key: &str) -> Option<&'static Feed> {
        self.feeds.iter().find(|feed| feed.key == key)
    }
}

/// A poll of a component's own making.
#[async_trait]
pub trait Poll: Send + Sync {
    /// The first request that a poll makes, which a dry run shows. Pure: no clock, no I/O.
    fn request(&self, inputs: &Inputs, state: Option<&Value>) -> Result<Request>;

    /// Returns what changed since `state` (nothing on the first poll), and the state for the next poll.
    async fn poll(
        &self,
        transport: &dyn Transport,
        inputs: Inputs,
        state: Option<Value>,
        now: Timestamp,
    ) -> Result<Changes>;
}

/// What one poll found.
#[derive(Debug)]
pub struct Changes {
    /// Records that did not exist at the last poll, oldest change first, each as the service sent it.
    pub created: Vec<Box<RawValue>>,
    /// Records that existed and have changed since, oldest change first.
    pub updated: Vec<Box<RawValue>>,
    /// To be handed in with the next poll.
    pub state: Value,
    /// Whether there is more: the next poll need not wait.
    pub more: bool,
}
