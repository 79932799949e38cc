//! What the query of one request selects.

use std::collections::HashSet;

use serde_json::Value;

use crate::data::clock::Timestamp;
use crate::data::field::Field;
use crate::data::filter::{BoundFilter, Ids, Test, Through};
use crate::data::kind::is_guid;
use crate::data::row::Row;
use crate::data::seed_data::Keys;
use crate::data::store::Store;
use crate::data::table::Table;
use crate::query::Query;

type KeyTest = Box<dyn Fn(&Keys) -> bool + Send>;
type RowTest = Box<dyn Fn(&Row<'_>) -> bool + Send>;

/// An outcome, or what was expected of the value.
type Outcome = Result<(), &'static str>;

#[derive(Default)]
pub(super) struct Plan {
    /// Only these records, when given.
    pub(super) ids: Option<HashSet<i64>>,
    keys: Vec<KeyTest>,
    rows: Vec<RowTest>,
    pub(super) faults: Vec<(String, String)>,
    /// Parameters that take part, for the key under which a selection is cached.
    pub(super) used: String,
}

impl Plan {
    pub(super) fn add(&mut self, table: &'static Table, filter: &BoundFilter, query: &Query, store: &Store) {
        let values: Vec<&str> = query.all(filter.name).collect();
        self.note(filter.name, &values);
        if let Err(expected) = self.apply(table, filter, &values, query, store) {
            let shown = values.first().copied().unwrap_or_default();
            let message = format!("The value '{shown}' is not valid: expected {expected}.");
            self.faults.push((filter.name.to_owned(), message));
        }
    }

    fn apply(
        &mut self,
        table: &'static Table,
        filter: &BoundFilter,
        values: &[&str],
        query: &Query,
        store: &Store,
    ) -> Outcome {
        let path = &filter.path;
        let first = values.first().copied();
        match filter.test {
            Test::Active => return self.active(first.unwrap_or("True")),
            Test::ActiveOrAll => return self.active(first.unwrap_or("Any")),
            Test::ActiveState => return self.active(first.unwrap_or("ActiveOnly")),
            Test::CustomFields => return self.custom_fields(query),
            _ => {}
        }
        let Some(first) = first else { return Ok(()) };
        match filter.test {
            Test::Ids(at_most) => self.ids = Some(parse_ids(values, at_most)?),
            Test::AnyId(at_most) => self.any_id(path, parse_ids(values, at_most)?),
            Test::Id => self.any_id(path, HashSet::from([parse_id(first)?])),
            Test::Joined(ids) => self.any_id(path, ids(store, first)?),
            Test::Through(way) => self.any_id(path, through(way, values, query, store)?),
            Test::External => self.external(table, first, query, store)?,
            Test::From => self.moment(path, first, |own, limit| own >= limit)?,
            Test::Before => self.moment(path, first, |own, limit| own < limit)?,
            Test::Text => self.text(path, first, |own, wanted| own == wanted),
            Test::Contains => self.text(path, first, |own, wanted| own.contains(wanted)),
            Test::Flag => self.flag(path, parse_flag(first)?),
            Test::Choice => self.choices(filter, &[first])?,
            Test::AnyChoice => self.choices(filter, values)?,
            Test::AtLeast => self.amount(path, first, |own, limit| own >= limit)?,
            Test::AtMost => self.amount(path, first, |own, limit| own <= limit)?,
            Test::Number => self.amount(path, first, equal)?,
            Test::Balance => self.balance(path, first, query)?,
            Test::OtherChoice(options) if !options.iter().any(|option| option.eq_ignore_ascii_case(first)) => {
                return Err("one of the listed values");
            }
            Test::OtherGuid if !is_guid(first) => return Err("a GUID"),
            Test::OtherFlag => {
                parse_flag(first)?;
            }
            _ => {}
        }
        Ok(())
    }

    pub(super) fn keep_id(&mut self, path: &str, id: i64) {
        self.note(path, &[&id.to_string()]);
        self.any_id(path, HashSet::from([id]));
    }

    pub(super) fn selects_all(&self) -> bool {
        self.ids.is_none() && self.keys.is_empty() && self.rows.is_empty()
    }

    pub(super) fn matches_keys(&self, keys: &Keys) -> bool {
        self.keys.iter().all(|test| test(keys))
    }

    pub(super) fn needs_rows(&self) -> bool {
        !self.rows.is_empty()
    }

    pub(super) fn matches_row(&self, row: &Row<'_>) -> bool {
        self.rows.iter().all(|test| test(row))
    }

    fn note(&mut self, name: &str, values: &[&str]) {
        for value in values {
            self.used.push_str(name);
            self.used.push('=');
            self.used.push_str(value);
            self.used.push('\n');
        }
    }

    fn active(&mut self, value: &str) -> Outcome {
        let wanted = match value.to_lowercase().as_str() {
            "true" | "activeonly" => true,
            "false" | "inactiveonly" => false,
            "any" | "all" => return Ok(()),
            _ => return Err("one of the listed values"),
        };
        self.keys.push(Box::new(move |keys| keys.active == wanted));
        Ok(())
    }

    fn any_id(&mut self, path: &str, ids: HashSet<i64>) {
        if path == "id" {
            let known = self.ids.take();
            self.ids = Some(match known {
                Some(known) => known.intersection(&ids).copied().collect(),
                None => ids,
            });
        } else {
            let path = path.to_owned();
            self.rows.push(Box::new(move |row| row.ids(&path).iter().any(|id| ids.contains(id))));
        }
    }

    fn external(&mut self, table: &'static Table, key: &str, query: &Query, store: &Store) -> Outcome {
        let values = query.get("externalDataValues").ok_or("externalDataValues as well")?;
        let guid = query.get("externalDataApplicationGuid").ok_or("externalDataApplicationGuid as well")?;
        let values: Vec<&str> = values.split(',').map(str::trim).collect();
        self.note("externalDataValues", &values);
        self.note("externalDataApplicationGuid", &[guid]);
        self.any_id("id", store.with_external(table, guid, key, &values));
        Ok(())
    }

    /// Understands `customField.Fields[Name]=value` and `customField.Fields.Name=value`.
    fn custom_fields(&mut self, query: &Query) -> Outcome {
        let prefix = "customField.Fields";
        let mut wanted: Vec<(String, String)> = Vec::new();
        for (name, value) in &query.0 {
            let Some(rest) = name.strip_prefix(prefix) else { continue };
            let inner =
                rest.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).or_else(|| rest.strip_prefix('.'));
            wanted.push((inner.ok_or("a field name in brackets")?.to_owned(), value.clone()));
            self.note(name, &[value]);
        }
        if wanted.is_empty() {
            return Ok(());
        }
        let any = query.get("customField.Operator").is_some_and(|text| text.eq_ignore_ascii_case("or"));
        self.note("customField.Operator", &[if any { "or" } else { "and" }]);
        self.rows.push(Box::new(move |row| {
            let fields: Vec<Value> =
                row.raw("customFields").and_then(|raw| serde_json::from_str(raw).ok()).unwrap_or_default();
            let has = |(name, value): &(String, String)| {
                fields.iter().any(|field| field["name"] == name.as_str() && field["value"] == value.as_str())
            };
            if any { wanted.iter().any(has) } else { wanted.iter().all(has) }
        }));
        Ok(())
    }

    fn moment(&mut self, path: &str, value: &str, fits: fn(Timestamp, Timestamp) -> bool) -> Outcome {
        let limit = Timestamp::parse(value).ok_or("a date-time")?;
        match path {
            "createdOn" => self.keys.push(Box::new(move |keys| fits(keys.created, limit))),
            "modifiedOn" => self.keys.push(Box::new(move |keys| fits(keys.modified, limit))),
            _ => {
                let path = path.to_owned();
                self.rows.push(Box::new(move |row| row.timestamp(&path).is_some_and(|own| fits(own, limit))));
            }
        }
        Ok(())
    }

    fn text(&mut self, path: &str, value: &str, fits: fn(&str, &str) -> bool) {
        let (path, wanted) = (path.to_owned(), value.to_lowercase());
        self.rows.push(Box::new(move |row| row.text(&path).is_some_and(|own| fits(&own.to_lowercase(), &wanted))));
    }

    fn flag(&mut self, path: &str, wanted: bool) {
        let (path, wanted) = (path.to_owned(), if wanted { "true" } else { "false" });
        self.rows.push(Box::new(move |row| row.raw(&path).unwrap_or("false") == wanted));
    }

    fn choices(&mut self, filter: &BoundFilter, values: &[&str]) -> Outcome {
        let mut wanted = Vec::new();
        for value in values.iter().flat_map(|value| value.split(',')) {
            let known = filter.options.iter().find(|option| option.eq_ignore_ascii_case(value.trim()));
            wanted.push(*known.ok_or("one of the listed values")?);
        }
        let path = filter.path.clone();
        self.rows.push(Box::new(move |row| row.text(&path).is_some_and(|own| wanted.contains(&own.as_ref()))));
        Ok(())
    }

    fn amount(&mut self, path: &str, value: &str, fits: fn(f64, f64) -> bool) -> Outcome {
        let limit: f64 = value.parse().map_err(|_| "a number")?;
        let path = path.to_owned();
        self.rows.push(Box::new(move |row| row.number(&path).is_some_and(|own| fits(own, limit))));
        Ok(())
    }

    fn balance(&mut self, path: &str, value: &str, query: &Query) -> Outcome {
        let comparer = query.get("balanceFilter.Comparer").unwrap_or("Equals").to_lowercase();
        let fits: fn(f64, f64) -> bool = match comparer.as_str() {
            "equals" => equal,
            "notequals" => |own, limit| !equal(own, limit),
            "greater" => |own, limit| own > limit,
            "less" => |own, limit| own < limit,
            _ => return Err("Equals, NotEquals, Greater or Less in balanceFilter.Comparer"),
        };
        self.note("balanceFilter.Comparer", &[&comparer]);
        self.amount(path, value, fits)
    }
}

