//! Runs the units of Pipefit components.
//!
//! A [`Runtime`] is built once and shared. Each [`Invocation`] goes the same way: its unit is found, its inputs are
//! coerced and validated with the schema that is also exported, the connection is resolved, the request is sent with a
//! token that all invocations of one connection share, and the service's response comes back untouched in a [`Reply`],
//! or as an [`Error`](pipefit_component::Error).

pub mod doctor;
pub mod export;
mod invocation;
mod lists;
mod replies;
mod runtime;
mod transport;
mod triggers;

pub use export::manifest;
pub use invocation::{Invocation, Policy};
pub use lists::Out;
pub use replies::{Changed, Entry, Reply, ResponseHead, error_envelope};
pub use runtime::{Builder, Runtime};
pub use transport::Retries;
