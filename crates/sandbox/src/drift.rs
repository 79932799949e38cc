//! A data set that moves while it is read: records come, change and go between pages.

use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use crate::stamp::Stamp;
use crate::store::Store;
use crate::world::Table;

/// A change that happens by itself after list requests of a resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Drift {
    /// Name of the resource, such as `jobs`.
    pub resource: String,
    /// What happens.
    pub change: DriftChange,
    /// After every so many list requests; 1 is after each.
    #[serde(default = "one")]
    pub every: usize,
    /// How often it happens; no end when left out.
    #[serde(default)]
    pub times: Option<usize>,
}

/// What a drift does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum DriftChange {
    /// A new record appears, created now.
    Insert,
    /// The first record of the page just read changes: its `modifiedOn` becomes now.
    Change,
    /// The first record of the page just read disappears.
    Delete,
}

fn one() -> usize {
    1
}

impl Drift {
    fn new(resource: impl Into<String>, change: DriftChange) -> Self {
        Self { resource: resource.into(), change, every: 1, times: None }
    }

    /// New records appear.
    pub fn insert(resource: impl Into<String>) -> Self {
        Self::new(resource, DriftChange::Insert)
    }

    /// Records change.
    pub fn change(resource: impl Into<String>) -> Self {
        Self::new(resource, DriftChange::Change)
    }

    /// Records disappear.
    pub fn delete(resource: impl Into<String>) -> Self {
        Self::new(resource, DriftChange::Delete)
    }

    /// After every so many list requests.
    pub fn every(mut self, requests: usize) -> Self {
        self.every = requests.max(1);
        self
    }

    /// So often, then no more.
    pub fn times(mut self, times: usize) -> Self {
        self.times = Some(times);
        self
    }
}

/// The drifts in force, with how many lists each has seen and how often it happened.
#[derive(Default)]
pub(crate) struct Drifts(Mutex<Vec<(Drift, usize, usize)>>);

impl Drifts {
    pub(crate) fn add(&self, drift: Drift) {
        self.lock().push((drift, 0, 0));
    }

    pub(crate) fn clear(&self) {
        self.lock().clear();
    }

    /// The changes due after one more list of this table.
    pub(crate) fn due(&self, table: Table) -> Vec<DriftChange> {
        let mut due = Vec::new();
        for (drift, seen, done) in self.lock().iter_mut() {
            let open = drift.times.is_none_or(|times| *done < times);
            if !open || Table::named(&drift.resource) != Some(table) {
                continue;
            }
            *seen += 1;
            if seen.is_multiple_of(drift.every.max(1)) {
                *done += 1;
                due.push(drift.change);
            }
        }
        due
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<(Drift, usize, usize)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Carries one change out; `shown` are the ids of the page just read.
pub(crate) fn apply(store: &mut Store, table: Table, change: DriftChange, shown: &[i64], now: Stamp) {
    let subject = shown.iter().copied().find(|id| store.has(table, *id));
    match (change, subject) {
        (DriftChange::Insert, _) => {
            let mut record = store.model(table);
            record.insert("id".to_owned(), store.new_id(table).into());
            for field in ["createdOn", "modifiedOn"] {
                if record.contains_key(field) {
                    record.insert(field.to_owned(), now.text().into());
                }
            }
            store.insert(table, record);
        }
        (DriftChange::Change, Some(id)) => {
            let mut record = store.get(table, id).unwrap_or_default();
            record.insert("modifiedOn".to_owned(), now.text().into());
            store.put(table, id, &record);
        }
        (DriftChange::Delete, Some(id)) => {
            store.remove(table, id);
        }
        (_, None) => {}
    }
}
