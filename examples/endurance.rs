//! 100,000 invocations on one runtime against a sandbox where one request in ten goes wrong. Checks that every read is
//! answered, that no write is applied twice, that every write whose outcome is unclear is reported, and that memory
//! stays flat. `cargo run --release --example endurance [INVOCATIONS]`

#![expect(clippy::print_stdout, reason = "a report for the person who runs it")]

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use pipefit::runner::Retries;
use pipefit::sandbox::{Fault, Sandbox};
use pipefit::{Code, Error, Invocation, Reply, Runtime};
use serde_json::json;

const SIDE_BY_SIDE: usize = 64;

#[derive(Default)]
struct Tally {
    answered: usize,
    unclear: usize,
    refused: HashMap<&'static str, usize>,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let invocations: usize = std::env::args().nth(1).map_or(Ok(100_000), |text| text.parse())?;
    let sandbox = Sandbox::builder().records(50).rate_limit(None).start().await?;
    sandbox.record_requests(false);
    for fault in [
        Fault::status(503),
        Fault::status(500),
        Fault::too_many_requests("0"),
        Fault::reset_before_read(),
        Fault::reset_after_commit(),
        Fault::cut_body(10),
        Fault::status(504),
        Fault::drop_before_read(),
        Fault::status(408),
    ] {
        // The first rule that fits applies: together one request in ten.
        sandbox.add_fault(fault.path("/jpm/**").probability(0.0116));
    }
    sandbox.add_fault(Fault::revoke_token().path("/jpm/**").probability(0.0005));
    let quick = Retries {
        tries: 8,
        first_wait: Duration::from_millis(1),
        longest_wait: Duration::from_millis(20),
        ..Retries::default()
    };
    let runtime = Arc::new(pipefit::sandbox_runtime(&sandbox).retries(quick).requests_per_second(u32::MAX).build()?);
    let (mut reads, mut writes, mut running) = (Tally::default(), Tally::default(), tokio::task::JoinSet::new());
    let mut after_a_tenth = 0;
    for index in 0..invocations {
        if running.len() == SIDE_BY_SIDE {
            tally(running.join_next().await, &mut reads, &mut writes)?;
        }
        if index == invocations / 10 {
            after_a_tenth = memory();
        }
        running.spawn(invoke(Arc::clone(&runtime), index));
    }
    while let Some(done) = running.join_next().await {
        tally(Some(done), &mut reads, &mut writes)?;
    }
    let (applied, grown) = (sandbox.writes().len(), memory().saturating_sub(after_a_tenth));
    println!("reads: {} answered, {} not {:?}", reads.answered, reads.refused.values().sum::<usize>(), reads.refused);
    println!(
        "writes: {} answered, {} unclear and reported, {} refused {:?}",
        writes.answered,
        writes.unclear,
        writes.refused.values().sum::<usize>(),
        writes.refused
    );
    println!("writes applied by the service: {applied}; memory grew by {grown} MiB after the first tenth");
    assert!(reads.refused.is_empty(), "a read was not answered");
    assert!(applied >= writes.answered, "an answered write was not applied");
    assert!(applied <= writes.answered + writes.unclear, "a write was applied twice, or was not reported");
    assert!(grown < 64, "memory grew by {grown} MiB");
    Ok(())
}

/// Nine reads, then a write that the service carries out as often as it is sent.
async fn invoke(runtime: Arc<Runtime>, index: usize) -> (bool, Result<Reply, Error>) {
    let write = index.is_multiple_of(10);
    let invocation = if write {
        Invocation::action("updateJob", json!({"jobId": "10978752986", "summary": format!("Change {index}.")}))
    } else {
        Invocation::action("getJob", json!({"jobId": "10978752986"}))
    };
    (write, runtime.invoke(invocation).await)
}

type Done = Option<Result<(bool, Result<Reply, Error>), tokio::task::JoinError>>;

fn tally(done: Done, reads: &mut Tally, writes: &mut Tally) -> Result<(), tokio::task::JoinError> {
    let Some(done) = done else { return Ok(()) };
    let (write, outcome) = done?;
    let tally = if write { writes } else { reads };
    match outcome {
        Ok(_) => tally.answered += 1,
        // A write whose answer was cut off says that it was accepted: the caller knows what became of it.
        Err(error) if write && matches!(error.code(), Code::OutcomeUnknown | Code::BadReply) => tally.unclear += 1,
        Err(error) => *tally.refused.entry(error.code().name()).or_default() += 1,
    }
    Ok(())
}

/// Resident memory of this process, in MiB.
fn memory() -> usize {
    let status = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    status.split(' ').nth(1).and_then(|pages| pages.parse::<usize>().ok()).unwrap_or_default() * 4 / 1024
}
