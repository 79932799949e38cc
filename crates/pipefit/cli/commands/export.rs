//! `pipefit schema export` and `pipefit docs export`: write files that are derived from the declarations.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use pipefit::runner::export::{self, documents};
use pipefit::server::http::openapi;
use pipefit::server::rpc::openrpc;
use pipefit::{Catalog, Code, Error};

use crate::cli::{exit, out};

/// What every exported page of a resource contains.
const OF_A_PAGE: &str = "\n[Errors](../errors.md): before anything is sent, ";

/// How many names of files a message lists.
const NAMES: usize = 5;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Schema {
    /// Write the manifest, and the input schemas, UI schemas and reply schemas of all units
    Export {
        /// The folder to write to; schemas that an earlier export wrote and that are stale are removed
        #[arg(long, default_value = "schemas")]
        dir: PathBuf,
        /// Write nothing; fail if a file is not up to date
        #[arg(long)]
        check: bool,
    },
}

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Docs {
    /// Write a documentation page for each resource
    Export {
        /// The folder to write to; pages that an earlier export wrote and that are stale are removed
        #[arg(long, default_value = "docs")]
        dir: PathBuf,
        /// Write nothing; fail if a page is not up to date
        #[arg(long)]
        check: bool,
    },
}

/// Writes or checks the documentation.
pub(crate) fn document(command: &Docs) -> ExitCode {
    let Docs::Export { dir, check } = command;
    write_or_check(dir, &documents::pages(&Catalog::registered()), *check, "docs export")
}

/// Writes or checks the schemas.
pub(crate) fn main(command: &Schema) -> ExitCode {
    let Schema::Export { dir, check } = command;
    let mut files = export::files(&Catalog::registered());
    files.insert("openrpc.json".to_owned(), format!("{:#}\n", openrpc::document()));
    files.insert("openapi.json".to_owned(), format!("{:#}\n", openapi()));
    write_or_check(dir, &files, *check, "schema export")
}

fn write_or_check(dir: &Path, files: &BTreeMap<String, String>, check: bool, command: &str) -> ExitCode {
    let done = if check { compare(dir, files, command) } else { write(dir, files) };
    match done {
        Ok(message) => out::finish(&message, exit::OK),
        Err(error) => out::fail(&error),
    }
}

fn compare(dir: &Path, files: &BTreeMap<String, String>, command: &str) -> Result<String, Error> {
    let stale = files.iter().filter(|(path, text)| fs::read_to_string(dir.join(path)).ok().as_ref() != Some(*text));
    let stale: Vec<_> = stale.map(|(path, _)| path.clone()).chain(orphans(dir, files)).collect();
    if stale.is_empty() {
        return Ok(format!("{} files in {} are up to date", files.len(), dir.display()));
    }
    let (count, dir) = (stale.len(), dir.display());
    let files = if count == 1 { "file differs" } else { "files differ" };
    let named = stale.iter().take(NAMES).map(String::as_str).chain((count > NAMES).then_some("…"));
    let named = named.collect::<Vec<_>>().join(", ");
    let message = format!("{count} {files} from the declarations: {named}; run `pipefit {command} --dir {dir}`");
    Err(Error::new(Code::InvalidRequest, message))
}

fn write(dir: &Path, files: &BTreeMap<String, String>) -> Result<String, Error> {
    let written = || -> io::Result<()> {
        for path in orphans(dir, files) {
            fs::remove_file(dir.join(path))?;
        }
        for (path, text) in files {
            let path = dir.join(path);
            fs::create_dir_all(path.parent().unwrap_or(dir))?;
            fs::write(path, text)?;
        }
        Ok(())
    };
    let refuse = |error| Error::new(Code::Internal, format!("cannot write to {}: {error}", dir.display()));
    written().map_err(refuse)?;
    Ok(format!("{} files written to {}", files.len(), dir.display()))
}

/// Returns the files that an earlier export wrote and this one does not, by their paths. They are recognized in the
/// folders of components only; every other file is somebody else's.
fn orphans(dir: &Path, files: &BTreeMap<String, String>) -> BTreeSet<String> {
    let components: BTreeSet<_> = files.keys().filter_map(|path| path.split_once('/')).map(|(top, _)| top).collect();
    let mut found = BTreeSet::new();
    for component in components {
        found.extend(names(&dir.join(component), is_of_component).map(|name| format!("{component}/{name}")));
        for kind in ["actions", "sources", "triggers"] {
            let folder = dir.join(component).join(kind);
            found.extend(names(&folder, is_of_unit).map(|name| format!("{component}/{kind}/{name}")));
        }
    }
    // Schemas and pages may be in the same folder.
    let ending = |path: &str| path.rsplit('.').next().map(ToOwned::to_owned);
    let endings: BTreeSet<_> = files.keys().map(|path| ending(path)).collect();
    found.retain(|path| !files.contains_key(path) && endings.contains(&ending(path)));
    found
}

/// The names of the files in a folder that an export wrote. Links and folders are not written by one.
fn names(folder: &Path, is_exported: fn(&Path, &str) -> bool) -> impl Iterator<Item = String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(move |entry| {
        let name = entry.file_name().into_string().ok()?;
        let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
        (is_file && is_exported(&entry.path(), &name)).then_some(name)
    })
}

fn is_of_component(path: &Path, name: &str) -> bool {
    let is_page = || fs::read_to_string(path).is_ok_and(|text| text.contains(OF_A_PAGE));
    match name.strip_suffix(".md") {
        Some(_) => is_page(),
        None => name == "types.json" || (name.starts_with("connection.") && is_of_unit(path, name)),
    }
}

fn is_of_unit(_: &Path, name: &str) -> bool {
    [".inputs.json", ".ui.json", ".rjsf.json", ".reply.json"].iter().any(|ending| name.ends_with(ending))
}
