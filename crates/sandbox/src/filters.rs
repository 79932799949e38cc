//! The filters of a list endpoint: how one is declared, and what it becomes for one request.

use std::collections::HashSet;

use crate::query::Query;
use crate::row::Row;
use crate::schema::is_guid;
use crate::stamp::Stamp;
use crate::store::Store;
use crate::world::{Keys, Table};

/// One query parameter of a list endpoint.
pub(crate) struct Filter {
    pub(crate) name: &'static str,
    pub(crate) test: Test,
}

/// What a parameter selects by. A path names a field, with dots into nested objects.
#[derive(Clone, Copy)]
pub(crate) enum Test {
    /// Comma separated record ids, at most this many.
    Ids(usize),
    /// `True`, `Any` or `False`; active records when left out.
    Active,
    /// The same, but everything when left out.
    ActiveOrAll,
    /// `ActiveOnly`, `InactiveOnly` or `All`; active records when left out.
    ActiveState,
    From(&'static str),
    Before(&'static str),
    Id(&'static str),
    /// Comma separated or repeated integers, at most this many.
    AnyId(&'static str, usize),
    Text(&'static str),
    Contains(&'static str),
    Flag(&'static str),
    Choice(&'static str, &'static [&'static str]),
    /// Repeated or comma separated choices.
    AnyChoice(&'static str, &'static [&'static str]),
    AtLeast(&'static str),
    AtMost(&'static str),
    Number(&'static str),
    /// Records whose field is among the ids that follow from the value and other tables.
    Joined(&'static str, fn(&Store, &str) -> Result<HashSet<i64>, &'static str>),
    /// `externalDataKey` together with values and application.
    External,
    /// Custom fields by name, as a dictionary.
    CustomFields,
    /// The balance, as `balanceFilter.Comparer` compares it.
    Balance,
    /// Read by the endpoint itself, or without effect on the selection.
    Other,
    OtherGuid,
    OtherFlag,
    OtherChoice(&'static [&'static str]),
}

/// Shorthand for a declaration.
pub(crate) const fn by(name: &'static str, test: Test) -> Filter {
    Filter { name, test }
}

pub(crate) const IDS: Filter = by("ids", Test::Ids(50));
pub(crate) const ACTIVE: Filter = by("active", Test::Active);
pub(crate) const CREATED: &[Filter] =
    &[by("createdBefore", Test::Before("createdOn")), by("createdOnOrAfter", Test::From("createdOn"))];
pub(crate) const MODIFIED: &[Filter] =
    &[by("modifiedBefore", Test::Before("modifiedOn")), by("modifiedOnOrAfter", Test::From("modifiedOn"))];
pub(crate) const EXTERNAL: &[Filter] = &[
    by("externalDataApplicationGuid", Test::OtherGuid),
    by("externalDataKey", Test::External),
    by("externalDataValues", Test::Other),
];

type KeyTest = Box<dyn Fn(&Keys) -> bool + Send>;
type RowTest = Box<dyn Fn(&Row<'_>) -> bool + Send>;

/// What one request selects.
#[derive(Default)]
pub(crate) struct Plan {
    /// Only these records, when given.
    pub(crate) ids: Option<HashSet<i64>>,
    keys: Vec<KeyTest>,
    rows: Vec<RowTest>,
    pub(crate) faults: Vec<(String, String)>,
    /// Parameters that take part, for the key under which a selection is cached.
    pub(crate) used: String,
}

impl Plan {
    pub(crate) fn add(&mut self, table: Table, filter: &Filter, query: &Query, store: &Store) {
        let values: Vec<&str> = query.all(filter.name).collect();
        self.note(filter.name, &values);
        let outcome = match filter.test {
            Test::Active => self.active(values.first().unwrap_or(&"True")),
            Test::ActiveOrAll => self.active(values.first().unwrap_or(&"Any")),
            Test::ActiveState => self.active(values.first().unwrap_or(&"ActiveOnly")),
            Test::CustomFields => self.custom_fields(query),
            _ if values.is_empty() => Ok(()),
            Test::Ids(at_most) => self.record_ids(&values, at_most),
            Test::Balance => self.balance(values[0], query),
            Test::External => self.external(table, values[0], query, store),
            Test::Joined(path, ids) => ids(store, values[0]).map(|ids| self.any_id(path, ids)),
            test => self.field(test, &values),
        };
        if let Err(expected) = outcome {
            let shown = values.first().copied().unwrap_or_default();
            let message = format!("The value '{shown}' is not valid: expected {expected}.");
            self.faults.push((filter.name.to_owned(), message));
        }
    }

    pub(crate) fn keep_id(&mut self, path: &'static str, id: i64) {
        self.note(path, &[&id.to_string()]);
        self.any_id(path, HashSet::from([id]));
    }

    pub(crate) fn selects_all(&self) -> bool {
        self.ids.is_none() && self.keys.is_empty() && self.rows.is_empty()
    }

    pub(crate) fn matches_keys(&self, keys: &Keys) -> bool {
        self.keys.iter().all(|test| test(keys))
    }

    pub(crate) fn needs_rows(&self) -> bool {
        !self.rows.is_empty()
    }

    pub(crate) fn matches_row(&self, row: &Row<'_>) -> bool {
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

    fn active(&mut self, value: &str) -> Result<(), &'static str> {
        let wanted = match value.to_lowercase().as_str() {
            "true" | "activeonly" => true,
            "false" | "inactiveonly" => false,
            "any" | "all" => return Ok(()),
            _ => return Err("one of the listed values"),
        };
        self.keys.push(Box::new(move |keys| keys.active == wanted));
        Ok(())
    }

    fn record_ids(&mut self, values: &[&str], at_most: usize) -> Result<(), &'static str> {
        let ids = parse_ids(values)?;
        if ids.len() > at_most {
            return Err("fewer ids: at most 50");
        }
        self.ids = Some(ids);
        Ok(())
    }

    fn any_id(&mut self, path: &'static str, ids: HashSet<i64>) {
        if path == "id" {
            let known = self.ids.take();
            self.ids = Some(match known {
                Some(known) => known.intersection(&ids).copied().collect(),
                None => ids,
            });
        } else {
            self.rows.push(Box::new(move |row| row.ids(path).iter().any(|id| ids.contains(id))));
        }
    }

    fn external(&mut self, table: Table, key: &str, query: &Query, store: &Store) -> Result<(), &'static str> {
        let values = query.get("externalDataValues").ok_or("externalDataValues as well")?;
        let guid = query.get("externalDataApplicationGuid").ok_or("externalDataApplicationGuid as well")?;
        let values: Vec<&str> = values.split(',').map(str::trim).collect();
        self.note("externalDataValues", &values);
        self.note("externalDataApplicationGuid", &[guid]);
        self.any_id("id", store.with_external(table, guid, key, &values));
        Ok(())
    }

    /// Understands `customField.Fields[Name]=value` and `customField.Fields.Name=value`.
    fn custom_fields(&mut self, query: &Query) -> Result<(), &'static str> {
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
            let fields: Vec<serde_json::Value> =
                row.raw("customFields").and_then(|raw| serde_json::from_str(raw).ok()).unwrap_or_default();
            let has = |(name, value): &(String, String)| {
                fields.iter().any(|field| field["name"] == name.as_str() && field["value"] == value.as_str())
            };
            if any { wanted.iter().any(has) } else { wanted.iter().all(has) }
        }));
        Ok(())
    }

    fn field(&mut self, test: Test, values: &[&str]) -> Result<(), &'static str> {
        let first = values[0];
        match test {
            Test::From(path) | Test::Before(path) => {
                let limit = Stamp::parse(first).ok_or("a date-time")?;
                self.moment(path, limit, matches!(test, Test::From(_)));
            }
            Test::Id(path) => self.any_id(path, HashSet::from([parse_id(first)?])),
            Test::AnyId(path, at_most) => {
                let ids = parse_ids(values)?;
                if ids.len() > at_most {
                    return Err("fewer ids");
                }
                self.any_id(path, ids);
            }
            Test::Text(path) => self.text(path, move |own, wanted| own == wanted, first),
            Test::Contains(path) => self.text(path, move |own, wanted| own.contains(wanted), first),
            Test::Flag(path) => {
                let wanted = if parse_flag(first)? { "true" } else { "false" };
                self.rows.push(Box::new(move |row| row.raw(path).unwrap_or("false") == wanted));
            }
            Test::Choice(path, options) => self.choices(path, options, &[first])?,
            Test::AnyChoice(path, options) => self.choices(path, options, values)?,
            Test::AtLeast(path) | Test::AtMost(path) | Test::Number(path) => self.amount(test, path, first)?,
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

    fn balance(&mut self, value: &str, query: &Query) -> Result<(), &'static str> {
        let limit: f64 = value.parse().map_err(|_| "a number")?;
        let comparer = query.get("balanceFilter.Comparer").unwrap_or("Equals").to_lowercase();
        let fits: fn(f64, f64) -> bool = match comparer.as_str() {
            "equals" => |own, limit| (own - limit).abs() < 1e-9,
            "notequals" => |own, limit| (own - limit).abs() >= 1e-9,
            "greater" => |own, limit| own > limit,
            "less" => |own, limit| own < limit,
            _ => return Err("Equals, NotEquals, Greater or Less in balanceFilter.Comparer"),
        };
        self.note("balanceFilter.Comparer", &[&comparer]);
        self.rows.push(Box::new(move |row| row.number("balance").is_some_and(|own| fits(own, limit))));
        Ok(())
    }

    fn moment(&mut self, path: &'static str, limit: Stamp, from: bool) {
        let inside = move |stamp: Stamp| if from { stamp >= limit } else { stamp < limit };
        match path {
            "createdOn" => self.keys.push(Box::new(move |keys| inside(keys.created))),
            "modifiedOn" => self.keys.push(Box::new(move |keys| inside(keys.modified))),
            _ => self.rows.push(Box::new(move |row| row.stamp(path).is_some_and(inside))),
        }
    }

    fn text(&mut self, path: &'static str, fits: impl Fn(&str, &str) -> bool + Send + 'static, wanted: &str) {
        let wanted = wanted.to_lowercase();
        self.rows.push(Box::new(move |row| row.text(path).is_some_and(|own| fits(&own.to_lowercase(), &wanted))));
    }

    fn choices(&mut self, path: &'static str, options: &[&'static str], values: &[&str]) -> Result<(), &'static str> {
        let mut wanted = Vec::new();
        for value in values.iter().flat_map(|value| value.split(',')) {
            let known = options.iter().find(|option| option.eq_ignore_ascii_case(value.trim()));
            wanted.push(*known.ok_or("one of the listed values")?);
        }
        self.rows.push(Box::new(move |row| row.text(path).is_some_and(|own| wanted.contains(&own.as_ref()))));
        Ok(())
    }

    fn amount(&mut self, test: Test, path: &'static str, value: &str) -> Result<(), &'static str> {
        let limit: f64 = value.parse().map_err(|_| "a number")?;
        self.rows.push(Box::new(move |row| {
            row.number(path).is_some_and(|own| match test {
                Test::AtLeast(_) => own >= limit,
                Test::AtMost(_) => own <= limit,
                _ => (own - limit).abs() < 1e-9,
            })
        }));
        Ok(())
    }
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

fn parse_ids(values: &[&str]) -> Result<HashSet<i64>, &'static str> {
    let parts = values.iter().flat_map(|value| value.split(',')).filter(|part| !part.trim().is_empty());
    parts.map(|part| parse_id(part).map_err(|_| "comma separated 64-bit integers")).collect()
}
