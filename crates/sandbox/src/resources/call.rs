//! One write on its way: what a handler gets, what it returns, and how most writes are carried out.

use serde_json::{Value, json};

use crate::data::clock::Timestamp;
use crate::data::field::{Field, Mode, NewRecord, Rule};
use crate::data::json::{Object, set, text_of};
use crate::data::store::{File, Store, date};
use crate::data::table::Table;
use crate::problem::Problem;
use crate::resources::validation::{Faults, dangling};

/// One write, the types in its body checked.
pub(crate) struct Call<'a> {
    pub(crate) store: &'a mut Store,
    pub(crate) now: Timestamp,
    /// The endpoint's table, and the fields and purpose of its body.
    pub(crate) table: &'static Table,
    pub(crate) fields: &'static [Field],
    pub(crate) mode: Mode,
    pub(crate) ids: Vec<i64>,
    pub(crate) body: Object,
    /// Ids of records that this call created, changed or removed; the first one is what the call was about.
    pub(crate) touched: Vec<i64>,
}

pub(crate) enum Reply {
    Json(Value),
    Empty,
    File(File),
}

impl From<Object> for Reply {
    fn from(record: Object) -> Self {
        Self::Json(record.into())
    }
}

impl Call<'_> {
    /// The last id in the path.
    pub(crate) fn id(&self) -> i64 {
        self.ids.last().copied().unwrap_or_default()
    }

    /// The first id in the path.
    pub(crate) fn parent_id(&self) -> i64 {
        self.ids.first().copied().unwrap_or_default()
    }

    pub(crate) fn subject(&self) -> Result<Object, Problem> {
        self.find(self.table, self.id())
    }

    /// A record that the path names, or the 404 that says it does not exist.
    pub(crate) fn find(&self, table: &'static Table, id: i64) -> Result<Object, Problem> {
        find(self.store, table, id)
    }

    /// Checks what the body refers to; more conditions can be added.
    pub(crate) fn check(&self) -> Check {
        Check(dangling(self.store, self.fields, self.mode, &self.body))
    }

    /// Creates a record of the endpoint's table; `complete` sets what follows from other fields.
    pub(crate) fn create(&mut self, complete: impl FnOnce(&Call<'_>, &mut Object)) -> Result<Object, Problem> {
        self.check().done()?;
        let mut record = self.new_record();
        complete(self, &mut record);
        Ok(self.add(self.table, record, &self.body.clone()))
    }

    /// Changes the record that the path names; `complete` sets what follows from other fields.
    pub(crate) fn update(&mut self, complete: impl FnOnce(&Call<'_>, &mut Object)) -> Result<Object, Problem> {
        let mut record = self.subject()?;
        self.check().done()?;
        self.apply(&mut record);
        complete(self, &mut record);
        Ok(self.save(record))
    }

    pub(crate) fn now_text(&self) -> Value {
        self.now.text().into()
    }

    /// A new record of the endpoint's table, as the body describes it.
    pub(crate) fn new_record(&mut self) -> Object {
        let body = self.body.clone();
        self.new_record_of(self.table, &body)
    }

    /// A new record as a part of the body describes it.
    pub(crate) fn new_record_of(&mut self, table: &'static Table, body: &Object) -> Object {
        let new = NewRecord { id: self.store.new_id(table), now: self.now };
        build(table.fields, &new, body)
    }

    pub(crate) fn apply(&self, record: &mut Object) {
        let id = record.get("id").and_then(Value::as_i64).unwrap_or_default();
        apply(self.table.fields, self.mode, &NewRecord { id, now: self.now }, &self.body, record);
    }

    /// Adds a record, keeps the external data of the body that describes it, and returns the record.
    pub(crate) fn add(&mut self, table: &'static Table, record: Object, body: &Object) -> Object {
        let id = self.store.insert(table, record);
        self.touched.push(id);
        let mut record = self.store.get(table, id).unwrap_or_default();
        self.keep_external(table, id, body, &mut record);
        record
    }

    /// Keeps a changed record of the endpoint's table, and the external data of the body.
    pub(crate) fn save(&mut self, record: Object) -> Object {
        let (table, id) = (self.table, self.id());
        let mut record = self.put(table, id, record);
        self.keep_external(table, id, &self.body.clone(), &mut record);
        record
    }

    /// Keeps a changed record; its `modifiedOn` becomes now.
    pub(crate) fn put(&mut self, table: &'static Table, id: i64, mut record: Object) -> Object {
        date(&mut record, "modifiedOn", self.now);
        self.store.put(table, id, &record);
        self.touched.push(id);
        record
    }

    pub(crate) fn remove(&mut self, table: &'static Table, id: i64) {
        self.store.remove(table, id);
        self.touched.push(id);
    }

    /// External data is kept beside the record, and shown to the application that gave it.
    fn keep_external(&mut self, table: &'static Table, id: i64, body: &Object, record: &mut Object) {
        let Some(Value::Object(given)) = body.get("externalData").filter(|_| record.contains_key("externalData"))
        else {
            return;
        };
        self.store.set_external(table, id, given);
        let guid = text_of(given, "applicationGuid").unwrap_or_default();
        set(record, "externalData", self.store.external(table, id, guid));
    }
}

/// The record, or the 404 that says it does not exist.
pub(crate) fn find(store: &Store, table: &'static Table, id: i64) -> Result<Object, Problem> {
    store.get(table, id).ok_or_else(|| Problem::not_found(table.noun, id))
}

/// A new record: the initial value of each field, unless the body has it.
pub(crate) fn build(fields: &[Field], new: &NewRecord, body: &Object) -> Object {
    let stored = |field: &Field| Some((field.stored?.to_owned(), field.initial(new)));
    let mut record: Object = fields.iter().filter_map(stored).collect();
    apply(fields, Mode::Create, new, body, &mut record);
    record
}

/// Applies a body to a record; null sets a field back.
pub(crate) fn apply(fields: &[Field], mode: Mode, new: &NewRecord, body: &Object, record: &mut Object) {
    for field in fields.iter().filter(|field| field.rule(mode, false) != Rule::Absent) {
        let (Some(name), Some(given)) = (field.stored, body.get(field.name)) else { continue };
        let value = match (given, field.convert) {
            (Value::Null, _) => field.initial(new),
            (given, Some(convert)) => convert(field, given),
            (given, None) => given.clone(),
        };
        set(record, name, value);
    }
}

/// What is wrong with a call so far.
pub(crate) struct Check(Faults);

impl Check {
    pub(crate) fn require(mut self, holds: bool, field: &str, message: &str) -> Self {
        if !holds {
            self.0.push((field.to_owned(), message.to_owned()));
        }
        self
    }

    pub(crate) fn also(mut self, faults: Faults) -> Self {
        self.0.extend(faults);
        self
    }

    pub(crate) fn done(self) -> Result<(), Problem> {
        if self.0.is_empty() { Ok(()) } else { Err(Problem::invalid(self.0)) }
    }
}

/// A reference with the name that a fixed list has for it.
pub(crate) fn named(field: &Field, given: &Value) -> Value {
    json!({"id": given, "name": field.entry_name(given)})
}
