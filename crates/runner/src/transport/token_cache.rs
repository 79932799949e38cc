//! The token cache: keeps access tokens on disk, for processes that run one invocation each.
//!
//! The folder is accessible to its owner only. It has one file for each connection, named by a digest of the
//! credentials. Files are replaced atomically. If several processes find no token, one fetches it while the others wait
//! for its lock. If the cache does not work, that is logged and a token is fetched: it never fails an invocation.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use pipefit_component::{Grant, Result};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::private_files::{ensure_private, locked, private_file};
use super::token_store::checked;
use crate::host::{FetchToken, TokenStore};

/// A folder with tokens.
#[derive(Clone, Debug)]
pub(crate) struct TokenCache(PathBuf);

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct CachedToken {
    access_token: String,
    /// When the token expires, in seconds since 1970.
    expires_at: u64,
}

impl TokenCache {
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self(folder)
    }

    fn warn(&self, error: &io::Error) {
        tracing::warn!(target: "pipefit", "the token cache in {} is not used: {error}", self.0.display());
    }
}

#[async_trait]
impl TokenStore for TokenCache {
    async fn token(&self, key: &str, rejected: Option<&SecretString>, fetch: FetchToken<'_>) -> Result<Grant> {
        let file = self.0.join(key);
        if let Some(grant) = read(&file, rejected) {
            return Ok(grant);
        }
        // Held until the token is stored.
        let _lock = match locked(&file.with_extension("lock")).await {
            Ok(lock) => lock,
            Err(error) => {
                self.warn(&error);
                return fetch.fetch().await;
            }
        };
        if let Some(grant) = read(&file, rejected) {
            return Ok(grant);
        }
        let grant = fetch.fetch().await?;
        if let Err(error) = store(&file, &grant.access_token, grant.lifetime.as_secs()) {
            self.warn(&error);
        }
        Ok(grant)
    }
}

fn read(file: &Path, rejected: Option<&SecretString>) -> Option<Grant> {
    ensure_private(file).ok()?;
    let cached: CachedToken = serde_json::from_slice(&fs::read(file).ok()?).ok()?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
    let lifetime = Duration::from_secs(cached.expires_at).checked_sub(now).filter(|left| left.as_secs() > 0)?;
    let rejected = rejected.is_some_and(|token| token.expose_secret() == cached.access_token);
    checked(Grant { access_token: cached.access_token.into(), lifetime }).ok().filter(|_| !rejected)
}

fn store(file: &Path, token: &SecretString, seconds: u64) -> io::Result<()> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_err(io::Error::other)?;
    // Subtract up to a minute, so that the token lasts for the invocation.
    let expires_at = now.as_secs() + seconds.saturating_sub(60.min(seconds / 10));
    let cached = CachedToken { access_token: token.expose_secret().to_owned(), expires_at };
    let temporary = file.with_extension(format!("{}.new", std::process::id()));
    let mut out = private_file().create(true).truncate(true).open(&temporary)?;
    out.write_all(&serde_json::to_vec(&cached)?)?;
    fs::rename(&temporary, file)
}
