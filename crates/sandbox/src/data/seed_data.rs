//! The seed data as arithmetic: which record is in which slot, with which id, created when. Nothing is stored.

use crate::data::clock::Timestamp;
use crate::data::rng::{Rng, hash};
use crate::data::seed::{Seed, Template};
use crate::data::table::{Size, Table};

/// Seeded records end here and go back eighteen months.
const END: Timestamp = Timestamp::from_seconds(1_772_323_200); // 2026-03-01
const START: Timestamp = END.plus_days(-540);

/// What lists are ordered and filtered by without looking at the record itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Keys {
    pub(crate) id: i64,
    pub(crate) created: Timestamp,
    pub(crate) modified: Timestamp,
    pub(crate) active: bool,
}

/// The seed and the sizes: all that the data set is.
#[derive(Clone)]
pub(crate) struct SeedData {
    seed: u64,
    /// How many records there are, by the block of their table.
    counts: Vec<u32>,
    templates: Vec<Template>,
}

impl SeedData {
    /// As many records as `given` says for a table, and `records` of the others.
    pub(crate) fn new(seed: u64, tables: &[&'static Table], records: u32, given: &[(&Table, u32)]) -> Self {
        let blocks = tables.iter().map(|table| table.block as usize + 1).max().unwrap_or_default();
        let (mut counts, mut templates) = (vec![0; blocks], vec![Template::default(); blocks]);
        for table in tables {
            counts[table.block as usize] = count(table, records, given);
            templates[table.block as usize].add(table.fields);
        }
        Self { seed, counts, templates }
    }

    pub(crate) fn blocks(&self) -> usize {
        self.counts.len()
    }

    pub(crate) fn count(&self, table: &Table) -> u32 {
        self.counts[table.block as usize]
    }

    /// The slot of a seeded record.
    pub(crate) fn slot(&self, table: &Table, id: i64) -> Option<u32> {
        table.slot(id).filter(|slot| *slot < self.count(table))
    }

    pub(crate) fn keys(&self, table: &Table, slot: u32) -> Keys {
        // Creation times rise with the slot; changes do not, so that sorting by them shows.
        let step = (END.0 - START.0) / i64::from(self.count(table).max(1));
        let mut rng = self.rng(table, slot, "keys");
        let created = Timestamp(START.0 + i64::from(slot) * step + rng.below_i64(step));
        let room = (END.0 - created.0).min(END.0 - END.plus_days(-45).0);
        let later = if rng.one_in(3) { 0 } else { rng.below_i64(room) };
        Keys {
            id: table.id(slot),
            created,
            modified: Timestamp(created.0 + later),
            // The first records are the documented examples: always active.
            active: table.inactive == 0 || slot < 5 || !rng.one_in(table.inactive),
        }
    }

    pub(crate) fn write(&self, table: &'static Table, slot: u32, out: &mut Vec<u8>) {
        Seed::new(self, table, slot).write(&self.templates[table.block as usize], out);
    }

    #[inline]
    pub(crate) fn rng(&self, table: &Table, slot: u32, field: &str) -> Rng {
        Rng::new(self.source(table, slot) ^ hash(field))
    }

    /// Where all random numbers of a record come from.
    pub(crate) fn source(&self, table: &Table, slot: u32) -> u64 {
        let record = u64::from(table.block + 1) << 40 ^ u64::from(slot);
        self.seed.wrapping_add(record).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }
}

fn count(table: &Table, records: u32, given: &[(&Table, u32)]) -> u32 {
    if let Some((_, own)) = given.iter().find(|(known, _)| *known == table) {
        return *own;
    }
    match table.size {
        Size::Main => records,
        Size::UpTo(most) => records.min(most),
        Size::Per(each, other) => count(other, records, given).saturating_mul(each),
    }
}

#[cfg(test)]
mod tests {
    use super::SeedData;
    use crate::resources;

    #[test]
    fn ids_lead_back_to_their_slots() {
        let tables = resources::tables();
        let data = SeedData::new(7, &tables, 1000, &[]);
        for table in tables {
            for slot in 0..data.count(table) {
                assert_eq!(data.slot(table, table.id(slot)), Some(slot), "{table:?} {slot}");
            }
        }
    }

    #[test]
    fn tables_share_no_block() {
        let tables = resources::tables();
        for (at, table) in tables.iter().enumerate() {
            let other = tables[at + 1..].iter().find(|other| other.block == table.block);
            assert!(other.is_none(), "{table:?} and {other:?} both have block {}", table.block);
        }
    }
}
