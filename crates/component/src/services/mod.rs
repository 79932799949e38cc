//! Properties of a service: connection, authentication, the layout of pages and of errors.

mod authentication;
mod connection;
mod error_format;
mod paging;

pub use authentication::{Authentication, ClientCredentials, Grant, HeaderKey, TokenRequest};
pub use connection::{Check, Checks, Connection, Probe, Target};
pub use error_format::{ErrorFormat, ServiceError};
pub use paging::{ChainedPages, Next, NumberedPages, PageLayout, PageMember, PageRole, Paging};
