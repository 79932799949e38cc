//! The state: the seed data, and beside it only what was changed, removed or added.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::{Value, json};

use crate::data::clock::Timestamp;
use crate::data::json::{Object, id_of, items_of, text_of};
use crate::data::row::Row;
use crate::data::seed_data::{Keys, SeedData};
use crate::data::table::Table;

/// A record that is no longer, or never was, the seeded one.
struct Record {
    keys: Keys,
    text: Vec<u8>,
}

#[derive(Default)]
struct Changes {
    /// By slot; slots from the seeded count on belong to new records.
    records: HashMap<u32, Record>,
    removed: HashSet<u32>,
    /// Slots of new records by id.
    added: HashMap<i64, u32>,
    added_count: u32,
    last_id: i64,
}

#[derive(Clone)]
pub(crate) struct File {
    pub(crate) content_type: String,
    pub(crate) file_name: String,
    pub(crate) bytes: hyper::body::Bytes,
}

type Pairs = Vec<(String, String)>;

pub(crate) struct Store {
    pub(crate) seeded: SeedData,
    /// By the block of their table.
    changes: Vec<Changes>,
    /// External data by record and application.
    external: HashMap<(u32, i64), BTreeMap<String, Pairs>>,
    pub(crate) files: HashMap<String, File>,
    /// Rises with every change, so that cached selections can tell that they are stale.
    pub(crate) version: u64,
}

impl Store {
    pub(crate) fn new(seeded: SeedData) -> Self {
        Self {
            changes: (0..seeded.blocks()).map(|_| Changes::default()).collect(),
            seeded,
            external: HashMap::new(),
            files: HashMap::new(),
            version: 0,
        }
    }

    fn changes(&self, table: &Table) -> &Changes {
        &self.changes[table.block as usize]
    }

    fn changes_mut(&mut self, table: &Table) -> &mut Changes {
        &mut self.changes[table.block as usize]
    }

    /// Slots in use, removed ones included.
    pub(crate) fn slots(&self, table: &'static Table) -> u32 {
        self.seeded.count(table) + self.changes(table).added_count
    }

    /// Whether each slot still holds a record.
    pub(crate) fn is_whole(&self, table: &'static Table) -> bool {
        self.changes(table).removed.is_empty()
    }

    pub(crate) fn is_removed(&self, table: &'static Table, slot: u32) -> bool {
        self.changes(table).removed.contains(&slot)
    }

    pub(crate) fn count(&self, table: &'static Table) -> usize {
        self.slots(table) as usize - self.changes(table).removed.len()
    }

    /// The slots that hold a record, in order of creation.
    pub(crate) fn live(&self, table: &'static Table) -> impl Iterator<Item = u32> {
        (0..self.slots(table)).filter(move |slot| !self.is_removed(table, *slot))
    }

    pub(crate) fn slot(&self, table: &'static Table, id: i64) -> Option<u32> {
        let changes = self.changes(table);
        let slot = changes.added.get(&id).copied().or_else(|| self.seeded.slot(table, id))?;
        (!changes.removed.contains(&slot)).then_some(slot)
    }

    pub(crate) fn has(&self, table: &'static Table, id: i64) -> bool {
        self.slot(table, id).is_some()
    }

    pub(crate) fn keys(&self, table: &'static Table, slot: u32) -> Keys {
        match self.changes(table).records.get(&slot) {
            Some(record) => record.keys,
            None => self.seeded.keys(table, slot),
        }
    }

    pub(crate) fn write(&self, table: &'static Table, slot: u32, out: &mut Vec<u8>) {
        match self.changes(table).records.get(&slot) {
            Some(record) => out.extend_from_slice(&record.text),
            None => self.seeded.write(table, slot, out),
        }
    }

    pub(crate) fn at(&self, table: &'static Table, slot: u32) -> Object {
        let mut text = Vec::with_capacity(1024);
        self.write(table, slot, &mut text);
        serde_json::from_slice(&text).unwrap_or_default()
    }

    pub(crate) fn get(&self, table: &'static Table, id: i64) -> Option<Object> {
        self.slot(table, id).map(|slot| self.at(table, slot))
    }

    /// The first record of a table as it was seeded, to make others from.
    pub(crate) fn model(&self, table: &'static Table) -> Object {
        let mut text = Vec::with_capacity(1024);
        // Seeding needs no record to exist: a sandbox without records can still be filled.
        self.seeded.write(table, 0, &mut text);
        serde_json::from_slice(&text).unwrap_or_default()
    }

    /// Like the first record, but new: without an id, and made now.
    pub(crate) fn fresh(&self, table: &'static Table, now: Timestamp) -> Object {
        let mut record = self.model(table);
        record.shift_remove("id");
        for field in ["createdOn", "modifiedOn"] {
            date(&mut record, field, now);
        }
        record
    }

    /// Name of a record, for records that show it beside its id.
    pub(crate) fn name(&self, table: &'static Table, id: i64) -> Option<String> {
        let record = self.get(table, id)?;
        text_of(&record, "name").map(str::to_owned)
    }

