//! The policy: which units the operator allows.

use std::collections::BTreeSet;

use pipefit_component::{Catalog, Code, Error, Request, Result, Unit};

use super::nearest;

/// Which units may run. The default allows all.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    read_only: bool,
    allowed: BTreeSet<String>,
    denied: BTreeSet<String>,
}

impl Policy {
    /// Allows only requests that change nothing.
    pub fn read_only(self, read_only: bool) -> Self {
        Self { read_only, ..self }
    }

    /// Allows this unit, by key or alias. All units that are not allowed explicitly are then denied.
    pub fn allow(mut self, key: impl Into<String>) -> Self {
        self.allowed.insert(key.into());
        self
    }

    /// Denies this unit, by key or alias, even if it is also allowed.
    pub fn deny(mut self, key: impl Into<String>) -> Self {
        self.denied.insert(key.into());
        self
    }

    /// Replaces aliases by keys. Fails if a key is unknown: a typo could allow a unit that should be denied.
    pub(crate) fn resolve(self, catalog: &Catalog) -> Result<Self> {
        let keys = |named: BTreeSet<String>| named.iter().map(|key| keys_of(catalog, key)).collect::<Result<Vec<_>>>();
        let flat = |keys: Vec<Vec<String>>| keys.into_iter().flatten().collect();
        Ok(Self { allowed: flat(keys(self.allowed)?), denied: flat(keys(self.denied)?), ..self })
    }

    /// Fails if the unit is not allowed.
    pub(crate) fn admit(&self, unit: Unit) -> Result<()> {
        let key = unit.about().key;
        let listed = self.allowed.is_empty() || self.allowed.contains(key);
        if listed && !self.denied.contains(key) {
            return Ok(());
        }
        Err(forbidden(format!("the policy of the operator does not allow `{key}`")))
    }

    /// Fails if only reads are allowed and the unit would write, according to its request if there is one.
    pub(crate) fn admit_unit(&self, unit: Unit, request: Option<&Request>) -> Result<()> {
        let about = unit.about();
        let reads = request.map_or(about.effect.is_read(), Request::is_read);
        if !self.read_only || reads {
            return Ok(());
        }
        Err(forbidden(format!("the policy of the operator allows only reads, and `{}` may write", about.key)))
    }

    /// Fails if only reads are allowed and the request would write.
    pub(crate) fn admit_request(&self, request: &Request) -> Result<()> {
        if !self.read_only || request.is_read() {
            return Ok(());
        }
        let method = request.method;
        Err(forbidden(format!("the policy of the operator allows only reads, and the method `{method}` may write")))
    }
}

fn keys_of(catalog: &Catalog, key: &str) -> Result<Vec<String>> {
    let found: Vec<_> = catalog.named(key).map(|entry| entry.unit.about().key.to_owned()).collect();
    if !found.is_empty() {
        return Ok(found);
    }
    let near = nearest(key, catalog.units().iter().map(|entry| entry.unit.about().key));
    let hint = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
    let message =
        format!("the policy names `{key}`, but there is no action, data source or trigger with that key{hint}");
    Err(Error::new(Code::InvalidRequest, message))
}

fn forbidden(message: String) -> Error {
    Error::new(Code::ForbiddenByPolicy, message)
}
