//! Requests as plain data, and the endpoints that they are built from.

mod api;
mod draft;
mod filter;
mod list_endpoint;
mod request;
pub mod template;
mod transport;
mod written_record;

pub use api::Api;
pub use draft::Draft;
pub use filter::{Filter, FilterValues};
pub(crate) use filter::{schema_of_names, schemas_of_values};
pub use list_endpoint::{ListEndpoint, Sorting};
pub use request::{Body, Expect, Method, Part, PartBody, Request, Retry};
pub use transport::{Response, Transport};
pub use written_record::{IdempotencyKey, IdempotencyKeys, WrittenRecord};
