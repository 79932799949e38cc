//! The token store.

use std::fmt;

use async_trait::async_trait;
use futures_util::future::BoxFuture;
use pipefit_component::{Grant, Result};
use secrecy::SecretString;

/// Shares access tokens beyond this runtime. The runtime keeps each token until it expires and asks the store only for
/// the next one.
#[async_trait]
pub trait TokenStore: fmt::Debug + Send + Sync {
    /// Returns an access token of the credentials with this key, a digest that contains no secret: the stored one or,
    /// if there is none, or it is expired or `rejected`, a new one from `fetch`, which is stored. While one caller
    /// fetches, others should wait for its result.
    async fn token(&self, key: &str, rejected: Option<&SecretString>, fetch: FetchToken<'_>) -> Result<Grant>;
}

/// Fetches an access token from the service.
pub struct FetchToken<'a>(BoxFuture<'a, Result<Grant>>);

impl<'a> FetchToken<'a> {
    /// Creates one that fetches with this future, as the tests of a store need it.
    pub fn new(fetch: impl Future<Output = Result<Grant>> + Send + 'a) -> Self {
        Self(Box::pin(fetch))
    }

    /// Sends the token request.
    pub async fn fetch(self) -> Result<Grant> {
        self.0.await
    }
}

impl fmt::Debug for FetchToken<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("FetchToken")
    }
}
