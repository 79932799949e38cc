//! What there is: units, their schemas, connections.

use std::borrow::Cow;

use axum::http::StatusCode;
use axum::response::Response;
use pipefit_component::{Catalog, Code, Error, Registered, Result, UnitKind, shown};
use pipefit_runner::{export, lookup, manifest, suggestion};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::failure::Failure;
use super::{Shared, json};

/// A unit in a list.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Unit {
    /// The key of the component.
    component: &'static str,
    /// `action`, `dataSource` or `trigger`: the member of a request that names it.
    kind: &'static str,
    /// The key.
    key: &'static str,
    /// The name for people.
    label: &'static str,
    /// What it does.
    description: &'static str,
    /// The key of the kind of record that it works with.
    resource: &'static str,
    /// What it changes at the service: `read`, `create`, `update` or `delete`.
    effect: &'static str,
    /// Whether it should no longer be used; left out if not.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    deprecated: bool,
}

/// The units that were asked for.
#[derive(Serialize, JsonSchema)]
pub(super) struct Units {
    /// The units, sorted by component, kind and label.
    units: Vec<Unit>,
}

/// The connections that requests may name.
#[derive(Serialize, JsonSchema)]
pub(super) struct Connections {
    /// Their names, sorted.
    connections: Vec<String>,
}

pub(super) fn units(shared: &Shared, query: Option<&str>) -> Result<Response, Failure> {
    let filter = Filter::read(query, &["kind", "component", "effect", "word"])?;
    let chosen = shared.runtime.catalog().units().iter().filter(|entry| filter.admits(entry));
    written(&Units { units: chosen.map(listed).collect() })
}

pub(super) fn unit(shared: &Shared, key: &str, query: Option<&str>) -> Result<Response, Failure> {
    about(shared, key, query, manifest::of_unit)
}

pub(super) fn schema(shared: &Shared, key: &str, query: Option<&str>) -> Result<Response, Failure> {
    about(shared, key, query, export::schemas_of)
}

/// Responds with what there is to say about the only unit with this key or alias.
fn about(
    shared: &Shared,
    key: &str,
    query: Option<&str>,
    about: impl Fn(&Registered, &Catalog) -> Value,
) -> Result<Response, Failure> {
    let filter = Filter::read(query, &["kind", "component"])?;
    let kind = filter.first("kind").and_then(UnitKind::named);
    let catalog = shared.runtime.catalog();
    let entry = lookup::unit(catalog, filter.first("component"), kind, key)?;
    written(&lookup::identified(entry, about(entry, catalog)))
}

pub(super) fn connections(shared: &Shared) -> Result<Response, Failure> {
    let connections = shared.runtime.connection_names().map(ToOwned::to_owned).collect();
    written(&Connections { connections })
}

pub(super) async fn test(shared: &Shared, name: String, query: Option<&str>) -> Result<Response, Failure> {
    let _permit = shared.admit()?;
    let filter = Filter::read(query, &["component"])?;
    if !shared.runtime.connection_names().any(|known| known == name) {
        let hint = suggestion(&name, shared.runtime.connection_names());
        let hint = hint.unwrap_or_else(|| "`/v1/connections` lists all".to_owned());
        let message = format!("there is no connection `{}`; {hint}", shown(&name));
        return Err(Failure::with(StatusCode::NOT_FOUND, Error::new(Code::InvalidConnection, message)));
    }
    let diagnosis = shared.runtime.diagnose(filter.first("component"), name.into()).await?;
    written(&diagnosis)
}

fn listed(entry: &Registered) -> Unit {
    let about = entry.unit.about();
    Unit {
        component: entry.component.key,
        kind: entry.unit.kind().member(),
        key: about.key,
        label: about.label,
        description: about.help,
        resource: about.resource.key,
        effect: about.effect.name(),
        deprecated: about.deprecated.is_some(),
    }
}

/// Which units are asked for: each parameter of the query with its values.
struct Filter<'a>(Vec<(Cow<'a, str>, Cow<'a, str>)>);

impl<'a> Filter<'a> {
    /// Reads a query. Fails if it has other parameters than these, or a value that none of them can have.
    fn read(query: Option<&'a str>, known: &[&str]) -> Result<Self> {
        let given: Vec<_> = form_urlencoded::parse(query.unwrap_or_default().as_bytes()).collect();
        let refused = |message: String| Error::new(Code::InvalidRequest, message);
        for (name, value) in &given {
            if !known.contains(&name.as_ref()) {
                let message = format!("unknown parameter `{}`; the parameters are {}", shown(name), known.join(", "));
                return Err(refused(message));
            }
            let choices: &[&str] = match name.as_ref() {
                "kind" => &UnitKind::ALL.map(UnitKind::member),
                "effect" => &["read", "create", "update", "delete"],
                _ => continue,
            };
            if !choices.contains(&value.as_ref()) {
                return Err(refused(format!("`{name}` is one of {}, not `{}`", choices.join(", "), shown(value))));
            }
        }
        Ok(Self(given))
    }

    /// Whether a unit is asked for: it has all words, and for each other parameter one of its values.
    fn admits(&self, entry: &Registered) -> bool {
        let is_of = |name: &str, own: &str| {
            let mut values = self.values(name).peekable();
            values.peek().is_none() || values.any(|value| value == own)
        };
        is_of("kind", entry.unit.kind().member())
            && is_of("component", entry.component.key)
            && is_of("effect", entry.unit.about().effect.name())
            && self.values("word").all(|word| entry.mentions(word))
    }

    fn first(&self, name: &str) -> Option<&str> {
        self.values(name).next()
    }

    fn values(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(given, _)| given == name).map(|(_, value)| value.as_ref())
    }
}

/// A response with this value as JSON.
fn written(value: &impl Serialize) -> Result<Response, Failure> {
    Ok(json(serde_json::to_string(value).map_err(Error::internal)?))
}
