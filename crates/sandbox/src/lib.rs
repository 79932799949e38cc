//! A local stand-in for the `ServiceTitan` API, to develop, test and demonstrate against.
//!
//! It speaks the API's paths over real HTTP on loopback: it checks tokens, application key and tenant, validates
//! bodies, pages, sorts and filters, keeps state, enforces the rate, and misbehaves on demand. It knows the API from
//! facts alone and shares no code with the clients that are tested against it.
//!
//! ```
//! # async fn example() -> std::io::Result<()> {
//! let sandbox = pipefit_sandbox::Sandbox::builder().records(1_000).start().await?;
//! println!("{} {}", sandbox.url(), sandbox.credentials().tenant);
//! # Ok(())
//! # }
//! ```

mod api;
mod auth;
mod builder;
mod call;
mod drift;
mod fault;
mod fault_file;
mod filters;
mod json;
mod limit;
mod listing;
mod log;
mod payload;
mod problem;
mod query;
mod references;
mod resources;
mod route;
mod row;
mod sandbox;
mod schema;
mod server;
mod stamp;
mod storage;
mod store;
mod words;
mod world;

pub use auth::Credentials;
pub use builder::Builder;
pub use drift::{Drift, DriftChange};
pub use fault::{Fault, FaultKind};
pub use log::RecordedRequest;
pub use sandbox::Sandbox;
