//! Many random schedules of changing records, clocks and failing requests, against whole lists and the trigger.
//! `cargo run --release --example simulate [SCHEDULES] [FIRST_SEED]`

#![expect(clippy::print_stdout, reason = "a report for the person who runs it")]

#[path = "simulation/mod.rs"]
mod schedules;

use std::process::ExitCode;

#[tokio::main]
async fn main() -> Result<ExitCode, Box<dyn std::error::Error>> {
    let number = |at: usize, default: u64| std::env::args().nth(at).map_or(Ok(default), |text| text.parse());
    let (schedules, first) = (number(1, 1_000)?, number(2, 0)?);
    let mut failed = 0;
    for seed in first..first.saturating_add(schedules) {
        if let Err(fault) = schedules::run(seed).await {
            failed += 1;
            println!("{fault}\nrun it again: cargo run --release --example simulate -- 1 {seed}");
        }
    }
    println!("{schedules} schedules from seed {first}: {failed} failed");
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
