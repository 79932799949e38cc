//! Local sort: the order of lists that the service does not sort, and of the entries of picklists.

use pipefit_component::{Error, ListEndpoint, Paging, Problem, Request, Response, Result, Sorting};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::page::{Summary, bad_page, frame};
use super::{PageSource, Pages, list_of};

/// Where a value stands: numbers by value, text without regard to case, what is neither last.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rank {
    Number(i64),
    Text(String),
    Last,
}

impl Rank {
    pub(crate) fn of(value: Option<&Value>) -> Self {
        match value {
            Some(Value::Number(number)) => number.as_i64().map_or(Self::Last, Self::Number),
            Some(Value::String(text)) => Self::Text(text.to_lowercase()),
            Some(Value::Bool(flag)) => Self::Number(i64::from(*flag)),
            _ => Self::Last,
        }
    }
}

/// The order of a list that the service does not sort.
pub(crate) struct LocalSort {
    parameter: &'static str,
    field: String,
    descends: bool,
}

impl LocalSort {
    /// Takes the order out of a request if the service does not know it.
    pub(crate) fn take_from(request: &mut Request) -> Option<Self> {
        let Some(Sorting::Local { parameter }) = request.list.map(|list| list.sorting) else { return None };
        let at = request.query.iter().position(|(name, _)| name == parameter)?;
        let (_, order) = request.query.remove(at);
        let field = order.trim_start_matches(['+', '-']).to_lowercase();
        Some(Self { parameter, field, descends: order.starts_with('-') })
    }

    /// The pages of the whole list, as large as they come: the page that was asked for is one of the sorted list.
    pub(crate) fn pages(source: PageSource<'_>, mut request: Request) -> Result<Pages<'_>> {
        let decided = list_of(&request)?.paging.parameters();
        request.query.retain(|(name, _)| !decided.contains(&name.as_str()));
        Pages::all(source, request)
    }

    /// Reads the whole list and returns it sorted: all of it, or the page that was asked for.
    pub(crate) async fn read(&self, source: PageSource<'_>, request: Request, whole: bool) -> Result<Response> {
        let list = list_of(&request)?;
        let asked = Asked::of(&request, list);
        let mut pages = Self::pages(source, request)?;
        let mut records: Vec<(Rank, Box<RawValue>)> = Vec::new();
        while let Some(page) = pages.next().await? {
            for record in page.each() {
                records.push(self.ranked(record)?);
            }
        }
        // Stable, so that records of equal rank keep their order on every page.
        records.sort_by(|(one, _), (other, _)| if self.descends { other.cmp(one) } else { one.cmp(other) });
        let count = records.len();
        let (page, size) = if whole { (1, count.max(1)) } else { (asked.page, asked.size) };
        let start = page.saturating_sub(1).saturating_mul(size).min(count);
        let end = start.saturating_add(size).min(count);
        let summary = Summary {
            number: page as u64,
            size: size as u64,
            has_more: end < count,
            total: (asked.total || whole).then_some(count as u64),
        };
        let (mut body, tail) = frame(list.layout.0.iter(), &summary);
        let shown: Vec<_> = records[start..end].iter().map(|(_, record)| record.get()).collect();
        body.push_str(&shown.join(","));
        body.push_str(&tail);
        Ok(Response::new(body))
    }

    fn ranked(&self, record: &[u8]) -> Result<(Rank, Box<RawValue>)> {
        let not_a_record = |_| bad_page("an entry of the service's list is not a record");
        let fields: Map<String, Value> = serde_json::from_slice(record).map_err(not_a_record)?;
        let Some((_, value)) = fields.iter().find(|(name, _)| name.to_lowercase() == self.field) else {
            let known: Vec<_> = fields.keys().map(|name| format!("`{name}`")).collect();
            let parameter = self.parameter;
            let message = format!("`{parameter}` names no field of these records; there are {}", known.join(", "));
            return Err(Error::input(parameter, Problem::InvalidValue, message));
        };
        Ok((Rank::of(Some(value)), serde_json::from_slice(record).map_err(not_a_record)?))
    }
}

/// The page of the sorted list that was asked for.
struct Asked {
    page: usize,
    size: usize,
    /// Whether the total is wanted.
    total: bool,
}

impl Asked {
    fn of(request: &Request, list: &ListEndpoint) -> Self {
        let (parameter, default_size) = match list.paging {
            Paging::Numbered(paging) => (paging.size, paging.default_size),
            _ => list.paging.size(),
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
