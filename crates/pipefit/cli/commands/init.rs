//! `pipefit init`: writes a first project.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use pipefit::{Code, Error};

use crate::cli::{exit, out};

/// What is written.
const FILES: [(&str, &str); 2] =
    [(REQUEST, include_str!("templates/get-job.json")), (CONFIG, include_str!("templates/config.toml"))];

const REQUEST: &str = "get-job.json";
const CONFIG: &str = "config.toml";

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The folder to write to; it is created if it does not exist
    #[arg(default_value = ".")]
    folder: PathBuf,
}

/// Writes a request and a configuration, and says what to do next. Nothing is replaced.
pub(crate) fn main(args: &Args) -> ExitCode {
    match write(&args.folder) {
        Ok(()) => out::finish(&next(&args.folder), exit::OK),
        Err(error) => out::fail(&error),
    }
}

fn write(folder: &Path) -> Result<(), Error> {
    let refuse =
        |path: &Path, why: &str| Error::new(Code::InvalidRequest, format!("cannot write {}: {why}", path.display()));
    fs::create_dir_all(folder).map_err(|error| refuse(folder, &error.to_string()))?;
    let files = FILES.map(|(name, text)| (folder.join(name), text));
    // Either all are written or none.
    if let Some((path, _)) = files.iter().find(|(path, _)| path.symlink_metadata().is_ok()) {
        return Err(refuse(path, "it exists already and nothing was written; name another folder"));
    }
    for (path, text) in &files {
        create(path, text).map_err(|error| refuse(path, &error.to_string()))?;
    }
    Ok(())
}

/// Creates a file that only its owner may read: secrets may be added to it.
fn create(path: &Path, text: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.write(true).create_new(true).open(path)?.write_all(text.as_bytes())
}

fn next(folder: &Path) -> String {
    let [request, config] = [REQUEST, CONFIG].map(|name| quoted(&folder.join(name)));
    format!(
        "Written: {request}, a request, and {config}, a configuration.

Run the request against a sandbox:
  pipefit run --sandbox < {request}
Try actions by hand:
  pipefit playground --sandbox
Set the variables that {config} names, then test the connection and run the request:
  pipefit connection test main --config {config}
  pipefit run --config {config} < {request}
List the OAuth scopes that the application needs:
  pipefit scopes --used-in {}
",
        quoted(folder)
    )
}

/// Quotes a path for a shell if it needs that.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |letter: char| letter.is_alphanumeric() || "/._-".contains(letter);
    if text.chars().all(plain) { text } else { format!("'{}'", text.replace('\'', r"'\''")) }
}
