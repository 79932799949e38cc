//! Order where the service gives none: lists that it does not sort, and the entries of picklists.

use pipefit_component::{Error, Paging, Problem, Reply, Request, Result, Transport};
use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::pages::{Pages, unpaged};
use crate::reply;

/// How many records a page has when nobody says.
const USUAL_SIZE: usize = 50;

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
pub(crate) struct OrderHere {
    field: String,
    descends: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SortedPage<'a> {
    page: usize,
    page_size: usize,
    has_more: bool,
    total_count: Option<usize>,
    data: &'a [Box<RawValue>],
}

impl OrderHere {
    /// Takes the order out of the request where it is not for the service.
    pub(crate) fn taken_from(request: &mut Request) -> Option<Self> {
        let paging = request.paging.filter(|paging| !paging.sorted_by_service)?;
        let at = request.query.iter().position(|(name, _)| name == paging.sort)?;
        let (_, order) = request.query.remove(at);
        Some(Self { field: order.trim_start_matches(['+', '-']).to_lowercase(), descends: order.starts_with('-') })
    }

    /// Reads the whole list, and answers it sorted: all of it, or the page that was asked for.
    pub(crate) async fn read(&self, transport: &dyn Transport, mut request: Request, whole: bool) -> Result<Reply> {
        let paging = request.paging.ok_or_else(unpaged)?;
        let (page, size, total) = asked(&request, paging);
        // The page that was asked for is one of the sorted list; the service's pages are read as large as they come.
        request.query.retain(|(name, _)| ![paging.page, paging.size, paging.total].contains(&name.as_str()));
        let mut pages = Pages::all(transport, request)?;
        let mut records: Vec<(Rank, Box<RawValue>)> = Vec::new();
        while let Some(fresh) = pages.next().await? {
            for record in fresh.each() {
                records.push(self.ranked(record)?);
            }
        }
        // Stable, so that records of equal rank keep their order on every page.
        records.sort_by(|(one, _), (other, _)| if self.descends { other.cmp(one) } else { one.cmp(other) });
        let records: Vec<_> = records.into_iter().map(|(_, record)| record).collect();
        let (page, size) = if whole { (1, records.len().max(1)) } else { (page, size) };
        let start = (page.saturating_sub(1)).saturating_mul(size).min(records.len());
        let end = start.saturating_add(size).min(records.len());
        let sorted = SortedPage {
            page,
            page_size: size,
            has_more: end < records.len(),
            total_count: (total || whole).then_some(records.len()),
            data: &records[start..end],
        };
        serde_json::to_vec(&sorted).map(Reply::new).map_err(Error::internal)
    }

    fn ranked(&self, record: &[u8]) -> Result<(Rank, Box<RawValue>)> {
        let not_a_record = |_| reply::bad_reply("an entry of the service's list is not a record");
        let fields: Map<String, Value> = serde_json::from_slice(record).map_err(not_a_record)?;
        let Some((_, value)) = fields.iter().find(|(name, _)| name.to_lowercase() == self.field) else {
            let known: Vec<_> = fields.keys().map(|name| format!("`{name}`")).collect();
            let message = format!("`sort` names no field of these records; there are {}", known.join(", "));
            return Err(Error::input("sort", Problem::InvalidValue, message));
        };
        Ok((Rank::of(Some(value)), serde_json::from_slice(record).map_err(not_a_record)?))
    }
}

/// The page that was asked for, its size, and whether the total is wanted.
fn asked(request: &Request, paging: Paging) -> (usize, usize, bool) {
    let value = |name: &str| request.query.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str());
    let number = |name| value(name).and_then(|text| text.parse().ok());
    let size = number(paging.size).unwrap_or(USUAL_SIZE).max(1);
    (number(paging.page).unwrap_or(1).max(1), size, value(paging.total) == Some("true"))
}
