//! Lists: which records a request selects, in which order, and the page of them that it returns.

mod page;
mod plan;
mod selections;

use std::cmp::Reverse;
use std::io::Write;
use std::ops::Range;
use std::sync::Arc;

use serde_json::Value;

use crate::data::field::Field;
use crate::data::filter::{BoundFilter, Filter, Test};
use crate::data::kind::Kind;
use crate::data::row::Row;
use crate::data::seed_data::SeedData;
use crate::data::store::Store;
use crate::data::table::Table;
use crate::problem::Problem;
use crate::query::Query;

use page::Page;
use plan::Plan;
pub(crate) use plan::{parse_flag, parse_id};
pub(crate) use selections::Selections;

/// What a list endpoint has beyond the filters and sorts that the fields of its records declare.
pub(crate) struct Listing {
    filters: &'static [Filter],
    filtered: bool,
    sorted: bool,
    hidden: &'static [&'static str],
    parent: Option<Parent>,
    check: Option<Check>,
}

/// What a list requires of its query beyond the single parameters.
type Check = fn(&Query) -> Result<(), Problem>;

/// The record in the path above the list.
pub(crate) struct Parent {
    /// Field that refers to it.
    pub(crate) field: &'static str,
    pub(crate) check: fn(&Store, i64) -> Result<(), Problem>,
    /// Slots of the seeded records below the parent, where they are known without looking.
    pub(crate) seeded: Option<fn(&SeedData, i64) -> Range<u32>>,
}

/// What a list response is made from besides the request.
pub(crate) struct Source<'a> {
    pub(crate) table: &'static Table,
    pub(crate) store: &'a Store,
    pub(crate) selections: &'a Selections,
    pub(crate) largest_page: u32,
}

pub(crate) const LIST: Listing =
    Listing { filters: &[], filtered: true, sorted: true, hidden: &[], parent: None, check: None };

impl Listing {
    /// Filters that belong to no field: they select by the id.
    pub(crate) const fn filters(self, filters: &'static [Filter]) -> Self {
        Self { filters, ..self }
    }

    pub(crate) const fn unfiltered(self) -> Self {
        Self { filtered: false, ..self }
    }

    pub(crate) const fn unsorted(self) -> Self {
        Self { sorted: false, ..self }
    }