/// The ids in the records of another table that pass a test.
fn through(way: &Through, values: &[&str], query: &Query, store: &Store) -> Ids {
    let field = way.table.fields.iter().find(|field| field.stored == Some(way.tested));
    let options = field.map(Field::options).unwrap_or_default();
    let filter = BoundFilter { name: "", test: way.test, path: way.tested.to_owned(), options };
    let mut plan = Plan::default();
    plan.apply(way.table, &filter, values, query, store)?;
    let fits = |row: &Row<'_>| {
        plan.matches_row(row) && plan.ids.as_ref().is_none_or(|ids| row.ids("id").iter().any(|id| ids.contains(id)))
    };
    Ok(store.ids_where(way.table, fits, way.ids))
}

fn equal(own: f64, limit: f64) -> bool {
    (own - limit).abs() < 1e-9
}

pub(crate) fn parse_id(text: &str) -> Result<i64, &'static str> {
    text.trim().parse().map_err(|_| "a 64-bit integer")
}

pub(crate) fn parse_flag(text: &str) -> Result<bool, &'static str> {
    match text.to_lowercase().as_str() {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err("true or false"),
    }
}

fn parse_ids(values: &[&str], at_most: usize) -> Result<HashSet<i64>, &'static str> {
    let parts = values.iter().flat_map(|value| value.split(',')).filter(|part| !part.trim().is_empty());
    let ids: Result<HashSet<i64>, _> = parts.map(parse_id).collect();
    let ids = ids.map_err(|_| "comma separated 64-bit integers")?;
    if ids.len() > at_most { Err("fewer ids: at most 50") } else { Ok(ids) }
}
