//! `cargo xtask licences`: fails if a dependency comes under a licence that nobody has looked at.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// The licences that dependencies may have, as their manifests write them. All let Pipefit be used under its own.
const ACCEPTED: [&str; 26] = [
    "(Apache-2.0 OR MIT) AND BSD-3-Clause",
    "(MIT OR Apache-2.0) AND Unicode-3.0",
    "Apache-2.0",
    "Apache-2.0 / MIT",
    "Apache-2.0 AND ISC",
    "Apache-2.0 OR BSL-1.0",
    "Apache-2.0 OR GPL-2.0-only",
    "Apache-2.0 OR ISC OR MIT",
    "Apache-2.0 OR MIT",
    "Apache-2.0 WITH LLVM-exception OR Apache-2.0 OR MIT",
    "Apache-2.0/MIT",
    "BSD-2-Clause OR Apache-2.0 OR MIT",
    "BSD-3-Clause",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT AND BSD-3-Clause",
    "MIT OR Apache-2.0",
    "MIT OR Apache-2.0 OR BSD-1-Clause",
    "MIT OR Apache-2.0 OR LGPL-2.1-or-later",
    "MIT-0",
    "MIT/Apache-2.0",
    "Unicode-3.0",
    "Unlicense OR MIT",
    "Zlib",
    "Zlib OR Apache-2.0 OR MIT",
];

/// Checks the licence of every dependency.
pub(crate) fn check(root: &Path) -> Result<String, String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let run = Command::new(cargo).current_dir(root).args(["metadata", "--format-version", "1", "--locked"]).output();
    let output = run.map_err(|error| format!("cannot run `cargo metadata`: {error}"))?;
    let metadata: Value = serde_json::from_slice(&output.stdout)
        .map_err(|error| format!("`cargo metadata`: {error}\n{}", String::from_utf8_lossy(&output.stderr)))?;
    let packages = metadata["packages"].as_array().map(Vec::as_slice).unwrap_or_default();
    let licence =
        |package: &Value| package["license"].as_str().unwrap_or("none").replace("Unlicense/MIT", "Unlicense OR MIT");
    let strange: BTreeSet<_> = packages
        .iter()
        .filter(|package| !ACCEPTED.contains(&licence(package).as_str()))
        .map(|package| format!("{}: {}", package["name"].as_str().unwrap_or_default(), licence(package)))
        .collect();
    if strange.is_empty() && !packages.is_empty() {
        return Ok(format!("the licences of {} packages are accepted", packages.len()));
    }
    let found = strange.into_iter().collect::<Vec<_>>().join("\n");
    Err(format!("look at these licences, and add those that fit to crates/xtask/src/licences.rs:\n{found}"))
}