    /// Leaves fields out that only the single record shows.
    pub(crate) const fn hide(self, hidden: &'static [&'static str]) -> Self {
        Self { hidden, ..self }
    }

    pub(crate) const fn below(self, parent: Parent) -> Self {
        Self { parent: Some(parent), ..self }
    }

    pub(crate) const fn check(self, check: Check) -> Self {
        Self { check: Some(check), ..self }
    }

    /// Parameters that this endpoint does not have, or that have no effect as given.
    pub(crate) fn ignored(&self, table: &Table, query: &Query) -> Vec<String> {
        let filters = self.bound_filters(table);
        let known = |name: &str| {
            let paging = ["page", "pageSize", "includeTotal"].iter().any(|own| own.eq_ignore_ascii_case(name));
            let filter = filters.iter().any(|filter| {
                filter.name.eq_ignore_ascii_case(name)
                    || matches!(filter.test, Test::CustomFields) && name.starts_with(filter.name)
            });
            paging || filter
        };
        let unknown = |(name, value): &&(String, String)| {
            if name.eq_ignore_ascii_case("sort") {
                return self.order(table, value).is_none() && !value.is_empty();
            }
            !known(name)
        };
        query.0.iter().filter(unknown).map(|(name, _)| name.clone()).collect()
    }

    /// The body of the response, and the slots of the records in it.
    pub(crate) fn respond(
        &self,
        source: &Source<'_>,
        parents: &[i64],
        query: &Query,
    ) -> Result<(Vec<u8>, Vec<u32>), Problem> {
        if let Some(check) = self.check {
            check(query)?;
        }
        let (plan, mut page) = self.plan(source, parents, query)?;
        page.size = page.size.min(source.largest_page);
        let sort = query.get("sort").and_then(|text| self.order(source.table, text));
        let order = sort.or_else(|| self.order_by(source.table, query));
        let slots = self.select(source, parents, &plan, order);
        let total = slots.as_ref().map_or(source.store.slots(source.table) as usize, |slots| slots.len());
        let start = (page.number as usize - 1).saturating_mul(page.size as usize).min(total);
        let end = start.saturating_add(page.size as usize).min(total);
        let shown = match slots {
            Some(slots) => slots[start..end].to_vec(),
            None => (start..end).filter_map(|slot| u32::try_from(slot).ok()).collect(),
        };
        let body = self.write(source, &shown, &page, total, end < total, query);
        Ok((body, shown))
    }

    fn bound_filters(&self, table: &Table) -> Vec<BoundFilter> {
        let of_fields = table.fields.iter().filter(|_| self.filtered).flat_map(Field::bound_filters);
        let own = self.filters.iter().map(|Filter { name, test, .. }| BoundFilter {
            name,
            test: *test,
            path: "id".to_owned(),
            options: &[],
        });
        of_fields.chain(own).collect()
    }

    fn plan(&self, source: &Source<'_>, parents: &[i64], query: &Query) -> Result<(Plan, Page), Problem> {
        let mut plan = Plan::default();
        let page = Page::read(query, &mut plan.faults);
        for filter in self.bound_filters(source.table) {
            plan.add(source.table, &filter, query, source.store);
        }
        if !plan.faults.is_empty() {
            return Err(Problem::invalid(plan.faults));
        }
        if let (Some(parent), Some(id)) = (&self.parent, parents.first()) {
            (parent.check)(source.store, *id)?;
            plan.keep_id(parent.field, *id);
        }
        Ok((plan, page))
    }

    /// `+Field` or `-Field`; anything else has no effect.
    fn order(&self, table: &Table, text: &str) -> Option<Order> {
        let field = self.sortable(table, text.strip_prefix(['+', '-'])?)?;
        Some(Order { field, descending: text.starts_with('-') })
    }

    /// The older pair of parameters that the invoices still have.
    fn order_by(&self, table: &Table, query: &Query) -> Option<Order> {
        self.filters.iter().find(|filter| filter.name == "orderBy")?;
        let field = self.sortable(table, query.get("orderBy")?)?;
        let direction = query.get("orderByDirection").unwrap_or_default().to_lowercase();
        Some(Order { field, descending: direction == "desc" || direction == "descending" })
    }

    fn sortable(&self, table: &Table, name: &str) -> Option<&'static Field> {
        let named = |field: &&Field| field.sort.is_some_and(|sort| sort.eq_ignore_ascii_case(name));
        table.fields.iter().find(named).filter(|_| self.sorted)
    }

    /// The slots of the selected records, in order; `None` for every slot there is.
    fn select(&self, source: &Source<'_>, parents: &[i64], plan: &Plan, order: Option<Order>) -> Option<Arc<Vec<u32>>> {
        let Source { table, store, selections, .. } = *source;
        if plan.selects_all() && order.is_none() && store.is_whole(table) {
            return None;
        }
        let sorted = order.as_ref().map(|order| (order.field.name, order.descending));
        let key = format!("{table:?} {self:p} {sorted:?} {parents:?}\n{}", plan.used);
        Some(selections.get(key, store.version, || {
            let mut slots = self.matching(source, parents, plan);
            if let Some(order) = order {
                order.arrange(store, table, &mut slots);
            }
            slots
        }))
    }

    fn matching(&self, source: &Source<'_>, parents: &[i64], plan: &Plan) -> Vec<u32> {
        let Source { table, store, .. } = *source;
        let mut text = Vec::with_capacity(2048);
        let mut fits = |slot: &u32| {
            if store.is_removed(table, *slot) || !plan.matches_keys(&store.keys(table, *slot)) {
                return false;
            }
            if !plan.needs_rows() {
                return true;
            }
            text.clear();
            store.write(table, *slot, &mut text);
            plan.matches_row(&Row::parse(&text))
        };
        if let Some(ids) = &plan.ids {
            let mut slots: Vec<u32> = ids.iter().filter_map(|id| store.slot(table, *id)).collect();
            slots.sort_unstable();
            slots.retain(fits);
            return slots;
        }
        match self.parent.as_ref().and_then(|parent| parent.seeded).zip(parents.first()) {
            Some((seeded, id)) => store.candidates(table, seeded(&store.seeded, *id)).filter(&mut fits).collect(),
            None => (0..store.slots(table)).filter(&mut fits).collect(),
        }
    }

    fn write(
        &self,
        source: &Source<'_>,
        slots: &[u32],
        page: &Page,
        total: usize,
        more: bool,
        query: &Query,
    ) -> Vec<u8> {
        let guid = query.get("externalDataApplicationGuid");
        let total = if page.counted { total.to_string() } else { "null".to_owned() };
        let Page { number, size, .. } = page;
        let mut out = Vec::with_capacity(4096);
        // Writing to memory cannot fail.
        let _ =
            write!(out, "{{\"page\":{number},\"pageSize\":{size},\"hasMore\":{more},\"totalCount\":{total},\"data\":[");
        for (at, slot) in slots.iter().enumerate() {
            if at == 1 {
                // About as much as the first one for each of the others, and a tenth to spare.
                out.reserve(out.len() * slots.len() / 10 * 11);
            }
            if at > 0 {
                out.push(b',');
            }
            write_shown(source.store, source.table, *slot, self.hidden, guid, &mut out);
        }
        out.extend_from_slice(b"]}");
        out
    }
}

