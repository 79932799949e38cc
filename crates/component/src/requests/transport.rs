//! The way to the service. The runtime stands behind it.

use async_trait::async_trait;
use bytes::Bytes;

use crate::{Request, Result};

/// Sends requests, with authentication, limits, retries and error mapping taken care of.
#[async_trait]
pub trait Transport: Send + Sync {
    /// Sends one request and returns its response. Fails on every status but success.
    async fn send(&self, request: &Request) -> Result<Response>;
}

/// A successful HTTP response, exactly as it came.
#[derive(Clone, Debug, Default)]
pub struct Response {
    /// The HTTP status, 200 to 299.
    pub status: u16,
    /// Header names in lower case, and their values; several of one name stay several.
    pub headers: Vec<(String, String)>,
    /// The body, untouched; empty if the service sent none.
    pub body: Bytes,
}

impl Response {
    /// A successful response with this body.
    pub fn new(body: impl Into<Bytes>) -> Self {
        Self { status: 200, headers: Vec::new(), body: body.into() }
    }

    /// The first header of this name, given in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(header, _)| header == name).map(|(_, value)| value.as_str())
    }
}
