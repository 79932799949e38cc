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
pub(crate) mod draw;
mod reply;
mod request;
mod server;
mod shrink;
mod state;
pub(crate) mod values;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, Weak};
use std::thread;
use std::time::{Duration, Instant};
use std::{fs, io};

use serde::{Deserialize, Serialize};

use super::{samples, shelf};
use bench::Bench;
use draw::Draw;

/// A case that takes longer than this hangs.
const LONGEST: Duration = Duration::from_mins(2);

/// How long smaller cases are tried once a case failed.
const SHRINKING: Duration = Duration::from_secs(20);

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

/// Where the case that is running comes from, and since when it runs.
type Running = Arc<Mutex<Option<(Instant, String)>>>;

/// Makes up cases and checks them, one after the other, against a server of its own.
pub(crate) struct Fuzzer {
    bench: Bench,
    requests: request::Maker,
    replies: reply::Maker,
    states: state::Maker,
    running: Running,
    /// How many cases came to what.
    pub(crate) outcomes: RefCell<BTreeMap<&'static str, u64>>,
}

impl Fuzzer {
    pub(crate) fn new() -> Self {
        let bench = Bench::start();
        let (requests, replies, states) = (request::Maker::new(), reply::Maker::new(), state::Maker::new(&bench));
        let running = Running::default();
        let watched = Arc::downgrade(&running);
        thread::spawn(move || watch(&watched));
        Self { bench, requests, replies, states, running, outcomes: RefCell::default() }
    }

    /// Checks so many cases, each with a seed of its own, from this one on. Fails with the first that does not hold,
    /// after shrinking it.
    pub(crate) fn run(&self, target: Target, seed: u64, cases: u64) -> Result<(), Box<Failure>> {
        for seed in (0..cases).map(|number| seed.wrapping_add(number)) {
            let case = self.make(target, seed);
            let origin = format!("{} --seed {seed} --cases 1", target.name());
            if let Err(reason) = self.check(&case, &origin) {
                let failure = self.shrunk(Failure { case, reason }, &origin);
                return Err(Box::new(Failure { reason: format!("{origin}: {}", failure.reason), ..failure }));
            }
        }
        Ok(())
    }

    /// The case of this seed.
    pub(crate) fn make(&self, target: Target, seed: u64) -> Case {
        let draw = &mut Draw::of(seed);
        match target {
            Target::Request => Case::Request(self.requests.make(draw)),
            Target::Reply => Case::Reply(self.replies.make(draw)),
            Target::State => Case::State(self.states.make(draw)),
        }
    }

    /// Checks one case, and counts what it came to. `origin` is what to say if it hangs.
    pub(crate) fn check(&self, case: &Case, origin: &str) -> Result<(), String> {
        *self.running.lock().unwrap() = Some((Instant::now(), origin.to_owned()));
        let outcome = catch_unwind(AssertUnwindSafe(|| match case {
            Case::Request(case) => case.check(&self.bench),
            Case::Reply(case) => case.check(&self.bench),
            Case::State(case) => case.check(&self.bench),
        }));
        *self.running.lock().unwrap() = None;
        let outcome = outcome.unwrap_or_else(|_| Err("it panics".to_owned()))?;
        *self.outcomes.borrow_mut().entry(outcome).or_default() += 1;
        Ok(())
    }

    /// The smallest case found that still fails in the same way.
    fn shrunk(&self, mut failure: Failure, origin: &str) -> Failure {
        let way = |reason: &str| reason.split(':').next().map(ToOwned::to_owned);
        let (began, same) = (Instant::now(), way(&failure.reason));
        loop {
            let cases = shrink::smaller(&serde_json::to_value(&failure.case).unwrap()).into_iter();
            let mut cases = cases
                .take_while(|_| began.elapsed() < SHRINKING)
                .filter_map(|case| serde_json::from_value::<Case>(case).ok());
            let smaller = cases.find_map(|case| {
                let failed = self.check(&case, origin).err();
                failed.filter(|reason| way(reason) == same).map(|reason| Failure { case, reason })
            });
            match smaller {
                Some(smaller) => failure = smaller,
                None => return failure,
            }
        }
    }
}

/// Ends the process if a case hangs: a loop that never yields cannot be stopped otherwise.
fn watch(running: &Weak<Mutex<Option<(Instant, String)>>>) {
    while let Some(running) = running.upgrade() {
        if let Some((since, origin)) = &*running.lock().unwrap()
            && since.elapsed() > LONGEST
        {
            let _ = writeln!(io::stderr(), "a case takes longer than {LONGEST:?}: {origin}");
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
