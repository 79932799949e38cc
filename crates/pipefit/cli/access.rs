//! What other users may do with a file.

use std::fs::File;

/// What users other than the owner may do with a file or folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Nothing.
    None,
    /// Read it, or enter it.
    Read,
    /// Change it.
    Write,
}

/// Returns what other users may do with an open file. Where permissions cannot be read, that is nothing.
#[cfg(unix)]
pub(crate) fn of_others(file: &File) -> Access {
    use std::os::unix::fs::MetadataExt;
    match file.metadata().map_or(0, |found| found.mode()) {
        mode if mode & 0o022 != 0 => Access::Write,
        mode if mode & 0o055 != 0 => Access::Read,
        _ => Access::None,
    }
}

/// Returns what other users may do with an open file. Where permissions cannot be read, that is nothing.
#[cfg(not(unix))]
pub(crate) fn of_others(_: &File) -> Access {
    Access::None
}
