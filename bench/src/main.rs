//! Compares Pipefit with what people would use instead. `bench/run` installs the peers and starts this.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "it says what it measures, and what fails")]
#![expect(clippy::cast_precision_loss, reason = "all numbers are far below 2^52")]

mod cases;
mod measure;
mod plot;
mod report;
mod results;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Instant;

use pipefit_bench::Failure;

use self::cases::CASES;
use self::measure::Setup;
use self::results::Results;

const USAGE: &str = "pipefit-bench --peers FOLDER [--case NAME]... [--quick]";

/// Where the table of targets stands in the documents.
const BEGIN: &str = "<!-- Written by bench/run. -->\n";
const END: &str = "<!-- End of what bench/run writes. -->\n";

fn main() -> ExitCode {
    match compare() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn compare() -> Result<(), Failure> {
    let (mut peers, mut chosen, mut quick) = (None, Vec::new(), false);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--peers" => peers = arguments.next().map(PathBuf::from),
            "--case" => chosen.push(arguments.next().ok_or(USAGE)?),
            "--quick" => quick = true,
            _ => return Err(USAGE.into()),
        }
    }
    if let Some(strange) = chosen.iter().find(|name| CASES.iter().all(|case| case.0 != **name)) {
        return Err(format!("there is no case {strange}; there are {}", CASES.map(|case| case.0).join(", ")).into());
    }
    let own = std::env::current_exe()?;
    let programs = own.parent().ok_or("this program is in no folder")?.to_owned();
    let setup = Setup { programs, peers: peers.ok_or(USAGE)?, quick, home: tempfile::tempdir()? };
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    // A smoke run says nothing that is worth keeping.
    let folder = if quick { setup.peers.join("quick") } else { root.join("results") };
    fs::create_dir_all(&folder)?;
    let stored = folder.join("results.json");
    let mut results = if quick { Results::default() } else { Results::load(&stored)? };
    results.machine = machine(&setup)?;
    for (name, run) in CASES.iter().filter(|case| chosen.is_empty() || chosen.iter().any(|name| name == case.0)) {
        println!("{name}");
        let began = Instant::now();
        let case = run(&setup).map_err(|error| format!("{name}: {error}"))?;
        println!("  {} seconds", began.elapsed().as_secs());
        results.cases.insert((*name).to_owned(), case);
    }
    fs::write(&stored, serde_json::to_string_pretty(&results)? + "\n")?;
    fs::write(folder.join("results.md"), report::page(&results))?;
    for (name, plot) in plot::all(&results) {
        fs::write(folder.join(name), plot)?;
    }
    if quick {
        println!("all cases run; the figures of a smoke run say nothing");
        return Ok(());
    }
    document(&root.join("../docs/performance.md"), &results)?;
    println!("\n{}\n{}", report::of_targets(&results), folder.join("results.md").display());
    Ok(())
}

/// Writes the targets and the machine into a document, between its two marks.
fn document(path: &Path, results: &Results) -> Result<(), Failure> {
    let text = fs::read_to_string(path)?;
    let (before, rest) = text.split_once(BEGIN).ok_or("the document has no mark where results begin")?;
    let (_, after) = rest.split_once(END).ok_or("the document has no mark where results end")?;
    let (targets, machine) = (report::of_targets(results), report::of_machine(results));
    let growth = results.cases.get("growth").map(|case| report::lines(&case.lines)).unwrap_or_default();
    let written = format!("\nMeasured on {machine}.\n\n{targets}\n{growth}\n");
    Ok(fs::write(path, format!("{before}{BEGIN}{written}{END}{after}"))?)
}

/// The machine, and the versions of what is compared.
fn machine(setup: &Setup) -> Result<BTreeMap<String, String>, Failure> {
    let line = |command: &mut Command| -> Result<String, Failure> {
        let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
        Ok(String::from_utf8_lossy(&output.stdout).lines().next().unwrap_or_default().trim().to_owned())
    };
    let processors = fs::read_to_string("/proc/cpuinfo")?;
    let model = processors.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let cores = std::thread::available_parallelism()?;
    let version = |name: &str| line(Command::new(name).arg("--version"));
    let python = setup.peers.join("python/venv/bin/python");
    let curl = version("curl")?;
    let spectral = fs::read_to_string(setup.peers.join("node/node_modules/@prismatic-io/spectral/package.json"))?;
    let spectral: serde_json::Value = serde_json::from_str(&spectral)?;
    let httpx = line(Command::new(&python).args(["-c", "import httpx; print(httpx.__version__)"]))?;
    Ok([
        ("processor", format!("{cores} cores of {}", model.map_or("unknown", |model| model.1))),
        ("system", line(Command::new("uname").args(["-sr"]))?),
        ("Rust", version("rustc")?.replace("rustc ", "")),
        ("Node.js", format!("{} with spectral {}", version("node")?, spectral["version"].as_str().unwrap_or_default())),
        (
            "Python",
            format!("{} with httpx {httpx}", line(Command::new(&python).arg("--version"))?.replace("Python ", "")),
        ),
        ("curl", curl.split(' ').nth(1).unwrap_or_default().to_owned()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into())
}
