//! The requests that the sandbox received.

use std::sync::Mutex;

use hyper::body::Bytes;

use crate::data::lock;

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

/// The requests so far.
#[derive(Default)]
pub(crate) struct Log(Mutex<Entries>);

#[derive(Default)]
struct Entries {
    off: bool,
    /// Number of the first kept entry; rises when entries are forgotten.
    first: usize,
    kept: Vec<RecordedRequest>,
}

impl Log {
    pub(crate) fn switch(&self, on: bool) {
        lock(&self.0).off = !on;
    }

    /// Keeps a request, unless recording is off, and returns its number, for `update`.
    pub(crate) fn add(&self, request: impl FnOnce() -> RecordedRequest) -> Option<usize> {
        let mut entries = lock(&self.0);
        if entries.off {
            return None;
        }
        entries.kept.push(request());
        Some(entries.first + entries.kept.len() - 1)
    }

    pub(crate) fn update(&self, number: Option<usize>, change: impl FnOnce(&mut RecordedRequest)) {
        let mut entries = lock(&self.0);
        let at = number.and_then(|number| number.checked_sub(entries.first));
        if let Some(entry) = at.and_then(|at| entries.kept.get_mut(at)) {
            change(entry);
        }
    }

    pub(crate) fn all(&self) -> Vec<RecordedRequest> {
        lock(&self.0).kept.clone()
    }

    pub(crate) fn forget(&self) {
        let mut entries = lock(&self.0);
        entries.first += entries.kept.len();
        entries.kept.clear();
    }
}
