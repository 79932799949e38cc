//! What identifies a record of a list.

use std::borrow::Cow;
use std::fmt;

use serde::Deserializer as _;
use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The id of a record. Numbers have an order.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Key {
    Number(i64),
    Text(Box<str>),
}

impl Key {
    pub(crate) fn number_of(key: Option<&Self>) -> Option<i64> {
        match key {
            Some(Self::Number(number)) => Some(*number),
            _ => None,
        }
    }
}

/// Reads the ids of records.
#[derive(Clone, Debug)]
pub(crate) struct KeyReader {
    field: &'static str,
    /// How a record begins whose id comes first.
    head: String,
}

impl KeyReader {
    /// The ids in this field.
    pub(crate) fn new(field: &'static str) -> Self {
        Self { field, head: format!("{{\"{field}\":") }
    }

    /// The id of a record; `None` if it has none.
    pub(crate) fn key(&self, record: &RawValue) -> Option<Key> {
        // Most services put the id first: then the rest need not be read.
        let digits = record.get().strip_prefix(self.head.as_str()).and_then(|rest| rest.split_once(','));
        if let Some(number) = digits.and_then(|(digits, _)| digits.parse().ok()) {
            return Some(Key::Number(number));
        }
        let id = serde_json::Deserializer::from_str(record.get()).deserialize_map(Find(self.field)).ok()??.get();
        match id.as_bytes().first()? {
            b'"' => Some(Key::Text(id.into())),
            b'-' | b'0'..=b'9' => Some(id.parse().map_or_else(|_| Key::Text(id.into()), Key::Number)),
            _ => None,
        }
    }
}

/// Finds one member of an object.
struct Find(&'static str);

impl<'de> Visitor<'de> for Find {
    type Value = Option<&'de RawValue>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a record")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        while let Some(name) = members.next_key::<Cow<'de, str>>()? {
            if name == self.0 {
                found = Some(members.next_value()?);
            } else {
                members.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }
}
