//! Logging to stderr.

use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use super::configuration::Config;
use super::out;

/// The target of the events that `debugRequest` turns on; they are logged at every verbosity.
const REQUESTS: &str = "pipefit::request";

/// The target of spans.
const SPANS: &str = "pipefit::span";

#[derive(Clone, Copy, Debug, Default, clap::Args)]
#[group(skip)]
pub(crate) struct Args {
    /// Log each request to stderr: status, time, tries, waits; repeat it (or set the variable to 2) to log more
    #[arg(short, long, env = "PIPEFIT_VERBOSE", action = clap::ArgAction::Count)]
    verbose: u8,
    /// The format of what is written to stderr [default: text]
    #[arg(long, value_enum, value_name = "FORMAT", env = "PIPEFIT_LOG_FORMAT")]
    log_format: Option<Format>,
}

/// The format of stderr: a line of text, or a JSON object on a line, for each event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Format {
    Text,
    Json,
}

/// Writes the events of Pipefit to stderr. Those of other crates are not written: they could contain secrets.
pub(crate) fn start(args: Args, config: &Config) {
    let own = match args.verbose {
        0 => LevelFilter::WARN,
        1 => LevelFilter::DEBUG,
        _ => LevelFilter::TRACE,
    };
    let is_json = args.log_format.or(config.log_format) == Some(Format::Json);
    // A line of text says what it is about itself.
    let spans = if is_json { own } else { LevelFilter::OFF };
    let shown = Targets::new().with_target("pipefit", own).with_target(REQUESTS, LevelFilter::TRACE);
    let shown = shown.with_target(SPANS, spans);
    let lines = tracing_subscriber::fmt::layer().with_writer(|| out::LogLines).with_ansi(false);
    let lines = if is_json {
        out::say_in_json();
        lines.json().flatten_event(true).with_span_list(false).boxed()
    } else {
        lines.boxed()
    };
    // If a logger is set already, it is kept.
    let _ = tracing_subscriber::registry().with(lines).with(shown).try_init();
}
