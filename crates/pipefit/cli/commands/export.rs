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

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Schema {
    /// Write the manifest, and the input schemas, UI schemas and reply schemas of all units
    Export {
        /// The folder to write to; other JSON and Markdown files in it are removed
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
        /// The folder to write to; other JSON and Markdown files in it are removed
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
    let message = format!("{} differ from the declarations; run `cargo run -- {command}`", stale.join(", "));
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

/// Returns the JSON and Markdown files that are not written, by their paths, in every folder that is written to. Files
/// beside these folders are somebody else's.
fn orphans(dir: &Path, files: &BTreeMap<String, String>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let tops: BTreeSet<_> = files.keys().map(|path| path.split_once('/').map_or("", |(top, _)| top)).collect();
    let mut folders: Vec<_> = tops.iter().filter(|top| !top.is_empty()).map(|top| dir.join(top)).collect();
    folders.extend(tops.contains("").then(|| dir.to_path_buf()));
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "json" || extension == "md") {
                let below = path.strip_prefix(dir).unwrap_or(&path).to_string_lossy().replace('\\', "/");
                found.extend((!files.contains_key(&below)).then_some(below));
            }
        }
    }
    found
}
