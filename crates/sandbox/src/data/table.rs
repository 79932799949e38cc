//! Tables: what a resource declares of its records as a whole.

use std::fmt;

use crate::data::field::Field;

/// Ids of seeded records start here, above the ids in the service's documentation.
const FIRST_BLOCK: i64 = 12_000_000_000;
const BLOCK: i64 = 100_000_000;
const ID_STEP: i64 = 7;
/// Ids of records created at run time start this far into their table's block.
const CREATED_FROM: i64 = 80_000_000;

/// The id that the service's documentation uses for nearly everything.
pub(crate) const DOCUMENTED: i64 = 10_978_752_986;
/// The first integer that a double cannot hold.
pub(crate) const ABOVE_DOUBLE: i64 = 9_007_199_254_740_993;

/// A resource's records: name, ids, number and fields.
pub(crate) struct Table {
    /// Name in the public API, as in the path.
    pub(crate) name: &'static str,
    /// What an error message calls one record.
    pub(crate) noun: &'static str,
    /// Which block of ids and which random numbers are its own; no other table may have the same.
    pub(crate) block: u32,
    pub(crate) fields: &'static [Field],
    first_ids: &'static [i64],
    pub(crate) size: Size,
    /// One in this many seeded records is inactive; 0 for none.
    pub(crate) inactive: u32,
}

/// How many seeded records a table has.
#[derive(Clone, Copy)]
pub(crate) enum Size {
    /// As many as the sandbox was asked for.
    Main,
    /// As many as the sandbox was asked for, at most this many.
    UpTo(u32),
    /// This many for each record of the other table.
    Per(u32, &'static Table),
}

impl Table {
    pub(crate) const fn new(name: &'static str, noun: &'static str, block: u32, fields: &'static [Field]) -> Self {
        let first_ids = &[DOCUMENTED, ABOVE_DOUBLE];
        Self { name, noun, block, fields, first_ids, size: Size::Main, inactive: 0 }
    }

    /// Ids of the first records; the documented one and one above 2^53 if not given.
    pub(crate) const fn first_ids(self, first_ids: &'static [i64]) -> Self {
        Self { first_ids, ..self }
    }

    pub(crate) const fn size(self, size: Size) -> Self {
        Self { size, ..self }
    }

    pub(crate) const fn one_inactive_in(self, inactive: u32) -> Self {
        Self { inactive, ..self }
    }

    fn first_id(&self) -> i64 {
        FIRST_BLOCK + i64::from(self.block) * BLOCK
    }

    pub(crate) fn id(&self, slot: u32) -> i64 {
        let documented = self.first_ids.get(slot as usize);
        documented.copied().unwrap_or_else(|| self.first_id() + i64::from(slot) * ID_STEP)
    }

    /// The slot that a seeded record with this id has.
    pub(crate) fn slot(&self, id: i64) -> Option<u32> {
        if let Some(slot) = self.first_ids.iter().position(|known| *known == id) {
            return u32::try_from(slot).ok();
        }
        let slot = u32::try_from(id.checked_sub(self.first_id())? / ID_STEP).ok()?;
        (self.id(slot) == id).then_some(slot)
    }

    pub(crate) fn first_new_id(&self) -> i64 {
        self.first_id() + CREATED_FROM
    }

    /// Whether this is the table of a public name; case and punctuation do not matter.
    pub(crate) fn is_named(&self, name: &str) -> bool {
        let plain = |text: &str| text.replace(['-', '_'], "").to_lowercase();
        plain(self.name) == plain(name)
    }
}

impl PartialEq for Table {
    fn eq(&self, other: &Self) -> bool {
        self.block == other.block
    }
}

impl fmt::Debug for Table {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name)
    }
}
