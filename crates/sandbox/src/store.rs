//! The state: seeded records by arithmetic, and beside them only what was changed, removed or added.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use serde_json::{Value, json};

use crate::json::{Json, Object, id_of, text_of};
use crate::problem::Problem;
use crate::stamp::Stamp;
use crate::world::{Keys, TABLES, Table, World};

/// A record that is no longer, or never was, the seeded one.
pub(crate) struct Record {
    keys: Keys,
    text: Vec<u8>,
}

#[derive(Default)]
struct Changes {
    /// By slot; slots from the seeded count on belong to new records.
    records: HashMap<u32, Arc<Record>>,
    removed: HashSet<u32>,
    /// Slots of new records by id.
    added: HashMap<i64, u32>,
    added_count: u32,
    last_id: i64,
}

/// An uploaded file.
#[derive(Clone)]
pub(crate) struct Attachment {
    pub(crate) content_type: String,
    pub(crate) file_name: String,
    pub(crate) bytes: hyper::body::Bytes,
}

type Pairs = Vec<(String, String)>;

/// All records and files.
pub(crate) struct Store {
    pub(crate) world: World,
    changes: [Changes; TABLES.len()],
    /// External data by record and application.
    external: HashMap<(Table, i64), BTreeMap<String, Pairs>>,
    pub(crate) files: HashMap<String, Attachment>,
    /// Moves with every change, so that cached selections can tell that they are stale.
    pub(crate) version: u64,
}

impl Store {
    pub(crate) fn new(world: World) -> Self {
        Self {
            world,
            changes: std::array::from_fn(|_| Changes::default()),
            external: HashMap::new(),
            files: HashMap::new(),
            version: 0,
        }
    }

    /// Slots in use, removed ones included.
    pub(crate) fn slots(&self, table: Table) -> u32 {
        self.world.count(table) + self.changes[table as usize].added_count
    }

    /// Whether each slot still holds a record.
    pub(crate) fn is_whole(&self, table: Table) -> bool {
        self.changes[table as usize].removed.is_empty()
    }

    pub(crate) fn is_removed(&self, table: Table, slot: u32) -> bool {
        self.changes[table as usize].removed.contains(&slot)
    }

    pub(crate) fn count(&self, table: Table) -> usize {
        self.slots(table) as usize - self.changes[table as usize].removed.len()
    }

    /// The slots that hold a record, in order of creation.
    pub(crate) fn live(&self, table: Table) -> impl Iterator<Item = u32> {
        (0..self.slots(table)).filter(move |slot| !self.is_removed(table, *slot))
    }

    pub(crate) fn slot(&self, table: Table, id: i64) -> Option<u32> {
        let changes = &self.changes[table as usize];
        let slot = changes.added.get(&id).copied().or_else(|| self.world.slot(table, id))?;
        (!changes.removed.contains(&slot)).then_some(slot)
    }

    pub(crate) fn has(&self, table: Table, id: i64) -> bool {
        self.slot(table, id).is_some()
    }

    pub(crate) fn keys(&self, table: Table, slot: u32) -> Keys {
        match self.changes[table as usize].records.get(&slot) {
            Some(record) => record.keys,
            None => self.world.keys(table, slot),
        }
    }

    /// Appends the record's JSON.
    pub(crate) fn write(&self, table: Table, slot: u32, out: &mut Vec<u8>) {
        match self.changes[table as usize].records.get(&slot) {
            Some(record) => out.extend_from_slice(&record.text),
            None => Json::object(out, |json| (table.spec().render)(&self.world, slot, json)),
        }
    }

    pub(crate) fn at(&self, table: Table, slot: u32) -> Object {
        let mut text = Vec::with_capacity(1024);
        self.write(table, slot, &mut text);
        serde_json::from_slice(&text).unwrap_or_default()
    }

    pub(crate) fn get(&self, table: Table, id: i64) -> Option<Object> {
        self.slot(table, id).map(|slot| self.at(table, slot))
    }

    /// The record, or the 404 that a path with its id answers.
    pub(crate) fn find(&self, table: Table, id: i64) -> Result<Object, Problem> {
        self.get(table, id).ok_or_else(|| Problem::not_found(table.spec().noun, id))
    }

