//! What a server logs at every verbosity.

/// Notes that a server stops while calls are in flight.
pub(crate) fn stopping(calls: usize) {
    match calls {
        0 => {}
        1 => tracing::warn!(target: "pipefit::server", calls, "stopping: 1 call in flight"),
        _ => tracing::warn!(target: "pipefit::server", calls, "stopping: {calls} calls in flight"),
    }
}

/// Notes that nobody knows what became of a write.
pub(crate) fn unclear(unit: &str) {
    tracing::warn!(
        target: "pipefit::server",
        unit,
        outcome = "outcome_unknown",
        "`{unit}`, which writes, ended without its outcome: it may or may not have happened"
    );
}
