//! The requests of an action, with placeholders for what its inputs decide.

use std::collections::BTreeSet;

use pipefit_component::{Collection, Input, Inputs, Kind, Method, Request, Unit};
use serde_json::json;

/// The value of an input that may stand in a path.
const PLACEHOLDER: &str = "1";

/// The request of an action, with placeholders in its path.
#[derive(Clone, Debug)]
pub(crate) struct RequestPattern {
    pub(super) key: &'static str,
    pub(super) method: Method,
    pub(super) path: String,
    pub(crate) scope: Option<String>,
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
    pub(super) fn of(unit: Unit, given: Option<&Input>) -> Option<Self> {
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
