//! The action: one operation of a component.

use crate::{About, Input, Inputs, Output, Request, Response, Result};

/// One operation of a component: what it is called, what it takes, and the request that it makes.
///
/// Implement it on a unit struct and [`register!`](crate::register) that struct in the same file. Every
/// [`DataSource`](crate::DataSource) is an action, too.
pub trait Action: Send + Sync + 'static {
    /// Key, label, resource, effect and help.
    fn about(&self) -> About;

    /// The declared inputs, in the order in which a form shows them.
    fn inputs(&self) -> &'static [Input];

    /// The request that these checked inputs stand for. Pure: no clock, no I/O.
    fn request(&self, inputs: Inputs) -> Result<Request>;

    /// The form of a reply's `data`. By default that of the request; override it if the request cannot be built
    /// without inputs.
    fn output(&self) -> Output {
        self.request(Inputs::default()).map_or(Output::Any, |request| request.output)
    }

    /// Turns the response to `request`, or the error in its place, into the response that becomes the reply. By
    /// default they stay as they are. Of a list that is read whole, it sees every page.
    fn reply(&self, _request: &Request, outcome: Result<Response>) -> Result<Response> {
        outcome
    }
}
