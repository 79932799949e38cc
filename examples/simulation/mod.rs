//! One schedule, from a seed: what happens to the records of a sandbox while it is read, and what must hold.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime};

use pipefit::runner::Retries;
use pipefit::sandbox::{Drift, Fault, Sandbox};
use pipefit::{Invocation, Runtime};
use serde_json::{Value, json};

/// What a schedule found to be wrong.
type Outcome = Result<(), String>;

/// The same numbers for the same seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    fn size(&mut self, limit: u64) -> usize {
        usize::try_from(self.below(limit)).unwrap_or_default()
    }
}

/// A sandbox, a runtime that reads it, and the dice that decide.
struct World {
    sandbox: Sandbox,
    runtime: Runtime,
    dice: Dice,
}

/// Runs the schedules of this seed: of a whole list, and of a trigger.
pub(crate) async fn run(seed: u64) -> Outcome {
    let named = |part: &str, fault: String| format!("seed {seed}, {part}: {fault}");
    World::start(seed).await?.whole_list().await.map_err(|fault| named("fetchAll", fault))?;
    World::start(seed).await?.trigger().await.map_err(|fault| named("trigger", fault))
}

impl World {
    async fn start(seed: u64) -> Result<Self, String> {
        let mut dice = Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let largest = [3, 7, 20, 100, 5_000][dice.size(5)];
        let now = SystemTime::UNIX_EPOCH + Duration::from_hours(494_520);
        let builder = Sandbox::builder().seed(seed).records(60).rate_limit(None).largest_page(largest).now(now);
        let sandbox = builder.start().await.map_err(|error| error.to_string())?;
        let retries =
            Retries { tries: 8, first_wait: Duration::ZERO, longest_wait: Duration::ZERO, ..Retries::default() };
        let runtime = pipefit::sandbox_runtime(&sandbox).retries(retries).requests_per_second(u32::MAX).build();
        Ok(Self { sandbox, runtime: runtime.map_err(|error| error.to_string())?, dice })
    }

    /// Some requests fail and are tried again.
    fn add_faults(&mut self) {
        let kinds = [Fault::status(503), Fault::status(504), Fault::cut_body(10), Fault::drop_before_read()];
        for fault in kinds {
            if self.dice.below(3) == 0 {
                let (skip, times) = (self.dice.size(4), self.dice.size(3));
                self.sandbox.add_fault(fault.path("/jpm/**").skip(skip).times(times));
            }
        }
    }

    /// Records come, change and go while pages are read.
    fn add_drifts(&mut self, most: usize) {
        for drift in [Drift::insert("jobs"), Drift::change("jobs"), Drift::delete("jobs")] {
            let (every, times) = (self.dice.size(3) + 1, self.dice.size(most as u64));
            self.sandbox.add_drift(drift.every(every).times(times));
        }
    }

    async fn whole_list(mut self) -> Outcome {
        self.add_faults();
        self.add_drifts(25);
        let before: BTreeSet<_> = self.sandbox.ids("jobs").into_iter().collect();
        let size = [1, 2, 5, 13, 25, 5_000][self.dice.size(6)];
        let inputs = json!({"fetchAll": true, "pageSize": size.to_string()});
        let reply = self.ask(Invocation::action("listJobs", inputs)).await?;
        let ids: Vec<_> = reply["data"]["data"].as_array().into_iter().flatten().filter_map(id_of).collect();
        let after: BTreeSet<_> = self.sandbox.ids("jobs").into_iter().collect();
        let read: BTreeSet<_> = ids.iter().copied().collect();
        ensure(read.len() == ids.len(), || "a record came twice".to_owned())?;
        let missed: Vec<_> = before.intersection(&after).filter(|id| !read.contains(id)).collect();
        ensure(missed.is_empty(), || format!("{missed:?} were there all the time and did not come"))
    }

