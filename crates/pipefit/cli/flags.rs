//! What the flags of all commands have in common: how booleans and durations are written, and empty variables.

use std::str::FromStr;
use std::time::Duration;

use clap::builder::Resettable;
use clap::{Arg, ArgAction, Command};
use jiff::SignedDuration;

/// The longest time limit.
const LONGEST: Duration = Duration::from_hours(24);

/// Lets every flag without a value take one, as in `--read-only=false`. An empty environment variable counts as not
/// set.
pub(crate) fn adapted(command: Command) -> Command {
    let command = command.mut_args(|flag| {
        let empty = flag.get_env().and_then(std::env::var_os).is_some_and(|value| value.is_empty());
        let flag = if empty { flag.env(Resettable::Reset) } else { flag };
        match flag.get_action() {
            ArgAction::SetTrue => with_optional_value(flag.default_value("false")),
            // So that `-5` is a value, and the message is about the value.
            ArgAction::Set | ArgAction::Append => flag.hide_env_values(true).allow_negative_numbers(true),
            _ => flag.hide_env_values(true),
        }
    });
    command.mut_subcommands(adapted)
}

fn with_optional_value(flag: Arg) -> Arg {
    flag.action(ArgAction::Set)
        .num_args(0..=1)
        .require_equals(true)
        .default_missing_value("true")
        .hide_default_value(true)
        .hide_env_values(true)
        .value_name("BOOL")
        .value_parser(boolean)
}

/// Reads a boolean.
pub(crate) fn boolean(text: &str) -> Result<bool, String> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "1" | "t" | "y" => Ok(true),
        "false" | "no" | "off" | "0" | "f" | "n" => Ok(false),
        _ => Err("expected true or false".to_owned()),
    }
}

/// Reads a whole number.
pub(crate) fn whole_number<T: FromStr>(text: &str) -> Result<T, String> {
    text.trim().parse().map_err(|_| "expected a whole number, 0 or more".to_owned())
}

/// Reads a whole number above 0.
pub(crate) fn positive(text: &str) -> Result<usize, String> {
    let number = text.trim().parse().ok().filter(|number| *number > 0);
    number.ok_or_else(|| "expected a whole number, 1 or more".to_owned())
}

/// Reads how often a request is tried.
pub(crate) fn tries(text: &str) -> Result<u32, String> {
    let tries = text.trim().parse().ok().filter(|tries| (1..=100).contains(tries));
    tries.ok_or_else(|| "expected a whole number from 1 to 100".to_owned())
}

/// Reads a number of threads.
pub(crate) fn threads(text: &str) -> Result<usize, String> {
    let threads = text.trim().parse().ok().filter(|threads| (1..=256).contains(threads));
    threads.ok_or_else(|| "expected a whole number from 1 to 256".to_owned())
}

/// Reads a port.
pub(crate) fn port(text: &str) -> Result<u16, String> {
    text.trim().parse().map_err(|_| "expected a port: a whole number from 0 to 65535".to_owned())
}

/// Reads a time limit: a duration such as `1m30s`, or a number of seconds.
pub(crate) fn time_limit(text: &str) -> Result<Duration, String> {
    let text = text.trim();
    let seconds = |text: &str| text.parse().ok().map(Duration::from_secs);
    let friendly = |text: &str| text.parse::<SignedDuration>().ok().and_then(|given| Duration::try_from(given).ok());
    match seconds(text).or_else(|| friendly(text)) {
        None => Err("expected a duration such as 30s, 1m30s or 500ms; a number alone means seconds".to_owned()),
        Some(given) if given.is_zero() => Err("must not be zero".to_owned()),
        Some(given) if given > LONGEST => Err("must not be longer than 24h".to_owned()),
        Some(given) => Ok(given),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_people_write_them() {
        for (text, millis) in [
            ("30s", 30_000),
            ("1m30s", 90_000),
            ("1m 30s", 90_000),
            ("500ms", 500),
            ("2h", 7_200_000),
            ("0.5s", 500),
            ("10 minutes", 600_000),
            ("30", 30_000),
            ("86400", 86_400_000),
        ] {
            assert_eq!(time_limit(text), Ok(Duration::from_millis(millis)), "{text}");
        }
        for wrong in ["", "0", "0s", "-1s", "25h", "86401", "soon", "1x", "1.5"] {
            assert!(time_limit(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn booleans_are_read_as_people_write_them() {
        assert!(["true", "TRUE", "1", "yes", "on"].iter().all(|text| boolean(text) == Ok(true)));
        assert!(["false", "0", "No", "off"].iter().all(|text| boolean(text) == Ok(false)));
        assert!(["", "flase", "2"].iter().all(|text| boolean(text).is_err()));
    }
}
