//! The fuzz: cases that are made up, and what must hold for each.
//!
//! - *request*: whatever a caller sends, as a dry run or against a server that always agrees.
//! - *reply*: whatever a service returns to a request that is right.
//! - *state*: whatever a caller passes as the state of a trigger.
//!
//! Each case gets one JSON reply within a bounded number of requests, never the code `internal`, and no error and no
//! dry run shows a secret in any encoding.

mod bench;
mod canaries;
mod reply;
mod request;
mod server;
mod state;
pub(crate) mod values;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, Weak};
use std::thread;
use std::time::{Duration, Instant};
use std::{fs, io};

use proptest::strategy::{BoxedStrategy, Strategy as _};
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use serde::{Deserialize, Serialize};

use super::{samples, shelf};
use bench::Bench;

/// A case that takes longer than this hangs.
const LONGEST: Duration = Duration::from_mins(2);

/// How many smaller cases are tried once a case failed.
const SHRINK_STEPS: u32 = 20_000;

/// What is made up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Request,
    Reply,
    State,
}

impl Target {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Reply => "reply",
            Self::State => "state",
        }
    }
}

/// One case, as it is saved.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Case {
    Request(request::Case),
    Reply(reply::Case),
    State(state::Case),
}

/// A case that failed, after shrinking.
pub(crate) struct Failure {
    pub(crate) case: Case,
    pub(crate) reason: String,
}

/// What a case came to: the code of its error or, without one, what it returned.
type Outcome = Result<&'static str, String>;

/// A case that is running, and since when.
type Running = Arc<Mutex<Option<(Instant, Case)>>>;

/// Makes up cases and checks them, one after the other, against a server of its own.
pub(crate) struct Fuzzer {
    bench: Bench,
    cases: BTreeMap<&'static str, BoxedStrategy<Case>>,
    running: Running,
    /// How many cases came to what.
    pub(crate) outcomes: RefCell<BTreeMap<&'static str, u64>>,
}

impl Fuzzer {
    pub(crate) fn new() -> Self {
        let bench = Bench::start();
        let cases = BTreeMap::from([
            (Target::Request.name(), request::cases().prop_map(Case::Request).boxed()),
            (Target::Reply.name(), reply::cases().prop_map(Case::Reply).boxed()),
            (Target::State.name(), state::cases(&bench).prop_map(Case::State).boxed()),
        ]);
        let running = Running::default();
        let watched = Arc::downgrade(&running);
        thread::spawn(move || watch(&watched));
        Self { bench, cases, running, outcomes: RefCell::default() }
    }

    /// Checks so many cases that follow from this seed. Fails with the first that does not hold, after shrinking it.
    pub(crate) fn run(&self, target: Target, seed: u64, cases: u32) -> Result<(), Box<Failure>> {
        let config = Config { cases, failure_persistence: None, max_shrink_iters: SHRINK_STEPS, ..Config::default() };
        let seed = [seed, seed, seed, seed].map(u64::to_le_bytes).concat();
        let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &seed));
        let run = runner.run(&self.cases[target.name()], |case| self.check(&case).map_err(TestCaseError::fail));
        match run {
            Ok(()) => Ok(()),
            Err(TestError::Fail(reason, case)) => Err(Box::new(Failure { case, reason: reason.to_string() })),
            Err(TestError::Abort(reason)) => panic!("the cases cannot be made: {reason}"),
        }
    }

    /// Checks one case, and counts what it came to.
    pub(crate) fn check(&self, case: &Case) -> Result<(), String> {
        *self.running.lock().unwrap() = Some((Instant::now(), case.clone()));
        let outcome = match case {
            Case::Request(case) => case.check(&self.bench),
            Case::Reply(case) => case.check(&self.bench),
            Case::State(case) => case.check(&self.bench),
        };
        *self.running.lock().unwrap() = None;
        *self.outcomes.borrow_mut().entry(outcome?).or_default() += 1;
        Ok(())
    }
}

/// Ends the process if a case hangs: a loop that never yields cannot be stopped otherwise.
fn watch(running: &Weak<Mutex<Option<(Instant, Case)>>>) {
    while let Some(running) = running.upgrade() {
        if let Some((since, case)) = &*running.lock().unwrap()
            && since.elapsed() > LONGEST
        {
            let _ = writeln!(io::stderr(), "a case takes longer than {LONGEST:?}:\n{}", line_of(case));
            std::process::exit(1);
        }
        thread::sleep(Duration::from_secs(1));
    }
}

/// The cases that failed once.
pub(crate) fn regressions() -> Vec<Case> {
    let text = fs::read_to_string(regressions_file()).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{line}: {error}"))).collect()
}

/// Saves a case that failed, to be checked first from now on.
pub(crate) fn save(case: &Case) -> io::Result<()> {
    let mut file = fs::OpenOptions::new().create(true).append(true).open(regressions_file())?;
    writeln!(file, "{}", line_of(case))
}

pub(crate) fn line_of(case: &Case) -> String {
    serde_json::to_string(case).unwrap()
}

/// One case a line.
pub(crate) fn regressions_file() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz-regressions.jsonl")
}
