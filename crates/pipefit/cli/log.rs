//! Logs, on stderr alone.

use std::io;

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// The target of what `debugRequest` logs: whoever asks for it in the request sees it.
const REQUESTS: &str = "pipefit::request";

/// Sends the events of Pipefit to stderr. Those of other crates stay out: they do not know what is secret.
pub(crate) fn start(verbosity: u8) {
    let own = match verbosity {
        0 => LevelFilter::WARN,
        1 => LevelFilter::DEBUG,
        _ => LevelFilter::TRACE,
    };
    let shown = Targets::new().with_target("pipefit", own).with_target(REQUESTS, LevelFilter::TRACE);
    let lines = tracing_subscriber::fmt::layer().with_writer(io::stderr).with_ansi(false);
    // A second call in one process keeps the first logger, which is as good.
    let _ = tracing_subscriber::registry().with(lines).with(shown).try_init();
}
