//! The sandbox, over HTTP.

#[path = "access.rs"]
mod access;
#[path = "accounting.rs"]
mod accounting;
#[path = "faults.rs"]
mod faults;
#[path = "jobs.rs"]
mod jobs;
#[path = "lists.rs"]
mod lists;
#[path = "records.rs"]
mod records;
#[path = "support.rs"]
mod support;
