//! Endpoints: how a resource declares what can be done with its records.

use hyper::body::Bytes;

use crate::data::field::{Field, Mode};
use crate::data::store::Store;
use crate::data::table::Table;
use crate::lists::{LIST, Listing};
use crate::problem::Problem;
use crate::query::Query;
use crate::resources::call::{Call, Reply};

/// Changes the state, given a call whose body is checked.
pub(crate) type Handler = fn(&mut Call<'_>) -> Result<Reply, Problem>;

/// One operation of the API, on the records of the table that it is registered with.
pub(crate) struct Endpoint {
    pub(crate) method: &'static str,
    /// The template, with the parameters as the API names them.
    pub(crate) path: &'static str,
    pub(crate) action: Action,
}

pub(crate) enum Action {
    List(Listing),
    Get(Single),
    Write { body: Body, run: Handler },
    Upload(fn(&mut Call<'_>, &str, &Bytes) -> Result<Reply, Problem>),
    Download(fn(&Store, &Query) -> Result<Reply, Problem>),
}

#[derive(Clone, Copy)]
pub(crate) enum Body {
    None,
    /// The table's fields.
    Record(Mode),
    /// Fields of its own.
    Own(&'static [Field]),
}

/// One record by the last id in the path.
pub(crate) struct Single {
    /// Field that holds the id of the record above it in the path.
    pub(crate) parent: Option<&'static str>,
    pub(crate) parameters: &'static [&'static str],
}

/// A resource: a table and what can be done with its records.
pub(crate) struct Resource {
    pub(crate) table: &'static Table,
    pub(crate) endpoints: &'static [Endpoint],
}

inventory::collect!(Resource);

impl Resource {
    pub(crate) const fn new(table: &'static Table, endpoints: &'static [Endpoint]) -> Self {
        Self { table, endpoints }
    }
}

impl Body {
    /// The fields, and what they are for.
    pub(crate) fn fields(self, table: &Table) -> (&'static [Field], Mode) {
        match self {
            Self::None => (&[], Mode::Create),
            Self::Record(mode) => (table.fields, mode),
            Self::Own(fields) => (fields, Mode::Create),
        }
    }
}

impl Endpoint {
    pub(crate) const fn new(method: &'static str, path: &'static str, action: Action) -> Self {
        Self { method, path, action }
    }

    pub(crate) const fn list(path: &'static str) -> Self {
        Self::list_of(path, LIST)
    }

    pub(crate) const fn list_of(path: &'static str, listing: Listing) -> Self {
        Self::new("GET", path, Action::List(listing))
    }

    pub(crate) const fn get(path: &'static str) -> Self {
        Self::new("GET", path, Action::Get(Single { parent: None, parameters: &[] }))
    }

    /// A record that also shows the external data of one application.
    pub(crate) const fn get_external(path: &'static str) -> Self {
        let parameters = &["externalDataApplicationGuid"];
        Self::new("GET", path, Action::Get(Single { parent: None, parameters }))
    }

    pub(crate) const fn get_below(path: &'static str, parent: &'static str) -> Self {
        Self::new("GET", path, Action::Get(Single { parent: Some(parent), parameters: &[] }))
    }

    /// Creates a record; the body has the table's fields.
    pub(crate) const fn create(path: &'static str, run: Handler) -> Self {
        Self::write("POST", path, Body::Record(Mode::Create), run)
    }

    /// Changes a record; the body has the table's fields.
    pub(crate) const fn update(path: &'static str) -> Self {
        Self::update_with(path, |call| Ok(call.update(|_, _| {})?.into()))
    }

    pub(crate) const fn update_with(path: &'static str, run: Handler) -> Self {
        Self::write("PATCH", path, Body::Record(Mode::Update), run)
    }

    pub(crate) const fn post(path: &'static str, fields: &'static [Field], run: Handler) -> Self {
        Self::write("POST", path, Body::Own(fields), run)
    }

    pub(crate) const fn patch(path: &'static str, fields: &'static [Field], run: Handler) -> Self {
        Self::write("PATCH", path, Body::Own(fields), run)
    }

    pub(crate) const fn put(path: &'static str, fields: &'static [Field], run: Handler) -> Self {
        Self::write("PUT", path, Body::Own(fields), run)
    }

    pub(crate) const fn delete(path: &'static str, run: Handler) -> Self {
        Self::write("DELETE", path, Body::None, run)
    }

    const fn write(method: &'static str, path: &'static str, body: Body, run: Handler) -> Self {
        Self::new(method, path, Action::Write { body, run })
    }
}
