//! The data sources that fill the inputs of a form, and what they take from the same form.

use pipefit_component::{Catalog, Effect, Input, Registered, Role, Unit, UnitKind};
use serde_json::{Map, Value, json};

/// Returns the members that describe the data source of an input of a unit: its key as `dataSource`, the inputs that it
/// needs from the same form as `dataSourceInputs`, and those that narrow it once they have a value as
/// `dataSourceNarrowedBy`. Members that do not apply are left out.
pub(crate) fn describe(input: &Input, entry: &Registered, catalog: &Catalog) -> Map<String, Value> {
    let mut members = Map::new();
    let Some(source) = input.source else { return members };
    members.insert("dataSource".to_owned(), json!(source));
    let found = catalog.find(Some(entry.component.key), UnitKind::DataSource, source).map(|found| found.unit);
    let Some(Unit::DataSource(source)) = found else { return members };
    let needed = source.inputs().iter().filter(|needed| needed.role == Role::Request).map(|needed| needed.key);
    let narrowing = source.choices().narrowed_by.iter().map(|narrowing| narrowing.key);
    let (needed, narrowing): (Vec<_>, Vec<_>) =
        (needed.collect(), narrowing.filter(|key| narrows(key, input, entry)).collect());
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
    let inputs = entry.unit.all_inputs();
    let sibling = inputs.iter().find(|other| other.key == sibling && other.key != input.key);
    sibling.is_some_and(|sibling| sibling.required || !(changes && input.required))
}

/// Returns the members that describe the data source of a value inside a structured one, from its schema.
pub(crate) fn inside(schema: &Value) -> Map<String, Value> {
    let source = schema.get("x-dataSource").map(|source| ("dataSource".to_owned(), source.clone()));
    source.into_iter().collect()
}
