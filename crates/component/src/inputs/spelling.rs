//! The spellings of scalars that have one meaning, and the one that is sent.

/// The maximum number of digits of a whole number of 64 bits.
const MAX_DIGITS: usize = 19;

/// Whether text is a whole number of 64 bits as it is sent, with fewer digits than the largest.
pub(super) fn is_short_whole_number(text: &str) -> bool {
    let has_leading_zero = text.starts_with('0') && text.len() > 1;
    (1..MAX_DIGITS).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit()) && !has_leading_zero
}

/// Returns the digits of a whole number of 64 bits: `" 42 "`, `+42`, `042`, `42.0` and `4.2e1` are 42.
pub(super) fn whole_number(text: &str) -> Option<String> {
    if is_short_whole_number(text) {
        return Some(text.to_owned());
    }
    let number = Number::parse(text)?;
    let digits = [number.whole, number.fraction].concat();
    let point = i64::try_from(number.whole.len()).ok()? + i64::from(number.exponent);
    let (whole, rest) = match usize::try_from(point) {
        Err(_) => (String::new(), digits.as_str()),
        Ok(point) if point <= digits.len() => (digits[..point].to_owned(), &digits[point..]),
        Ok(point) if digits.bytes().all(|digit| digit == b'0') || point <= MAX_DIGITS => {
            (format!("{digits:0<point$}"), "")
        }
        Ok(_) => return None,
    };
    if rest.bytes().any(|digit| digit != b'0') {
        return None;
    }
    let whole = whole.trim_start_matches('0');
    if whole.is_empty() {
        return Some("0".to_owned());
    }
    let sign = if number.negative { "-" } else { "" };
    [sign, whole].concat().parse().ok().map(|number: i64| number.to_string())
}

/// Returns a number as JSON spells it, with all its digits: `.5` is 0.5, `+1.50` is 1.50.
pub(super) fn decimal(text: &str) -> Option<String> {
    let number = Number::parse(text)?;
    let whole = number.whole.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    let sign = if number.negative { "-" } else { "" };
    let point = if number.fraction.is_empty() { "" } else { "." };
    let exponent = if number.exponent == 0 { String::new() } else { format!("e{}", number.exponent) };
    Some(format!("{sign}{whole}{point}{}{exponent}", number.fraction))
}

/// Reads a flag: `true`, `yes`, `y`, `t`, `1`, or their opposites, regardless of case.
pub(super) fn flag(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "yes" | "y" | "t" => Some(true),
        "false" | "no" | "n" | "f" => Some(false),
        number => match whole_number(number)?.as_str() {
            "1" => Some(true),
            "0" => Some(false),
            _ => None,
        },
    }
}

/// Returns a date and time as RFC 3339 spells it. A missing zone is UTC, a missing time is midnight, and missing
/// seconds are zero. Text of another form is left for validation.
pub(super) fn timestamp(text: &str) -> String {
    let text = text.trim();
    let Some((day, rest)) = text.split_at_checked("2026-01-31".len()) else { return text.to_owned() };
    let rest = rest.strip_prefix(['T', 't']).unwrap_or(rest).trim();
    if rest.is_empty() {
        return format!("{day}T00:00:00Z");
    }
    let (time, zone) = rest.split_at(rest.find(['Z', 'z', '+', '-']).unwrap_or(rest.len()));
    let time = time.trim_end();
    let seconds = if time.len() == "09:00".len() { ":00" } else { "" };
    let zone = match (zone.as_bytes(), zone) {
        ([] | [b'z'], _) => "Z".to_owned(),
        ([_, _, _, _, _], zone) if zone.is_ascii() && !zone.contains(':') => format!("{}:{}", &zone[..3], &zone[3..]),
        ([b'+' | b'-', _, _], zone) => format!("{zone}:00"),
        (_, zone) => zone.to_owned(),
    };
    format!("{day}T{time}{seconds}{zone}")
}

