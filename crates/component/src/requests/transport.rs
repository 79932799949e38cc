//! The transport, which the runtime implements, and responses.

use async_trait::async_trait;
use bytes::Bytes;

use crate::{Request, Result};

/// Sends requests. The implementation authenticates, limits the rate, retries, and maps errors.
#[async_trait]
pub trait Transport: Send + Sync {
    /// Sends one request and returns its response. Fails if the status is not 200 to 299.
    async fn send(&self, request: &Request) -> Result<Response>;
}

/// A successful HTTP response, exactly as the service sent it.
#[derive(Clone, Debug, Default)]
pub struct Response {
    /// The HTTP status, 200 to 299.
    pub status: u16,
    /// The headers: names in lower case, and values. A name may occur more than once.
    pub headers: Vec<(String, String)>,
    /// The body; empty if the service sent none.
    pub body: Bytes,
}

impl Response {
    /// Creates a response with status 200 and this body.
    pub fn new(body: impl Into<Bytes>) -> Self {
        Self { status: 200, headers: Vec::new(), body: body.into() }
    }

    /// Returns the first header with this name, which must be in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(header, _)| header == name).map(|(_, value)| value.as_str())
    }
}
