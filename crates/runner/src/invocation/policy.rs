//! The policy: which units the operator allows.

use std::collections::BTreeSet;

use pipefit_component::{Catalog, Code, Collection, Error, Input, Inputs, Kind, Method, Request, Result, Unit, shown};
use serde_json::json;

use super::{suggestion, with_hint};

/// Which units may run. The default allows all.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    read_only: bool,
    allowed: BTreeSet<String>,
    denied: BTreeSet<String>,
    /// The requests of the denied actions, which no other way may send.
    denied_requests: Vec<RequestPattern>,
}

/// The value of an input that may stand in a path.
const PLACEHOLDER: &str = "1";

/// The request of an action, with placeholders in its path.
#[derive(Clone, Debug)]
pub(crate) struct RequestPattern {
    key: &'static str,
    method: Method,
    path: String,
    pub(crate) scope: Option<String>,
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

impl RequestPattern {
    /// Returns all requests of an action: a single input may decide which.
    pub(crate) fn all(unit: Unit) -> Vec<Self> {
        let inputs = unit.inputs().iter().map(Some);
        std::iter::once(None).chain(inputs).filter_map(|given| Self::of(unit, given)).collect()
    }

    /// Returns the methods and paths of an action, with the keys of inputs in the paths: `GET`, `/jobs/{jobId}`.
    pub(crate) fn endpoints(unit: Unit) -> BTreeSet<(Method, String)> {
        let named = |input: &Input| {
            let pattern = Self::of(unit, Some(input))?;
            let segments = pattern.path.split('/');
            let key = format!("{{{}}}", input.key);
            let path: Vec<_> = segments.map(|segment| if segment == PLACEHOLDER { &key } else { segment }).collect();
            Some((pattern.method, path.join("/")))
        };
        let plain = Self::of(unit, None).map(|pattern| (pattern.method, pattern.path));
        plain.into_iter().chain(unit.inputs().iter().filter_map(named)).collect()
    }

    /// Returns the request of an action if only this input is given, or `None` if others decide what it requests.
    fn of(unit: Unit, given: Option<&Input>) -> Option<Self> {
        let Unit::Action(action) = unit else { return None };
        let declared: Vec<_> = action.inputs().iter().collect();
        let value = |input: &Input| match (input.kind, input.collection) {
            (_, Collection::Values | Collection::Pairs) => json!([]),
            (Kind::File, _) => json!({"data": "", "contentType": "text/plain"}),
            (Kind::Flag, _) => json!(true),
            _ => json!(PLACEHOLDER),
        };
        // No request is built without its file.
        let given = declared
            .iter()
            .filter(|input| input.kind == Kind::File || given.is_some_and(|given| given.key == input.key));
        let inputs = Inputs::read(&declared, given.map(|input| (input.key.to_owned(), value(input))).collect()).ok()?;
        let request = action.request(inputs).ok()?;
        Some(Self { key: action.about().key, method: request.method, path: request.path, scope: request.scope })
    }

    /// Whether this is such a request. A server may ignore letter case, a slash at the end, and parameters of segments.
    pub(crate) fn matches(&self, request: &Request) -> bool {
        let (own, given): (Vec<_>, Vec<_>) = (segments(&self.path).collect(), segments(&request.path).collect());
        let same = |(own, given): (&&str, &&str)| own.contains('{') || own.eq_ignore_ascii_case(given);
        let method = request.method == self.method || (self.method, request.method) == (Method::Get, Method::Head);
        method && own.len() == given.len() && own.iter().zip(&given).all(same)
    }
}

fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter_map(|segment| segment.split(';').next()).filter(|segment| !segment.is_empty())
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
