//! The types of fields on the wire.

use serde_json::Value;

use crate::data::clock::{Timestamp, is_date};
use crate::data::field::Field;

#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Id,
    Decimal,
    Text,
    Flag,
    Moment,
    Day,
    Guid,
    Choice(&'static [&'static str]),
    /// Any text; these values are the usual ones, in their order.
    Suggested(&'static [&'static str]),
    Object(&'static [Field]),
    List(&'static Kind),
}

impl Kind {
    /// Whether a value is of this type; of objects and lists only the parts can be checked.
    pub(crate) fn accepts(self, value: &Value) -> bool {
        match (self, value) {
            (Self::Id, Value::Number(number)) => number.as_i64().is_some(),
            (Self::Moment, Value::String(text)) => Timestamp::parse(text).is_some(),
            (Self::Day, Value::String(text)) => is_date(text),
            (Self::Guid, Value::String(text)) => is_guid(text),
            (Self::Choice(options), Value::String(text)) => options.contains(&text.as_str()),
            (Self::Decimal, Value::Number(_))
            | (Self::Text | Self::Suggested(_), Value::String(_))
            | (Self::Flag, Value::Bool(_))
            | (Self::Object(_), Value::Object(_))
            | (Self::List(_), Value::Array(_)) => true,
            _ => false,
        }
    }

    /// What to tell about a value that is not of this type.
    pub(crate) fn complaint(self, value: &Value) -> String {
        let expected = match self {
            Self::Id => "a 64-bit integer".to_owned(),
            Self::Decimal => "a number".to_owned(),
            Self::Text | Self::Suggested(_) => "a string".to_owned(),
            Self::Flag => "a boolean".to_owned(),
            Self::Moment => "a date-time".to_owned(),
            Self::Day => "a date".to_owned(),
            Self::Guid => "a GUID".to_owned(),
            Self::Choice(options) => format!("one of {}", options.join(", ")),
            Self::Object(_) => "an object".to_owned(),
            Self::List(_) => "an array".to_owned(),
        };
        let mut shown = value.to_string();
        if shown.len() > 60 {
            shown = shown.chars().take(57).chain("...".chars()).collect();
        }
        format!("The value {shown} is not valid: expected {expected}.")
    }
}

/// Eight, four, four, four and twelve hexadecimal digits.
pub(crate) fn is_guid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    let lengths: Vec<usize> = groups.iter().map(|group| group.len()).collect();
    let hexadecimal = |group: &&str| group.bytes().all(|byte| byte.is_ascii_hexdigit());
    lengths == [8, 4, 4, 4, 12] && groups.iter().all(hexadecimal)
}