/// Writes a record as an endpoint shows it: without hidden fields, with the caller's external data.
pub(crate) fn write_shown(
    store: &Store,
    table: &'static Table,
    slot: u32,
    hidden: &[&str],
    guid: Option<&str>,
    out: &mut Vec<u8>,
) {
    if hidden.is_empty() && guid.is_none() {
        store.write(table, slot, out);
        return;
    }
    let mut record = store.at(table, slot);
    for field in hidden {
        record.shift_remove(*field);
    }
    if let (Some(guid), Some(shown)) = (guid, record.get_mut("externalData")) {
        *shown = store.external(table, store.keys(table, slot).id, guid);
    }
    out.extend_from_slice(Value::Object(record).to_string().as_bytes());
}

#[derive(Clone, Copy)]
struct Order {
    field: &'static Field,
    descending: bool,
}

impl Order {
    /// Ids and times sort by their keys, choices by their rank, anything else by its text, blanks first.
    fn arrange(self, store: &Store, table: &'static Table, slots: &mut [u32]) {
        match (self.field.name, self.field.kind) {
            ("id", _) => self.by(slots, |slot| store.keys(table, slot).id),
            ("createdOn", _) => self.by(slots, |slot| store.keys(table, slot).created),
            ("modifiedOn", _) => self.by(slots, |slot| store.keys(table, slot).modified),
            (name, Kind::Choice(ranks) | Kind::Suggested(ranks)) => self.by(slots, |slot| {
                let text = text_at(store, table, slot, name);
                ranks.iter().position(|rank| *rank == text)
            }),
            (name, _) => self.by(slots, |slot| text_at(store, table, slot, self.field.stored.unwrap_or(name))),
        }
    }

    /// Records with the same key stay in order of creation.
    fn by<K: Ord>(self, slots: &mut [u32], key: impl Fn(u32) -> K) {
        if self.descending {
            slots.sort_by_cached_key(|slot| Reverse(key(*slot)));
        } else {
            slots.sort_by_cached_key(|slot| key(*slot));
        }
    }
}

fn text_at(store: &Store, table: &'static Table, slot: u32, field: &str) -> String {
    let mut text = Vec::with_capacity(2048);
    store.write(table, slot, &mut text);
    Row::parse(&text).text(field).unwrap_or_default().into_owned()
}
