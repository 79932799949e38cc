//! The sandbox, over HTTP.

#[path = "jobs.rs"]
mod jobs;
#[path = "support.rs"]
mod support;
