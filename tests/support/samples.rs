//! Sample inputs of every action.
//!
//! They stand beside the declarations; `examples/form-builder/tests/samples.js` follows the same rules.

use std::fmt;

use pipefit::{Catalog, Registered, Unit};
use serde_json::Value;

/// An action with only its required inputs, and with all of them.
pub(crate) struct Sample {
    pub(crate) action: String,
    pub(crate) required: Value,
    pub(crate) all: Value,
    pub(crate) entry: Registered,
}

/// The sample of every registered action.
pub(crate) fn samples() -> Vec<Sample> {
    let catalog = Catalog::registered();
    samples_of(catalog.units().iter().copied().filter(|entry| matches!(entry.unit, Unit::Action(_))))
}

/// The samples of units of any sort.
pub(crate) fn samples_of(units: impl IntoIterator<Item = Registered>) -> Vec<Sample> {
    units.into_iter().map(|entry| sample_of(&entry)).collect()
}

/// The sample of one action.
pub(crate) fn sample(action: &str) -> Sample {
    samples().into_iter().find(|sample| sample.action == action).unwrap_or_else(|| panic!("there is no `{action}`"))
}

/// The sample of one unit of any sort; data sources have derived ones.
pub(crate) fn sample_of(entry: &Registered) -> Sample {
    let sample = entry.component.samples.of(entry.unit);
    Sample {
        action: entry.unit.about().key.to_owned(),
        required: sample.required.into(),
        all: sample.all.into(),
        entry: *entry,
    }
}

/// One object with the members of all; later ones win.
pub(crate) fn merged(objects: &[&Value]) -> Value {
    objects.iter().filter_map(|object| object.as_object().cloned()).flatten().collect()
}

/// Names the action and the line that registers it.
impl fmt::Display for Sample {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:?}", self.entry)
    }
}
