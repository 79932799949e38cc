//! Reads single fields of a record's JSON without building the whole value: filters look at every record.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::data::clock::Timestamp;

/// The fields of one JSON object, each as it is written.
pub(crate) struct Row<'a>(Vec<(&'a str, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Row<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = Row<'de>;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Row<'de>, A::Error> {
                let mut fields = Vec::with_capacity(40);
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Row(fields))
            }
        }
        deserializer.deserialize_map(Fields)
    }
}

impl<'a> Row<'a> {
    pub(crate) fn parse(text: &'a [u8]) -> Self {
        serde_json::from_slice(text).unwrap_or(Row(Vec::new()))
    }

    /// The JSON of a field; a dot leads into a nested object.
    pub(crate) fn raw(&self, path: &str) -> Option<&'a str> {
        let (key, rest) = path.split_once('.').map_or((path, None), |(key, rest)| (key, Some(rest)));
        let raw = self.0.iter().find(|(name, _)| *name == key)?.1.get();
        match rest {
            Some(rest) => Row::parse(raw.as_bytes()).raw(rest),
            None => (raw != "null").then_some(raw),
        }
    }

    pub(crate) fn text(&self, path: &str) -> Option<Cow<'a, str>> {
        let raw = self.raw(path)?;
        let inner = raw.strip_prefix('"')?.strip_suffix('"')?;
        if inner.contains('\\') {
            return serde_json::from_str(raw).ok().map(Cow::Owned);
        }
        Some(Cow::Borrowed(inner))
    }

    /// The integers of a field: one, or those of a list.
    pub(crate) fn ids(&self, path: &str) -> Vec<i64> {
        let Some(raw) = self.raw(path) else { return Vec::new() };
        if raw.starts_with('[') {
            return serde_json::from_str(raw).unwrap_or_default();
        }
        raw.parse().into_iter().collect()
    }

    /// A number, written as one or as text.
    pub(crate) fn number(&self, path: &str) -> Option<f64> {
        self.raw(path)?.trim_matches('"').parse().ok()
    }

    pub(crate) fn timestamp(&self, path: &str) -> Option<Timestamp> {
        Timestamp::parse(&self.text(path)?)
    }
}
