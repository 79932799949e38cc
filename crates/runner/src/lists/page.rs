//! Pages of a list: reads and writes them in the layout that the component declares.

use std::fmt;
use std::ops::Range;

use bytes::Bytes;
use pipefit_component::{Error, PageLayout, PageMember, PageRole, Response, Result};
use serde::Deserializer as _;
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::replies::bad_reply;

/// A page of a list. The records remain JSON text.
#[derive(Debug, Default)]
pub(crate) struct Page<'a> {
    pub(crate) records: Vec<&'a RawValue>,
    /// Whether the service reports more records.
    pub(crate) has_more: bool,
    /// The number of records of the whole list, if the service reports it.
    pub(crate) total: Option<u64>,
    /// The maximum number of records of the page, if the service reports it.
    pub(crate) size: Option<u64>,
    /// The cursor or the URL of the next page, if there is one.
    pub(crate) next: Option<String>,
}

impl<'a> Page<'a> {
    /// Reads a page and borrows its records. Fails if the body is not an object, or lacks the member with the records
    /// or a declared member that says whether there are more.
    pub(crate) fn read(layout: &PageLayout, body: &'a [u8]) -> Result<Self> {
        let mut json = serde_json::Deserializer::from_slice(body);
        let page = json.deserialize_map(PageVisitor { layout, within: "" }).and_then(|parts| {
            json.end()?;
            parts.complete(layout)
        });
        page.map_err(|error| not_a_page(&error))
    }
}

fn not_a_page(error: &serde_json::Error) -> Error {
    bad_reply(format!("the response of the service is not a page of records: {error}"))
}

/// The members of a page that were read so far.
#[derive(Default)]
struct Parts<'a> {
    records: Option<Vec<&'a RawValue>>,
    has_more: Option<bool>,
    total: Option<u64>,
    size: Option<u64>,
    next: Option<String>,
}

impl<'a> Parts<'a> {
    fn complete(self, layout: &PageLayout) -> Result<Page<'a>, serde_json::Error> {
        let missing = |role| {
            let name = layout.name_of(role).unwrap_or_default();
            serde::de::Error::custom(format!("missing field `{name}`"))
        };
        let has_more = match (self.has_more, layout.name_of(PageRole::HasMore)) {
            (Some(has_more), _) => has_more,
            (None, Some(_)) => return Err(missing(PageRole::HasMore)),
            (None, None) => self.next.is_some(),
        };
        let records = self.records.ok_or_else(|| missing(PageRole::Records))?;
        Ok(Page { records, has_more, total: self.total, size: self.size, next: self.next })
    }

    fn merge(&mut self, inner: Self) {
        self.records = self.records.take().or(inner.records);
        self.has_more = self.has_more.or(inner.has_more);
        self.total = self.total.or(inner.total);
        self.size = self.size.or(inner.size);
        self.next = self.next.take().or(inner.next);
    }
}

/// Reads the members of the object at the path `within` of a page.
#[derive(Clone, Copy)]
struct PageVisitor<'l> {
    layout: &'l PageLayout,
    within: &'l str,
}

impl PageVisitor<'_> {
    /// Returns the role of the member with this name, and whether members with a role are nested inside it.
    fn role_of(&self, name: &str) -> (Option<PageRole>, bool) {
        let mut inside = false;
        for member in self.layout.0 {
            let Some(rest) = member.name.strip_prefix(self.within) else { continue };
            if rest == name {
                return (Some(member.role), false);
            }
            inside |= rest.strip_prefix(name).is_some_and(|rest| rest.starts_with('.'));
        }
        (None, inside)
    }
}

impl<'de> Visitor<'de> for PageVisitor<'_> {
    type Value = Parts<'de>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let mut parts = Parts::default();
        while let Some(name) = members.next_key::<std::borrow::Cow<'de, str>>()? {
            match self.role_of(&name) {
                (Some(PageRole::Records), _) => parts.records = Some(members.next_value()?),
                (Some(PageRole::HasMore), _) => parts.has_more = Some(members.next_value()?),
                (Some(role @ (PageRole::Total | PageRole::Size)), _) => {
                    let number = members.next_value_seed(TextOrNumber)?.and_then(|text| text.parse().ok());
                    *(if role == PageRole::Total { &mut parts.total } else { &mut parts.size }) = number;
                }
                (Some(PageRole::Next), _) => parts.next = members.next_value_seed(TextOrNumber)?,
                (None, true) => {
                    let within = format!("{}{name}.", self.within);
                    parts.merge(members.next_value_seed(PageVisitor { layout: self.layout, within: &within })?);
                }
                _ => {
                    members.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(parts)
    }
}

impl<'de> DeserializeSeed<'de> for PageVisitor<'_> {
    type Value = Parts<'de>;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

/// Reads text, or a number as text. Anything else, and empty text, is `None`.
struct TextOrNumber;

