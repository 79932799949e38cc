//! The file source.

use std::fmt;

use async_trait::async_trait;
use pipefit_component::{File, Result};

/// Supplies files that inputs refer to instead of containing them: `{"reference": "…"}`.
#[async_trait]
pub trait FileSource: fmt::Debug + Send + Sync {
    /// Returns the file with this reference, or `None` if there is none. An error ends the invocation; its message must
    /// not contain a secret.
    async fn read(&self, reference: &str) -> Result<Option<File>>;
}
