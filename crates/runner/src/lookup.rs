//! Finds components and units by what a person calls them.

use pipefit_component::{Catalog, Code, Component, Error, Registered, Result, UnitKind, shown};
use serde_json::{Value, json};

use crate::invocation::{self, quoted, suggestion};

/// Returns the component with this key. Fails with the near one if there is none.
pub fn component(catalog: &Catalog, key: &str) -> Result<&'static Component> {
    invocation::component_named(catalog, key)
}

/// Returns the unit with this key or alias, optionally of one kind or component. Fails if there is none, or if there
/// are several.
pub fn unit<'a>(
    catalog: &'a Catalog,
    component: Option<&str>,
    kind: Option<UnitKind>,
    key: &str,
) -> Result<&'a Registered> {
    if let Some(key) = component {
        self::component(catalog, key)?;
    }
    let is_meant = |entry: &&Registered| {
        kind.is_none_or(|kind| kind == entry.unit.kind()) && component.is_none_or(|key| key == entry.component.key)
    };
    let found: Vec<_> = catalog.named(key).filter(is_meant).collect();
    match found.as_slice() {
        [entry] => Ok(entry),
        [] => match (kind, catalog.named(key).next()) {
            (Some(kind), Some(other)) => {
                let (kind, other) = (kind.label(), other.unit.kind().member());
                let message = format!("there is no {kind} `{}`; its `kind` is `{other}`", shown(key));
                Err(Error::new(Code::UnknownAction, message))
            }
            _ => Err(unknown(catalog, key, || "`list` names all keys".to_owned())),
        },
        several => {
            let kinds = quoted(several.iter().map(|entry| entry.unit.kind().member()));
            let components = quoted(several.iter().map(|entry| entry.component.key));
            let message = format!(
                "several units are called `{}`: name its `kind` ({kinds}) or `component` ({components})",
                shown(key)
            );
            Err(Error::new(Code::InvalidRequest, message))
        }
    }
}

/// Returns what there is to say about a unit, an object, with its `component` and `kind` before it.
pub fn identified(entry: &Registered, about: Value) -> Value {
    let mut whole = json!({"component": entry.component.key, "kind": entry.unit.kind().member()});
    if let (Value::Object(whole), Value::Object(members)) = (&mut whole, about) {
        whole.extend(members);
    }
    whole
}

/// The error for a key that no unit has. `otherwise` is the hint if no key is near.
pub fn unknown(catalog: &Catalog, key: &str, otherwise: impl FnOnce() -> String) -> Error {
    let keys = catalog.units().iter().map(|entry| entry.unit.about().key);
    let hint = suggestion(key, keys).unwrap_or_else(otherwise);
    Error::new(Code::UnknownAction, format!("there is no action, data source or trigger `{}`; {hint}", shown(key)))
}