impl<'de> DeserializeSeed<'de> for TextOrNumber {
    type Value = Option<String>;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        let value: Value = serde::Deserialize::deserialize(deserializer)?;
        Ok(match value {
            Value::String(text) if !text.is_empty() => Some(text),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        })
    }
}

/// The new records of a page, as ranges of its body.
pub(crate) struct NewRecords {
    body: Bytes,
    records: Vec<Range<usize>>,
}

impl NewRecords {
    /// Creates it from records that were borrowed from this body.
    pub(crate) fn new<'a>(body: &Bytes, records: impl Iterator<Item = &'a RawValue>) -> Self {
        Self::at(body.clone(), records.map(|record| range_in(body, record)).collect())
    }

    /// Creates it from the places of records in this body.
    pub(super) fn at(body: Bytes, records: Vec<Range<usize>>) -> Self {
        Self { body, records }
    }

    pub(crate) fn len(&self) -> usize {
        self.records.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// Iterates over the JSON text of all records. Adjacent records are one piece.
    pub(crate) fn pieces(&self) -> impl Iterator<Item = &[u8]> {
        let adjoin = |one: &Range<usize>, next: &Range<usize>| {
            self.body[one.end..next.start].iter().all(|byte| *byte == b',' || byte.is_ascii_whitespace())
        };
        self.records.chunk_by(adjoin).map(|run| match run {
            [] => &[][..],
            [first, .., last] => &self.body[first.start..last.end],
            [only] => &self.body[only.clone()],
        })
    }

    /// Iterates over the JSON text of each record.
    pub(crate) fn each(&self) -> impl Iterator<Item = &[u8]> {
        self.records.iter().map(|range| &self.body[range.clone()])
    }

    /// Returns the JSON text of one record.
    pub(crate) fn get(&self, index: usize) -> Option<Bytes> {
        Some(self.body.slice(self.records.get(index)?.clone()))
    }

    pub(crate) fn truncate(&mut self, max: usize) {
        self.records.truncate(max);
    }
}

/// Returns the range of a record in the body that it was borrowed from.
pub(super) fn range_in(body: &Bytes, record: &RawValue) -> Range<usize> {
    let start = record.get().as_ptr().addr() - body.as_ptr().addr();
    start..start + record.get().len()
}

/// The members, apart from the records, of a page that the runtime writes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Summary {
    pub(crate) number: u64,
    pub(crate) size: u64,
    pub(crate) has_more: bool,
    pub(crate) total: Option<u64>,
}

impl Summary {
    fn value(&self, role: PageRole) -> Value {
        match role {
            PageRole::Number => self.number.into(),
            PageRole::Size => self.size.into(),
            PageRole::HasMore => self.has_more.into(),
            PageRole::Total => self.total.into(),
            PageRole::Records => Value::Array(vec![RECORDS.into()]),
            _ => Value::Null,
        }
    }
}

/// The placeholder for the records while the text around them is written.
const RECORDS: &str = "records";

/// Returns the JSON text before and after the records of a page, with the members in this order.
pub(crate) fn frame<'a>(members: impl Iterator<Item = &'a PageMember>, summary: &Summary) -> (String, String) {
    let mut page = Value::Object(Map::new());
    for member in members {
        insert(&mut page, member.name, summary.value(member.role));
    }
    let text = page.to_string();
    let (before, after) = text.split_once(&format!("\"{RECORDS}\"")).unwrap_or((&text, ""));
    (before.to_owned(), after.to_owned())
}

/// Returns the members in the order for streaming: those that are known before the records come first.
pub(crate) fn streamed(layout: &PageLayout) -> impl Iterator<Item = &PageMember> {
    let rank = |member: &&PageMember| match member.role {
        PageRole::Number | PageRole::Size => 0,
        PageRole::Records => 1,
        _ => 2,
    };
    let mut members: Vec<_> = layout.0.iter().collect();
    members.sort_by_key(rank);
    members.into_iter()
}

fn insert(page: &mut Value, path: &str, value: Value) {
    let Value::Object(members) = page else { return };
    match path.split_once('.') {
        Some((first, rest)) => {
            insert(members.entry(first).or_insert_with(|| Value::Object(Map::new())), rest, value);
        }
        None => {
            members.insert(path.to_owned(), value);
        }
    }
}

/// Returns the URL of the next page from a `Link` header (RFC 8288), if there is one.
pub(crate) fn next_link(response: &Response) -> Option<String> {
    let headers: Vec<_> = response.headers_named("link").collect();
    let links = headers.iter().flat_map(|value| value.split(','));
    links.filter_map(|link| link.trim().strip_prefix('<')?.split_once('>')).find_map(|(url, parameters)| {
        let relation = |parameter: &str| {
            let (name, value) = parameter.split_once('=')?;
            (name.trim().eq_ignore_ascii_case("rel")).then(|| value.trim().trim_matches('"').to_owned())
        };
        let next = parameters.split(';').filter_map(relation).any(|value| value.eq_ignore_ascii_case("next"));
        next.then(|| url.to_owned())
    })
}
