//! The polling trigger: what is new since the last time.

use async_trait::async_trait;
use jiff::Timestamp;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::{About, Input, Inputs, Output, Result, Transport};

/// Asks a service for what changed. The runtime keeps nothing between two polls: all memory is the state.
#[async_trait]
pub trait Trigger: Send + Sync + 'static {
    /// Key, label, resource and help.
    fn about(&self) -> About;

    /// The declared inputs, in the order in which a form shows them.
    fn inputs(&self) -> &'static [Input];

    /// The form of one poll's `data`.
    fn output(&self) -> Output;

    /// Answers the records that changed since `state` (none on the first poll) and the state to poll with next.
    async fn poll(
        &self,
        transport: &dyn Transport,
        inputs: Inputs,
        state: Option<Value>,
        now: Timestamp,
    ) -> Result<Poll>;
}

/// What one poll found.
#[derive(Debug)]
pub struct Poll {
    /// Records that did not exist at the last poll, oldest change first, each as the service sent it.
    pub created: Vec<Box<RawValue>>,
    /// Records that existed and have changed since, oldest change first.
    pub updated: Vec<Box<RawValue>>,
    /// To be handed in with the next poll.
    pub state: Value,
    /// Whether more is waiting: the next poll need not wait.
    pub more: bool,
}
