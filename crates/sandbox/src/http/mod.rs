//! The API over HTTP: connections, tokens, the rate limit, and the way from a request to its response.

pub(crate) mod api;
pub(crate) mod auth;
pub(crate) mod limiter;
pub(crate) mod log;
pub(crate) mod multipart;
mod payload;
mod respond;
pub(crate) mod router;
pub(crate) mod server;
pub(crate) mod storage;
