//! One schedule, from a seed: what happens to the records of a sandbox while it is read, and what must hold.

mod changes;
mod lists;

use std::time::{Duration, SystemTime};

use pipefit::runner::Retries;
use pipefit::sandbox::{Drift, Fault, Sandbox};
use pipefit::{Invocation, Runtime};
use serde_json::Value;

/// What a schedule found to be wrong.
type Outcome = Result<(), String>;

/// The same numbers for the same seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    fn size(&mut self, limit: usize) -> usize {
        usize::try_from(self.below(limit as u64)).unwrap_or_default()
    }

    fn one_of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.size(choices.len())]
    }
}

/// A kind of records: its name in the sandbox and as a feed, where its list is, and what reads it.
#[derive(Clone, Copy)]
struct Resource {
    name: &'static str,
    path: &'static str,
    list: &'static str,
    source: &'static str,
    /// Whether the service sorts it.
    sorted: bool,
    /// Whether its records may lack a time of change.
    nullable: bool,
}

const fn resource(name: &'static str, path: &'static str, list: &'static str, source: &'static str) -> Resource {
    Resource { name, path, list, source, sorted: true, nullable: false }
}

const RESOURCES: &[Resource] = &[
    resource("jobs", "/jpm/**", "listJobs", "selectJob"),
    resource("customers", "/crm/**", "listCustomers", "selectCustomers"),
    Resource { nullable: true, ..resource("projects", "/jpm/**", "listProjects", "selectProject") },
    Resource { nullable: true, ..resource("invoices", "/accounting/**", "listInvoices", "selectInvoice") },
    Resource { sorted: false, ..resource("technicians", "/settings/**", "listTechnicians", "selectTechnician") },
];

/// A sandbox, a runtime that reads one of its resources, and the dice that decide.
struct World {
    sandbox: Sandbox,
    runtime: Runtime,
    resource: Resource,
    dice: Dice,
    largest_page: u32,
    /// The least id so far: none is used again.
    least_id: i64,
}

/// Runs the schedules of this seed: of a whole list, a dropdown, and a trigger.
pub(crate) async fn run(seed: u64) -> Outcome {
    let named = |part: &str, fault: String| format!("seed {seed}, {part}: {fault}");
    World::start(seed).await?.whole_list().await.map_err(|fault| named("fetchAll", fault))?;
    World::start(seed).await?.dropdown().await.map_err(|fault| named("dropdown", fault))?;
    World::start(seed).await?.trigger().await.map_err(|fault| named("trigger", fault))
}

impl World {
    async fn start(seed: u64) -> Result<Self, String> {
        let mut dice = Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let largest_page = dice.one_of(&[1, 2, 3, 7, 20, 100, 5_000]);
        let resource = dice.one_of(RESOURCES);
        let now = SystemTime::UNIX_EPOCH + Duration::from_hours(494_520);
        let builder = Sandbox::builder().seed(seed).records(40).rate_limit(None).largest_page(largest_page).now(now);
        let sandbox = builder.start().await.map_err(|error| error.to_string())?;
        let retries =
            Retries { tries: 8, first_wait: Duration::ZERO, longest_wait: Duration::ZERO, ..Retries::default() };
        let runtime = pipefit::sandbox_runtime(&sandbox).retries(retries).requests_per_second(u32::MAX).build();
        Ok(Self {
            sandbox,
            runtime: runtime.map_err(|error| error.to_string())?,
            resource,
            dice,
            largest_page,
            least_id: 0,
        })
    }

    /// Some requests fail and are tried again.
    fn add_faults(&mut self) {
        let kinds = [Fault::status(503), Fault::status(504), Fault::cut_body(10), Fault::drop_before_read()];
        for fault in kinds {
            if self.dice.below(3) == 0 {
                let (skip, times) = (self.dice.size(4), self.dice.size(3));
                self.sandbox.add_fault(fault.path(self.resource.path).skip(skip).times(times));
            }
        }
    }

    /// Records come, change and go while pages are read.
    fn add_drifts(&mut self, most: usize) {
        let name = self.resource.name;
        for drift in [Drift::insert(name), Drift::change(name), Drift::delete(name)] {
            let (every, times) = (self.dice.size(3) + 1, self.dice.size(most));
            self.sandbox.add_drift(drift.every(every).times(times));
        }
    }

    /// Inserts a record, which now and then has an id below all others.
    fn insert(&mut self, mut record: Value) -> i64 {
        if self.dice.below(4) == 0 {
            self.least_id -= 1;
            record["id"] = self.least_id.into();
        }
        self.sandbox.insert(self.resource.name, record)
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
