//! The running sandbox and what its owner can do with it.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, SystemTime};

use serde_json::Value;
use tokio::sync::watch;
use tokio::task::AbortHandle;

use crate::builder::Builder;
use crate::data::lock;
use crate::data::store::date;
use crate::data::table::Table;
use crate::faults::drift::Drift;
use crate::faults::{Fault, TOKEN_PATH};
use crate::http::api::Api;
use crate::http::auth::Credentials;
use crate::http::log::RecordedRequest;
use crate::http::router;
use crate::resources;

/// A running sandbox; dropping it stops it.
///
/// A resource is named by the last part of its path: `jobs`, `customers`, `installed-equipment`; case and hyphens do
/// not matter. Methods that take a resource panic if there is none of this name.
pub struct Sandbox {
    address: SocketAddr,
    api: Arc<Api>,
    task: AbortHandle,
    stopped: watch::Sender<bool>,
}

impl Sandbox {
    /// The settings to start one with.
    pub fn builder() -> Builder {
        Builder::default()
    }

    pub(crate) fn new(address: SocketAddr, api: Arc<Api>, task: AbortHandle) -> Self {
        Self { address, api, task, stopped: watch::Sender::new(false) }
    }

    /// Base URL, without a trailing slash.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// URL of the token endpoint.
    pub fn token_url(&self) -> String {
        format!("{}{TOKEN_PATH}", self.url())
    }

    /// What clients must present.
    pub fn credentials(&self) -> &Credentials {
        &self.api.gate.credentials
    }

    /// The requests so far, in order of arrival, token requests included.
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.api.log.all()
    }

    /// Forgets the requests so far.
    pub fn forget_requests(&self) {
        self.api.log.forget();
    }

    /// Turns recording on or off; off for runs whose requests would fill the memory.
    pub fn record_requests(&self, on: bool) {
        self.api.log.switch(on);
    }

    /// How many token requests were made, refused ones included.
    pub fn token_requests(&self) -> usize {
        self.api.gate.requests.load(Ordering::SeqCst)
    }

    /// Revokes all tokens.
    pub fn revoke_tokens(&self) {
        lock(&self.api.gate.issued).clear();
    }

    /// Adds a rule by which requests go wrong; rules are tried in the order in which they were added.
    pub fn add_fault(&self, fault: Fault) {
        self.api.faults.add(fault);
    }

    /// Removes all rules.
    pub fn clear_faults(&self) {
        self.api.faults.clear();
    }

    /// Lets the data change while it is read.
    pub fn add_drift(&self, drift: Drift) {
        self.api.drifts.add(drift);
    }

    /// Stops all drifts.
    pub fn clear_drifts(&self) {
        self.api.drifts.clear();
    }

    /// The writes that were carried out, in order: template of the endpoint's path and id of the record.
    pub fn writes(&self) -> Vec<(&'static str, i64)> {
        lock(&self.api.writes).clone()
    }

    /// Method and path template of every endpoint.
    pub fn operations() -> Vec<(&'static str, &'static str)> {
        router::all().map(|operation| (operation.endpoint.method, operation.endpoint.path)).collect()
    }

    /// Names of all resources.
    pub fn resources() -> Vec<&'static str> {
        resources::tables().iter().map(|table| table.name).collect()
    }

    /// How many records a resource has now, inactive ones included.
    pub fn count(&self, resource: &str) -> usize {
        self.api.store().count(table(resource))
    }

    /// A record, as the endpoint for one record shows it.
    pub fn record(&self, resource: &str, id: i64) -> Option<Value> {
        self.api.store().get(table(resource), id).map(Value::Object)
    }

    /// Ids of all records of a resource, in order of creation.
    pub fn ids(&self, resource: &str) -> Vec<i64> {
        let (store, table) = (self.api.store(), table(resource));
        store.live(table).map(|slot| store.keys(table, slot).id).collect()
    }

    /// Adds a record and returns its id. What is not given comes from the resource's first record; a missing id is a
    /// new one, missing times are now.
    pub fn insert(&self, resource: &str, record: Value) -> i64 {
        let (mut store, table) = (self.api.store_mut(), table(resource));
        let mut whole = store.fresh(table, self.api.clock.now());
        if let Value::Object(given) = record {
            whole.extend(given);
        }
        store.insert(table, whole)
    }

    /// Changes fields of a record; `modifiedOn` becomes now unless it is given. Returns whether the record exists.
    pub fn update(&self, resource: &str, id: i64, patch: Value) -> bool {
        let (mut store, table) = (self.api.store_mut(), table(resource));
        let Some(mut record) = store.get(table, id) else { return false };
        date(&mut record, "modifiedOn", self.api.clock.now());
        if let Value::Object(patch) = patch {
            record.extend(patch);
        }
        store.put(table, id, &record);
        true
    }

    /// Removes a record. Returns whether it existed.
    pub fn remove(&self, resource: &str, id: i64) -> bool {
        self.api.store_mut().remove(table(resource), id)
    }

    /// Sets the clock by which records are dated and tokens expire; it stands from then on.
    pub fn set_now(&self, now: SystemTime) {
        self.api.clock.set(now);
    }

    /// Moves the clock forward.
    pub fn advance(&self, by: Duration) {
        self.api.clock.advance(by);
    }

    /// Stops serving; open connections end.
    pub fn stop(&self) {
        self.task.abort();
        self.stopped.send_replace(true);
    }

    /// Waits until the sandbox is stopped.
    pub async fn stopped(&self) {
        // The sender lives as long as `self`, so waiting cannot fail.
        let _ = self.stopped.subscribe().wait_for(|stopped| *stopped).await;
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Sandbox").field("address", &self.address).finish_non_exhaustive()
    }
}

fn table(resource: &str) -> &'static Table {
    let names = || Sandbox::resources().join(", ");
    resources::table(resource).unwrap_or_else(|| panic!("no resource `{resource}`; there are {}", names()))
}
