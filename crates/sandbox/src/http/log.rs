//! The requests that the sandbox received.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use hyper::body::Bytes;

/// One request, as it arrived.
#[derive(Clone, Debug)]
pub struct RecordedRequest {
    /// HTTP method.
    pub method: String,
    /// Path as sent, still percent-encoded, without the query.
    pub path: String,
    /// Query parameters, decoded, in order.
    pub query: Vec<(String, String)>,
    /// Headers with lower-case names, in order.
    pub headers: Vec<(String, String)>,
    /// Body; empty if a fault cut the connection before it was read.
    pub body: Bytes,
    /// Template of the endpoint's path, such as `/jpm/v2/tenant/{tenant}/jobs/{id}`; `None` for an unknown path.
    pub operation: Option<&'static str>,
    /// Status of the response; `None` until there is one, and if a fault prevents it.
    pub status: Option<u16>,
    /// Query parameters and body fields that the API silently ignores.
    pub ignored: Vec<String>,
}

impl RecordedRequest {
    /// The value of a header; the name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// The requests so far, unless recording is off.
pub(crate) struct Log {
    on: AtomicBool,
    entries: Mutex<Entries>,
}

#[derive(Default)]
struct Entries {
    /// Number of the first kept entry; rises when entries are forgotten.
    first: usize,
    kept: Vec<RecordedRequest>,
}

impl Log {
    pub(crate) fn new() -> Self {
        Self { on: AtomicBool::new(true), entries: Mutex::default() }
    }

    pub(crate) fn switch(&self, on: bool) {
        self.on.store(on, Ordering::SeqCst);
    }

    /// Keeps a request and returns its number, for `update`.
    pub(crate) fn add(&self, request: impl FnOnce() -> RecordedRequest) -> Option<usize> {
        if !self.on.load(Ordering::SeqCst) {
            return None;
        }
        let mut entries = self.entries();
        entries.kept.push(request());
        Some(entries.first + entries.kept.len() - 1)
    }

    pub(crate) fn update(&self, number: Option<usize>, change: impl FnOnce(&mut RecordedRequest)) {
        let mut entries = self.entries();
        let at = number.and_then(|number| number.checked_sub(entries.first));
        if let Some(entry) = at.and_then(|at| entries.kept.get_mut(at)) {
            change(entry);
        }
    }

    pub(crate) fn all(&self) -> Vec<RecordedRequest> {
        self.entries().kept.clone()
    }

    pub(crate) fn forget(&self) {
        let mut entries = self.entries();
        entries.first += entries.kept.len();
        entries.kept.clear();
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
