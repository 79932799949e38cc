//! The seeded data as arithmetic: which record sits in which slot, under which id, made when. Nothing is stored.

use crate::json::Json;
use crate::resources;
use crate::stamp::Stamp;

/// Seeded records end here and reach eighteen months back.
const END: Stamp = Stamp::from_seconds(1_772_323_200); // 2026-03-01
const SPAN: i64 = 540 * 86_400;

/// Ids of a table start here, after the documented example ids.
const FIRST_BASE: i64 = 12_000_000_000;
const BASE_STEP: i64 = 100_000_000;
const ID_STEP: i64 = 7;
/// Ids of records made at run time start this far above their table's base.
const CREATED_FROM: i64 = 80_000_000;

/// The id that the service's documentation uses for nearly everything.
pub(crate) const DOCUMENTED: i64 = 10_978_752_986;
/// The first integer that a double cannot hold.
pub(crate) const ABOVE_DOUBLE: i64 = 9_007_199_254_740_993;

/// Everything that has records of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Table {
    AppointmentAssignments,
    Appointments,
    Bookings,
    BusinessUnits,
    Contacts,
    Customers,
    InstalledEquipment,
    Invoices,
    JobCancelReasons,
    Jobs,
    Locations,
    Payments,
    Projects,
    Technicians,
    UserRoles,
}

/// Every table, in the order of `Table`.
pub(crate) const TABLES: [&Spec; 15] = [
    &resources::assignments::TABLE,
    &resources::appointments::TABLE,
    &resources::bookings::TABLE,
    &resources::business_units::TABLE,
    &resources::contacts::TABLE,
    &resources::customers::TABLE,
    &resources::installed_equipment::TABLE,
    &resources::invoices::TABLE,
    &resources::job_cancel_reasons::TABLE,
    &resources::jobs::TABLE,
    &resources::locations::TABLE,
    &resources::payments::TABLE,
    &resources::projects::TABLE,
    &resources::technicians::TABLE,
    &resources::user_roles::TABLE,
];

/// How a table is named and filled.
pub(crate) struct Spec {
    pub(crate) table: Table,
    /// Name in the public API, as in the path.
    pub(crate) name: &'static str,
    /// What an error message calls one record.
    pub(crate) noun: &'static str,
    /// Ids of the first slots.
    pub(crate) ids: &'static [i64],
    pub(crate) size: Size,
    /// One in this many seeded records is inactive; 0 for none.
    pub(crate) inactive: u32,
    pub(crate) render: fn(&World, u32, &mut Json<'_>),
}

/// How many seeded records a table has.
#[derive(Clone, Copy)]
pub(crate) enum Size {
    /// As many as the sandbox was asked for.
    Main,
    /// As many as the sandbox was asked for, at most this many.
    UpTo(u32),
    /// This many for each record of the other table.
    Per(u32, Table),
}

/// What lists are ordered and filtered by without looking at the record itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Keys {
    pub(crate) id: i64,
    pub(crate) created: Stamp,
    pub(crate) modified: Stamp,
    pub(crate) active: bool,
}

impl Table {
    pub(crate) fn spec(self) -> &'static Spec {
        TABLES[self as usize]
    }

    /// The table of a public name; case and punctuation do not matter.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let plain = |text: &str| text.replace(['-', '_'], "").to_lowercase();
        TABLES.iter().find(|spec| plain(spec.name) == plain(name)).map(|spec| spec.table)
    }

    fn base(self) -> i64 {
        FIRST_BASE + self as i64 * BASE_STEP
    }

    /// Where ids of records made at run time start.
    pub(crate) fn first_new_id(self) -> i64 {
        self.base() + CREATED_FROM
    }
}

/// The seed and the sizes: all that the data set is.
#[derive(Clone, Debug)]
pub(crate) struct World {
    seed: u64,
    counts: [u32; TABLES.len()],
}

impl World {
    pub(crate) fn new(seed: u64, records: u32, given: &[(Table, u32)]) -> Self {
        let mut world = Self { seed, counts: [0; TABLES.len()] };
        let own = |table: Table| given.iter().find(|(name, _)| *name == table).map(|(_, count)| *count);
        for spec in TABLES {
            world.counts[spec.table as usize] = own(spec.table).unwrap_or(match spec.size {
                Size::Main => records,
                Size::UpTo(most) => records.min(most),
                Size::Per(..) => 0,
            });
        }
        for spec in TABLES {
            if let Size::Per(each, of) = spec.size {
                world.counts[spec.table as usize] = world.count(of).saturating_mul(each);
            }
        }
        world
    }

