//! The trigger: what it delivers while records come, change and go, and the clocks of servers differ.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use pipefit::Invocation;
use serde_json::{Value, json};

use super::{Outcome, World, ensure, id_of};

/// The steps of a schedule.
const STEPS: u32 = 25;

/// The versions of records that were delivered: of each the times of change, in the order of delivery.
#[derive(Default)]
struct Delivered(BTreeMap<i64, Vec<String>>);

impl Delivered {
    /// Notes the changes of a poll. Fails if one came before, or in the wrong list.
    fn note(&mut self, reply: &Value, old: &BTreeSet<i64>) -> Outcome {
        for (list, is_new) in [("created", true), ("updated", false)] {
            for record in reply["data"][list].as_array().into_iter().flatten() {
                let (Some(id), Some(at)) = (id_of(record), version_of(record)) else { continue };
                let versions = self.0.entry(id).or_default();
                let first = versions.is_empty() && !old.contains(&id);
                ensure(is_new == first, || format!("{id} came as {list}, after {versions:?}"))?;
                ensure(!versions.iter().any(|known| known == at), || format!("{id} at {at} came twice"))?;
                versions.push(at.to_owned());
            }
        }
        Ok(())
    }
}

/// The time of change or, if there was none, of creation.
fn version_of(record: &Value) -> Option<&str> {
    record["modifiedOn"].as_str().or_else(|| record["createdOn"].as_str())
}

impl World {
    pub(super) async fn trigger(mut self) -> Outcome {
        let old: BTreeSet<_> = self.sandbox.ids(self.resource.name).into_iter().collect();
        let look_back = (self.dice.below(3) == 0).then_some("2026-06-01");
        if look_back.is_some() {
            // Records of the very moment at which the first poll starts.
            for _ in 0..self.dice.below(4) {
                self.insert(json!({}));
            }
        }
        let mut state = None;
        let mut delivered = Delivered::default();
        for step in 0..=STEPS {
            if step > 0 {
                self.happen();
            }
            if self.dice.below(3) > 0 && (1..STEPS).contains(&step) {
                continue;
            }
            self.add_faults();
            // At the end, what waits is delivered while nothing else happens.
            if step == STEPS {
                self.sandbox.clear_drifts();
            }
            loop {
                if self.dice.below(6) == 0 {
                    // A reply that is lost: its state is not kept, and the poll is made again.
                    self.poll(state.clone(), look_back).await?;
                }
                let mut reply = self.poll(state, look_back).await?;
                delivered.note(&reply, &old)?;
                state = Some(reply["state"].take());
                if reply.get("more").is_none() {
                    break;
                }
            }
            self.sandbox.clear_faults();
        }
        self.check_that_all_came(&old, &delivered)
    }

    fn check_that_all_came(&self, old: &BTreeSet<i64>, delivered: &Delivered) -> Outcome {
        for id in self.sandbox.ids(self.resource.name) {
            let record = self.sandbox.record(self.resource.name, id).unwrap_or_default();
            let now = version_of(&record).unwrap_or_default();
            let last = delivered.0.get(&id).and_then(|versions| versions.last()).map(String::as_str);
            let untouched = old.contains(&id) && now < "2026-06";
            // A change by a server whose clock is behind the one that wrote the last version counts as older.
            let is_last = last.is_some_and(|last| last == now || last > now && last >= "2026-09");
            ensure(untouched || is_last, || format!("{id} is at {now}, delivered {last:?}"))?;
        }
        Ok(())
    }

    /// Something happens to the records or to the clock.
    fn happen(&mut self) {
        let name = self.resource.name;
        let ids = self.sandbox.ids(name);
        let any = ids.get(self.dice.size(ids.len().max(1))).copied().unwrap_or_default();
        match self.dice.below(11) {
            0..2 => {
                self.insert(json!({}));
            }
            2..4 => {
                // A version is told from the one before by its time.
                self.sandbox.advance(Duration::from_millis(1));
                self.sandbox.update(name, any, json!({}));
            }
            4 => {
                self.sandbox.remove(name, any);
            }
            5 => {
                // A server whose clock is late, or a record that shows up late, but not later than allowed.
                self.sandbox.advance(Duration::from_mins(14));
                let at = self.insert(json!({}));
                let late = self.sandbox.record(name, at).unwrap_or_default()["createdOn"].clone();
                self.sandbox.advance(Duration::from_mins(self.dice.below(15)));
                self.insert(json!({"createdOn": late, "modifiedOn": late}));
            }
            6 => {
                // A server whose clock is early.
                let future = format!("2026-09-{:02}T00:00:00Z", self.dice.below(28) + 1);
                self.insert(json!({"createdOn": future, "modifiedOn": future}));
            }
            7 => self.add_drifts(6),
            8 => {
                // More records of one moment than fit on a page.
                for _ in 0..self.dice.below(30) {
                    self.insert(json!({}));
                }
            }
            9 if self.resource.nullable => {
                self.insert(json!({"modifiedOn": null}));
            }
            _ => self.sandbox.advance(Duration::from_secs(self.dice.below(400))),
        }
    }

    async fn poll(&self, state: Option<Value>, look_back: Option<&str>) -> Result<Value, String> {
        let mut inputs =
            json!({"resourceType": self.resource.name, "showNewRecords": true, "showUpdatedRecords": true});
        if let Some(date) = look_back {
            inputs["lookBackDate"] = json!(date);
        }
        let mut invocation = Invocation::trigger("pollChangesTrigger", inputs);
        invocation.state = state;
        self.ask(invocation).await
    }
}
