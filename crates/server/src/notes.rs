//! What a server logs at every verbosity.

use pipefit_component::{Code, Result};

/// Notes that a server stops while calls are in flight.
pub(crate) fn stopping(calls: usize) {
    match calls {
        0 => {}
        1 => tracing::warn!(target: "pipefit::server", calls, "stopping: 1 call in flight"),
        _ => tracing::warn!(target: "pipefit::server", calls, "stopping: {calls} calls in flight"),
    }
}

/// What became of a write. Dropping it logs that, if nobody was told or nobody knows.
pub(crate) struct WriteOutcome {
    unit: &'static str,
    /// The code of its error, or `ok`.
    code: &'static str,
    is_told: bool,
}

impl WriteOutcome {
    /// The outcome of a write of this unit that goes on.
    pub(crate) fn of(unit: &'static str) -> Self {
        Self { unit, code: Code::OutcomeUnknown.name(), is_told: false }
    }

    /// Notes how the write ended.
    pub(crate) fn end<T>(&mut self, done: &Result<T>) {
        self.code = done.as_ref().map_or_else(|error| error.code().name(), |_| "ok");
    }

    /// Notes that its client takes the response.
    pub(crate) fn tell(&mut self) {
        self.is_told = true;
    }
}

impl Drop for WriteOutcome {
    fn drop(&mut self) {
        let (unit, outcome) = (self.unit, self.code);
        if !self.is_told {
            tracing::warn!(
                target: "pipefit::server",
                unit,
                outcome,
                "nobody took the response of `{unit}`, which writes; the outcome: {outcome}"
            );
        } else if outcome == Code::OutcomeUnknown.name() {
            tracing::warn!(
                target: "pipefit::server",
                unit,
                outcome,
                "`{unit}`, which writes, ended without its outcome: it may or may not have happened"
            );
        }
    }
}
