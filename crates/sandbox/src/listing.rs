//! Lists: which records a request selects, in which order, and the page of them that it answers.

use std::cmp::Reverse;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use crate::filters::{Filter, Plan, Test, parse_flag};
use crate::json::{Json, Object, Raw};
use crate::problem::Problem;
use crate::query::Query;
use crate::row::Row;
use crate::store::Store;
use crate::world::{Table, World};

const DEFAULT_SIZE: u32 = 50;
const LARGEST_SIZE: u32 = 5000;
/// How many selections are kept: a client that reads page after page asks for the same one again.
const KEPT: usize = 8;

/// A list endpoint.
pub(crate) struct Listing {
    pub(crate) table: Table,
    filters: &'static [&'static [Filter]],
    sorts: &'static [Sort],
    hidden: &'static [&'static str],
    parent: Option<Parent>,
    check: Option<Check>,
}

/// What a list endpoint asks of its query beyond the single parameters.
type Check = fn(&Query) -> Result<(), Problem>;

/// A field that a list can be sorted by.
pub(crate) enum Sort {
    Id,
    CreatedOn,
    ModifiedOn,
    /// By the text of a field, blanks first.
    Text(&'static str, &'static str),
    /// By the place of the field's text in a list.
    Rank(&'static str, &'static str, &'static [&'static str]),
}

/// The record in the path above the list.
pub(crate) struct Parent {
    /// Field that refers to it.
    pub(crate) field: &'static str,
    pub(crate) check: fn(&Store, i64) -> Result<(), Problem>,
    /// Seeded records below the parent, where that is known without looking.
    pub(crate) seeded: Option<fn(&World, i64) -> Range<u32>>,
}

pub(crate) const SORTS: &[Sort] = &[Sort::Id, Sort::ModifiedOn, Sort::CreatedOn];

impl Listing {
    pub(crate) const fn of(table: Table) -> Self {
        Self { table, filters: &[], sorts: &[], hidden: &[], parent: None, check: None }
    }

