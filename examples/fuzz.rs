//! Fuzzes requests, replies and states, on all cores, for an hour unless told otherwise. A case that fails is shrunk,
//! saved in `tests/fuzz-regressions.jsonl` and printed; saved cases come first.
//! `cargo run --release --example fuzz -- [request|reply|state|all] [--seconds N] [--cases N] [--seed S]`

#![expect(clippy::print_stdout, reason = "a report for the person who runs it")]
#![expect(clippy::unwrap_used, reason = "a fuzz that cannot go on should stop where it stands")]

#[path = "fuzzing/mod.rs"]
mod fuzzing;
#[expect(dead_code, reason = "tests use the rest")]
#[path = "../tests/support/samples.rs"]
mod samples;
#[path = "../tests/second/shelf.rs"]
mod shelf;

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use fuzzing::{Failure, Fuzzer, Target};

const TARGETS: [Target; 3] = [Target::Request, Target::Reply, Target::State];

/// How many cases a thread takes at once.
const CHUNK: u64 = 200;

/// Some cases wait for what a service told them, others use the core meanwhile.
const THREADS_PER_CORE: usize = 4;

/// Where a case comes from that no seed leads to.
const SAVED: &str = "one of the saved cases";

/// How often progress is printed.
const PROGRESS: Duration = Duration::from_mins(5);

/// What to do with each target.
#[derive(Clone, Copy)]
struct Plan {
    time: Duration,
    cases: u64,
    seed: u64,
}

fn main() -> ExitCode {
    let Some((targets, plan)) = arguments() else {
        println!("fuzz [request|reply|state|all] [--seconds N] [--cases N] [--seed S]");
        return ExitCode::from(2);
    };
    let failed = again().or_else(|| targets.into_iter().find_map(|target| fuzz(target, plan)));
    let Some(Failure { case, reason }) = failed else { return ExitCode::SUCCESS };
    println!("{reason}\nthe case:\n{}", fuzzing::line_of(&case));
    println!("run it again: cargo test --test main fuzzing::cases_that_failed_once_hold");
    ExitCode::FAILURE
}

/// Reads the arguments. Without `--seconds`, `--cases` ends the run; without both, an hour does.
fn arguments() -> Option<(Vec<Target>, Plan)> {
    let now = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default().as_micros();
    let mut arguments = std::env::args().skip(1).peekable();
    let named = arguments.next_if(|argument| !argument.starts_with('-')).unwrap_or_else(|| "all".to_owned());
    let targets: Vec<_> = TARGETS.into_iter().filter(|it| named == "all" || it.name() == named).collect();
    let (mut seconds, mut cases, mut seed) = (None, None, u64::try_from(now).ok()?);
    while let Some(flag) = arguments.next() {
        let number: u64 = arguments.next()?.parse().ok()?;
        match flag.as_str() {
            "--seconds" => seconds = Some(number),
            "--cases" => cases = Some(number),
            "--seed" => seed = number,
            _ => return None,
        }
    }
    let seconds = seconds.unwrap_or(if cases.is_some() { 24 * 3600 } else { 3600 });
    let time = Duration::from_secs(seconds) / u32::try_from(targets.len()).ok()?.max(1);
    (!targets.is_empty()).then_some((targets, Plan { time, cases: cases.unwrap_or(u64::MAX), seed }))
}

/// Checks the saved cases.
fn again() -> Option<Failure> {
    let fuzzer = Fuzzer::new();
    fuzzing::regressions()
        .into_iter()
        .find_map(|case| Some(Failure { reason: fuzzer.check(&case, SAVED).err()?, case }))
}

/// Fuzzes one target with a thread for each core. Returns a case that failed.
fn fuzz(target: Target, plan: Plan) -> Option<Failure> {
    let (chunks, began, stop) = (AtomicU64::new(0), Instant::now(), AtomicBool::new(false));
    let (outcomes, failed, printed) = (Mutex::new(BTreeMap::new()), Mutex::new(None), Mutex::new(began));
    let work = || {
        let fuzzer = Fuzzer::new();
        if plan.cases == 1 && chunks.load(Ordering::Relaxed) == 0 {
            println!("{}", fuzzing::line_of(&fuzzer.make(target, plan.seed)));
        }
        while began.elapsed() < plan.time && !stop.load(Ordering::Relaxed) {
            let chunk = chunks.fetch_add(1, Ordering::Relaxed);
            let cases = plan.cases.saturating_sub(chunk.saturating_mul(CHUNK)).min(CHUNK);
            if cases == 0 {
                break;
            }
            let run = fuzzer.run(target, plan.seed.wrapping_add(chunk.saturating_mul(CHUNK)), cases);
            let mut outcomes = outcomes.lock().unwrap();
            for (outcome, count) in fuzzer.outcomes.take() {
                *outcomes.entry(outcome).or_insert(0) += count;
            }
            if let Err(failure) = run {
                *failed.lock().unwrap() = Some(*failure);
                stop.store(true, Ordering::Relaxed);
            }
            let mut printed = printed.lock().unwrap();
            if printed.elapsed() >= PROGRESS {
                *printed = Instant::now();
                report(target, &outcomes, began, plan.seed);
            }
        }
    };
    thread::scope(|scope| {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        for _ in 0..cores * THREADS_PER_CORE {
            scope.spawn(work);
        }
    });
    report(target, &outcomes.into_inner().unwrap(), began, plan.seed);
    let failed = failed.into_inner().unwrap_or_else(PoisonError::into_inner)?;
    if let Err(error) = fuzzing::save(&failed.case) {
        println!("the case could not be saved: {error}");
    }
    Some(failed)
}

/// Prints how many cases came to what.
fn report(target: Target, outcomes: &BTreeMap<&str, u64>, began: Instant, seed: u64) {
    let counts: Vec<_> = outcomes.iter().map(|(outcome, count)| format!("{count} {outcome}")).collect();
    let (cases, seconds) = (outcomes.values().sum::<u64>(), began.elapsed().as_secs());
    println!("{}: {cases} cases in {seconds} s from seed {seed}: {}", target.name(), counts.join(", "));
}
