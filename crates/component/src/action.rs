//! The action: one operation of a component.

use async_trait::async_trait;

use crate::{About, Effect, Input, Inputs, Output, Reply, Request, Result, Transport};

/// One operation of a component: what it is called, what it takes, the request it makes, what it answers.
///
/// Implement it on a unit struct and [`register!`](crate::register) that, in the same file.
#[async_trait]
pub trait Action: Send + Sync + 'static {
    /// Key, label, resource, effect and help.
    fn about(&self) -> About;

    /// What running it with these inputs changes. To be written only where the inputs decide.
    fn effect(&self, _inputs: &Inputs) -> Effect {
        self.about().effect
    }

    /// The declared inputs, in the order in which a form shows them.
    fn inputs(&self) -> &'static [Input];

    /// The request that these checked inputs stand for. Pure: no clock, no I/O.
    fn request(&self, inputs: Inputs) -> Result<Request>;

    /// The form of a reply's `data`.
    fn output(&self) -> Output;

    /// Runs the action. To be written only where one request is not enough.
    async fn perform(&self, transport: &dyn Transport, inputs: Inputs) -> Result<Reply> {
        transport.send(self.request(inputs)?).await
    }
}
