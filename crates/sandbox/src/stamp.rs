//! Points in time with the API's resolution, and the clock that a test can set.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const TICKS: i64 = 10_000_000;
const DAY: i64 = 86_400;

/// Ticks of 100 ns since 1970, the finest step that the API's stamps show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Stamp(pub(crate) i64);

impl Stamp {
    pub(crate) const fn from_seconds(seconds: i64) -> Self {
        Self(seconds * TICKS)
    }

    pub(crate) const fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0 + seconds * TICKS)
    }

    pub(crate) const fn start_of_day(self) -> Self {
        Self(self.0 - self.0.rem_euclid(DAY * TICKS))
    }

    pub(crate) fn from_system(time: SystemTime) -> Self {
        let ticks = |span: Duration| i64::try_from(span.as_nanos() / 100).unwrap_or(i64::MAX);
        match time.duration_since(UNIX_EPOCH) {
            Ok(since) => Self(ticks(since)),
            Err(before) => Self(-ticks(before.duration())),
        }
    }

    /// Reads RFC 3339; a bare date or a missing offset counts as UTC, as the API reads them.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let day = parse_date(text.get(..10)?)?;
        let rest = text.get(10..)?;
        if rest.is_empty() {
            return Some(Self(day * DAY * TICKS));
        }
        let clock = rest.strip_prefix(['T', 't', ' '])?;
        let (clock, offset) = split_offset(clock)?;
        let ticks = parse_clock(clock)?;
        Some(Self(day * DAY * TICKS + ticks - offset * TICKS))
    }

    /// Writes RFC 3339 in UTC; the fraction only as far as it says something.
    pub(crate) fn write(self, out: &mut Vec<u8>) {
        let seconds = self.0.div_euclid(TICKS);
        self.write_date(out);
        let second = seconds.rem_euclid(DAY);
        out.push(b'T');
        two(out, second / 3600);
        out.push(b':');
        two(out, second / 60 % 60);
        out.push(b':');
        two(out, second % 60);
        let mut fraction = self.0.rem_euclid(TICKS);
        if fraction != 0 {
            out.push(b'.');
            let mut unit = TICKS / 10;
            while fraction != 0 {
                out.push(digit(fraction / unit));
                fraction %= unit;
                unit /= 10;
            }
        }
        out.push(b'Z');
    }

    pub(crate) fn write_date(self, out: &mut Vec<u8>) {
        let (year, month, day) = civil(self.0.div_euclid(TICKS).div_euclid(DAY));
        two(out, year / 100);
        two(out, year % 100);
        out.push(b'-');
        two(out, month);
        out.push(b'-');
        two(out, day);
    }

    /// Writes the form of HTTP headers.
    pub(crate) fn http_date(self) -> String {
        const WEEKDAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
        const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
        let seconds = self.0.div_euclid(TICKS);
        let (days, second) = (seconds.div_euclid(DAY), seconds.rem_euclid(DAY));
        let (year, month, day) = civil(days);
        let name = |names: &[&'static str], at: i64| usize::try_from(at).map_or("", |at| names[at]);
        let (weekday, month) = (name(&WEEKDAYS, days.rem_euclid(7)), name(&MONTHS, month - 1));
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        format!("{weekday}, {day:02} {month} {year:04} {hour:02}:{minute:02}:{second:02} GMT")
    }

    pub(crate) fn text(self) -> String {
        let mut out = Vec::with_capacity(28);
        self.write(&mut out);
        String::from_utf8(out).unwrap_or_default()
    }
}

/// Days since 1970 of a `YYYY-MM-DD` that is in the calendar.
pub(crate) fn parse_date(text: &str) -> Option<i64> {
    let mut parts = text.split('-');
    let year = digits(parts.next()?, 4)?;
    let month = digits(parts.next()?, 2)?;
    let day = digits(parts.next()?, 2)?;
    if parts.next().is_some() || !(1..=12).contains(&month) || day < 1 {
        return None;
    }
    let days = days_from_civil(year, month, day);
    (civil(days) == (year, month, day)).then_some(days)
}

fn digits(text: &str, length: usize) -> Option<i64> {
    let plain = text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}

