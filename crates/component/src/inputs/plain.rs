//! Plain values, which are known to be valid without the schema. To compile a schema takes longer than a call.

use std::fmt::Display;
use std::str::FromStr;

use serde_json::{Map, Value};

use super::{Collection, Input, Kind, spelling};

/// Whether the schema of these inputs is needed to coerce and to read these values: some are structured.
pub fn needs_schema(declared: &[&'static Input], given: &Map<String, Value>) -> bool {
    let has_value = |input: &Input| input.has_default() || given.contains_key(input.key);
    declared.iter().any(|input| input.shape.is_some() && has_value(input))
}

/// Whether the schema of these inputs certainly accepts these coerced values: they are scalars and lists of scalars,
/// and none that `is_required` is missing. Of others it is not known; the schema decides, and says what is wrong.
pub fn are_surely_valid(
    declared: &[&'static Input],
    is_required: impl Fn(&Input) -> bool,
    coerced: &Map<String, Value>,
) -> bool {
    let declaration = |key: &String| declared.iter().find(|input| input.key == key);
    coerced.iter().all(|(key, value)| declaration(key).is_some_and(|input| accepts(input, value)))
        && declared.iter().all(|input| !is_required(input) || coerced.contains_key(input.key))
}

fn accepts(input: &Input, value: &Value) -> bool {
    match (input.collection, value) {
        _ if input.shape.is_some() => false,
        (Collection::One, value) => accepts_one(input, value),
        (Collection::Values, Value::Array(items)) => {
            !(input.required && items.is_empty()) && items.iter().all(|item| accepts_one(input, item))
        }
        _ => false,
    }
}

fn accepts_one(input: &Input, value: &Value) -> bool {
    match value {
        // Blank text is no value in most places.
        Value::String(text) if text.is_empty() => false,
        Value::String(text) if input.is_choice() => input.shown_choices().any(|choice| choice.value == text),
        Value::String(text) => input.open || accepts_text(input.kind, text),
        _ if input.is_choice() || input.open => false,
        Value::Number(number) if input.kind == Kind::Integer => {
            let (min, max) = input.range;
            number.as_u64().is_some_and(|count| (min.into()..=max.into()).contains(&count))
        }
        Value::Bool(_) => input.kind == Kind::Flag,
        Value::Object(_) => input.kind == Kind::Connection,
        _ => false,
    }
}

fn accepts_text(kind: Kind, text: &str) -> bool {
    match kind {
        Kind::Text | Kind::LongText | Kind::Password | Kind::Any | Kind::Part | Kind::Connection => true,
        Kind::Id => spelling::is_short_whole_number(text) || is_spelling_of::<i64>(text),
        Kind::Decimal => spelling::decimal(text).is_some_and(|spelled| spelled == text),
        // A year before 0 has a sign.
        Kind::Date => !text.starts_with('-') && is_spelling_of::<jiff::civil::Date>(text),
        Kind::Timestamp => !text.starts_with('-') && is_spelling_of::<jiff::Timestamp>(text),
        Kind::Guid => is_uuid(text),
        Kind::Integer | Kind::Flag | Kind::Code | Kind::File => false,
    }
}

/// Whether text is exactly how a value of this type is written.
fn is_spelling_of<T: FromStr + Display>(text: &str) -> bool {
    text.parse::<T>().is_ok_and(|value| value.to_string() == text)
}

fn is_uuid(text: &str) -> bool {
    let is_right = |(at, byte): (usize, u8)| match at {
        8 | 13 | 18 | 23 => byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    };
    text.len() == 36 && text.bytes().enumerate().all(is_right)
}