    pub(crate) const fn filters(self, filters: &'static [&'static [Filter]]) -> Self {
        Self { filters, ..self }
    }

    pub(crate) const fn sorts(self, sorts: &'static [Sort]) -> Self {
        Self { sorts, ..self }
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
    pub(crate) fn ignored(&self, query: &Query) -> Vec<String> {
        let known = |name: &str| {
            let paging = ["page", "pageSize", "includeTotal"].iter().any(|own| own.eq_ignore_ascii_case(name));
            let filter = self.all_filters().any(|filter| {
                filter.name.eq_ignore_ascii_case(name)
                    || matches!(filter.test, Test::CustomFields) && name.starts_with(filter.name)
            });
            paging || filter
        };
        let unknown = |(name, value): &&(String, String)| {
            if name.eq_ignore_ascii_case("sort") {
                return self.order(value).is_none() && !value.is_empty();
            }
            !known(name)
        };
        query.0.iter().filter(unknown).map(|(name, _)| name.clone()).collect()
    }

    /// The reply's body, and the slots of the records in it.
    pub(crate) fn answer(
        &self,
        store: &Store,
        selections: &Selections,
        parents: &[i64],
        query: &Query,
        largest: u32,
    ) -> Result<(Vec<u8>, Vec<u32>), Problem> {
        if let Some(check) = self.check {
            check(query)?;
        }
        let (plan, mut page) = self.plan(store, parents, query)?;
        page.size = page.size.min(largest);
        let order = query.get("sort").and_then(|text| self.order(text)).or_else(|| self.order_by(query));
        let slots = self.select(store, selections, parents, &plan, order);
        let total = slots.len();
        let start = (page.number as usize - 1).saturating_mul(page.size as usize).min(total);
        let end = start.saturating_add(page.size as usize).min(total);
        let shown: Vec<u32> = (start..end).map(|at| slots.at(at)).collect();
        let body = self.render(store, &shown, &page, total, end < total, query);
        Ok((body, shown))
    }

    fn all_filters(&self) -> impl Iterator<Item = &'static Filter> {
        self.filters.iter().flat_map(|group| group.iter())
    }

    fn plan(&self, store: &Store, parents: &[i64], query: &Query) -> Result<(Plan, Page), Problem> {
        let mut plan = Plan::default();
        let page = Page::read(query, &mut plan.faults);
        for filter in self.all_filters() {
            plan.add(self.table, filter, query, store);
        }
        if !plan.faults.is_empty() {
            return Err(Problem::invalid(plan.faults));
        }
        if let (Some(parent), Some(id)) = (&self.parent, parents.first()) {
            (parent.check)(store, *id)?;
            plan.keep_id(parent.field, *id);
        }
        Ok((plan, page))
    }

    /// `+Field` or `-Field`; anything else has no effect.
    fn order(&self, text: &str) -> Option<(&'static Sort, bool)> {
        let descending = text.starts_with('-');
        let name = text.strip_prefix(['+', '-'])?;
        self.sorts.iter().find(|sort| sort.name().eq_ignore_ascii_case(name)).map(|sort| (sort, descending))
    }

    /// The older pair of parameters that the invoices still have.
    fn order_by(&self, query: &Query) -> Option<(&'static Sort, bool)> {
        self.all_filters().find(|filter| filter.name == "orderBy")?;
        let name = query.get("orderBy")?;
        let direction = query.get("orderByDirection").unwrap_or_default().to_lowercase();
        let descending = direction == "desc" || direction == "descending";
        self.sorts.iter().find(|sort| sort.name().eq_ignore_ascii_case(name)).map(|sort| (sort, descending))
    }

    fn select(
        &self,
        store: &Store,
        selections: &Selections,
        parents: &[i64],
        plan: &Plan,
        order: Option<(&'static Sort, bool)>,
    ) -> Selection {
        if plan.selects_all() && order.is_none() && store.is_whole(self.table) {
            return Selection::Whole(store.slots(self.table));
        }
        let sorted = order.map(|(sort, descending)| (sort.name(), descending));
        let key = format!("{:?} {:p} {sorted:?} {parents:?}\n{}", self.table, self, plan.used);
        if let Some(slots) = selections.find(&key, store.version) {
            return Selection::Some(slots);
        }
        let mut slots = self.matching(store, parents, plan);
        if let Some((sort, descending)) = order {
            self.arrange(store, sort, descending, &mut slots);
        }
        let slots = Arc::new(slots);
        selections.keep(key, store.version, Arc::clone(&slots));
        Selection::Some(slots)
    }

    fn matching(&self, store: &Store, parents: &[i64], plan: &Plan) -> Vec<u32> {
        let mut text = Vec::with_capacity(2048);
        let mut fits = |slot: &u32| {
            if store.is_removed(self.table, *slot) || !plan.matches_keys(&store.keys(self.table, *slot)) {
                return false;
            }
            if !plan.needs_rows() {
                return true;
            }
            text.clear();
            store.write(self.table, *slot, &mut text);
            plan.matches_row(&Row::parse(&text))
        };
        let all = 0..store.slots(self.table);
        if let Some(ids) = &plan.ids {
            let mut slots: Vec<u32> = ids.iter().filter_map(|id| store.slot(self.table, *id)).collect();
            slots.sort_unstable();
            slots.retain(fits);
            return slots;
        }
        let seeded = self.parent.as_ref().and_then(|parent| parent.seeded).zip(parents.first());
        match seeded {
            Some((seeded, id)) => {
                let added = store.world.count(self.table)..all.end;
                seeded(&store.world, *id).chain(added).filter(&mut fits).collect()
            }
            None => all.filter(&mut fits).collect(),
        }
    }

    fn arrange(&self, store: &Store, sort: &Sort, descending: bool, slots: &mut [u32]) {
        let table = self.table;
        let by_number = |slot: u32, key: &dyn Fn(u32) -> i64| key(slot);
        let number: Box<dyn Fn(u32) -> i64> = match *sort {
            Sort::Id => Box::new(|slot| store.keys(table, slot).id),
            Sort::CreatedOn => Box::new(|slot| store.keys(table, slot).created.0),
            Sort::ModifiedOn => Box::new(|slot| store.keys(table, slot).modified.0),
            Sort::Rank(_, field, ranks) => Box::new(move |slot| {
                let text = field_text(store, table, slot, field);
                ranks.iter().position(|rank| *rank == text).and_then(|at| i64::try_from(at).ok()).unwrap_or(-1)
            }),
            Sort::Text(_, field) => {
                slots.sort_by_cached_key(|slot| field_text(store, table, *slot, field));
                if descending {
                    slots.reverse();
                }
                return;
            }
        };
        if descending {
            slots.sort_by_cached_key(|slot| (Reverse(by_number(*slot, &number)), *slot));
        } else {
            slots.sort_by_cached_key(|slot| (by_number(*slot, &number), *slot));
        }
    }

    fn render(&self, store: &Store, slots: &[u32], page: &Page, total: usize, more: bool, query: &Query) -> Vec<u8> {
        let mut out = Vec::with_capacity(1024 * slots.len() + 128);
        let guid = query.get("externalDataApplicationGuid");
        let counted = page.counted.then(|| total.to_string());
        Json::object(&mut out, |json| {
            json.put("page", page.number).put("pageSize", page.size).put("hasMore", more);
            json.put("totalCount", Raw(counted.as_deref().unwrap_or("null")));
            json.put_with("data", |out| {
                out.push(b'[');
                for (at, slot) in slots.iter().enumerate() {
                    if at > 0 {
                        out.push(b',');
                    }
                    write_shown(store, self.table, *slot, self.hidden, guid, out);
                }
                out.push(b']');
            });
        });
        out
    }
}

