//! `cargo xtask release`: an archive with the command, its manual pages, its completions and the licences.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::update::cargo;

/// The shells that get completions.
const SHELLS: [&str; 3] = ["bash", "zsh", "fish"];

/// Builds the archive in the target folder, and returns where it is.
pub(crate) fn main(root: &Path) -> Result<String, String> {
    cargo(root, &["build", "--release", "--locked", "--bin", "pipefit"], &[])?;
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), Into::into);
    let pipefit = target.join("release").join(format!("pipefit{}", std::env::consts::EXE_SUFFIX));
    let name = format!("pipefit-{}-{}-{}", env!("CARGO_PKG_VERSION"), std::env::consts::ARCH, std::env::consts::OS);
    let releases = target.join("releases");
    let folder = releases.join(&name);
    let failed = |error: std::io::Error| format!("cannot write to {}: {error}", folder.display());
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(folder.join("completions")).map_err(failed)?;
    fs::copy(&pipefit, folder.join(pipefit.file_name().unwrap_or_default())).map_err(failed)?;
    for file in ["README.md", "CHANGELOG.md", "LICENSE-MIT", "LICENSE-APACHE"] {
        fs::copy(root.join(file), folder.join(file)).map_err(failed)?;
    }
    output(Command::new(&pipefit).args(["man", "--dir"]).arg(folder.join("man")))?;
    for shell in SHELLS {
        let script = output(Command::new(&pipefit).args(["completions", shell]))?;
        fs::write(folder.join("completions").join(format!("pipefit.{shell}")), script).map_err(failed)?;
    }
    let archive = releases.join(format!("{name}.tar.gz"));
    output(Command::new("tar").arg("-czf").arg(&archive).arg("-C").arg(&releases).arg(&name))?;
    Ok(format!("{}", archive.display()))
}

/// Runs a command and returns what it prints.
fn output(command: &mut Command) -> Result<Vec<u8>, String> {
    let ran = command.output().map_err(|error| format!("cannot run {command:?}: {error}"))?;
    if ran.status.success() {
        return Ok(ran.stdout);
    }
    Err(format!("{command:?} failed: {}", String::from_utf8_lossy(&ran.stderr)))
}
