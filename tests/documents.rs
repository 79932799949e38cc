//! The documents: every request on a generated page works as it stands, and every link leads somewhere.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use pipefit::component::{Output, Unit, UnitKind, schema};
use pipefit::sandbox::Sandbox;
use pipefit::{Catalog, Invocation};
use serde_json::{Value, json};

use crate::support::{Bench, connection, parsed};

/// The requests of all pages, as they stand there.
fn requests() -> Vec<Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/servicetitan");
    let pages = folder.read_dir().unwrap().map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap());
    let blocks =
        pages.flat_map(|page| page.split("\nRequest:\n\n```json\n").skip(1).map(ToOwned::to_owned).collect::<Vec<_>>());
    blocks.map(|block| serde_json::from_str(block.split("\n```").next().unwrap()).unwrap()).collect()
}

#[tokio::test]
async fn every_request_of_the_pages_is_answered_as_they_say() {
    let catalog = Catalog::registered();
    let requests = requests();
    assert_eq!(requests.len(), catalog.units().len());
    for mut request in requests {
        // Each gets a sandbox of its own: what one changes is not there for the next.
        let bench = Bench::start().await;
        assert_eq!(request["inputs"]["connection"], "main");
        request["inputs"]["connection"] = connection();
        let reply = bench.runtime.invoke(Invocation::from_json(request.to_string().as_bytes()).unwrap()).await;
        let reply = reply.map_or_else(|error| panic!("{request}: {error}"), parsed);
        let Some(action) = request["action"].as_str() else { continue };
        let Unit::Action(action) = catalog.find(None, UnitKind::Action, action).unwrap().unit else { unreachable!() };
        if !matches!(action.output(), Output::Any) {
            let schema = Value::Object(schema::of_output(action.output()));
            let faults: Vec<_> = jsonschema::validator_for(&schema)
                .unwrap()
                .iter_errors(&reply["data"])
                .map(|it| it.to_string())
                .collect();
            assert!(faults.is_empty(), "{request}: {faults:?}");
        }
    }
}

/// The documents of the repository.
fn pages() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders = vec![root.join("docs")];
    let mut found: Vec<_> = markdown(root).collect();
    while let Some(folder) = folders.pop() {
        folders.extend(folder.read_dir().unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()));
        found.extend(markdown(&folder));
    }
    found
}

fn markdown(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let paths = folder.read_dir().unwrap().map(|entry| entry.unwrap().path());
    paths.filter(|path| path.extension().is_some_and(|extension| extension == "md"))
}

/// The text of a page without its code.
fn prose(page: &Path) -> String {
    let text = fs::read_to_string(page).unwrap();
    text.split("\n```").step_by(2).collect::<Vec<_>>().join("\n")
}

/// The anchors of a page's headings, as GitHub and mdBook name them.
fn anchors(page: &Path) -> Vec<String> {
    let prose = prose(page);
    let headings = prose.lines().filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#').trim());
    let kept = |letter: &char| letter.is_alphanumeric() || matches!(letter, ' ' | '-' | '_');
    headings.map(|heading| heading.to_lowercase().chars().filter(kept).collect::<String>().replace(' ', "-")).collect()
}

#[test]
fn every_link_leads_somewhere() {
    let book = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let mut broken = Vec::new();
    let mut links = 0;
    for page in pages() {
        for link in prose(&page).split("](").skip(1).filter_map(|rest| Some(rest.split_once(')')?.0.to_owned())) {
            if link.contains("://") {
                continue;
            }
            links += 1;
            let (path, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let target = if path.is_empty() { page.clone() } else { page.parent().unwrap().join(path) };
            // The built book has nothing but what is in docs/.
            let leaves = |target: &Path| !target.canonicalize().is_ok_and(|target| target.starts_with(&book));
            if page.starts_with(&book) && leaves(&target) {
                broken.push(format!("{} leaves the book: {link}", page.display()));
            }
            let is_there = target.exists() && (anchor.is_empty() || anchors(&target).iter().any(|one| one == anchor));
            if !is_there {
                broken.push(format!("{}: {link}", page.display()));
            }
        }
    }
    let summary = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/SUMMARY.md")).unwrap();
    let docs = pages().into_iter().filter_map(|page| Some(page.to_str()?.split_once("/docs/")?.1.to_owned()));
    broken.extend(docs.filter(|page| page != "SUMMARY.md" && !summary.contains(&format!("({page})"))));
    assert!(links > 50 && broken.is_empty(), "{links} links: {broken:#?}");
}

/// Commands that build or install, that serve until they are stopped, that other checks run, or that ask at a terminal.
const NOT_RUN: [&str; 13] = [
    "cargo ",
    "tests/run",
    "podman ",
    "bench/",
    "npx ",
    "datamodel-codegen ",
    "pipefit playground",
    "pipefit sandbox",
    "pipefit serve",
    "curl ",
    "pipefit connection add",
    "examples/form-builder",
    "playground/test",
];

/// The commands of the documents, as they stand there.
fn commands() -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for page in pages() {
        let text = fs::read_to_string(&page).unwrap().replace("\\\n", " ");
        for block in text.split("```console\n").skip(1).filter_map(|rest| rest.split("```").next()) {
            let lines = block.lines().filter_map(|line| line.strip_prefix("$ "));
            found.extend(lines.map(|line| (page.clone(), line.to_owned())));
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_of_the_documents_runs_as_printed() {
    let sandbox = Sandbox::builder().start().await.unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    for shared in ["examples", "schemas"] {
        std::os::unix::fs::symlink(root.join(shared), at(shared)).unwrap();
    }
    let connections = json!({"main": pipefit::sandbox_connection(&sandbox)}).to_string();
    let request = json!({"action": "getJob", "inputs": {"jobId": "10978752986", "connection": "main"}}).to_string();
    for (name, text) in [("connections.json", connections.as_str()), ("request.json", &request), ("plate.png", "png")] {
        fs::write(at(name), text).unwrap();
        Command::new("chmod").arg("600").arg(at(name)).status().unwrap();
    }
    let program = Path::new(env!("CARGO_BIN_EXE_pipefit")).parent().unwrap();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
    let (mut failed, mut ran) = (Vec::new(), 0);
    for (page, line) in commands() {
        if NOT_RUN.iter().any(|start| line.starts_with(start)) {
            continue;
        }
        let mut command = Command::new("bash");
        command.args(["-c", &line]).current_dir(folder.path()).env("PATH", &path).env("HOME", folder.path());
        command.env_remove("XDG_CONFIG_HOME").env("PIPEFIT_CONNECTIONS", at("connections.json"));
        // What goes to a real account goes to a sandbox here.
        command.env("PIPEFIT_API_URL", sandbox.url()).env("PIPEFIT_TOKEN_URL", sandbox.token_url());
        let output = command.stdin(std::process::Stdio::null()).output().unwrap();
        ran += 1;
        if !output.status.success() {
            failed.push(format!("{}: {line}\n{}", page.display(), String::from_utf8_lossy(&output.stderr)));
        }
    }
    assert!(ran > 20 && failed.is_empty(), "{ran} commands ran; these failed:\n{}", failed.join("\n"));
}