    /// The first record of a table as it was seeded, to make others from.
    pub(crate) fn model(&self, table: Table) -> Object {
        let mut text = Vec::with_capacity(1024);
        // Seeding needs no record to exist: a sandbox without records can still be filled.
        Json::object(&mut text, |json| (table.spec().render)(&self.world, 0, json));
        serde_json::from_slice(&text).unwrap_or_default()
    }

    /// Name of a record, for the replies that show one beside an id.
    pub(crate) fn name(&self, table: Table, id: i64) -> Option<String> {
        let record = self.get(table, id)?;
        text_of(&record, "name").map(str::to_owned)
    }

    pub(crate) fn new_id(&mut self, table: Table) -> i64 {
        let changes = &mut self.changes[table as usize];
        changes.last_id = match changes.last_id {
            0 => table.first_new_id(),
            last => last + 3,
        };
        changes.last_id
    }

    /// Adds a record under the id that it carries, or a new one, and answers the id.
    pub(crate) fn insert(&mut self, table: Table, mut record: Object) -> i64 {
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
        let changes = &mut self.changes[table as usize];
        changes.added_count += 1;
        changes.added.insert(id, slot);
        self.store(table, slot, &record);
        id
    }

    /// Replaces a record that exists.
    pub(crate) fn put(&mut self, table: Table, id: i64, record: &Object) {
        if let Some(slot) = self.slot(table, id) {
            self.store(table, slot, record);
        }
    }

    pub(crate) fn remove(&mut self, table: Table, id: i64) -> bool {
        let Some(slot) = self.slot(table, id) else { return false };
        let changes = &mut self.changes[table as usize];
        changes.records.remove(&slot);
        changes.removed.insert(slot);
        changes.added.remove(&id);
        self.external.remove(&(table, id));
        self.version += 1;
        true
    }

    fn store(&mut self, table: Table, slot: u32, record: &Object) {
        let keys = keys_of(record);
        let text = serde_json::to_vec(record).unwrap_or_default();
        self.changes[table as usize].records.insert(slot, Arc::new(Record { keys, text }));
        self.version += 1;
    }

    /// Keeps external data of one application; `Merge` adds to what is there.
    pub(crate) fn set_external(&mut self, table: Table, id: i64, given: &Object) {
        let Some(guid) = text_of(given, "applicationGuid") else { return };
        let merge = text_of(given, "patchMode") == Some("Merge");
        let pairs = self.external.entry((table, id)).or_default().entry(guid.to_lowercase()).or_default();
        if !merge {
            pairs.clear();
        }
        for item in given.get("externalData").and_then(Value::as_array).into_iter().flatten() {
            let key = item["key"].as_str().unwrap_or_default();
            pairs.retain(|(known, _)| known != key);
            if let Some(value) = item["value"].as_str() {
                pairs.push((key.to_owned(), value.to_owned()));
            }
        }
        self.version += 1;
    }

    pub(crate) fn external(&self, table: Table, id: i64, guid: &str) -> Value {
        let pairs = self.external.get(&(table, id)).and_then(|apps| apps.get(&guid.to_lowercase()));
        let shown = |(key, value): &(String, String)| json!({"key": key, "value": value});
        pairs.map_or_else(|| json!([]), |pairs| pairs.iter().map(shown).collect())
    }

    /// Ids of the records that carry one of these values under a key.
    pub(crate) fn with_external(&self, table: Table, guid: &str, key: &str, values: &[&str]) -> HashSet<i64> {
        let guid = guid.to_lowercase();
        let carries = |apps: &BTreeMap<String, Pairs>| {
            let pairs = apps.get(&guid).map(Vec::as_slice).unwrap_or_default();
            pairs.iter().any(|(known, value)| known == key && values.contains(&value.as_str()))
        };
        let own = self.external.iter().filter(|((of, _), apps)| *of == table && carries(apps));
        own.map(|((_, id), _)| *id).collect()
    }
}

fn keys_of(record: &Object) -> Keys {
    let stamp = |key: &str| text_of(record, key).and_then(Stamp::parse);
    let created = stamp("createdOn").unwrap_or_default();
    Keys {
        id: id_of(record, "id").unwrap_or_default(),
        created,
        modified: stamp("modifiedOn").unwrap_or(created),
        active: record.get("active").and_then(Value::as_bool).unwrap_or(true),
    }
}
