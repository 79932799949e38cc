//! Shorthands for JSON values, and the amounts of money that keep their decimals.

use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

pub(crate) type Object = Map<String, Value>;

/// Amount of money in cents, written as a number with two decimals.
#[derive(Clone, Copy)]
pub(crate) struct Money(pub(crate) i64);

/// Amount of money in cents, written as text, as the accounting endpoints do.
#[derive(Clone, Copy)]
pub(crate) struct MoneyText(pub(crate) i64);

/// A reference with its name, as records show many of them.
#[derive(Clone, Copy, Serialize)]
pub(crate) struct Named<T> {
    pub(crate) id: i64,
    pub(crate) name: T,
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let digits = RawValue::from_string(decimal(self.0)).map_err(serde::ser::Error::custom)?;
        digits.serialize(serializer)
    }
}

impl Serialize for MoneyText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&decimal(self.0))
    }
}

/// Cents as a decimal number with two decimals.
pub(crate) fn decimal(cents: i64) -> String {
    let digits = cents.unsigned_abs().to_string();
    let padded = if digits.len() < 3 { format!("{digits:0>3}") } else { digits };
    let (whole, fraction) = padded.split_at(padded.len() - 2);
    [if cents < 0 { "-" } else { "" }, whole, ".", fraction].concat()
}

/// Cents of an amount with any number of decimals; what is beyond cents is cut off.
pub(crate) fn cents(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let negative = whole.starts_with('-');
    let fraction: i64 = format!("{fraction:0<2}").get(..2)?.parse().ok()?;
    let whole: i64 = whole.trim_start_matches('-').parse().ok()?;
    let all = whole.checked_mul(100)?.checked_add(fraction)?;
    Some(if negative { -all } else { all })
}

/// A field of an object, null if it is missing.
pub(crate) fn value_of(object: &Object, key: &str) -> Value {
    object.get(key).cloned().unwrap_or_default()
}

/// The text of a field; `None` for null and other types.
pub(crate) fn text_of<'a>(object: &'a Object, key: &str) -> Option<&'a str> {
    object.get(key).and_then(Value::as_str)
}

/// The integer of a field; `None` for null and other types.
pub(crate) fn id_of(object: &Object, key: &str) -> Option<i64> {
    object.get(key).and_then(Value::as_i64)
}

pub(crate) fn ids_of(object: &Object, key: &str) -> Vec<i64> {
    items_of(object, key).iter().filter_map(Value::as_i64).collect()
}

pub(crate) fn items_of<'a>(object: &'a Object, key: &str) -> &'a [Value] {
    object.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

pub(crate) fn set(object: &mut Object, key: &str, value: impl Into<Value>) {
    object.insert(key.to_owned(), value.into());
}
