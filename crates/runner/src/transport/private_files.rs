//! Files that only their owner may read and write, and that several processes use at the same time.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;
use std::time::Duration;

/// How long to wait before trying again to lock a file.
const LOCK_WAIT: Duration = Duration::from_millis(5);

/// Opens and locks a file, which is created, like its folder, if it does not exist. Waits while another process has the
/// lock; dropping the future ends the wait. Fails if others have access to the folder.
pub(super) async fn locked(file: &Path) -> io::Result<File> {
    if let Some(folder) = file.parent() {
        create_private_folder(folder)?;
        ensure_private(folder)?;
    }
    let locked = private_file().read(true).create(true).truncate(false).open(file)?;
    ensure_private(file)?;
    loop {
        match locked.try_lock() {
            Ok(()) => return Ok(locked),
            Err(TryLockError::WouldBlock) => tokio::time::sleep(LOCK_WAIT).await,
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
}

#[cfg(unix)]
pub(super) fn private_file() -> OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = OpenOptions::new();
    options.write(true).mode(0o600);
    options
}

#[cfg(unix)]
fn create_private_folder(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// Fails if the file or folder belongs to another user, if others have access to it, or if it is a symbolic link.
#[cfg(unix)]
pub(super) fn ensure_private(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt;
    let found = fs::symlink_metadata(path)?;
    if found.is_symlink() {
        return Err(io::Error::other(format!("{} is a symbolic link", path.display())));
    }
    if found.uid() != rustix::process::geteuid().as_raw() {
        return Err(io::Error::other(format!("{} belongs to another user", path.display())));
    }
    if found.mode() & 0o077 != 0 {
        return Err(io::Error::other(format!(
            "{} is accessible to other users; restrict its permissions to the owner",
            path.display()
        )));
    }
    Ok(())
}

#[cfg(not(unix))]
pub(super) fn private_file() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true);
    options
}

#[cfg(not(unix))]
fn create_private_folder(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).create(folder)
}

#[cfg(not(unix))]
pub(super) fn ensure_private(_: &Path) -> io::Result<()> {
    Ok(())
}