/// Returns the day of a date, or of a date and time at midnight in UTC.
pub(super) fn date(text: &str) -> String {
    let text = text.trim();
    let is_midnight = |time: &str| {
        let time =
            time.strip_suffix('Z').or_else(|| time.strip_suffix("+00:00")).or_else(|| time.strip_suffix("-00:00"));
        let rest = time.and_then(|time| time.strip_prefix("T00:00:00"));
        rest.is_some_and(|rest| rest.is_empty() || rest.strip_prefix('.').is_some_and(is_zero))
    };
    match timestamp(text).split_at_checked("2026-01-31".len()) {
        Some((day, time)) if is_midnight(time) => day.to_owned(),
        _ => text.to_owned(),
    }
}

fn is_zero(digits: &str) -> bool {
    !digits.is_empty() && digits.bytes().all(|digit| digit == b'0')
}

/// The parts of a number's text.
struct Number<'a> {
    negative: bool,
    whole: &'a str,
    fraction: &'a str,
    exponent: i16,
}

impl<'a> Number<'a> {
    /// Reads `-12.50e3`, with digits on at least one side of the point and an exponent of at most three digits.
    fn parse(text: &'a str) -> Option<Self> {
        let text = text.trim();
        let (sign, text) = text.split_at(usize::from(text.starts_with(['+', '-'])));
        let (text, exponent) = match text.split_once(['e', 'E']) {
            Some((text, exponent)) => (text, exponent.parse().ok().filter(|exponent: &i16| exponent.abs() < 1_000)?),
            None => (text, 0),
        };
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let are_digits = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
        let is_number = are_digits(whole) && are_digits(fraction) && !(whole.is_empty() && fraction.is_empty());
        is_number.then_some(Self { negative: sign == "-", whole, fraction, exponent })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_of_other_letters_is_left_for_validation() {
        assert_eq!(timestamp("2026-01-31T09:00Z\u{21dc1}"), "2026-01-31T09:00:00Z\u{21dc1}");
    }

    #[test]
    fn whole_numbers_are_exact() {
        for (text, expected) in [
            (" 42 ", Some("42")),
            ("+7", Some("7")),
            ("-0", Some("0")),
            ("5.0", Some("5")),
            ("5.5", None),
            ("0.5e1", Some("5")),
            ("1e18", Some("1000000000000000000")),
            ("1e999", None),
            ("0e999", Some("0")),
            ("5e-1", None),
            ("-9223372036854775808", Some("-9223372036854775808")),
            ("9223372036854775808", None),
            ("9007199254740993.000", Some("9007199254740993")),
            ("", None),
            (".", None),
            ("1_000", None),
            ("0x10", None),
        ] {
            assert_eq!(whole_number(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn decimals_keep_their_digits() {
        for (text, expected) in
            [(".5", "0.5"), ("5.", "5"), ("+1.50", "1.50"), ("00.10", "0.10"), ("-.5", "-0.5"), ("1E5", "1e5")]
        {
            assert_eq!(decimal(text).as_deref(), Some(expected), "{text}");
        }
        assert_eq!(decimal("1,5"), None);
    }

    #[test]
    fn midnight_in_utc_is_a_day() {
        for time in ["", "T00:00", " 00:00:00", "T00:00:00.000Z", "T00:00:00.0000000", "t00:00:00z", "T00:00:00+00:00"]
        {
            assert_eq!(date(&format!(" 2026-01-31{time} ")), "2026-01-31", "{time}");
        }
        for text in ["2026-01-31T00:00:00-08:00", "2026-01-31T09:00:00Z", "2026-01-31T00:00:00.", "tomorrow"] {
            assert_eq!(date(text), text);
        }
    }

    #[test]
    fn timestamps_are_completed() {
        for (text, expected) in [
            ("2026-01-31", "2026-01-31T00:00:00Z"),
            ("2026-01-31 09:00", "2026-01-31T09:00:00Z"),
            ("2026-01-31t09:00z", "2026-01-31T09:00:00Z"),
            (" 2026-01-31T09:00:00.125 ", "2026-01-31T09:00:00.125Z"),
            ("2026-01-31T09:00-0800", "2026-01-31T09:00:00-08:00"),
            ("2026-01-31 09:00:00 +01", "2026-01-31T09:00:00+01:00"),
            ("2026-01-31T09:00:00+02:00", "2026-01-31T09:00:00+02:00"),
            ("tomorrow", "tomorrow"),
        ] {
            assert_eq!(timestamp(text), expected);
        }
    }
}
