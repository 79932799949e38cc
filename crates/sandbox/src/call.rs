//! What a handler of a write gets, and what it answers.

use std::collections::HashSet;

use hyper::body::Bytes;
use serde_json::{Value, json};

use crate::json::{Object, as_id};
use crate::problem::Problem;
use crate::references::Known;
use crate::stamp::Stamp;
use crate::store::{Attachment, Store};
use crate::world::Table;

/// The API user that seeded and new records name as their author.
pub(crate) const API_USER: i64 = 1088;

/// One write, its body checked.
pub(crate) struct Call<'a> {
    pub(crate) store: &'a mut Store,
    pub(crate) now: Stamp,
    pub(crate) ids: Vec<i64>,
    pub(crate) body: Object,
    /// Records that this call made, changed or removed; the first one is what the call was about.
    pub(crate) touched: Vec<i64>,
}

/// A successful reply.
pub(crate) enum Reply {
    Json(Value),
    Empty,
    File(Attachment),
}

impl Call<'_> {
    /// The last id in the path.
    pub(crate) fn id(&self) -> i64 {
        self.ids.last().copied().unwrap_or_default()
    }

    pub(crate) fn checks(&self) -> Checks<'_> {
        Checks { store: self.store, body: &self.body, faults: Vec::new() }
    }

    pub(crate) fn now_text(&self) -> Value {
        self.now.text().into()
    }

    /// A field of the body, null when it is left out.
    pub(crate) fn given(&self, key: &str) -> Value {
        self.body.get(key).cloned().unwrap_or(Value::Null)
    }

    /// A field of the body, or this when it is left out or null.
    pub(crate) fn given_or(&self, key: &str, otherwise: impl Into<Value>) -> Value {
        match self.body.get(key) {
            None | Some(Value::Null) => otherwise.into(),
            Some(value) => value.clone(),
        }
    }

    /// Copies the fields that the body has.
    pub(crate) fn copy(&self, record: &mut Object, fields: &[&str]) {
        for field in fields {
            if let Some(value) = self.body.get(*field) {
                record.insert((*field).to_owned(), value.clone());
            }
        }
    }

    /// Adds a record and answers it as it is kept.
    pub(crate) fn insert(&mut self, table: Table, record: Value) -> Object {
        let Value::Object(record) = record else { return Object::new() };
        let id = self.store.insert(table, record);
        self.touched.push(id);
        self.store.get(table, id).unwrap_or_default()
    }

    /// Keeps a changed record; its modification time moves.
    pub(crate) fn put(&mut self, table: Table, id: i64, mut record: Object) -> Object {
        if record.contains_key("modifiedOn") {
            record.insert("modifiedOn".to_owned(), self.now_text());
        }
        self.store.put(table, id, &record);
        self.touched.push(id);
        record
    }

    /// Keeps the external data of the body and shows it in the record that is answered.
    pub(crate) fn external(&mut self, table: Table, id: i64, record: &mut Object) {
        let Some(Value::Object(given)) = self.body.get("externalData").cloned() else { return };
        self.store.set_external(table, id, &given);
        let guid = given.get("applicationGuid").and_then(Value::as_str).unwrap_or_default();
        record.insert("externalData".to_owned(), self.store.external(table, id, guid));
    }
}

/// Collects what a body refers to and does not exist.
pub(crate) struct Checks<'a> {
    store: &'a Store,
    body: &'a Object,
    faults: Vec<(String, String)>,
}

