//! Points in time with the API's resolution, and the clock that a test can set.

use std::sync::Mutex;
use std::time::{Duration, SystemTime};

use jiff::civil::{Date, DateTime};
use jiff::fmt::rfc2822;
use jiff::tz::TimeZone;
use serde::{Serialize, Serializer};

use crate::data::lock;

const TICKS: i64 = 10_000_000;
const DAY: i64 = 86_400;

/// Ticks of 100 ns since 1970, the finest step that the API's timestamps show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Timestamp(pub(crate) i64);

/// A calendar day, written without a time.
#[derive(Clone, Copy)]
pub(crate) struct Day(pub(crate) Timestamp);

impl Timestamp {
    pub(crate) const fn from_seconds(seconds: i64) -> Self {
        Self(seconds * TICKS)
    }

    pub(crate) const fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0 + seconds * TICKS)
    }

    pub(crate) const fn plus_days(self, days: i64) -> Self {
        self.plus_seconds(days * DAY)
    }

    pub(crate) fn plus(self, span: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(span.as_nanos() / 100).unwrap_or(i64::MAX)))
    }

    pub(crate) const fn start_of_day(self) -> Self {
        Self(self.0 - self.0.rem_euclid(DAY * TICKS))
    }

    fn from_system(time: SystemTime) -> Self {
        jiff::Timestamp::try_from(time).map_or(Self(i64::MAX), Self::from_jiff)
    }

    fn from_jiff(time: jiff::Timestamp) -> Self {
        Self(time.as_second() * TICKS + i64::from(time.subsec_nanosecond()) / 100)
    }

    fn to_jiff(self) -> jiff::Timestamp {
        let nanoseconds = i32::try_from(self.0.rem_euclid(TICKS) * 100).unwrap_or_default();
        jiff::Timestamp::new(self.0.div_euclid(TICKS), nanoseconds).unwrap_or_default()
    }

    /// Reads RFC 3339; a bare date or a missing offset counts as UTC, as the API reads them.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        // ISO 8601 has more forms than the API takes: dates without hyphens, annotations in brackets.
        if text.as_bytes().get(7) != Some(&b'-') || text.contains('[') {
            return None;
        }
        if let Ok(time) = text.parse() {
            return Some(Self::from_jiff(time));
        }
        let local: DateTime = text.parse().ok()?;
        TimeZone::UTC.to_timestamp(local).ok().map(Self::from_jiff)
    }

    /// As HTTP headers write it.
    pub(crate) fn http_date(self) -> String {
        rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&self.to_jiff()).unwrap_or_default()
    }

    /// RFC 3339 in UTC; the fraction has as many digits as it needs.
    pub(crate) fn text(self) -> String {
        self.to_jiff().to_string()
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text())
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.text()[..10])
    }
}

/// Whether a text is a `YYYY-MM-DD` that is in the calendar.
pub(crate) fn is_date(text: &str) -> bool {
    text.len() == 10 && text.parse::<Date>().is_ok()
}

/// The time by which records are dated and tokens expire: where it stands, unless it runs with the system's, and how
/// far it was moved ahead since.
#[derive(Debug)]
pub(crate) struct Clock(Mutex<(Option<Timestamp>, Duration)>);

impl Clock {
    pub(crate) fn new(fixed: Option<SystemTime>) -> Self {
        Self(Mutex::new((fixed.map(Timestamp::from_system), Duration::ZERO)))
    }

    pub(crate) fn now(&self) -> Timestamp {
        let (fixed, ahead) = *lock(&self.0);
        fixed.unwrap_or_else(|| Timestamp::from_system(SystemTime::now())).plus(ahead)
    }

    pub(crate) fn set(&self, time: SystemTime) {
        *lock(&self.0) = (Some(Timestamp::from_system(time)), Duration::ZERO);
    }

    pub(crate) fn advance(&self, by: Duration) {
        let ahead = &mut lock(&self.0).1;
        *ahead = ahead.saturating_add(by);
    }
}

#[cfg(test)]
mod tests {
    use super::Timestamp;

    #[test]
    fn reads_and_writes_the_same_moment() {
        for (given, written) in [
            ("2021-01-01T00:00:00Z", "2021-01-01T00:00:00Z"),
            ("2024-02-29T23:59:59.1234567Z", "2024-02-29T23:59:59.1234567Z"),
            ("2024-02-29T23:59:59.120+02:00", "2024-02-29T21:59:59.12Z"),
            ("1969-12-31T23:00:00-01:30", "1970-01-01T00:30:00Z"),
            ("2021-01-01", "2021-01-01T00:00:00Z"),
        ] {
            assert_eq!(Timestamp::parse(given).map(Timestamp::text).as_deref(), Some(written), "{given}");
        }
    }

    #[test]
    fn writes_headers() {
        for (given, written) in [
            ("1970-01-01", "Thu, 01 Jan 1970 00:00:00 GMT"),
            ("2024-02-29T23:59:59.9Z", "Thu, 29 Feb 2024 23:59:59 GMT"),
            ("2026-11-24T04:02:25Z", "Tue, 24 Nov 2026 04:02:25 GMT"),
        ] {
            assert_eq!(Timestamp::parse(given).map(Timestamp::http_date).as_deref(), Some(written));
        }
    }

    #[test]
    fn refuses_what_is_no_moment() {
        for given in ["", "string", "2021-02-30T00:00:00Z", "2021-01-01T24:00:00Z", "2021-1-1", "2021-01-01T00:00:00.Z"]
        {
            assert_eq!(Timestamp::parse(given), None, "{given}");
        }
    }
}
