//! The policy: which units the operator allows.

use std::collections::BTreeSet;

use pipefit_component::{Catalog, Code, Error, Request, Result, Unit, shown};

use super::{RequestPattern, suggestion, with_hint};

/// Which units may run. The default allows all.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    read_only: bool,
    allowed: BTreeSet<String>,
    denied: BTreeSet<String>,
    /// The requests of the denied actions, which no other way may send.
    denied_requests: Vec<RequestPattern>,
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
        let (allowed, denied): (_, BTreeSet<String>) = (flat(keys(self.allowed)?), flat(keys(self.denied)?));
        let units = catalog.units().iter().map(|entry| entry.unit);
        let denied_units = units.filter(|unit| denied.contains(unit.about().key));
        let denied_requests = denied_units.flat_map(RequestPattern::all).collect();
        Ok(Self { allowed, denied, denied_requests, ..self })
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

    /// Fails if only reads are allowed and the unit would write, according to its request if there is one, or if the
    /// request is that of a denied action.
    pub(crate) fn admit_unit(&self, unit: Unit, request: Option<&Request>) -> Result<()> {
        let about = unit.about();
        if let Some(denied) = request.and_then(|request| self.denied_request(unit, request)) {
            let (method, path) = (denied.method, shown(&denied.path));
            let message =
                format!("the policy of the operator does not allow `{}`, which is `{method} {path}`", denied.key);
            return Err(forbidden(message));
        }
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

impl Policy {
    /// Returns the denied action whose request this is, unless the path is one that the unit itself declares.
    fn denied_request(&self, unit: Unit, request: &Request) -> Option<&RequestPattern> {
        let denied = self.denied_requests.iter().find(|denied| denied.matches(request))?;
        let own = RequestPattern::of(unit, None).is_some_and(|own| own.matches(request));
        (!own).then_some(denied)
    }
}

fn keys_of(catalog: &Catalog, key: &str) -> Result<Vec<String>> {
    let found: Vec<_> = catalog.named(key).map(|entry| entry.unit.about().key.to_owned()).collect();
    if !found.is_empty() {
        return Ok(found);
    }
    let hint = suggestion(key, catalog.units().iter().map(|entry| entry.unit.about().key));
    let message = format!("the policy names `{key}`, but there is no action, data source or trigger with that key");
    Err(Error::new(Code::InvalidRequest, with_hint(message, hint)))
}

fn forbidden(message: String) -> Error {
    Error::new(Code::ForbiddenByPolicy, message)
}