    pub(crate) fn count(&self, table: Table) -> u32 {
        self.counts[table as usize]
    }

    #[expect(clippy::unused_self, reason = "the way back, from id to slot, needs the world")]
    pub(crate) fn id(&self, table: Table, slot: u32) -> i64 {
        let fixed = table.spec().ids;
        match fixed.get(slot as usize) {
            Some(id) => *id,
            None => table.base() + i64::from(slot) * ID_STEP,
        }
    }

    /// The slot of a seeded record.
    pub(crate) fn slot(&self, table: Table, id: i64) -> Option<u32> {
        let fixed = table.spec().ids;
        let slot = if let Some(slot) = fixed.iter().position(|known| *known == id) {
            u32::try_from(slot).ok()?
        } else {
            let offset = id - table.base();
            let slot = u32::try_from(offset / ID_STEP).ok()?;
            (offset >= 0 && offset % ID_STEP == 0 && slot as usize >= fixed.len()).then_some(slot)?
        };
        (slot < self.count(table)).then_some(slot)
    }

    pub(crate) fn keys(&self, table: Table, slot: u32) -> Keys {
        let created = self.created(table, slot);
        let mut dice = self.dice(table, slot ^ 0x5bd1_e995);
        let room = END.0 - created.0;
        let later = if dice.one_in(3) { 0 } else { dice.below_i64(room.clamp(1, 45 * 86_400 * 10_000_000)) };
        let inactive = table.spec().inactive;
        Keys {
            id: self.id(table, slot),
            created,
            modified: Stamp(created.0 + later),
            // The first records are the documented examples: always active.
            active: inactive == 0 || slot < 5 || !dice.one_in(inactive),
        }
    }

    /// Creation times rise with the slot; changes do not, so that sorting by them shows.
    fn created(&self, table: Table, slot: u32) -> Stamp {
        let count = i64::from(self.count(table).max(1));
        let step = SPAN * 10_000_000 / count;
        let jitter = self.dice(table, slot ^ 0x9e37_79b9).below_i64(step.max(1));
        Stamp(END.plus_seconds(-SPAN).0 + i64::from(slot) * step + jitter)
    }

    /// Random numbers that belong to one record.
    pub(crate) fn dice(&self, table: Table, slot: u32) -> Dice {
        Dice(self.seed ^ ((table as u64 + 1) << 40) ^ (u64::from(slot) << 1))
    }
}

/// The splitmix generator: small, fast, and the same everywhere.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, limit: u32) -> u32 {
        let wide = (self.next() >> 32) * u64::from(limit);
        (wide >> 32) as u32
    }

    pub(crate) fn below_i64(&mut self, limit: i64) -> i64 {
        (self.next() >> 1).cast_signed() % limit.max(1)
    }

    pub(crate) fn one_in(&mut self, chances: u32) -> bool {
        self.below(chances) == 0
    }

    pub(crate) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(u32::try_from(from.len()).unwrap_or(u32::MAX)) as usize]
    }

    /// True with this probability.
    pub(crate) fn chance(&mut self, probability: f64) -> bool {
        const WHOLE: f64 = 9_007_199_254_740_992.0;
        #[expect(clippy::cast_precision_loss, reason = "53 bits fit a double exactly")]
        let part = (self.next() >> 11) as f64 / WHOLE;
        part < probability
    }
}

#[cfg(test)]
mod tests {
    use super::{TABLES, World};

    #[test]
    fn ids_lead_back_to_their_slots() {
        let world = World::new(7, 1000, &[]);
        for spec in TABLES {
            for slot in 0..world.count(spec.table) {
                let id = world.id(spec.table, slot);
                assert_eq!(world.slot(spec.table, id), Some(slot), "{} {id}", spec.name);
            }
        }
    }

    #[test]
    fn tables_stand_in_the_order_of_their_names() {
        for (at, spec) in TABLES.iter().enumerate() {
            assert_eq!(spec.table as usize, at, "{}", spec.name);
        }
    }
}
