//! `cargo xtask update`: every generated file, written or checked by the command or test that owns it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The command that repairs what a check finds.
const REPAIR: &str = "repair with `cargo xtask update`";

/// Writes schemas, documents, snapshots and the picture of the terminal, and removes snapshots that no test refers to.
pub(crate) fn write(root: &Path) -> Result<String, String> {
    cargo(root, &["run", "--quiet", "--", "schema", "export"], &[])?;
    cargo(root, &["run", "--quiet", "--", "docs", "export"], &[])?;
    let unused = snapshots(root, "always")?;
    for path in &unused {
        fs::remove_file(path).map_err(|error| format!("cannot remove {}: {error}", path.display()))?;
    }
    Ok(format!("schemas/, docs/ and the snapshots are up to date; {} unused snapshots were removed", unused.len()))
}

/// Fails with all that is stale, and writes nothing.
pub(crate) fn check(root: &Path) -> Result<String, String> {
    let exported =
        ["schema", "docs"].map(|what| cargo(root, &["run", "--quiet", "--", what, "export", "--check"], &[]));
    let snapshots = snapshots(root, "no").and_then(|unused| match &unused[..] {
        [] => Ok(()),
        unused => Err(format!("no test refers to {unused:?}")),
    });
    let stale: Vec<_> = exported.into_iter().chain([snapshots]).filter_map(Result::err).collect();
    if stale.is_empty() {
        return Ok("schemas/, docs/ and the snapshots are up to date".to_owned());
    }
    Err(format!("{}\n{REPAIR}", stale.join("\n")))
}

/// Runs the tests that compare snapshots, and returns the snapshots that none of them refers to.
fn snapshots(root: &Path, update: &str) -> Result<Vec<PathBuf>, String> {
    let references = std::env::temp_dir().join(format!("pipefit-snapshots-{}", std::process::id()));
    let modules = modules_with_snapshots(&root.join("tests"))?;
    let arguments: Vec<_> =
        ["test", "--quiet", "--test", "main", "--"].into_iter().chain(modules.iter().map(String::as_str)).collect();
    let variables = [("INSTA_UPDATE", update), ("INSTA_SNAPSHOT_REFERENCES_FILE", &references.to_string_lossy())];
    let ran = cargo(root, &arguments, &variables);
    let referred = fs::read_to_string(&references).unwrap_or_default();
    let _ = fs::remove_file(&references);
    ran?;
    let referred: BTreeSet<_> = referred.lines().filter_map(|path| fs::canonicalize(path).ok()).collect();
    let snapshots = files(&root.join("tests/snapshots"))?;
    Ok(snapshots.into_iter().filter(|path| !referred.contains(path)).collect())
}

/// The test modules that write what they compare with, as filters for the test binary.
fn modules_with_snapshots(folder: &Path) -> Result<Vec<String>, String> {
    let sources = files(folder)?.into_iter().filter(|path| path.extension().is_some_and(|extension| extension == "rs"));
    let uses = |text: String| ["insta::assert", "INSTA_UPDATE"].iter().any(|sign| text.contains(sign));
    let using = sources.filter(|path| fs::read_to_string(path).is_ok_and(uses));
    Ok(using.filter_map(|path| Some(format!("{}::", path.file_stem()?.to_str()?))).collect())
}

/// The files of a folder, in order.
fn files(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let unreadable = |error| format!("cannot read {}: {error}", folder.display());
    let entries = fs::read_dir(folder).map_err(unreadable)?.flatten();
    let mut files: Vec<_> = entries.filter_map(|entry| fs::canonicalize(entry.path()).ok()).collect();
    files.retain(|path| path.is_file());
    files.sort();
    Ok(files)
}

/// Runs cargo in the root of the repository.
pub(crate) fn cargo(root: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Result<(), String> {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    // What cargo says of this package is not so of the one to build: `ring` would be built anew each time.
    for (name, _) in std::env::vars_os() {
        if ["CARGO_PKG_", "CARGO_MANIFEST_"].iter().any(|start| name.to_string_lossy().starts_with(start)) {
            command.env_remove(name);
        }
    }
    let status = command.current_dir(root).args(arguments).envs(variables.iter().copied()).status();
    let failed = format!("`cargo {}` failed", arguments.join(" "));
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err(failed),
        Err(error) => Err(format!("{failed}: {error}")),
    }
}
