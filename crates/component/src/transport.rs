//! The door through which a unit reaches the service. The runtime stands behind it.

use async_trait::async_trait;
use bytes::Bytes;

use crate::{Request, Result};

/// Sends requests for a unit, with authentication, limits and error mapping taken care of.
#[async_trait]
pub trait Transport: Send + Sync {
    /// Sends one request. An answer other than success is an error already.
    async fn send(&self, request: Request) -> Result<Reply>;
}

/// A successful answer, exactly as it came.
#[derive(Clone, Debug, Default)]
pub struct Reply {
    /// The HTTP status, 200 to 299.
    pub status: u16,
    /// Header names in lower case, and their values; several of one name stay several.
    pub headers: Vec<(String, String)>,
    /// The body, untouched; empty where the service sent none.
    pub body: Bytes,
}

impl Reply {
    /// A successful reply with this body, for a unit that makes its own.
    pub fn new(body: impl Into<Bytes>) -> Self {
        Self { status: 200, headers: Vec::new(), body: body.into() }
    }

    /// The first header of this name, given in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(header, _)| header == name).map(|(_, value)| value.as_str())
    }
}
