//! Logging to stderr.

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use super::out;

/// The target of the events that `debugRequest` turns on; they are logged at every verbosity.
const REQUESTS: &str = "pipefit::request";

/// Writes the events of Pipefit to stderr. Those of other crates are not written: they could contain secrets.
pub(crate) fn start(verbosity: u8) {
    let own = match verbosity {
        0 => LevelFilter::WARN,
        1 => LevelFilter::DEBUG,
        _ => LevelFilter::TRACE,
    };
    let shown = Targets::new().with_target("pipefit", own).with_target(REQUESTS, LevelFilter::TRACE);
    let lines = tracing_subscriber::fmt::layer().with_writer(|| out::LogLines).with_ansi(false);
    // If a logger is set already, it is kept.
    let _ = tracing_subscriber::registry().with(lines).with(shown).try_init();
}
