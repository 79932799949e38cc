//! Local sort: sorts lists that the service does not sort, and the entries of picklists.

use pipefit_component::{Error, ListEndpoint, Paging, Problem, Record, Request, Response, Result, Sorting};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::decimal::Decimal;
use super::page::{Summary, frame};
use super::{PageSource, Pages, list_of};
use crate::replies::bad_reply;

/// The position of a value: numbers by value, then text regardless of case, then everything else.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum SortKey {
    Number(Decimal),
    Text(String),
    Last,
}

impl SortKey {
    pub(crate) fn of(value: Option<&Value>) -> Self {
        match value {
            Some(Value::Number(number)) => Self::Number(Decimal::of(number)),
            Some(Value::String(text)) => Self::Text(text.to_lowercase()),
            Some(Value::Bool(flag)) => Self::Number(Decimal::of(&u8::from(*flag).into())),
            _ => Self::Last,
        }
    }
}

/// The requested order of a list that the service does not sort.
pub(crate) struct LocalSort {
    field: String,
    descending: bool,
}

impl LocalSort {
    /// Removes the order from a request if the service does not sort the list, and returns it. Fails if the records
    /// have no such field.
    pub(crate) fn take_from(request: &mut Request) -> Result<Option<Self>> {
        let Some(list) = request.list else { return Ok(None) };
        let Sorting::Local { parameter } = list.sorting else { return Ok(None) };
        let Some(at) = request.query.iter().position(|(name, _)| name == parameter) else { return Ok(None) };
        let (_, order) = request.query.remove(at);
        let field = order.trim_start_matches(['+', '-']).to_lowercase();
        let known: Vec<_> = list.record.into_iter().flat_map(Record::field_names).collect();
        if !known.is_empty() && !known.iter().any(|name| name.to_lowercase() == field) {
            let known: Vec<_> = known.iter().map(|name| format!("`{name}`")).collect();
            let message = format!("`{parameter}` is not a field of these records; the fields are {}", known.join(", "));
            return Err(Error::input(parameter, Problem::InvalidValue, message));
        }
        Ok(Some(Self { field, descending: order.starts_with('-') }))
    }

    /// Returns the pages of the whole list, in the largest size. The requested page is one of the sorted list.
    pub(crate) fn pages(source: PageSource<'_>, mut request: Request) -> Result<Pages<'_>> {
        let paging = list_of(&request)?.paging.parameters();
        request.query.retain(|(name, _)| !paging.contains(&name.as_str()));
        Pages::all(source, request)
    }

    /// Reads the whole list and returns it sorted: completely, or only the requested page.
    pub(crate) async fn read(&self, source: PageSource<'_>, request: Request, whole: bool) -> Result<Response> {
        let list = list_of(&request)?;
        let requested = RequestedPage::of(&request, list);
        let mut pages = Self::pages(source, request)?;
        let mut records: Vec<(SortKey, Box<RawValue>)> = Vec::new();
        while let Some(page) = pages.next().await? {
            for record in page.each() {
                records.push(self.with_sort_key(record)?);
            }
        }
        // Stable, so that records with equal keys have the same order on every page.
        records.sort_by(|(one, _), (other, _)| if self.descending { other.cmp(one) } else { one.cmp(other) });
        let count = records.len();
        let (page, size) = if whole { (1, count.max(1)) } else { (requested.page, requested.size) };
        let start = page.saturating_sub(1).saturating_mul(size).min(count);
        let end = start.saturating_add(size).min(count);
        let summary = Summary {
            number: page as u64,
            size: size as u64,
            has_more: end < count,
            total: (requested.total || whole).then_some(count as u64),
        };
        let (mut body, tail) = frame(list.layout.0.iter(), &summary);
        let shown: Vec<_> = records[start..end].iter().map(|(_, record)| record.get()).collect();
        body.push_str(&shown.join(","));
        body.push_str(&tail);
        Ok(Response::new(body))
    }

    fn with_sort_key(&self, record: &[u8]) -> Result<(SortKey, Box<RawValue>)> {
        let not_a_record = |_| bad_reply("an entry of the list is not a record");
        let fields: Map<String, Value> = serde_json::from_slice(record).map_err(not_a_record)?;
        let value = fields.iter().find(|(name, _)| name.to_lowercase() == self.field).map(|(_, value)| value);
        Ok((SortKey::of(value), serde_json::from_slice(record).map_err(not_a_record)?))
    }
}

/// The requested page of the sorted list.
struct RequestedPage {
    page: usize,
    size: usize,
    /// Whether the total is requested.
    total: bool,
}

impl RequestedPage {
    fn of(request: &Request, list: &ListEndpoint) -> Self {
        let (parameter, default_size) = match list.paging {
            Paging::Numbered(paging) => (paging.size, paging.default_size),
            _ => (list.paging.size_parameter(), list.paging.max_size()),
        };
        let value = |name: &str| request.query.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str());
        let number = |name| value(name).and_then(|text| text.parse::<usize>().ok());
        let size = number(parameter).unwrap_or(usize::try_from(default_size).unwrap_or(usize::MAX)).max(1);
        let (page, total) = match list.paging {
            Paging::Numbered(paging) => (number(paging.number), value(paging.total) == Some("true")),
            _ => (None, false),
        };
        Self { page: page.unwrap_or(1).max(1), size, total }
    }
}