impl Checks<'_> {
    /// The record that a field names exists.
    pub(crate) fn exists(mut self, field: &str, table: Table) -> Self {
        if let Some(id) = self.body.get(field).and_then(as_id)
            && !self.store.has(table, id)
        {
            self.missing(field, table.spec().noun, id);
        }
        self
    }

    /// Every record that a list field names exists.
    pub(crate) fn all_exist(mut self, field: &str, table: Table) -> Self {
        for (at, id) in self.list(field) {
            if !self.store.has(table, id) {
                self.missing(&format!("{field}[{at}]"), table.spec().noun, id);
            }
        }
        self
    }

    /// A field or list of a field names something on a fixed list.
    pub(crate) fn known(mut self, field: &str, known: &Known) -> Self {
        let single = self.body.get(field).and_then(as_id);
        if let Some(id) = single
            && !known.has(id)
        {
            self.unknown(field, known, id);
        }
        for (at, id) in self.list(field) {
            if !known.has(id) {
                self.unknown(&format!("{field}[{at}]"), known, id);
            }
        }
        self
    }

    /// Custom fields name known types.
    pub(crate) fn custom_fields(mut self, known: &Known) -> Self {
        for (at, item) in self.body.get("customFields").and_then(Value::as_array).into_iter().flatten().enumerate() {
            if let Some(id) = item.get("typeId").and_then(as_id)
                && !known.has(id)
            {
                self.unknown(&format!("customFields[{at}].typeId"), known, id);
            }
        }
        self
    }

    pub(crate) fn require(mut self, holds: bool, field: &str, message: &str) -> Self {
        if !holds {
            self.faults.push((field.to_owned(), message.to_owned()));
        }
        self
    }

    pub(crate) fn done(self) -> Result<(), Problem> {
        if self.faults.is_empty() { Ok(()) } else { Err(Problem::invalid(self.faults)) }
    }

    fn list(&self, field: &str) -> Vec<(usize, i64)> {
        let items = self.body.get(field).and_then(Value::as_array);
        items.into_iter().flatten().filter_map(as_id).enumerate().collect()
    }

    fn missing(&mut self, field: &str, noun: &str, id: i64) {
        self.faults.push((field.to_owned(), format!("{noun} with id {id} does not exist.")));
    }

    fn unknown(&mut self, field: &str, known: &Known, id: i64) {
        let message = format!("{} with id {id} does not exist (this sandbox has {}).", known.noun, known.some_ids());
        self.faults.push((field.to_owned(), message));
    }
}

/// Custom fields as a reply shows them: with the name of their type.
pub(crate) fn named_custom_fields(given: &Value, known: &Known) -> Value {
    let shown = |item: &Value| {
        let id = item.get("typeId").and_then(as_id).unwrap_or_default();
        json!({
            "typeId": id,
            "name": known.name(id).unwrap_or_default(),
            "value": item.get("value").and_then(Value::as_str).unwrap_or_default(),
        })
    };
    given.as_array().map_or_else(|| json!([]), |items| items.iter().map(shown).collect())
}

/// Ids of the records whose field is the given one.
pub(crate) fn ids_where(
    store: &Store,
    table: Table,
    keep: impl Fn(&crate::row::Row<'_>) -> bool,
    path: &str,
) -> HashSet<i64> {
    let mut text = Vec::new();
    let mut found = HashSet::new();
    for slot in store.live(table) {
        text.clear();
        store.write(table, slot, &mut text);
        let row = crate::row::Row::parse(&text);
        if keep(&row) {
            found.extend(row.ids(path));
        }
    }
    found
}

/// A file of a multipart body.
pub(crate) struct Part {
    pub(crate) name: String,
    pub(crate) file: Attachment,
}

/// Splits a multipart body; the bytes of each part stay as they are.
pub(crate) fn parts(content_type: &str, body: &Bytes) -> Option<Vec<Part>> {
    let boundary = content_type.split(';').find_map(|part| part.trim().strip_prefix("boundary="))?.trim_matches('"');
    let mark = format!("--{boundary}");
    let mut found = Vec::new();
    let mut at = find(body, mark.as_bytes(), 0)? + mark.len();
    loop {
        if body.get(at..at + 2) == Some(b"--") {
            return Some(found);
        }
        let start = at + 2;
        let end = find(body, format!("\r\n{mark}").as_bytes(), at)?;
        let head_end = find(body, b"\r\n\r\n", at)?;
        let head = String::from_utf8_lossy(body.get(start..head_end)?).into_owned();
        found.push(part(&head, body.slice((head_end + 4).min(end)..end)));
        at = end + 2 + mark.len();
    }
}

fn part(head: &str, bytes: Bytes) -> Part {
    let header = |wanted: &str| {
        let own = head.lines().find(|line| line.to_lowercase().starts_with(wanted));
        own.and_then(|line| line.split_once(':')).map(|(_, value)| value.trim().to_owned())
    };
    let disposition = header("content-disposition:").unwrap_or_default();
    let attribute = |name: &str| {
        let mark = format!("; {name}=\"");
        let start = disposition.find(&mark)? + mark.len();
        disposition[start..].split('"').next().map(str::to_owned)
    };
    Part {
        name: attribute("name").unwrap_or_default(),
        file: Attachment {
            content_type: header("content-type:").unwrap_or_else(|| "application/octet-stream".to_owned()),
            file_name: attribute("filename").unwrap_or_default(),
            bytes,
        },
    }
}

fn find(haystack: &[u8], needle: &[u8], from: usize) -> Option<usize> {
    haystack.get(from..)?.windows(needle.len()).position(|window| window == needle).map(|at| at + from)
}
