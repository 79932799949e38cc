//! What the operator lets invocations do, whatever they ask for.

use std::collections::BTreeSet;

use pipefit_component::{Catalog, Code, Error, Request, Result, Unit};

use super::nearest;

/// Which units may run. Everything may, unless something is said here.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    read_only: bool,
    allowed: BTreeSet<String>,
    denied: BTreeSet<String>,
}

impl Policy {
    /// Lets only through what changes nothing.
    pub fn read_only(self, read_only: bool) -> Self {
        Self { read_only, ..self }
    }

    /// Lets only the units through that are named so, by key or alias.
    pub fn allow(mut self, key: impl Into<String>) -> Self {
        self.allowed.insert(key.into());
        self
    }

    /// Holds a unit back, by key or alias, even one that is allowed.
    pub fn deny(mut self, key: impl Into<String>) -> Self {
        self.denied.insert(key.into());
        self
    }

    /// Puts keys in the place of aliases. Fails on a key that no unit has: a slip would let through what was meant to
    /// be held back.
    pub(crate) fn resolve(self, catalog: &Catalog) -> Result<Self> {
        let keys = |named: BTreeSet<String>| named.iter().map(|key| keys_of(catalog, key)).collect::<Result<Vec<_>>>();
        let flat = |keys: Vec<Vec<String>>| keys.into_iter().flatten().collect();
        Ok(Self { allowed: flat(keys(self.allowed)?), denied: flat(keys(self.denied)?), ..self })
    }

    /// Judges a unit before anything is known of its inputs.
    pub(crate) fn admit(&self, unit: Unit) -> Result<()> {
        let key = unit.about().key;
        let listed = self.allowed.is_empty() || self.allowed.contains(key);
        if listed && !self.denied.contains(key) {
            return Ok(());
        }
        Err(forbidden(format!("the operator's policy does not allow `{key}`")))
    }

    /// Judges what a unit would do by the request that it built, if it could build one.
    pub(crate) fn admit_unit(&self, unit: Unit, request: Option<&Request>) -> Result<()> {
        let about = unit.about();
        let reads = request.map_or(about.effect.is_read(), Request::is_read);
        if !self.read_only || reads {
            return Ok(());
        }
        Err(forbidden(format!("the operator's policy allows only what reads, and `{}` may write", about.key)))
    }

    /// Judges a request on its way out, whatever its unit said of itself.
    pub(crate) fn admit_request(&self, request: &Request) -> Result<()> {
        if !self.read_only || request.is_read() {
            return Ok(());
        }
        let method = request.method;
        Err(forbidden(format!("the operator's policy allows only what reads, and the method `{method}` may write")))
    }
}

fn keys_of(catalog: &Catalog, key: &str) -> Result<Vec<String>> {
    let found: Vec<_> = catalog.named(key).map(|entry| entry.unit.about().key.to_owned()).collect();
    if !found.is_empty() {
        return Ok(found);
    }
    let near = nearest(key, catalog.units().iter().map(|entry| entry.unit.about().key));
    let hint = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
    let message = format!("the policy names `{key}`, but there is no action, data source or trigger of that key{hint}");
    Err(Error::new(Code::InvalidRequest, message))
}

fn forbidden(message: String) -> Error {
    Error::new(Code::ForbiddenByPolicy, message)
}