fn split_offset(clock: &str) -> Option<(&str, i64)> {
    if let Some(clock) = clock.strip_suffix(['Z', 'z']) {
        return Some((clock, 0));
    }
    let Some(at) = clock.rfind(['+', '-']) else {
        return Some((clock, 0));
    };
    let (hours, minutes) = clock[at + 1..].split_once(':')?;
    let (hours, minutes) = (digits(hours, 2)?, digits(minutes, 2)?);
    let offset = hours * 3600 + minutes * 60;
    let signed = if clock[at..].starts_with('-') { -offset } else { offset };
    (hours < 24 && minutes < 60).then_some((&clock[..at], signed))
}

fn parse_clock(clock: &str) -> Option<i64> {
    let (whole, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let mut parts = whole.split(':');
    let hour = digits(parts.next()?, 2)?;
    let minute = digits(parts.next()?, 2)?;
    let second = parts.next().map_or(Some(0), |text| digits(text, 2))?;
    let valid = parts.next().is_none() && hour < 24 && minute < 60 && second < 60;
    if !valid || fraction.is_empty() || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let padded = format!("{fraction:0<7}");
    let ticks: i64 = padded.get(..7)?.parse().ok()?;
    Some((hour * 3600 + minute * 60 + second) * TICKS + ticks)
}

/// Year, month and day of a day number, by the days-in-400-years method.
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (era * 400 + year_of_era + i64::from(month <= 2), month, day)
}

fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let shifted_month = if month > 2 { month - 3 } else { month + 9 };
    let day_of_year = (153 * shifted_month + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

fn digit(value: i64) -> u8 {
    b'0' + u8::try_from(value % 10).unwrap_or(0)
}

fn two(out: &mut Vec<u8>, value: i64) {
    out.push(digit(value / 10));
    out.push(digit(value));
}

/// The time that records are stamped with and tokens end by.
#[derive(Debug)]
pub(crate) struct Clock(Mutex<Hand>);

#[derive(Debug)]
enum Hand {
    Running { ahead: i64 },
    Standing { at: Stamp },
}

impl Clock {
    pub(crate) fn new(standing: Option<SystemTime>) -> Self {
        Self(Mutex::new(match standing {
            Some(time) => Hand::Standing { at: Stamp::from_system(time) },
            None => Hand::Running { ahead: 0 },
        }))
    }

    pub(crate) fn now(&self) -> Stamp {
        match *self.hand() {
            Hand::Running { ahead } => Stamp(Stamp::from_system(SystemTime::now()).0 + ahead),
            Hand::Standing { at } => at,
        }
    }

    pub(crate) fn set(&self, time: SystemTime) {
        *self.hand() = Hand::Standing { at: Stamp::from_system(time) };
    }

    pub(crate) fn advance(&self, by: Duration) {
        let ticks = i64::try_from(by.as_nanos() / 100).unwrap_or(i64::MAX);
        match &mut *self.hand() {
            Hand::Running { ahead } => *ahead = ahead.saturating_add(ticks),
            Hand::Standing { at } => at.0 = at.0.saturating_add(ticks),
        }
    }

    fn hand(&self) -> std::sync::MutexGuard<'_, Hand> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::Stamp;

    #[test]
    fn reads_and_writes_the_same_moment() {
        for (given, written) in [
            ("2021-01-01T00:00:00Z", "2021-01-01T00:00:00Z"),
            ("2024-02-29T23:59:59.1234567Z", "2024-02-29T23:59:59.1234567Z"),
            ("2024-02-29T23:59:59.120+02:00", "2024-02-29T21:59:59.12Z"),
            ("1969-12-31T23:00:00-01:30", "1970-01-01T00:30:00Z"),
            ("2021-01-01", "2021-01-01T00:00:00Z"),
        ] {
            assert_eq!(Stamp::parse(given).map(Stamp::text).as_deref(), Some(written), "{given}");
        }
    }

    #[test]
    fn writes_headers() {
        for (given, written) in [
            ("1970-01-01", "Thu, 01 Jan 1970 00:00:00 GMT"),
            ("2024-02-29T23:59:59.9Z", "Thu, 29 Feb 2024 23:59:59 GMT"),
            ("2026-11-24T04:02:25Z", "Tue, 24 Nov 2026 04:02:25 GMT"),
        ] {
            assert_eq!(Stamp::parse(given).map(Stamp::http_date).as_deref(), Some(written));
        }
    }

    #[test]
    fn refuses_what_is_no_moment() {
        for given in ["", "string", "2021-02-30T00:00:00Z", "2021-01-01T24:00:00Z", "2021-1-1", "2021-01-01T00:00:00.Z"]
        {
            assert_eq!(Stamp::parse(given), None, "{given}");
        }
    }
}
