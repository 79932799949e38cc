//! One seeded record in the making, and how a field's value is written into it.

use std::any::Any;
use std::cell::OnceCell;
use std::mem::take;
use std::rc::Rc;

use serde::Serialize;

use crate::data::clock::Timestamp;
use crate::data::field::{Field, Initial, NewRecord, Reference, Seeding};
use crate::data::json::{Money, MoneyText, decimal};
use crate::data::kind::Kind;
use crate::data::rng::Rng;
use crate::data::seed_data::{Keys, SeedData};
use crate::data::table::Table;

/// A seeded record, with the random numbers of the field that is being written.
pub(crate) struct Seed<'a> {
    pub(crate) data: &'a SeedData,
    pub(crate) slot: u32,
    pub(crate) keys: Keys,
    pub(crate) rng: Rng,
    /// Where the random numbers of the record come from.
    source: u64,
    facts: OnceCell<Rc<dyn Any>>,
}

/// Writes the JSON of one field.
pub(crate) trait Seeder: Sync {
    fn write(&self, seed: &mut Seed<'_>, out: &mut Vec<u8>);
}

impl<T: Serialize + 'static, F: Fn(&mut Seed<'_>) -> T + Sync> Seeder for F {
    fn write(&self, seed: &mut Seed<'_>, out: &mut Vec<u8>) {
        write(out, &self(seed));
    }
}

/// How a table's records are written: each field whose value depends on the record, after the text before it.
#[derive(Clone, Default)]
pub(crate) struct Template {
    parts: Vec<(String, &'static Field)>,
    end: String,
}

impl Template {
    pub(crate) fn add(&mut self, fields: &'static [Field]) {
        let mut opening = "{";
        for field in fields {
            let Some(name) = field.stored else { continue };
            self.end.extend([opening, "\"", name, "\":"]);
            opening = ",";
            match (field.seeding, field.kind, field.reference, field.initial) {
                (Seeding::Parts, Kind::Object(parts), ..) => self.add(parts),
                (Seeding::Parts, Kind::List(Kind::Object(parts)), ..) => {
                    self.end.push('[');
                    self.add(parts);
                    self.end.push(']');
                }
                (Seeding::By(_), ..) | (_, Kind::Choice(_) | Kind::Suggested(_), ..) => {
                    self.parts.push((take(&mut self.end), field));
                }
                (_, _, Reference::None, Initial::Json(text)) => self.end.push_str(text),
                _ => self.parts.push((take(&mut self.end), field)),
            }
        }
        self.end.push('}');
    }
}

impl<'a> Seed<'a> {
    pub(crate) fn new(data: &'a SeedData, table: &'static Table, slot: u32) -> Self {
        let source = data.source(table, slot);
        Self { data, slot, keys: data.keys(table, slot), rng: Rng::new(source), source, facts: OnceCell::new() }
    }

    pub(crate) fn one_in(&mut self, chances: u32) -> bool {
        self.rng.one_in(chances)
    }

    pub(crate) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        self.rng.pick(from)
    }

    /// A fact about the record, from a function that knows it of every record.
    pub(crate) fn own<T>(&self, fact: impl Fn(&SeedData, u32) -> T) -> T {
        fact(self.data, self.slot)
    }

    /// What several fields of a table's records follow from, worked out once a record; a table has one such function.
    pub(crate) fn facts<T: 'static>(&self, of: fn(&SeedData, u32) -> T) -> Rc<T> {
        let known = self.facts.get_or_init(|| Rc::new(self.own(of)));
        Rc::clone(known).downcast().unwrap_or_else(|_| Rc::new(self.own(of)))
    }

    /// The id of any record of a table.
    pub(crate) fn any(&mut self, table: &Table) -> i64 {
        table.id(self.rng.below(self.data.count(table)))
    }

    pub(crate) fn write(&mut self, template: &Template, out: &mut Vec<u8>) {
        for (before, field) in &template.parts {
            out.extend_from_slice(before.as_bytes());
            self.rng = Rng::new(self.source ^ field.stream);
            self.field(field, out);
        }
        out.extend_from_slice(template.end.as_bytes());
    }

    fn field(&mut self, field: &Field, out: &mut Vec<u8>) {
        match (field.seeding, field.kind, field.reference) {
            (Seeding::By(seeder), ..) => seeder.write(self, out),
            (_, Kind::Choice(options) | Kind::Suggested(options), _) => write(out, &self.pick(options)),
            (_, Kind::Id, Reference::Record(table)) => write(out, &self.any(table)),
            (_, Kind::Id, Reference::Entry(known)) => write(out, &self.pick(known.entries).0),
            _ => self.initial(field, out),
        }
    }

    fn initial(&self, field: &Field, out: &mut Vec<u8>) {
        match field.initial {
            Initial::Json(text) => out.extend_from_slice(text.as_bytes()),
            Initial::Text(text) => write(out, &text),
            Initial::Of(value) => write(out, &value(&NewRecord { id: self.keys.id, now: self.keys.created })),
        }
    }
}

/// Most values are texts without anything to escape, times and amounts: these are written as they are.
fn write<T: Serialize + 'static>(out: &mut Vec<u8>, value: &T) {
    let any: &dyn Any = value;
    let text = any.downcast_ref::<&str>().copied().or_else(|| any.downcast_ref().map(String::as_str));
    if let Some(text) =
        text.filter(|text| text.bytes().all(|byte| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\')))
    {
        quote(out, text);
    } else if let Some(time) = any.downcast_ref::<Timestamp>() {
        quote(out, &time.text());
    } else if let Some(MoneyText(cents)) = any.downcast_ref() {
        quote(out, &decimal(*cents));
    } else if let Some(Money(cents)) = any.downcast_ref() {
        out.extend_from_slice(decimal(*cents).as_bytes());
    } else {
        // Writing to memory cannot fail, and neither can what the tables declare.
        let _ = serde_json::to_writer(out, value);
    }
}

fn quote(out: &mut Vec<u8>, plain: &str) {
    out.push(b'"');
    out.extend_from_slice(plain.as_bytes());
    out.push(b'"');
}
