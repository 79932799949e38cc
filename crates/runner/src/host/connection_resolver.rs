//! The connection resolver.

use std::fmt;

use async_trait::async_trait;
use pipefit_component::Result;
use serde_json::{Map, Value};

/// Supplies the connections that requests refer to by name, such as from a vault, for each tenant its own. It is asked
/// each time that a name is used, after the inputs were checked and before anything is sent.
#[async_trait]
pub trait ConnectionResolver: fmt::Debug + Send + Sync {
    /// Returns the members of the connection, `{"key": …, "fields": {…}}`, or `None` if there is none with this name.
    /// An error ends the invocation; its message must not contain a secret.
    async fn resolve(&self, request: &ConnectionRequest<'_>) -> Result<Option<Map<String, Value>>>;
}

/// What a [`ConnectionResolver`] is asked for.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ConnectionRequest<'a> {
    /// The key of the component that the connection is for.
    pub component: &'a str,
    /// The name of the connection.
    pub name: &'a str,
    /// The members of the connection that the runtime was built with under this name, if there is one. The resolver may
    /// complete them.
    pub configured: Option<&'a Map<String, Value>>,
}

impl<'a> ConnectionRequest<'a> {
    /// Creates one, as the tests of a resolver need it.
    pub fn new(component: &'a str, name: &'a str, configured: Option<&'a Map<String, Value>>) -> Self {
        Self { component, name, configured }
    }
}
