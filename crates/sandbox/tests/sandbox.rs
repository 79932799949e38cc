//! The sandbox, over HTTP.

#[path = "access.rs"]
mod access;
#[path = "jobs.rs"]
mod jobs;
#[path = "lists.rs"]
mod lists;
#[path = "support.rs"]
mod support;
