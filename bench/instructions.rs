//! Counts the instructions of what must stay fast, with `valgrind`, and compares them with `instructions.json`.
//! `bench/instructions` installs `valgrind`, builds this and starts it.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a report for the person who runs it")]

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};

use pipefit::{Invocation, Runtime};
use serde_json::{Value, json};

type Failure = Box<dyn Error>;

const COUNTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/bench/instructions.json");

/// The percentage by which a count may grow.
const TOLERANCE: u64 = 5;

/// Each is counted so often; the least counts, since hashes have random seeds.
const TRIES: usize = 3;

/// The records of the list that is read.
const RECORDS: &str = "4000";

/// The environment variable with what the sandbox printed.
const SERVED: &str = "PIPEFIT_BENCH_SERVED";

/// What is done in one process, again and again, and how often.
const REPEATED: [(&str, u64); 3] = [("warm", 100), ("check", 5), ("pages", 2)];

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let ended = match arguments[..] {
        [pipefit] => count(pipefit).map(|counts| print(&counts)),
        [pipefit, "--check"] => count(pipefit).and_then(|counts| check(&counts)),
        [pipefit, "--update"] => count(pipefit).and_then(|counts| update(&counts)),
        ["--repeat", what, times] => repeat(what, times),
        _ => Err("usage: bench/instructions [--check|--update]".into()),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

type Counts = BTreeMap<String, u64>;

fn print(counts: &Counts) {
    for (name, count) in counts {
        println!("{name}: {count}");
    }
}

fn update(counts: &Counts) -> Result<(), Failure> {
    print(counts);
    Ok(fs::write(COUNTS, serde_json::to_string_pretty(counts)? + "\n")?)
}

fn check(counts: &Counts) -> Result<(), Failure> {
    let stored: Counts = serde_json::from_str(&fs::read_to_string(COUNTS)?)?;
    let mut grown = Vec::new();
    for (name, count) in counts {
        let before = *stored.get(name).ok_or_else(|| format!("{name} is not in bench/instructions.json"))?;
        println!("{name}: {count}, stored {before}");
        if count * 100 > before * (100 + TOLERANCE) {
            grown.push(name.as_str());
        }
    }
    if grown.is_empty() {
        return Ok(());
    }
    let advice = "find out why, or accept it with `bench/instructions --update`";
    Err(format!("more than {TOLERANCE} % more instructions: {}; {advice}", grown.join(", ")).into())
}

/// Counts everything. What is repeated is counted for as many repetitions and for twice as many; the difference is
/// without the start.
fn count(pipefit: &str) -> Result<Counts, Failure> {
    let sandbox = Sandbox::start(pipefit)?;
    let own = std::env::current_exe()?;
    let mut counts = Counts::new();
    counts.insert("cold".to_owned(), least(|| instructions(&sandbox, Path::new(pipefit), &["run"]))?);
    for (what, times) in REPEATED {
        let total = |times: u64| instructions(&sandbox, &own, &["--repeat", what, &times.to_string()]);
        let difference = least(|| Ok(total(2 * times)?.saturating_sub(total(times)?)))?;
        counts.insert(what.to_owned(), difference / times);
    }
    Ok(counts)
}

fn least(mut count: impl FnMut() -> Result<u64, Failure>) -> Result<u64, Failure> {
    let mut least = u64::MAX;
    for _ in 0..TRIES {
        least = least.min(count()?);
    }
    Ok(least)
}

/// A sandbox in a process of its own, so that its instructions are not counted.
struct Sandbox {
    child: Child,
    served: Value,
}

impl Sandbox {
    fn start(pipefit: &str) -> Result<Self, Failure> {
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL", pipefit, "sandbox", "--rate", "0", "--records", RECORDS]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().ok_or("no stdout")?).read_line(&mut line)?;
        Ok(Self { served: serde_json::from_str(&line)?, child })
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The instructions of a process that gets a request for a job.
fn instructions(sandbox: &Sandbox, program: &Path, arguments: &[&str]) -> Result<u64, Failure> {
    let served = &sandbox.served;
    let text = |member: &str| served[member].as_str().unwrap_or_default();
    let mut command = Command::new("valgrind");
    command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]).arg(program).args(arguments);
    command.env("PIPEFIT_API_URL", text("apiUrl")).env("PIPEFIT_TOKEN_URL", text("tokenUrl"));
    command.env("HOME", "/nonexistent").env_remove("XDG_CONFIG_HOME").env(SERVED, served.to_string());
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
    let inputs = json!({"jobId": "10978752986", "connection": served["connection"]});
    let request = json!({"action": "getJob", "inputs": inputs});
    child.stdin.take().ok_or("no stdin")?.write_all(request.to_string().as_bytes())?;
    let output = child.wait_with_output()?;
    let report = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        return Err(format!("{} {arguments:?} failed: {report}", program.display()).into());
    }
    let collected =
        report.lines().find_map(|line| line.split_once("Collected : ")).ok_or("valgrind counted nothing")?;
    Ok(collected.1.trim().parse()?)
}

/// Does something so often, in the process whose instructions are counted.
fn repeat(what: &str, times: &str) -> Result<(), Failure> {
    let (served, times): (Value, u32) = (serde_json::from_str(&std::env::var(SERVED)?)?, times.parse()?);
    let text = |member: &str| served[member].as_str().unwrap_or_default().to_owned();
    let runtime = Runtime::builder()
        .api_url("servicetitan", text("apiUrl"))
        .token_url("servicetitan", text("tokenUrl"))
        .connection("main", served["connection"].clone())
        .default_connection(json!("main"))
        .requests_per_second(0)
        .build()?;
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        // What is done once, such as compiling the schema and fetching the token, is done before.
        for _ in 0..=times {
            match what {
                "warm" => drop(runtime.invoke(Invocation::action("getJob", json!({"jobId": "10978752986"}))).await?),
                "check" => drop(runtime.prepare(Invocation::action("createCustomer", customer())).await?),
                "pages" => {
                    let whole = Invocation::action("listJobs", json!({"fetchAll": true, "pageSize": 500}));
                    runtime.invoke_to(whole, &mut tokio::io::sink()).await?;
                }
                _ => return Err(format!("there is no {what}").into()),
            }
        }
        Ok(())
    })
}

/// The inputs of a customer with 50 locations.
fn customer() -> Value {
    let address = json!({
        "street": "410 Cedar Lane", "city": "Glendale", "state": "CA", "zip": "91201", "country": "USA",
        "latitude": "34.1662", "longitude": "-118.2887",
    });
    let contacts = json!([{"type": "MobilePhone", "value": "8185550142", "memo": "Ana"}]);
    let location = json!({"name": "Home", "address": address, "contacts": contacts, "tagTypeIds": ["1090", "1091"]});
    json!({"name": "Ana Torres", "address": address, "contacts": contacts, "locations": vec![location; 50]})
}
