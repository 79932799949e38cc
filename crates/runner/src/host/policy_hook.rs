//! The policy hook.

use std::fmt;

use async_trait::async_trait;
use pipefit_component::{Effect, UnitKind};

/// Decides which invocations may run, beside the [`Policy`](crate::Policy). It is asked once for each invocation, when
/// everything was checked and before anything is sent.
#[async_trait]
pub trait PolicyHook: fmt::Debug + Send + Sync {
    /// Allows a call, or denies it with a reason for the caller: the invocation then fails with `forbidden_by_policy`.
    async fn admit(&self, call: &Call<'_>) -> Result<(), String>;
}

/// A call that a [`PolicyHook`] decides about.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Call<'a> {
    /// The key of the component.
    pub component: &'a str,
    /// The kind of the unit.
    pub kind: UnitKind,
    /// The key of the unit.
    pub unit: &'a str,
    /// What the call does: that of the request that would be sent, or else that of the unit.
    pub effect: Effect,
    /// The name of the connection, if the request refers to one by name.
    pub connection: Option<&'a str>,
    /// The tenant of the service, if its component says which it is.
    pub tenant: Option<&'a str>,
    /// The method and path of the request; none for data sources and triggers.
    pub request: Option<(&'a str, &'a str)>,
    /// Whether the request is only described and not sent.
    pub dry_run: bool,
}

impl<'a> Call<'a> {
    /// Creates one without the optional parts, as the tests of a hook need it.
    pub fn new(component: &'a str, kind: UnitKind, unit: &'a str, effect: Effect) -> Self {
        Self { component, kind, unit, effect, connection: None, tenant: None, request: None, dry_run: false }
    }
}
