//! What other users may do with a file of the operator.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use pipefit::{Code, Error};

use crate::cli::out;

/// What messages call a file of connections.
pub(crate) const CONNECTIONS: &str = "the connections";

/// What users other than the owner, and other than root, may do with a file or folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Access {
    /// Nothing.
    None,
    /// Read it, or enter it.
    Read,
    /// Change it.
    Write,
    /// Everything: it belongs to one of them.
    Own,
}

/// What other users may do with a file because of the folders that lead to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Replace {
    /// Nothing.
    Nobody,
    /// Those of a group may replace it.
    Group,
    /// All may replace it.
    All,
}

/// Reads a file with secrets. Fails if other users may change or replace it, and warns if they may read it.
pub(crate) fn read(file: &Path, what: &str) -> Result<Vec<u8>, Error> {
    let shown = file.display();
    let refuse = |why: &str| refuse(file, what, why);
    let mut opened = File::open(file).map_err(|error| refuse(&error.to_string()))?;
    match of_others(&opened) {
        Access::Own => return Err(refuse("it belongs to another user")),
        Access::Write => return Err(refuse(&format!("other users may change it; run `chmod 600 {shown}`"))),
        Access::Read => out::say(&format!("warning: other users may read {shown}; run `chmod 600 {shown}`")),
        Access::None => {}
    }
    match replaceable(file) {
        Replace::All => {
            let why = "other users may replace it: they may write to a folder that leads to it; run `chmod o-w` on it";
            return Err(refuse(why));
        }
        Replace::Group => out::say(&format!(
            "warning: the users of a group may replace {shown}: they may write to a folder that leads to it"
        )),
        Replace::Nobody => {}
    }
    let mut bytes = Vec::new();
    opened.read_to_end(&mut bytes).map_err(|error| refuse(&error.to_string()))?;
    Ok(bytes)
}

/// The error for a file that cannot be read. What is wrong with connections is not wrong with the request.
pub(crate) fn refuse(file: &Path, what: &str, why: &str) -> Error {
    let code = if what == CONNECTIONS { Code::InvalidConnection } else { Code::InvalidRequest };
    Error::new(code, format!("cannot read {what} in {}: {why}", file.display()))
}

/// Returns what other users may do with an open file. Where permissions cannot be read, that is nothing.
#[cfg(unix)]
pub(crate) fn of_others(file: &File) -> Access {
    use std::os::unix::fs::MetadataExt;
    let Ok(found) = file.metadata() else { return Access::None };
    match found.mode() {
        _ if ![0, rustix::process::geteuid().as_raw()].contains(&found.uid()) => Access::Own,
        mode if mode & 0o022 != 0 => Access::Write,
        mode if mode & 0o055 != 0 => Access::Read,
        _ => Access::None,
    }
}

/// Returns who may put another file in the place of this one: who may write to a folder that leads to it, or to the
/// link that it is. In a folder with the sticky bit nobody may replace what belongs to others.
#[cfg(unix)]
pub(crate) fn replaceable(file: &Path) -> Replace {
    use std::os::unix::fs::MetadataExt;
    let by = |folder: &Path| match folder.metadata().map_or(0, |found| found.mode()) {
        mode if mode & 0o1000 != 0 => Replace::Nobody,
        mode if mode & 0o002 != 0 => Replace::All,
        mode if mode & 0o020 != 0 => Replace::Group,
        _ => Replace::Nobody,
    };
    let (given, real) = (std::path::absolute(file), file.canonicalize());
    let paths = [given, real].into_iter().flatten();
    paths.map(|path| path.ancestors().skip(1).map(by).max().unwrap_or(Replace::Nobody)).max().unwrap_or(Replace::Nobody)
}

/// Returns what other users may do with an open file. Where permissions cannot be read, that is nothing.
#[cfg(not(unix))]
pub(crate) fn of_others(_: &File) -> Access {
    Access::None
}

/// Returns who may put another file in the place of this one. Where permissions cannot be read, that is nobody.
#[cfg(not(unix))]
pub(crate) fn replaceable(_: &Path) -> Replace {
    Replace::Nobody
}
