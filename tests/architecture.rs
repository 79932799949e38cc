//! Which crate may know which.

use std::fs;
use std::path::Path;

/// Crates of ours, and of others where it matters, that a crate must not depend on.
const FORBIDDEN: &[(&str, &[&str])] = &[
    ("component", &["pipefit-", "reqwest", "tokio", "jsonschema"]),
    ("servicetitan", &["pipefit-runner", "pipefit-sandbox", "reqwest", "tokio", "jsonschema"]),
    ("runner", &["pipefit-servicetitan", "pipefit-sandbox"]),
    ("restate", &["pipefit-servicetitan", "pipefit-sandbox", "pipefit-server"]),
    ("sandbox", &["pipefit-"]),
    ("server", &["pipefit-servicetitan", "pipefit-sandbox"]),
];

#[test]
fn dependencies_point_one_way() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut offences = Vec::new();
    for (name, forbidden) in FORBIDDEN {
        let manifest = fs::read_to_string(root.join("crates").join(name).join("Cargo.toml")).unwrap();
        let dependencies = manifest.split("[dependencies]").nth(1).unwrap().split("\n[").next().unwrap();
        for line in dependencies.lines() {
            if forbidden.iter().any(|prefix| line.starts_with(prefix)) {
                offences.push(format!("{name}: {line}"));
            }
        }
    }
    assert!(offences.is_empty(), "{offences:#?}");
}

#[test]
fn the_runtime_does_not_speak_of_servicetitan() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("crates");
    let mut folders = ["component", "runner"].map(|name| root.join(name).join("src")).to_vec();
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = fs::read_to_string(&path).unwrap().to_lowercase();
            assert!(!text.contains("servicetitan.io") && !text.contains("st-app-key"), "{}", path.display());
        }
    }
}

#[test]
fn every_test_that_a_guarantee_names_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let guarantees = fs::read_to_string(root.join("docs/guarantees.md")).unwrap();
    let named = guarantees.split('`').filter_map(|quoted| quoted.split_once("::"));
    let mut missing = Vec::new();
    for (module, test) in named {
        let file = [format!("{module}.rs"), format!("{module}/mod.rs")].map(|file| root.join("tests").join(file));
        let source = file.iter().find_map(|file| fs::read_to_string(file).ok()).unwrap_or_default();
        if !source.contains(&format!("fn {test}(")) {
            missing.push(format!("{module}::{test}"));
        }
    }
    assert!(missing.is_empty(), "docs/guarantees.md names tests that do not exist: {missing:#?}");
}

#[test]
fn the_library_alone_pulls_in_neither_the_command_nor_the_sandbox() {
    let tree = |features: &[&str]| {
        let own = ["tree", "--locked", "--offline", "--package", "pipefit", "--edges", "normal", "--prefix", "none"];
        let output = std::process::Command::new(env!("CARGO"))
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .args(own)
            .args(features)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let of_the_command = ["clap ", "jaq-core ", "toml_edit ", "pipefit-sandbox ", "pipefit-server ", "axum "];
    let whole = tree(&[]);
    assert!(of_the_command.iter().all(|name| whole.lines().any(|line| line.starts_with(name))));
    assert!(!whole.lines().any(|line| line.starts_with("restate-sdk ")));
    let library = tree(&["--no-default-features", "--features", "servicetitan"]);
    for name in of_the_command {
        assert!(!library.lines().any(|line| line.starts_with(name)), "{name}");
    }
}
