//! The fuzz in small: the cases that failed once, and some hundred new ones for each target.
//! `cargo run --release --example fuzz` tries as many as there is time for.

use crate::second::shelf;
use crate::support::samples;

#[path = "../examples/fuzzing/mod.rs"]
pub(crate) mod cases;

use cases::{Fuzzer, Target};

fn hold(target: Target, count: u64) {
    if let Err(failure) = Fuzzer::new().run(target, 0, count) {
        cases::save(&failure.case).unwrap();
        panic!("{}\nsaved in {}", failure.reason, cases::regressions_file().display());
    }
}

#[test]
fn cases_that_failed_once_hold() {
    let fuzzer = Fuzzer::new();
    for case in cases::regressions() {
        fuzzer.check(&case, "a saved case").unwrap_or_else(|reason| panic!("{reason}\n{}", cases::line_of(&case)));
    }
}

#[test]
fn any_request_gets_one_reply() {
    hold(Target::Request, 500);
}

#[test]
fn any_response_gets_one_reply() {
    hold(Target::Reply, 300);
}

#[test]
fn any_state_is_continued_or_refused() {
    hold(Target::State, 300);
}
