//! Sample inputs of every action.
//!
//! An action's sample stands in a `.json` file beside its declaration, below its key. An action without one gets a
//! sample that is derived from its declared inputs. `inputs.json` holds values for shared inputs whose example is one
//! to look at, not one to send. `examples/form-builder/tests/samples.js` follows the same rules.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use pipefit::component::{Collection, DefaultValue, Input, Kind, Role};
use pipefit::{Catalog, Registered, Unit};
use serde_json::{Map, Value, json};

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
    let (written, shared) = written_samples();
    units.into_iter().map(|entry| Sample::of(entry, &written, &shared)).collect()
}

/// The sample of one action.
pub(crate) fn sample(action: &str) -> Sample {
    samples().into_iter().find(|sample| sample.action == action).unwrap_or_else(|| panic!("there is no `{action}`"))
}

/// The samples that are written down, by action, and the values for shared inputs, by input.
pub(crate) fn written_samples() -> (Map<String, Value>, Map<String, Value>) {
    let (mut written, mut shared) = (Map::new(), Map::new());
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("crates/servicetitan/src")];
    while let Some(folder) = folders.pop() {
        let mut paths: Vec<PathBuf> = folder.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        for path in paths {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "json") {
                let members: Map<String, Value> = serde_json::from_slice(&fs::read(&path).unwrap())
                    .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
                let into = if path.ends_with("inputs.json") { &mut shared } else { &mut written };
                into.extend(members);
            }
        }
    }
    (written, shared)
}

/// The sample of one unit of any sort; data sources have derived ones.
pub(crate) fn sample_of(entry: &Registered) -> Sample {
    samples_of([*entry]).remove(0)
}

impl Sample {
    fn of(entry: Registered, written: &Map<String, Value>, shared: &Map<String, Value>) -> Self {
        let action = entry.unit.about().key.to_owned();
        if let Some(sample) = written.get(&action) {
            let required = sample["required"].clone();
            return Self { action, all: merged(&[&required, &sample["optional"]]), required, entry };
        }
        let inputs = entry.unit.inputs().iter().filter(|input| input.role != Role::Connection);
        let value = |input: &Input| shared.get(input.key).cloned().unwrap_or_else(|| value_of(input));
        let (mut required, mut all) = (Map::new(), Map::new());
        for input in inputs {
            let value = value(input);
            if input.required {
                required.insert(input.key.to_owned(), value.clone());
            }
            all.insert(input.key.to_owned(), value);
        }
        Self { action, required: required.into(), all: all.into(), entry }
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

/// A value for an input: its example, else its template, else its first choice that is not blank, else a fixed value
/// of its kind. A flag that is not a choice takes its default.
fn value_of(input: &Input) -> Value {
    let choice = input.choices.iter().map(|choice| choice.value).find(|value| !value.is_empty());
    let one = match (input.example, input.template, choice, input.default) {
        (Some(example), ..) => serde_json::from_str(example).ok().filter(Value::is_object).unwrap_or(json!(example)),
        (_, Some(template), ..) => return serde_json::from_str(template).unwrap(),
        (.., Some(choice), _) => json!(choice),
        (.., Some(DefaultValue::Flag(flag))) => json!(flag),
        _ => value_of_kind(input.kind),
    };
    match (input.collection, one.as_str().and_then(|pair| pair.split_once('='))) {
        (Collection::One, _) => one,
        (Collection::Values, _) => json!([one]),
        (Collection::Pairs, Some((key, value))) => json!([{"key": key, "value": value}]),
        (Collection::Pairs, None) => json!([{"key": "key", "value": one}]),
    }
}

fn value_of_kind(kind: Kind) -> Value {
    match kind {
        Kind::Text | Kind::LongText | Kind::Password | Kind::Any | Kind::Part => json!("text"),
        Kind::Id => json!("10978752986"),
        Kind::Integer => json!("1"),
        Kind::Decimal => json!("100.10"),
        Kind::Flag => json!(true),
        Kind::Date => json!("2026-02-03"),
        Kind::Timestamp => json!("2026-02-03T09:00:00Z"),
        Kind::Guid => json!("6B29FC40-CA47-1067-B31D-00DD010662DA"),
        Kind::Code => json!({}),
        Kind::File => json!({"data": "iVBORw0KGgo=", "contentType": "image/png"}),
        Kind::Connection => Value::Null,
    }
}
