//! Decimal numbers in JSON text, compared exactly, however many digits they have.

use std::cmp::Reverse;

use serde_json::Number;

/// A number that compares by value: `1.50` is `1.5`, and `1e3` is `1000`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Decimal {
    Negative(Reverse<Magnitude>),
    Zero,
    Positive(Magnitude),
}

/// A number above zero: `0.digits` times ten to the `exponent`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Magnitude {
    exponent: i64,
    /// Without zeros at the start and end, so that they compare like fractions.
    digits: String,
}

impl Decimal {
    pub(crate) fn of(number: &Number) -> Self {
        let text = number.to_string();
        let (negative, text) = text.strip_prefix('-').map_or((false, text.as_str()), |rest| (true, rest));
        let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all = format!("{whole}{fraction}");
        let significant = all.trim_start_matches('0');
        let digits = significant.trim_end_matches('0').to_owned();
        if digits.is_empty() {
            return Self::Zero;
        }
        // An exponent that does not fit is out of every scale, in its direction.
        let limit = if exponent.starts_with('-') { i64::MIN } else { i64::MAX };
        let exponent: i64 = exponent.parse().unwrap_or(limit);
        let leading = all.len() - significant.len();
        let point = i64::try_from(whole.len()).unwrap_or(i64::MAX) - i64::try_from(leading).unwrap_or(i64::MAX);
        let magnitude = Magnitude { exponent: exponent.saturating_add(point), digits };
        if negative { Self::Negative(Reverse(magnitude)) } else { Self::Positive(magnitude) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        Decimal::of(&text.parse().expect("it is a number"))
    }

    #[test]
    fn numbers_sort_by_value() {
        let ascending = [
            "-1e99999999999999999999",
            "-1e400",
            "-20",
            "-2.5",
            "-1.25",
            "-0.001",
            "0",
            "1e-99999999999999999999",
            "1e-400",
            "0.001",
            "0.05",
            "0.1",
            "1",
            "1.25",
            "1.5",
            "9",
            "10",
            "9007199254740993",
            "9007199254740994",
            "123456789012345678901234567890.1",
            "123456789012345678901234567890.2",
            "1e400",
        ];
        assert!(ascending.map(decimal).is_sorted_by(|one, other| one < other));
    }

    #[test]
    fn one_value_may_be_written_in_several_ways() {
        for (one, other) in [
            ("1.50", "1.5"),
            ("1e3", "1000"),
            ("1E+3", "1000.0"),
            ("12.5e-1", "1.25"),
            ("-0.0", "0"),
            ("0e5", "0"),
            ("0.010", "1e-2"),
        ] {
            assert_eq!(decimal(one), decimal(other));
        }
    }
}