    pub(crate) fn new_id(&mut self, table: &'static Table) -> i64 {
        let changes = self.changes_mut(table);
        changes.last_id = match changes.last_id {
            0 => table.first_new_id(),
            last => last + 3,
        };
        changes.last_id
    }

    /// Adds a record under the id that it carries, or a new one, and returns the id.
    pub(crate) fn insert(&mut self, table: &'static Table, mut record: Object) -> i64 {
        let id = if let Some(id) = id_of(&record, "id") {
            id
        } else {
            let id = self.new_id(table);
            record.shift_insert(0, "id".to_owned(), id.into());
            id
        };
        if self.slot(table, id).is_some() {
            self.put(table, id, &record);
            return id;
        }
        let slot = self.slots(table);
        let changes = self.changes_mut(table);
        changes.added_count += 1;
        changes.added.insert(id, slot);
        self.store(table, slot, &record);
        id
    }

    pub(crate) fn put(&mut self, table: &'static Table, id: i64, record: &Object) {
        if let Some(slot) = self.slot(table, id) {
            self.store(table, slot, record);
        }
    }

    pub(crate) fn remove(&mut self, table: &'static Table, id: i64) -> bool {
        let Some(slot) = self.slot(table, id) else { return false };
        let changes = self.changes_mut(table);
        changes.records.remove(&slot);
        changes.removed.insert(slot);
        changes.added.remove(&id);
        self.external.remove(&(table.block, id));
        self.version += 1;
        true
    }

    fn store(&mut self, table: &'static Table, slot: u32, record: &Object) {
        let keys = keys_of(record);
        let text = serde_json::to_vec(record).unwrap_or_default();
        self.changes_mut(table).records.insert(slot, Record { keys, text });
        self.version += 1;
    }

    /// Keeps external data of one application; `Merge` adds to what is there.
    pub(crate) fn set_external(&mut self, table: &'static Table, id: i64, given: &Object) {
        let Some(guid) = text_of(given, "applicationGuid") else { return };
        let merge = text_of(given, "patchMode") == Some("Merge");
        let pairs = self.external.entry((table.block, id)).or_default().entry(guid.to_lowercase()).or_default();
        if !merge {
            pairs.clear();
        }
        for item in items_of(given, "externalData") {
            let key = item["key"].as_str().unwrap_or_default();
            pairs.retain(|(known, _)| known != key);
            if let Some(value) = item["value"].as_str() {
                pairs.push((key.to_owned(), value.to_owned()));
            }
        }
        self.version += 1;
    }

    pub(crate) fn external(&self, table: &'static Table, id: i64, guid: &str) -> Value {
        let pairs = self.external.get(&(table.block, id)).and_then(|apps| apps.get(&guid.to_lowercase()));
        let shown = |(key, value): &(String, String)| json!({"key": key, "value": value});
        pairs.map_or_else(|| json!([]), |pairs| pairs.iter().map(shown).collect())
    }

    /// Ids in a field of the records that fit.
    pub(crate) fn ids_where(&self, table: &'static Table, fits: impl Fn(&Row<'_>) -> bool, path: &str) -> HashSet<i64> {
        let mut text = Vec::new();
        let mut found = HashSet::new();
        for slot in self.live(table) {
            text.clear();
            self.write(table, slot, &mut text);
            let row = Row::parse(&text);
            if fits(&row) {
                found.extend(row.ids(path));
            }
        }
        found
    }

    /// Slots of the records that belong to a record of another table: the seeded ones that are known to, and of those
    /// added since, which may.
    pub(crate) fn candidates(
        &self,
        table: &'static Table,
        seeded: impl IntoIterator<Item = u32>,
    ) -> impl Iterator<Item = u32> {
        let count = self.seeded.count(table);
        let seeded = seeded.into_iter().filter(move |slot| *slot < count);
        seeded.chain(count..self.slots(table)).filter(move |slot| !self.is_removed(table, *slot))
    }

    /// Ids of the records that carry one of these values under a key.
    pub(crate) fn with_external(&self, table: &'static Table, guid: &str, key: &str, values: &[&str]) -> HashSet<i64> {
        let guid = guid.to_lowercase();
        let carries = |apps: &BTreeMap<String, Pairs>| {
            let pairs = apps.get(&guid).map(Vec::as_slice).unwrap_or_default();
            pairs.iter().any(|(known, value)| known == key && values.contains(&value.as_str()))
        };
        let own = self.external.iter().filter(|((of, _), apps)| *of == table.block && carries(apps));
        own.map(|((_, id), _)| *id).collect()
    }
}

/// Sets a time of a record, if its table has it.
pub(crate) fn date(record: &mut Object, field: &str, now: Timestamp) {
    if let Some(time) = record.get_mut(field) {
        *time = now.text().into();
    }
}

fn keys_of(record: &Object) -> Keys {
    let timestamp = |key: &str| text_of(record, key).and_then(Timestamp::parse);
    let created = timestamp("createdOn").unwrap_or_default();
    Keys {
        id: id_of(record, "id").unwrap_or_default(),
        created,
        modified: timestamp("modifiedOn").unwrap_or(created),
        active: record.get("active").and_then(Value::as_bool).unwrap_or(true),
    }
}
