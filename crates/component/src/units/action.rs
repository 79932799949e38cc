//! Actions.

use crate::{About, Input, Inputs, Output, Request, Response, Result};

/// An operation of a component: it takes inputs and builds one request.
///
/// Implement it for a unit struct and [`register!`](crate::register) that struct in the same file. Every
/// [`DataSource`](crate::DataSource) is an action too.
pub trait Action: Send + Sync + 'static {
    /// Key, label, resource, effect and help.
    fn about(&self) -> About;

    /// The declared inputs, in the order of a form.
    fn inputs(&self) -> &'static [Input];

    /// Builds the request from checked inputs. It must be pure: no clock, no I/O.
    fn request(&self, inputs: Inputs) -> Result<Request>;

    /// The type of a reply's `data`. The default takes it from the request; override it if the request cannot be built
    /// without inputs.
    fn output(&self) -> Output {
        self.request(Inputs::default()).map_or(Output::Any, |request| request.output)
    }

    /// Converts the response to `request`, or its error, to the response that becomes the reply. The default returns
    /// it unchanged. If a whole list is read, this is called for every page.
    fn reply(&self, _request: &Request, outcome: Result<Response>) -> Result<Response> {
        outcome
    }
}