    async fn trigger(mut self) -> Outcome {
        let old: BTreeSet<_> = self.sandbox.ids("jobs").into_iter().collect();
        let mut state = self.poll(None).await?["state"].take();
        let mut delivered: BTreeMap<i64, Vec<String>> = BTreeMap::new();
        for step in 0..25 {
            self.happen();
            if self.dice.below(3) > 0 && step < 24 {
                continue;
            }
            self.add_faults();
            // At the end, what waits is delivered while nothing else happens.
            if step == 24 {
                self.sandbox.clear_drifts();
            }
            loop {
                let mut reply = self.poll(Some(state)).await?;
                for (list, is_new) in [("created", true), ("updated", false)] {
                    for record in reply["data"][list].as_array().into_iter().flatten() {
                        let (Some(id), Some(at)) = (id_of(record), record["modifiedOn"].as_str()) else { continue };
                        let versions = delivered.entry(id).or_default();
                        let first = versions.is_empty() && !old.contains(&id);
                        ensure(is_new == first, || format!("{id} came as {list}, after {versions:?}"))?;
                        ensure(!versions.iter().any(|known| known == at), || format!("{id} at {at} came twice"))?;
                        versions.push(at.to_owned());
                    }
                }
                state = reply["state"].take();
                if reply.get("more").is_none() {
                    break;
                }
            }
            self.sandbox.clear_faults();
        }
        for id in self.sandbox.ids("jobs") {
            let record = self.sandbox.record("jobs", id).unwrap_or_default();
            let now = record["modifiedOn"].as_str().unwrap_or_default();
            let last = delivered.get(&id).and_then(|versions| versions.last()).map(String::as_str);
            let untouched = old.contains(&id) && now < "2026-06";
            // A change by a server whose clock is behind the one that wrote the last version counts as older.
            let is_last = last.is_some_and(|last| last == now || last > now && last >= "2026-09");
            ensure(untouched || is_last, || format!("{id} is at {now}, delivered {last:?}"))?;
        }
        Ok(())
    }

    /// Something happens to the records or to the clock.
    fn happen(&mut self) {
        let ids = self.sandbox.ids("jobs");
        let any = ids.get(self.dice.size(ids.len().max(1) as u64)).copied().unwrap_or_default();
        match self.dice.below(9) {
            0..2 => {
                self.sandbox.insert("jobs", json!({}));
            }
            2..4 => {
                // A version is told from the one before by its time.
                self.sandbox.advance(Duration::from_millis(1));
                self.sandbox.update("jobs", any, json!({}));
            }
            4 => {
                self.sandbox.remove("jobs", any);
            }
            5 => {
                // A server whose clock is late, or a record that shows up late, but not later than allowed.
                self.sandbox.advance(Duration::from_mins(14));
                let at = self.sandbox.insert("jobs", json!({}));
                let late = self.sandbox.record("jobs", at).unwrap_or_default()["modifiedOn"].clone();
                self.sandbox.advance(Duration::from_mins(self.dice.below(10)));
                self.sandbox.insert("jobs", json!({"createdOn": late, "modifiedOn": late}));
            }
            6 => {
                // A server whose clock is early.
                let future = format!("2026-09-{:02}T00:00:00Z", self.dice.below(28) + 1);
                self.sandbox.insert("jobs", json!({"createdOn": future, "modifiedOn": future}));
            }
            7 => self.add_drifts(6),
            _ => self.sandbox.advance(Duration::from_secs(self.dice.below(400))),
        }
    }

    async fn poll(&self, state: Option<Value>) -> Result<Value, String> {
        let inputs = json!({"resourceType": "jobs", "showNewRecords": true, "showUpdatedRecords": true});
        let mut invocation = Invocation::trigger("pollChangesTrigger", inputs);
        invocation.state = state;
        self.ask(invocation).await
    }

    async fn ask(&self, invocation: Invocation) -> Result<Value, String> {
        let reply = self.runtime.invoke(invocation).await.map_err(|error| error.to_string())?;
        serde_json::from_str(&reply.to_json()).map_err(|error| error.to_string())
    }
}

fn id_of(record: &Value) -> Option<i64> {
    record["id"].as_i64()
}

fn ensure(holds: bool, fault: impl FnOnce() -> String) -> Outcome {
    if holds { Ok(()) } else { Err(fault()) }
}
