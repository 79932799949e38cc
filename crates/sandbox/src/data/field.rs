//! Fields: one declaration serves creating, updating, reading, filtering, sorting and seeding.

use serde::Serialize;
use serde_json::Value;

use crate::data::clock::Timestamp;
use crate::data::filter::{BoundFilter, Filter, Test, by};
use crate::data::kind::Kind;
use crate::data::references::Known;
use crate::data::rng::hash;
use crate::data::seed::{Seed, Seeder};
use crate::data::table::Table;

/// Whether a request body has a field.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rule {
    Absent,
    Required,
    /// May be left out, but not be null.
    Optional,
    /// May be left out or null.
    Nullable,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Create,
    Update,
}

#[derive(Clone, Copy)]
pub(crate) enum Reference {
    None,
    Record(&'static Table),
    Entry(&'static Known),
}

/// What a field is in a new record, unless the body says it.
#[derive(Clone, Copy)]
pub(crate) enum Initial {
    Json(&'static str),
    Text(&'static str),
    Of(fn(&NewRecord) -> Value),
}

/// What initial values can depend on.
pub(crate) struct NewRecord {
    pub(crate) id: i64,
    pub(crate) now: Timestamp,
}

/// One field of a record or a body.
#[derive(Clone, Copy)]
pub(crate) struct Field {
    /// Name in bodies.
    pub(crate) name: &'static str,
    /// Name in the record; `None` if only bodies have it.
    pub(crate) stored: Option<&'static str>,
    pub(crate) kind: Kind,
    create: Rule,
    update: Rule,
    pub(crate) longest: usize,
    pub(crate) reference: Reference,
    pub(crate) initial: Initial,
    pub(crate) convert: Option<fn(&Field, &Value) -> Value>,
    own_filter: Option<Filter>,
    filters: &'static [Filter],
    filters_parts: bool,
    pub(crate) sort: Option<&'static str>,
    pub(crate) seeding: Seeding,
    /// Which random numbers it is seeded from.
    pub(crate) stream: u64,
}

/// Where the value of a field in seeded records comes from.
#[derive(Clone, Copy)]
pub(crate) enum Seeding {
    /// Something that it refers to, one of its choices, or its initial value.
    Default,
    /// An object, or a list of one, whose fields are seeded.
    Parts,
    By(&'static dyn Seeder),
}

/// Declaration: what bodies may hold.
impl Field {
    const fn new(name: &'static str, kind: Kind) -> Self {
        let initial = match kind {
            Kind::Flag => "false",
            Kind::List(_) => "[]",
            _ => "null",
        };
        Self {
            name,
            stored: Some(name),
            kind,
            create: Rule::Absent,
            update: Rule::Absent,
            longest: usize::MAX,
            reference: Reference::None,
            initial: Initial::Json(initial),
            convert: None,
            own_filter: None,
            filters: &[],
            filters_parts: false,
            sort: None,
            seeding: Seeding::Default,
            stream: hash(name),
        }
    }

    /// The body that creates a record must have it.
    pub(crate) const fn required(self) -> Self {
        Self { create: Rule::Required, ..self }
    }

    /// The body that creates a record may have it.
    pub(crate) const fn optional(self) -> Self {
        Self { create: Rule::Nullable, ..self }
    }

    /// An update may have it.
    pub(crate) const fn updatable(self) -> Self {
        Self { update: Rule::Optional, ..self }
    }

    /// An update may have it, and null sets it back.
    pub(crate) const fn clearable(self) -> Self {
        Self { update: Rule::Nullable, ..self }
    }

    /// Both bodies may have it.
    pub(crate) const fn editable(self) -> Self {
        self.optional().updatable()
    }

    /// Both bodies may have it, and null sets it back.
    pub(crate) const fn resettable(self) -> Self {
        self.optional().clearable()
    }

    pub(crate) const fn required_on_update(self) -> Self {
        Self { update: Rule::Required, ..self }
    }

    pub(crate) const fn at_most(self, longest: usize) -> Self {
        Self { longest, ..self }
    }

    /// Its ids are those of records of this table.
    pub(crate) const fn exists(self, table: &'static Table) -> Self {
        Self { reference: Reference::Record(table), ..self }
    }

    /// Its ids are on this list.
    pub(crate) const fn known(self, known: &'static Known) -> Self {
        Self { reference: Reference::Entry(known), ..self }
    }
}

/// Declaration: what records hold.
impl Field {
    /// Records have it under another name.
    pub(crate) const fn stored_as(self, name: &'static str) -> Self {
        Self { stored: Some(name), stream: hash(name), ..self }
    }

    /// Records do not have it.
    pub(crate) const fn body_only(self) -> Self {
        Self { stored: None, ..self }
    }

    /// Records show it in another form than bodies.
    pub(crate) const fn convert(self, convert: fn(&Field, &Value) -> Value) -> Self {
        Self { convert: Some(convert), ..self }
    }

    /// Its value in a new record: the text of a text or choice, JSON of any other type.
    pub(crate) const fn initially(self, value: &'static str) -> Self {
        let initial = match self.kind {
            Kind::Text | Kind::Choice(_) | Kind::Suggested(_) => Initial::Text(value),
            _ => Initial::Json(value),
        };
        Self { initial, ..self }
    }

    pub(crate) const fn initially_of(self, value: fn(&NewRecord) -> Value) -> Self {
        Self { initial: Initial::Of(value), ..self }
    }

    /// Its value in seeded records; if not given, something that it refers to, one of its choices, or its initial
    /// value.
    pub(crate) const fn seed<T: Serialize + 'static, F: Fn(&mut Seed<'_>) -> T + Sync>(self, seed: &'static F) -> Self {
        Self { seeding: Seeding::By(seed), ..self }
    }

    /// Seeded records have an object here, or a list of one, with seeded fields.
    pub(crate) const fn seed_parts(self) -> Self {
        Self { seeding: Seeding::Parts, ..self }
    }

    /// The list filters by it under its own name.
    pub(crate) const fn filter(self) -> Self {
        self.filter_as(self.name)
    }

    pub(crate) const fn filter_as(self, name: &'static str) -> Self {
        self.filter_by(name, self.own_test())
    }

    /// The list searches for a text in it under its own name.
    pub(crate) const fn filter_contains(self) -> Self {
        self.filter_by(self.name, Test::Contains)
    }

    pub(crate) const fn filter_by(self, name: &'static str, test: Test) -> Self {
        Self { own_filter: Some(by(name, test)), ..self }
    }

    pub(crate) const fn unfiltered(self) -> Self {
        Self { own_filter: None, filters: &[], ..self }
    }

    pub(crate) const fn filters(self, filters: &'static [Filter]) -> Self {
        Self { filters, ..self }
    }

    /// The list filters by its parts as they declare.
    pub(crate) const fn filter_parts(self) -> Self {
        Self { filters_parts: true, ..self }
    }

    /// The list can be sorted by it.
    pub(crate) const fn sort(self, name: &'static str) -> Self {
        Self { sort: Some(name), ..self }
    }
}

impl Field {
    pub(crate) fn rule(&self, mode: Mode, nested: bool) -> Rule {
        let inherited = nested && self.update == Rule::Absent;
        if mode == Mode::Create || inherited { self.create } else { self.update }
    }

    pub(crate) fn initial(&self, new: &NewRecord) -> Value {
        match self.initial {
            Initial::Json(text) => serde_json::from_str(text).unwrap_or_default(),
            Initial::Text(text) => text.into(),
            Initial::Of(value) => value(new),
        }
    }

    /// The filters that it declares.
    pub(crate) fn bound_filters(&self) -> Vec<BoundFilter> {
        let Some(stored) = self.stored else { return Vec::new() };
        let bound = |filter: &Filter| {
            let path = filter.inner.map_or_else(|| stored.to_owned(), |inner| format!("{stored}.{inner}"));
            BoundFilter { name: filter.name, test: filter.test, path, options: self.options() }
        };
        let mut all: Vec<_> = self.own_filter.iter().chain(self.filters).map(bound).collect();
        if let (true, Kind::Object(parts)) = (self.filters_parts, self.kind) {
            let inner = parts.iter().flat_map(Field::bound_filters);
            all.extend(inner.map(|filter| BoundFilter { path: format!("{stored}.{}", filter.path), ..filter }));
        }
        all
    }

    const fn own_test(&self) -> Test {
        match self.kind {
            Kind::Text | Kind::Suggested(_) => Test::Text,
            Kind::Flag => Test::Flag,
            Kind::Choice(_) => Test::Choice,
            Kind::Decimal => Test::Number,
            _ => Test::Id,
        }
    }

    /// The name of the entry that an id refers to.
    pub(crate) fn entry_name(&self, id: &Value) -> Option<&'static str> {
        let Reference::Entry(known) = self.reference else { return None };
        known.name(id.as_i64()?)
    }

    pub(crate) fn options(&self) -> &'static [&'static str] {
        if let Kind::Choice(options) | Kind::Suggested(options) = self.kind { options } else { &[] }
    }
}

macro_rules! plain {
    ($($name:ident: $kind:ident),*) => {
        $(pub(crate) const fn $name(name: &'static str) -> Field {
            Field::new(name, Kind::$kind)
        })*
    };
}

plain!(id: Id, decimal: Decimal, text: Text, flag: Flag, moment: Moment, day: Day, guid: Guid);

pub(crate) const fn choice(name: &'static str, options: &'static [&'static str]) -> Field {
    Field::new(name, Kind::Choice(options))
}

/// Text that is mostly one of these values.
pub(crate) const fn suggested(name: &'static str, options: &'static [&'static str]) -> Field {
    Field::new(name, Kind::Suggested(options))
}

pub(crate) const fn object(name: &'static str, fields: &'static [Field]) -> Field {
    Field::new(name, Kind::Object(fields))
}

pub(crate) const fn list(name: &'static str, of: &'static Kind) -> Field {
    Field::new(name, Kind::List(of))
}

pub(crate) const fn ids(name: &'static str) -> Field {
    list(name, &Kind::Id)
}
