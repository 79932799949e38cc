//! Runs the units of Pipefit components.
//!
//! A [`Runtime`] is built once and shared. For each [`Invocation`] it finds the unit, coerces the inputs and validates
//! them with the exported schema, resolves the connection, and sends the request with a token that all invocations of
//! the connection share. It returns the response of the service unchanged in a [`Reply`], or an
//! [`Error`](pipefit_component::Error).

pub mod doctor;
pub mod export;
pub mod host;
mod invocation;
mod lists;
pub mod lookup;
mod replies;
mod runtime;
pub mod scopes;
mod telemetry;
mod transport;
mod triggers;

pub use export::manifest;
pub use invocation::{Invocation, InvocationHandle, Policy, PreparedInvocation, is_traceparent, suggestion};
pub use lists::{ListPage, ListPosition, Progress, RawRecord, RecordStream, ReplyWriter};
pub use replies::{ChangedRecords, Entry, Reply, ResponseHead, error_envelope, error_envelope_of};
pub use runtime::{Builder, Runtime};
pub use transport::{Cancellation, Retries, client_builder};
