//! Simulation: random schedules of what happens to a service's records, its clock and its responses, from a seed. The
//! rules hold for every schedule, and a seed that breaks one names itself.
//!
//! `PIPEFIT_SIMULATION_SEED=17 cargo test simulation` runs one seed.

#[path = "../examples/simulation/mod.rs"]
mod schedules;

#[tokio::test]
async fn sixty_schedules_keep_every_promise() {
    let one = std::env::var("PIPEFIT_SIMULATION_SEED").ok().and_then(|seed| seed.parse().ok());
    for seed in one.map_or(0..60, |seed: u64| seed..seed + 1) {
        if let Err(fault) = schedules::run(seed).await {
            panic!("{fault}\nrun it again: PIPEFIT_SIMULATION_SEED={seed} cargo test --test main simulation");
        }
    }
}
