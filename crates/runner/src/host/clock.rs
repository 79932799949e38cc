//! The clock.

use std::fmt;
use std::time::SystemTime;

/// Tells the time of day: where a trigger begins, and how long a `Retry-After` with a date is. Deadlines and waits use
/// the timers of the event loop instead.
pub trait Clock: fmt::Debug + Send + Sync {
    /// Returns the present time.
    fn now(&self) -> SystemTime;
}

/// The clock of the machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }
}
