//! The keys that identify the records of a list.

use std::borrow::Cow;
use std::fmt;

use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer as _, Serialize};
use serde_json::value::RawValue;

/// The key of a record. Numbers sort by value, before text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Key {
    Number(i64),
    Text(Box<str>),
}

impl fmt::Display for Key {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(out, "{number}"),
            Self::Text(text) => out.write_str(text),
        }
    }
}

impl Key {
    /// Returns the number of a key, if it is a number.
    pub(crate) fn number_of(key: Option<&Self>) -> Option<i64> {
        match key {
            Some(Self::Number(number)) => Some(*number),
            _ => None,
        }
    }
}

/// Reads the keys of records.
#[derive(Clone, Debug)]
pub(crate) struct KeyReader {
    field: &'static str,
    /// The start of a record whose first member is the key.
    head: String,
}

impl KeyReader {
    /// Creates a reader of this field.
    pub(crate) fn new(field: &'static str) -> Self {
        Self { field, head: format!("{{\"{field}\":") }
    }

    /// The name of the field.
    pub(crate) fn field(&self) -> &'static str {
        self.field
    }

    /// Returns the key of a record, or `None` if it has none.
    pub(crate) fn key(&self, record: &RawValue) -> Option<Key> {
        // Most services send the id first, so the rest need not be parsed.
        let digits = record.get().strip_prefix(self.head.as_str()).and_then(|rest| rest.split_once(','));
        if let Some(number) = digits.and_then(|(digits, _)| digits.parse().ok()) {
            return Some(Key::Number(number));
        }
        let id =
            serde_json::Deserializer::from_str(record.get()).deserialize_map(MemberFinder(self.field)).ok()??.get();
        match id.as_bytes().first()? {
            b'"' => serde_json::from_str(id).ok().map(Key::Text),
            b'-' | b'0'..=b'9' => Some(id.parse().map_or_else(|_| Key::Text(id.into()), Key::Number)),
            _ => None,
        }
    }
}

/// Finds a member of an object by name.
struct MemberFinder(&'static str);

impl<'de> Visitor<'de> for MemberFinder {
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
