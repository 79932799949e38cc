//! A local stand-in for the `ServiceTitan` API, to develop, test and demonstrate against.
//!
//! It serves the API's paths over real HTTP on loopback: it checks tokens, application key and tenant, validates
//! bodies, pages, sorts and filters, keeps state, limits the rate, and misbehaves on demand. It shares no code with
//! the clients that are tested against it.
//!
//! ```
//! # async fn example() -> std::io::Result<()> {
//! let sandbox = pipefit_sandbox::Sandbox::builder().records(1_000).start().await?;
//! println!("{} {}", sandbox.url(), sandbox.credentials().tenant);
//! # Ok(())
//! # }
//! ```

mod builder;
mod data;
mod faults;
mod http;
mod lists;
mod problem;
mod query;
mod resources;
mod sandbox;

pub use builder::Builder;
pub use faults::drift::{Drift, DriftChange};
pub use faults::{Fault, FaultKind};
pub use http::auth::Credentials;
pub use http::log::RecordedRequest;
pub use sandbox::Sandbox;
