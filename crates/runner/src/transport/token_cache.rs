//! Access tokens kept on disk for processes that live for one invocation.
//!
//! A folder that only its owner may enter holds a file for each connection, named by a digest of its credentials.
//! Files are replaced as a whole. Of many processes that find no token, one fetches it while the others wait for its
//! lock. A cache that does not work is logged and passed over: it never fails an invocation.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use pipefit_component::{Grant, Result};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

/// A folder of tokens.
#[derive(Clone, Debug)]
pub(crate) struct TokenCache(PathBuf);

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Kept {
    access_token: String,
    /// Seconds since 1970 until which the token is good.
    expires_at: u64,
}

impl TokenCache {
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self(folder)
    }

    /// The token that is kept for the credentials with this identity, or a new one, which is then kept. `refused` is a
    /// token that the service no longer accepts.
    pub(crate) async fn get<F>(&self, identity: &str, refused: Option<&SecretString>, fetch: F) -> Result<Grant>
    where
        F: AsyncFnOnce() -> Result<Grant>,
    {
        let file = self.0.join(identity);
        if let Some(grant) = read(&file, refused) {
            return Ok(grant);
        }
        let (folder, lock) = (self.0.clone(), file.with_extension("lock"));
        let locked = tokio::task::spawn_blocking(move || locked(&folder, &lock)).await;
        // Held until the token is kept.
        let _lock = match locked.unwrap_or_else(|error| Err(io::Error::other(error))) {
            Ok(lock) => lock,
            Err(error) => {
                self.warn(&error);
                return fetch().await;
            }
        };
        if let Some(grant) = read(&file, refused) {
            return Ok(grant);
        }
        let grant = fetch().await?;
        if let Err(error) = keep(&file, &grant.access_token, grant.lifetime.as_secs()) {
            self.warn(&error);
        }
        Ok(grant)
    }

    fn warn(&self, error: &io::Error) {
        tracing::warn!(target: "pipefit", "the token cache in {} is not used: {error}", self.0.display());
    }
}

fn read(file: &Path, refused: Option<&SecretString>) -> Option<Grant> {
    ensure_private(file).ok()?;
    let kept: Kept = serde_json::from_slice(&fs::read(file).ok()?).ok()?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
    let left = Duration::from_secs(kept.expires_at).checked_sub(now)?.as_secs();
    let refused = refused.is_some_and(|token| token.expose_secret() == kept.access_token);
    let lifetime = Duration::from_secs(left);
    (left > 0 && !refused).then(|| Grant { access_token: kept.access_token.into(), lifetime })
}

fn keep(file: &Path, token: &SecretString, seconds: u64) -> io::Result<()> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_err(io::Error::other)?;
    // A minute is kept back: the token has to last for an invocation.
    let expires_at = now.as_secs() + seconds.saturating_sub(60.min(seconds / 10));
    let kept = Kept { access_token: token.expose_secret().to_owned(), expires_at };
    let fresh = file.with_extension(format!("{}.new", std::process::id()));
    let mut out = private().create(true).truncate(true).open(&fresh)?;
    out.write_all(&serde_json::to_vec(&kept)?)?;
    fs::rename(&fresh, file)
}

/// Waits until no other process fetches this token.
fn locked(folder: &Path, lock: &Path) -> io::Result<File> {
    create_private(folder)?;
    ensure_private(folder)?;
    let lock = private().create(true).truncate(false).open(lock)?;
    lock.lock()?;
    Ok(lock)
}

#[cfg(unix)]
fn private() -> OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = OpenOptions::new();
    options.write(true).mode(0o600);
    options
}

#[cfg(unix)]
fn create_private(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// Refuses what others may read, and a link that leads elsewhere.
#[cfg(unix)]
fn ensure_private(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt;
    let found = fs::symlink_metadata(path)?;
    if found.is_symlink() {
        return Err(io::Error::other(format!("{} is a link", path.display())));
    }
    if found.mode() & 0o077 != 0 {
        return Err(io::Error::other(format!("{} is open to others; take their rights away", path.display())));
    }
    Ok(())
}

#[cfg(not(unix))]
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true);
    options
}

#[cfg(not(unix))]
fn create_private(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).create(folder)
}

#[cfg(not(unix))]
fn ensure_private(_: &Path) -> io::Result<()> {
    Ok(())
}
