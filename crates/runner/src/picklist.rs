//! From the records of a data source to the entries of a dropdown.

use std::convert::Infallible;

use pipefit_component::{
    Code, DataSource, Error, Inputs, LIMIT, Order, Picklist, Problem, Result, SEARCH, Transport, VALUE, template,
};
use serde_json::{Map, Value};

use crate::answer::{Entry, Form};
use crate::pages::Pages;
use crate::reply;
use crate::sorting::Rank;

/// The most entries that a data source promises.
const MOST: usize = 10_000;

/// Reads a data source.
pub(crate) async fn read(transport: &dyn Transport, source: &dyn DataSource, mut inputs: Inputs) -> Result<Form> {
    let picklist = source.picklist();
    let limit = limit(inputs.integer(&LIMIT))?;
    let search = inputs.take(&SEARCH).and_then(into_text).map(|text| text.to_lowercase());
    let value = inputs.take(&VALUE).and_then(into_text);
    let mut request = source.request(inputs)?;
    if let (Some(parameter), Some(value)) = (picklist.keys, &value) {
        request.query.push((parameter.to_owned(), value.clone()));
        request.query.extend(picklist.unused.map(|(parameter, value)| (parameter.to_owned(), value.to_owned())));
    } else if let (Some(parameter), Some(search)) = (picklist.search, &search) {
        request.query.push((parameter.to_owned(), search.clone()));
    }
    let mut pages = Pages::few(transport, request)?;
    let (mut rows, mut read, mut more) = (Vec::new(), 0, false);
    while !more && let Some(mut page) = pages.next().await? {
        more = read + page.len() > MOST || (read + page.len() == MOST && pages.has_more());
        page.truncate(MOST - read);
        read += page.len();
        for record in page.each() {
            let row = row(&picklist, record)?;
            let wanted = search.as_ref().is_none_or(|search| row.entry.label.to_lowercase().contains(search));
            if wanted && value.as_ref().is_none_or(|value| row.entry.key == *value) {
                rows.push(row);
            }
        }
    }
    // Stable: entries of equal rank stay as the service sent them.
    rows.sort_by(|one, other| one.rank.cmp(&other.rank));
    let truncated = (more && value.is_none()) || rows.len() > limit;
    if more {
        tracing::warn!(target: "pipefit", "{}: the service has more than {MOST} records", source.about().key);
    }
    rows.truncate(limit);
    Ok(Form::Result { result: rows.into_iter().map(|row| row.entry).collect(), truncated })
}

fn limit(given: Option<u64>) -> Result<usize> {
    match given {
        None => Ok(MOST),
        Some(limit @ 1..=10_000) => Ok(usize::try_from(limit).unwrap_or(MOST)),
        Some(limit) => {
            let message = format!("`limit` is `{limit}`; expected a whole number from 1 to {MOST}");
            Err(Error::input("limit", Problem::InvalidValue, message))
        }
    }
}

struct Row {
    rank: Rank,
    entry: Entry,
}

fn row(picklist: &Picklist, record: &[u8]) -> Result<Row> {
    let fields: Map<String, Value> = serde_json::from_slice(record)
        .map_err(|_| Error::new(Code::BadReply, "an entry of the service's list is not a record"))?;
    let Some(key) = fields.get(picklist.key).and_then(shown) else {
        return Err(reply::bad_reply(format!("a record of the service's list has no `{}`", picklist.key)));
    };
    let rank = match picklist.order {
        Order::AsSent => Rank::Last,
        Order::By(field) => Rank::of(fields.get(field)),
    };
    Ok(Row { rank, entry: Entry { key, label: label(picklist.label, &fields) } })
}

/// Fills a template such as `{name} (ID: {id})`; a field that the record lacks says so.
fn label(template: &str, fields: &Map<String, Value>) -> String {
    let value = |name: &str| Ok(fields.get(name).and_then(shown).unwrap_or_else(|| format!("(no {})", words(name))));
    match template::fill::<Infallible>(template, value) {
        Ok(label) => label,
    }
}

/// `appointmentNumber` as people write it: `appointment number`.
fn words(name: &str) -> String {
    name.chars().fold(String::new(), |mut words, letter| {
        if letter.is_ascii_uppercase() {
            words.push(' ');
        }
        words.push(letter.to_ascii_lowercase());
        words
    })
}

fn shown(value: &Value) -> Option<String> {
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
