//! Whole lists and dropdowns, read while the records come, change and go.

use std::collections::BTreeSet;

use pipefit::Invocation;
use pipefit::sandbox::{Drift, Fault};
use serde_json::{Value, json};

use super::{Outcome, World, ensure, id_of};

/// How many records a page must hold at least so that consecutive pages always overlap.
const FEWEST_TO_OVERLAP: u32 = 4;

/// The sandbox has a record with this id; new records have lesser ones.
const ABOVE_NEW_IDS: i64 = 9_007_199_254_740_993;

impl World {
    pub(super) async fn whole_list(mut self) -> Outcome {
        if self.largest_page >= 20 && self.dice.below(3) == 0 {
            // One page times out as often as it is tried, so that it is requested in halves. With other faults, a
            // request could fail as often as it is tried.
            let skip = self.dice.size(4);
            self.sandbox.add_fault(Fault::status(504).path(self.resource.path).skip(skip).times(8));
        } else {
            self.add_faults();
        }
        for _ in 0..self.dice.below(6) {
            self.insert(json!({}));
        }
        self.add_drifts(25);
        let before = self.listed();
        let size = self.dice.one_of(&[1, 2, 5, 13, 25, 5_000]);
        let mut inputs = json!({"fetchAll": true, "pageSize": size.to_string()});
        // A record that changes does not move in these orders.
        if self.resource.sorted && self.dice.below(2) == 0 {
            inputs["sort"] = json!(self.dice.one_of(&["+Id", "-Id", "+CreatedOn", "-CreatedOn"]));
        }
        let order = inputs["sort"].as_str().unwrap_or("+Id").to_owned();
        let reply = self.ask(Invocation::action(self.resource.list, inputs)).await?;
        let ids: Vec<_> = reply["data"]["data"].as_array().into_iter().flatten().filter_map(id_of).collect();
        let read: BTreeSet<_> = ids.iter().copied().collect();
        ensure(read.len() == ids.len(), || format!("{order}: a record came twice"))?;
        ensure(order != "+Id" || !self.resource.sorted || ids.is_sorted(), || "ids are not in order".to_owned())?;
        let missed: Vec<_> = before.intersection(&self.listed()).filter(|id| !read.contains(id)).copied().collect();
        let largest = self.largest_page;
        // Pages that cannot overlap are joined without a gap only where new records come last.
        let is_promised = |id: &i64| largest >= FEWEST_TO_OVERLAP || (order == "+Id" && *id < ABOVE_NEW_IDS);
        ensure(!missed.iter().any(is_promised), || {
            format!("{order}, pages of up to {largest}: {missed:?} were there all the time and did not come")
        })
    }

    pub(super) async fn dropdown(mut self) -> Outcome {
        self.add_faults();
        for _ in 0..self.dice.below(6) {
            self.insert(json!({}));
        }
        let (before, name) = (self.listed(), self.resource.name);
        for drift in [Drift::insert(name), Drift::change(name)] {
            self.sandbox.add_drift(drift.times(self.dice.size(25)));
        }
        // What is removed moves others to pages that were read, and a dropdown reads none again.
        let removes = self.dice.below(2) == 0;
        if removes {
            self.sandbox.add_drift(Drift::delete(name).times(self.dice.size(25)));
        }
        let reply = self.ask(Invocation::data_source(self.resource.source, json!({}))).await?;
        let keys: Vec<_> = reply["result"].as_array().into_iter().flatten().map(key_of).collect();
        let read: BTreeSet<_> = keys.iter().copied().collect();
        ensure(read.len() == keys.len(), || "an entry came twice".to_owned())?;
        let missed: Vec<_> = before.intersection(&self.listed()).filter(|id| !read.contains(id)).copied().collect();
        ensure(removes || missed.is_empty(), || format!("{missed:?} were there all the time and did not come"))
    }

    /// The records that the list shows: those that are not inactive.
    fn listed(&self) -> BTreeSet<i64> {
        let name = self.resource.name;
        let record = |id: &i64| self.sandbox.record(name, *id).unwrap_or_default();
        self.sandbox.ids(name).into_iter().filter(|id| record(id)["active"] != json!(false)).collect()
    }
}

fn key_of(entry: &Value) -> i64 {
    entry["key"].as_str().and_then(|key| key.parse().ok()).unwrap_or_default()
}
