//! The data sources that fill the inputs of a form, and what they take from the same form.

use pipefit_component::{Catalog, Effect, Input, Registered, Role, UnitKind};
use serde_json::{Map, Value, json};

/// Returns the members that describe the data source of an input of a unit: its key as `dataSource`, the inputs that it
/// needs from the same form as `dataSourceInputs`, and those that narrow it once they have a value as
/// `dataSourceNarrowedBy`. Members that do not apply are left out.
pub(crate) fn describe(input: &Input, entry: &Registered, catalog: &Catalog) -> Map<String, Value> {
    let mut members = Map::new();
    let Some(source) = input.source else { return members };
    members.insert("dataSource".to_owned(), json!(source));
    let found = catalog.find(Some(entry.component.key), UnitKind::DataSource, source);
    let inputs = found.map(|found| found.unit.inputs()).unwrap_or_default();
    let taken = |wanted: &dyn Fn(&Input) -> bool| -> Vec<&str> {
        let taken = inputs.iter().filter(|taken| taken.role == Role::Request && wanted(taken));
        taken.map(|taken| taken.key).collect()
    };
    let needed = taken(&|taken| taken.required);
    let narrowing = taken(&|taken| !taken.required && narrows(taken.key, input, entry));
    for (name, keys) in [("dataSourceInputs", needed), ("dataSourceNarrowedBy", narrowing)] {
        if !keys.is_empty() {
            members.insert(name.to_owned(), json!(keys));
        }
    }
    members
}

/// Whether a sibling narrows what an input offers. A new value of a record's field says nothing about which record is
/// to be changed: the record itself is narrowed only by what the unit requires.
fn narrows(sibling: &str, input: &Input, entry: &Registered) -> bool {
    let changes = matches!(entry.unit.about().effect, Effect::Update | Effect::Delete);
    let sibling = entry.unit.inputs().iter().find(|other| other.key == sibling && other.key != input.key);
    sibling.is_some_and(|sibling| sibling.required || !(changes && input.required))
}

/// Returns the members that describe the data source of a value inside a structured one, from its schema.
pub(crate) fn inside(schema: &Value) -> Map<String, Value> {
    let source = schema.get("x-dataSource").map(|source| ("dataSource".to_owned(), source.clone()));
    source.into_iter().collect()
}