/// Writes a record as an endpoint shows it: without hidden fields, with the caller's external data.
pub(crate) fn write_shown(
    store: &Store,
    table: Table,
    slot: u32,
    hidden: &[&str],
    guid: Option<&str>,
    out: &mut Vec<u8>,
) {
    if hidden.is_empty() && guid.is_none() {
        store.write(table, slot, out);
        return;
    }
    let mut record: Object = store.at(table, slot);
    for field in hidden {
        record.shift_remove(*field);
    }
    if let (Some(guid), Some(shown)) = (guid, record.get_mut("externalData")) {
        *shown = store.external(table, store.keys(table, slot).id, guid);
    }
    out.extend_from_slice(Value::Object(record).to_string().as_bytes());
}

fn field_text(store: &Store, table: Table, slot: u32, field: &str) -> String {
    let mut text = Vec::with_capacity(2048);
    store.write(table, slot, &mut text);
    Row::parse(&text).text(field).unwrap_or_default().into_owned()
}

impl Sort {
    fn name(&self) -> &'static str {
        match self {
            Self::Id => "Id",
            Self::CreatedOn => "CreatedOn",
            Self::ModifiedOn => "ModifiedOn",
            Self::Text(name, _) | Self::Rank(name, ..) => name,
        }
    }
}

struct Page {
    number: u32,
    size: u32,
    counted: bool,
}

impl Page {
    fn read(query: &Query, faults: &mut Vec<(String, String)>) -> Self {
        let mut number = |name: &str, default: u32, most: u32| match query.get(name).map(str::parse::<u32>) {
            None => default,
            Some(Ok(value)) if (1..=most).contains(&value) => value,
            Some(_) => {
                let limit = if most == u32::MAX { "1 or more".to_owned() } else { format!("between 1 and {most}") };
                faults.push((name.to_owned(), format!("The field {name} must be {limit}.")));
                default
            }
        };
        let (page, size) = (number("page", 1, u32::MAX), number("pageSize", DEFAULT_SIZE, LARGEST_SIZE));
        let counted = parse_flag(query.get("includeTotal").unwrap_or("false")).unwrap_or_else(|expected| {
            faults.push(("includeTotal".to_owned(), format!("The value is not valid: expected {expected}.")));
            false
        });
        Self { number: page, size, counted }
    }
}

enum Selection {
    /// Every slot from 0.
    Whole(u32),
    Some(Arc<Vec<u32>>),
}

impl Selection {
    fn len(&self) -> usize {
        match self {
            Self::Whole(count) => *count as usize,
            Self::Some(slots) => slots.len(),
        }
    }

    fn at(&self, place: usize) -> u32 {
        match self {
            Self::Whole(_) => u32::try_from(place).unwrap_or(u32::MAX),
            Self::Some(slots) => slots[place],
        }
    }
}

/// The latest selections, so that paging through many records costs the filtering once.
#[derive(Default)]
pub(crate) struct Selections(Mutex<Vec<Kept>>);

/// What was asked, of which version of the data, and the answer.
type Kept = (String, u64, Arc<Vec<u32>>);

impl Selections {
    fn find(&self, key: &str, version: u64) -> Option<Arc<Vec<u32>>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|(_, of, _)| *of == version);
        let at = kept.iter().position(|(known, ..)| known == key)?;
        let found = kept.remove(at);
        let slots = Arc::clone(&found.2);
        kept.push(found);
        Some(slots)
    }

    fn keep(&self, key: String, version: u64, slots: Arc<Vec<u32>>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT {
            kept.remove(0);
        }
        kept.push((key, version, slots));
    }
}
