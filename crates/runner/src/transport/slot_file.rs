//! The slot file: several processes on one machine share the rate limit of an account.
//!
//! It contains two times: the next slot that is free, and the end of the current pause. A process locks the file for
//! the moment in which it reads and writes them, and waits for its slot without the lock.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::PathBuf;
use std::sync::Once;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::private_files::locked;
use super::rate_limiter::LONGEST_PAUSE;

/// How long to wait for the lock, which is only ever held for a moment.
const LOCK_TIMEOUT: Duration = Duration::from_secs(1);

/// The longest wait for a slot that is believed; the clock may have been set back.
const LONGEST_QUEUE: Duration = Duration::from_mins(1);

/// The next slot and the pause of one account, in a file.
#[derive(Debug)]
pub(super) struct SlotFile {
    path: PathBuf,
    warned: Once,
}

/// Durations from now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Reservation {
    /// Until the reserved slot.
    pub(super) slot: Duration,
    /// Until the end of the pause.
    pub(super) pause: Duration,
}

/// Times since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Times {
    next: Duration,
    paused_until: Duration,
}

impl SlotFile {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path, warned: Once::new() }
    }

    /// Reserves the next slot, unless there is a pause. If the file does not work, that is logged, and there is nothing
    /// to wait for.
    pub(super) async fn reserve(&self, interval: Duration) -> Reservation {
        self.change(|times, now| times.reserve(now, interval)).await
    }

    /// Returns the current pause.
    pub(super) async fn pause(&self) -> Duration {
        self.change(|times, now| times.pause(now)).await.pause
    }

    /// Delays the requests of all processes. Never shortens a pause.
    pub(super) async fn pause_for(&self, wait: Duration) {
        let pause = |times: &mut Times, now: Duration| {
            times.paused_until = times.paused_until.max(now + wait);
            Reservation::default()
        };
        self.change(pause).await;
    }

    async fn change(&self, change: impl FnOnce(&mut Times, Duration) -> Reservation) -> Reservation {
        let changed = async {
            let timeout = |_| io::Error::other(format!("{} is locked", self.path.display()));
            let mut file = tokio::time::timeout(LOCK_TIMEOUT, locked(&self.path)).await.map_err(timeout)??;
            let now = SystemTime::now().duration_since(UNIX_EPOCH).map_err(io::Error::other)?;
            let before = Times::read(&mut file, now)?;
            let mut times = before;
            let reserved = change(&mut times, now);
            if times != before {
                times.write(&mut file)?;
            }
            Ok::<_, io::Error>(reserved)
        };
        changed.await.unwrap_or_else(|error| {
            self.warned.call_once(|| {
                tracing::warn!(target: "pipefit", "the rate limit is not shared with other processes: {error}");
            });
            Reservation::default()
        })
    }
}

impl Times {
    /// Reads the times. What is no time, or too far away, is not believed.
    fn read(file: &mut File, now: Duration) -> io::Result<Self> {
        let mut text = Vec::new();
        file.take(64).read_to_end(&mut text)?;
        let text = String::from_utf8_lossy(&text);
        let mut nanos = text.split_ascii_whitespace().map(|nanos| nanos.parse().unwrap_or_default());
        let mut time = || Duration::from_nanos(nanos.next().unwrap_or_default());
        let (next, paused_until) = (time(), time().min(now + LONGEST_PAUSE));
        Ok(Self { next: next.min(now.max(paused_until) + LONGEST_QUEUE), paused_until })
    }

    fn write(self, file: &mut File) -> io::Result<()> {
        // Always of the same length, so that nothing of an older text remains.
        let text = format!("{:020} {:020}\n", self.next.as_nanos(), self.paused_until.as_nanos());
        file.seek(SeekFrom::Start(0))?;
        file.write_all(text.as_bytes())
    }

    /// Reserves a slot, unless there is a pause.
    fn reserve(&mut self, now: Duration, interval: Duration) -> Reservation {
        let pause = self.pause(now);
        if pause.pause > Duration::ZERO {
            return pause;
        }
        // Slots that nobody used are gone; otherwise they would allow a burst.
        let slot = if now.saturating_sub(self.next) < interval { self.next } else { now };
        self.next = slot + interval;
        Reservation { slot: slot.saturating_sub(now), ..pause }
    }

    fn pause(self, now: Duration) -> Reservation {
        Reservation { slot: Duration::ZERO, pause: self.paused_until.saturating_sub(now) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INTERVAL: Duration = Duration::from_millis(10);

    fn times(next: u64, paused_until: u64) -> Times {
        Times { next: Duration::from_secs(next), paused_until: Duration::from_secs(paused_until) }
    }

    #[test]
    fn slots_follow_one_another_and_a_pause_reserves_none() {
        let (mut times, now) = (times(0, 0), Duration::from_secs(1_000));
        for number in 0..100 {
            assert_eq!(times.reserve(now, INTERVAL).slot, INTERVAL * number);
        }
        let later = now + Duration::from_hours(1);
        assert_eq!(times.reserve(later, INTERVAL).slot, Duration::ZERO, "unused slots are gone");
        times.paused_until = later + Duration::from_secs(5);
        let next = times.next;
        assert_eq!(times.reserve(later, INTERVAL).pause, Duration::from_secs(5));
        assert_eq!(times.next, next);
    }
}
