//! The progress of a long read: one line on stderr that is written anew, if stderr is a terminal.

use std::io::{self, Write as _};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use pipefit::runner::Progress;
use tokio::time::interval_at;

use super::output::fitted;
use super::terminal;

/// How long a read takes before its progress is shown, and then until it is shown anew.
const PAUSE: Duration = Duration::from_millis(100);

/// How long something is waited for before that is said, and then until it is said anew.
const SECOND: Duration = Duration::from_secs(1);

/// Whether the line is on the terminal.
static SHOWN: AtomicBool = AtomicBool::new(false);

/// Whether records were counted, which says more than how long they are waited for.
static COUNTED: AtomicBool = AtomicBool::new(false);

/// Returns what shows progress, or `None` if stderr is no terminal.
pub(crate) fn observer() -> Option<impl Fn(Progress) + Send + Sync + 'static> {
    let begun = Instant::now();
    let next = AtomicU64::new(milliseconds(PAUSE));
    let count = move |progress| {
        let elapsed = begun.elapsed();
        if milliseconds(elapsed) >= next.load(Ordering::Relaxed) {
            next.store(milliseconds(elapsed + PAUSE), Ordering::Relaxed);
            show(&line(progress, elapsed));
            COUNTED.store(true, Ordering::SeqCst);
        }
    };
    terminal::is_stderr().then_some(count)
}

/// Waits for work, and says how long it takes, if stderr is a terminal. Nothing is said once the reply is `begun`: its
/// lines would be broken.
pub(crate) async fn waited<T>(work: impl Future<Output = T>, begun: impl Fn() -> bool) -> T {
    if !terminal::is_stderr() {
        return work.await;
    }
    let mut work = pin!(work);
    let start = tokio::time::Instant::now();
    let mut seconds = interval_at(start + SECOND, SECOND);
    loop {
        tokio::select! {
            biased;
            done = &mut work => return done,
            _ = seconds.tick() => {
                if !COUNTED.load(Ordering::SeqCst) && !begun() {
                    show(&format!("waiting for the service, {} s", start.elapsed().as_secs()));
                }
            }
        }
    }
}

fn show(line: &str) {
    // The last column stays free: a line that fills it wraps.
    let line = fitted(line, terminal::width().saturating_sub(1));
    let _ = write!(io::stderr(), "\r\u{1b}[K{line}");
    SHOWN.store(true, Ordering::SeqCst);
}

/// Removes the line, so that something else can be written.
pub(crate) fn erase() {
    if SHOWN.swap(false, Ordering::SeqCst) {
        let _ = write!(io::stderr(), "\r\u{1b}[K");
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

fn line(Progress { records, total, .. }: Progress, elapsed: Duration) -> String {
    let rate = u64::try_from(u128::from(records) * 1000 / elapsed.as_millis().max(1)).unwrap_or(u64::MAX);
    let (read, speed) = (grouped(records), grouped(rate));
    let Some(total) = total.filter(|total| *total >= records) else {
        return format!("{read} records, {speed} a second");
    };
    let known = format!("{read} of {} records, {speed} a second", grouped(total));
    match (total - records).checked_div(rate) {
        Some(left) if left >= 60 => format!("{known}, {} min {} s left", left / 60, left % 60),
        Some(left) => format!("{known}, {left} s left"),
        None => known,
    }
}

/// Writes a number with a comma after every three digits.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_how_far_it_is_how_fast_and_how_long() {
        let at = |records, total, seconds| line(Progress { records, total }, Duration::from_secs(seconds));
        assert_eq!(at(5000, None, 2), "5,000 records, 2,500 a second");
        assert_eq!(at(12_000, Some(100_000), 3), "12,000 of 100,000 records, 4,000 a second, 22 s left");
        assert_eq!(at(1000, Some(1_000_000), 1), "1,000 of 1,000,000 records, 1,000 a second, 16 min 39 s left");
        assert_eq!(at(0, Some(7), 1), "0 of 7 records, 0 a second");
        assert_eq!(at(9, Some(7), 1), "9 records, 9 a second");
    }
}
