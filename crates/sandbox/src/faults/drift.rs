//! Data that changes while it is read: records appear, change and disappear between pages.

use std::sync::Mutex;

use serde::{Deserialize, Serialize};

use crate::data::clock::Timestamp;
use crate::data::lock;
use crate::data::store::{Store, date};
use crate::data::table::Table;

/// A change that happens after list requests of a resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Drift {
    /// Name of the resource, such as `jobs`.
    pub resource: String,
    /// What happens.
    pub change: DriftChange,
    /// How many list requests are between two changes; 1 is a change after each request.
    #[serde(default = "one")]
    pub every: usize,
    /// How often it happens; no end if left out.
    #[serde(default)]
    pub times: Option<usize>,
}

/// What a drift does.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum DriftChange {
    /// A new record appears, created now.
    Insert,
    /// The first record of the page that was just read changes: its `modifiedOn` becomes now.
    Change,
    /// The first record of the page that was just read disappears.
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

    /// Happens after this many list requests each time.
    pub fn every(self, requests: usize) -> Self {
        Self { every: requests.max(1), ..self }
    }

    /// Happens this many times.
    pub fn times(self, times: usize) -> Self {
        Self { times: Some(times), ..self }
    }
}

/// The drifts in force, each with the lists that it counted and how often it happened.
#[derive(Default)]
pub(crate) struct Drifts(Mutex<Vec<(Drift, usize, usize)>>);

impl Drifts {
    pub(crate) fn add(&self, drift: Drift) {
        lock(&self.0).push((drift, 0, 0));
    }

    pub(crate) fn clear(&self) {
        lock(&self.0).clear();
    }

    /// The changes due after one more list of this table.
    pub(crate) fn due(&self, table: &Table) -> Vec<DriftChange> {
        let mut due = Vec::new();
        for (drift, seen, done) in lock(&self.0).iter_mut() {
            let open = drift.times.is_none_or(|times| *done < times);
            if !open || !table.is_named(&drift.resource) {
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
}

/// Carries out one change; `shown` are the ids on the page that was just read.
pub(crate) fn apply(store: &mut Store, table: &'static Table, change: DriftChange, shown: &[i64], now: Timestamp) {
    let subject = shown.iter().copied().find(|id| store.has(table, *id));
    match (change, subject) {
        (DriftChange::Insert, _) => {
            store.insert(table, store.fresh(table, now));
        }
        (DriftChange::Change, Some(id)) => {
            let mut record = store.get(table, id).unwrap_or_default();
            date(&mut record, "modifiedOn", now);
            store.put(table, id, &record);
        }
        (DriftChange::Delete, Some(id)) => {
            store.remove(table, id);
        }
        (_, None) => {}
    }
}
