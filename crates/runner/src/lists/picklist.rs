//! Picklists: converts the records of a data source to the entries of a dropdown.

use std::collections::HashSet;
use std::convert::Infallible;

use pipefit_component::{
    Choices, DataSource, Inputs, LIMIT, Order, Request, Result, SEARCH, Transport, VALUE, template,
};
use serde_json::{Map, Value};

use super::local_sort::SortKey;
use super::{PageSource, Sequential};
use crate::replies::{Entry, Reply, bad_reply};

/// The maximum number of records that are read for a picklist, and of entries that are returned.
const MAX_ENTRIES: usize = 10_000;

/// The maximum number of requests for a picklist.
const MAX_REQUESTS: u64 = 300;

/// The requested entries of a picklist.
pub(crate) struct PicklistQuery {
    choices: Choices,
    limit: usize,
    search: Option<String>,
    value: Option<String>,
}

impl PicklistQuery {
    /// Reads the inputs of a data source and builds the request for its first page.
    pub(crate) fn prepare(source: &dyn DataSource, mut inputs: Inputs) -> Result<(Self, Request)> {
        let choices = source.choices();
        let limit = inputs.integer(&LIMIT).and_then(|limit| usize::try_from(limit).ok());
        let limit = limit.unwrap_or(MAX_ENTRIES).min(MAX_ENTRIES);
        let search = inputs.take(&SEARCH).and_then(into_text).map(|text| text.to_lowercase());
        let value = inputs.take(&VALUE).and_then(into_text);
        if value.is_some() {
            // A saved choice is shown with its label even if other inputs have changed since.
            inputs.retain(|input| choices.narrowed_by.iter().all(|narrowing| narrowing.key != input.key));
        }
        let mut request = source.request(inputs)?;
        let list = choices.list;
        if let (Some(parameter), Some(value)) = (list.ids, &value) {
            request.query.push((parameter.to_owned(), value.clone()));
            // A saved choice is shown with its label even if its record is inactive.
            let inactive = list.including_inactive;
            request.query.extend(inactive.map(|(parameter, value)| (parameter.to_owned(), value.to_owned())));
        } else if let (Some(parameter), Some(search)) = (list.search, &search) {
            request.query.push((parameter.to_owned(), search.clone()));
        }
        Ok((Self { choices, limit, search, value }, request))
    }

    /// Reads the list and returns the entries.
    pub(crate) async fn read(&self, transport: &dyn Transport, request: Request) -> Result<Reply> {
        let mut pages = Sequential::new(PageSource { transport, action: None, observer: None }, request)?;
        let (mut rows, mut keys, mut read, mut more) = (Vec::new(), HashSet::new(), 0, false);
        while !more && let Some(mut page) = pages.next().await? {
            let full = read + page.len() == MAX_ENTRIES || pages.requests() >= MAX_REQUESTS;
            more = read + page.len() > MAX_ENTRIES || (full && pages.has_more());
            page.truncate(MAX_ENTRIES - read);
            read += page.len();
            for record in page.each() {
                let row = ranked_entry(&self.choices, record)?;
                let wanted = self.search.as_ref().is_none_or(|search| row.entry.label.to_lowercase().contains(search));
                let wanted = wanted && self.value.as_ref().is_none_or(|value| row.entry.key == *value);
                // The same key may be written as a number and as text. The first record counts.
                if wanted && keys.insert(row.entry.key.clone()) {
                    rows.push(row);
                }
            }
        }
        // Stable, so that entries that sort alike keep the order of the service.
        rows.sort_by(|one, other| one.sort_key.cmp(&other.sort_key));
        let truncated = (more && self.value.is_none()) || rows.len() > self.limit;
        if more {
            let resource = self.choices.list.resource.key;
            tracing::warn!(target: "pipefit", "{resource}: the service has more than the {read} records read");
        }
        rows.truncate(self.limit);
        Ok(Reply::Result { result: rows.into_iter().map(|row| row.entry).collect(), truncated })
    }
}

struct RankedEntry {
    sort_key: SortKey,
    entry: Entry,
}

fn ranked_entry(choices: &Choices, record: &[u8]) -> Result<RankedEntry> {
    let fields: Map<String, Value> =
        serde_json::from_slice(record).map_err(|_| bad_reply("an entry of the list is not a record"))?;
    let id = choices.list.id;
    let Some(key) = fields.get(id).and_then(text_of) else {
        return Err(bad_reply(format!("a record of the list has no `{id}`")));
    };
    let sort_key = match choices.order {
        Order::By(field) => SortKey::of(fields.get(field)),
        _ => SortKey::Last,
    };
    Ok(RankedEntry { sort_key, entry: Entry { key, label: label(choices.label, &fields) } })
}

/// Fills a template such as `{name} (ID: {id})`. A field that is missing is shown as `(no name)`.
fn label(template: &str, fields: &Map<String, Value>) -> String {
    let value =
        |name: &str| Ok(fields.get(name).and_then(text_of).unwrap_or_else(|| format!("(no {})", in_words(name))));
    match template::fill::<_, Infallible>(template, value) {
        Ok(label) => label,
    }
}

/// Converts a name to words: `appointmentNumber` to `appointment number`.
fn in_words(name: &str) -> String {
    name.chars().fold(String::new(), |mut words, letter| {
        if letter.is_ascii_uppercase() {
            words.push(' ');
        }
        words.push(letter.to_ascii_lowercase());
        words
    })
}

fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.trim().is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn into_text(value: Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text),
        _ => None,
    }
}
