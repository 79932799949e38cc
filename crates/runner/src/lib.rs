//! Runs the units of Pipefit components.
//!
//! A [`Runtime`] is built once and shared. Each [`Invocation`] goes the same way: its unit is found, its inputs are
//! checked against the schema that is also exported, the connection is resolved, the request is sent with a token
//! that all invocations of one connection share, and the service's answer comes back untouched in an [`Answer`], or
//! as an [`Error`](pipefit_component::Error).

mod answer;
mod connection;
mod disposition;
pub mod docs;
pub mod doctor;
mod download;
mod dry_run;
pub mod export;
mod http;
mod invocation;
pub mod manifest;
mod masking;
mod pages;
mod picklist;
mod policy;
mod rate;
mod reply;
mod retry;
mod runtime;
mod sorting;
mod stop;
mod token;
mod token_cache;
mod ui;
mod validate;

pub use answer::{Answer, error_envelope};
pub use invocation::Invocation;
pub use pages::Out;
pub use policy::Policy;
pub use retry::Retries;
pub use runtime::{Builder, Runtime};
