//! `pipefit scopes`: lists the OAuth scopes that units need.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::ArgGroup;
use pipefit::runner::scopes;
use pipefit::{Catalog, Code, Error, Invocation};
use serde_json::{Value, json};

use super::describe;
use crate::cli::{exit, out};

const HELP: &str = "\
The scopes are those to tick for the application in the portal of the service. Requests with
\"verify\" or an \"idempotencyKey\" also need the scope that reads the record; --used-in includes it.

Examples:
  pipefit scopes createJob listCustomers
  pipefit scopes --used-in requests/
  pipefit scopes --all --output json";

#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
#[command(group = ArgGroup::new("units").required(true).multiple(true).args(["keys", "all", "used_in"]))]
pub(crate) struct Args {
    /// The keys of actions, data sources and triggers, such as `getJob`
    #[arg(value_name = "KEY")]
    keys: Vec<String>,
    /// List the scopes of everything that can be run
    #[arg(long, conflicts_with_all = ["keys", "used_in"])]
    all: bool,
    /// List the scopes of the requests in this folder and the folders in it: files that end with `.json`
    #[arg(long, value_name = "FOLDER")]
    used_in: Option<PathBuf>,
    /// How to print the scopes: one a line, or as a JSON list
    #[arg(long, value_enum, default_value_t)]
    output: Format,
}

#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
enum Format {
    #[default]
    Text,
    Json,
}

/// Lists the scopes, sorted.
pub(crate) fn main(args: &Args) -> ExitCode {
    match scopes(args) {
        Err(error) => out::fail(&error),
        Ok(scopes) => {
            let text = match args.output {
                Format::Text => Vec::from_iter(scopes).join("\n"),
                Format::Json => json!(scopes).to_string(),
            };
            out::finish(&text, exit::OK)
        }
    }
}

fn scopes(args: &Args) -> Result<BTreeSet<String>, Error> {
    let catalog = Catalog::registered();
    let mut found = BTreeSet::new();
    if args.all {
        found.extend(catalog.units().iter().flat_map(|entry| scopes::of_unit(entry.unit)));
    }
    for key in &args.keys {
        let units: Vec<_> = catalog.named(key).collect();
        if units.is_empty() {
            return Err(describe::unknown(&catalog, key));
        }
        let of_key: BTreeSet<_> = units.iter().flat_map(|entry| scopes::of_unit(entry.unit)).collect();
        if of_key.is_empty() {
            out::say(&format!("warning: {key} needs the scope of the endpoint that its inputs name"));
        }
        found.extend(of_key);
    }
    for file in args.used_in.iter().map(|folder| json_files(folder)).collect::<Result<Vec<_>, _>>()?.concat() {
        found.extend(of_file(&catalog, &file)?);
    }
    Ok(found)
}

/// Returns the scopes of the request in a file. A file that is no request has none; one that is not valid is named.
fn of_file(catalog: &Catalog, file: &Path) -> Result<BTreeSet<String>, Error> {
    let warn = |what: &str| out::say(&format!("warning: {}: {what}", file.display()));
    let text = fs::read(file).map_err(|error| refuse(file, &error.to_string()))?;
    let invocation = match Invocation::from_json(&text) {
        Ok(invocation) => invocation,
        Err(_) if !names_unit(&text) => return Ok(BTreeSet::new()),
        Err(error) => {
            warn(&format!("left out: {}", error.message()));
            return Ok(BTreeSet::new());
        }
    };
    let found = scopes::of_invocation(catalog, &invocation).map_err(|error| {
        let message = format!("{}: {}", file.display(), error.message());
        error.with_message(message)
    })?;
    Ok(found.unwrap_or_else(|| {
        warn("its endpoint belongs to no action, so its scope is not known");
        BTreeSet::new()
    }))
}

/// Whether the text of a file, which may be no JSON, names a unit as a request does.
fn names_unit(text: &[u8]) -> bool {
    let (value, words) = (serde_json::from_slice::<Value>(text), String::from_utf8_lossy(text));
    ["action", "dataSource", "trigger"].iter().any(|member| match &value {
        Ok(value) => value.get(member).is_some(),
        Err(_) => words.contains(&format!("\"{member}\"")),
    })
}

/// Returns the JSON files in a folder and in the folders inside it, sorted. Links to folders are not followed.
fn json_files(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(&folder).map_err(|error| refuse(&folder, &error.to_string()))?;
        for entry in entries {
            let entry = entry.map_err(|error| refuse(&folder, &error.to_string()))?;
            let path = entry.path();
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "json") {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}

fn refuse(path: &Path, what: &str) -> Error {
    Error::new(Code::InvalidRequest, format!("cannot read {}: {what}", path.display()))
}
