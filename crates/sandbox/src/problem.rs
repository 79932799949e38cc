//! Errors in the API's own form.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};

use crate::data::rng::Rng;

static TRACE: AtomicU64 = AtomicU64::new(1);

#[derive(Debug)]
pub(crate) struct Problem {
    pub(crate) status: u16,
    title: String,
    errors: BTreeMap<String, Vec<String>>,
    pub(crate) retry_after: Option<String>,
}

impl Problem {
    pub(crate) fn new(status: u16, title: impl Into<String>) -> Self {
        Self { status, title: title.into(), errors: BTreeMap::new(), retry_after: None }
    }

    pub(crate) fn field(name: &str, message: impl Into<String>) -> Self {
        Self::invalid(vec![(name.to_owned(), message.into())])
    }

    /// A 400 that lists what is wrong with each field.
    pub(crate) fn invalid(faults: Vec<(String, String)>) -> Self {
        let mut problem = Self::new(400, "One or more validation errors occurred.");
        for (name, message) in faults {
            problem.errors.entry(name).or_default().push(message);
        }
        problem
    }

    pub(crate) fn not_found(noun: &str, id: i64) -> Self {
        Self::new(404, format!("{noun} with id {id} was not found."))
    }

    pub(crate) fn nothing_here() -> Self {
        Self::new(404, "There is nothing at this path.")
    }

    pub(crate) fn conflict(title: impl Into<String>) -> Self {
        Self::new(409, title)
    }

    /// The title says the wait, too: some clients read it only there.
    pub(crate) fn too_many(retry_after: Option<String>) -> Self {
        let seconds: u64 = retry_after.as_deref().and_then(|text| text.parse().ok()).unwrap_or(1);
        let title = format!("Rate limit is exceeded. Try again in {seconds} seconds.");
        Self { retry_after, ..Self::new(429, title) }
    }

    pub(crate) fn body(&self) -> Value {
        json!({
            "type": format!("https://httpstatuses.io/{}", self.status),
            "title": self.title,
            "status": self.status,
            "traceId": trace_id(),
            "errors": self.errors,
            "data": {},
        })
    }
}

fn trace_id() -> String {
    let mut rng = Rng::new(TRACE.fetch_add(1, Ordering::Relaxed));
    format!("00-{:016x}{:016x}-{:016x}-00", rng.u64(), rng.u64(), rng.u64())
}
