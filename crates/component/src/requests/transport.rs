//! The transport, which the runtime implements, and responses.

use std::borrow::Cow;

use async_trait::async_trait;
use bytes::Bytes;
use http::HeaderMap;

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
    /// The headers.
    pub headers: HeaderMap,
    /// The body; empty if the service sent none.
    pub body: Bytes,
}

impl Response {
    /// Creates a response with status 200 and this body.
    pub fn new(body: impl Into<Bytes>) -> Self {
        Self { status: 200, headers: HeaderMap::new(), body: body.into() }
    }

    /// Returns the first header with this name. What is not UTF-8 in it is replaced.
    pub fn header(&self, name: &str) -> Option<Cow<'_, str>> {
        self.headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()))
    }

    /// Returns all headers with this name. What is not UTF-8 in them is replaced.
    pub fn headers_named(&self, name: &str) -> impl Iterator<Item = Cow<'_, str>> {
        self.headers.get_all(name).into_iter().map(|value| String::from_utf8_lossy(value.as_bytes()))
    }
}
