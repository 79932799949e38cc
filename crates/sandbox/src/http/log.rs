//! The requests that the sandbox received.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use hyper::body::Bytes;

use crate::data::lock;

/// One request, as it arrived.
#[derive(Clone, Debug)]
pub struct RecordedRequest {
    /// When its head had arrived.
    pub received: Instant,
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

/// The last requests, unless recording is off.
pub(crate) struct Log {
    on: AtomicBool,
    /// The maximum number of requests.
    requests: usize,
    /// The maximum number of bytes of their bodies.
    bytes: usize,
    entries: Mutex<Entries>,
}

#[derive(Default)]
struct Entries {
    /// Number of the first kept entry; rises when entries are forgotten.
    first: usize,
    /// Bytes of the bodies of the kept entries.
    bytes: usize,
    kept: VecDeque<RecordedRequest>,
}

impl Log {
    pub(crate) fn new(requests: usize, bytes: usize) -> Self {
        Self { on: AtomicBool::new(true), requests, bytes, entries: Mutex::default() }
    }

    pub(crate) fn switch(&self, on: bool) {
        self.on.store(on, Ordering::SeqCst);
    }

    /// Keeps a request and returns its number, for `update`.
    pub(crate) fn add(&self, request: impl FnOnce() -> RecordedRequest) -> Option<usize> {
        if !self.on.load(Ordering::SeqCst) {
            return None;
        }
        let mut entries = lock(&self.entries);
        let request = request();
        entries.bytes += request.body.len();
        entries.kept.push_back(request);
        let number = entries.first + entries.kept.len() - 1;
        self.trim(&mut entries);
        Some(number)
    }

    /// Changes a request that is still kept. A body that is too large is not kept.
    pub(crate) fn update(&self, number: Option<usize>, change: impl FnOnce(&mut RecordedRequest)) {
        let mut entries = lock(&self.entries);
        let at = number.and_then(|number| number.checked_sub(entries.first));
        if let Some(entry) = at.and_then(|at| entries.kept.get_mut(at)) {
            let before = entry.body.len();
            change(entry);
            if entry.body.len() > self.bytes {
                entry.body = Bytes::new();
            }
            let after = entry.body.len();
            entries.bytes = entries.bytes - before + after;
            self.trim(&mut entries);
        }
    }

    pub(crate) fn all(&self) -> Vec<RecordedRequest> {
        lock(&self.entries).kept.iter().cloned().collect()
    }

    pub(crate) fn forget(&self) {
        let mut entries = lock(&self.entries);
        *entries = Entries { first: entries.first + entries.kept.len(), ..Entries::default() };
    }

    /// Forgets the oldest requests if there are too many, or too large ones.
    fn trim(&self, entries: &mut Entries) {
        while entries.kept.len() > self.requests || entries.bytes > self.bytes {
            let Some(oldest) = entries.kept.pop_front() else { return };
            entries.bytes -= oldest.body.len();
            entries.first += 1;
        }
    }
}
