//! Lists of a service's API.

use crate::{
    Api, Choices, Draft, Effect, Field, Filter, IdempotencyKeys, Method, Order, Output, PageLayout, Paging, Record,
    Request, Resource,
};

/// A list of records: its path, and how its records are filtered, sorted and identified.
///
/// List actions, data sources, the feeds of triggers and the probes of connections refer to it.
#[derive(Clone, Copy, Debug)]
pub struct ListEndpoint {
    api: Api,
    path: &'static str,
    /// The kind of record that it lists.
    pub resource: Resource,
    /// How its pages are requested.
    pub paging: Paging,
    /// The layout of a page.
    pub layout: PageLayout,
    /// Who sorts the list.
    pub sorting: Sorting,
    /// The fields that the service sorts it by; empty if they are not known.
    pub sort_fields: &'static [&'static str],
    /// The type of its records.
    pub record: Option<&'static Record>,
    /// The fields that a table of its records shows, the most telling first; those of a nested record by a path such as
    /// `customer.name`. Empty if none are declared.
    pub columns: &'static [&'static str],
    /// The field that identifies a record.
    pub id: &'static str,
    /// Its filters.
    pub filters: &'static [Filter],
    /// The query parameter that filters by ids.
    pub ids: Option<&'static str>,
    /// The query parameter that filters by text.
    pub search: Option<&'static str>,
    /// The query parameter, and its value, that includes inactive records.
    pub including_inactive: Option<(&'static str, &'static str)>,
    /// Whether `GET` of the path and an id returns one record.
    pub record_is_readable: bool,
    /// How idempotency keys are kept with its records, if they can be.
    pub idempotency_keys: Option<&'static dyn IdempotencyKeys>,
    scope: Option<&'static str>,
}

/// Who sorts a list, and by which query parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Sorting {
    /// Nobody: the list cannot be sorted.
    None,
    /// The service.
    ByService {
        /// The parameter; its value is a field with a leading `+` or `-`.
        parameter: &'static str,
        /// Its value for ascending ids, an order in which new records are always last.
        by_id: &'static str,
    },
    /// The runtime, which reads the whole list. The parameter is not sent.
    Local {
        /// The parameter; its value is a field with a leading `+` or `-`.
        parameter: &'static str,
    },
}

impl Sorting {
    /// The query parameter or input that names the order, if there is one.
    pub fn parameter(self) -> Option<&'static str> {
        match self {
            Self::None => None,
            Self::ByService { parameter, .. } | Self::Local { parameter } => Some(parameter),
        }
    }
}

impl ListEndpoint {
    pub(super) const fn new(
        api: Api,
        path: &'static str,
        paging: Paging,
        layout: PageLayout,
        sorting: Sorting,
        sort_fields: &'static [&'static str],
    ) -> Self {
        Self {
            api,
            path,
            resource: Resource { key: "", label: "" },
            paging,
            layout,
            sorting,
            sort_fields,
            record: None,
            columns: &[],
            id: "id",
            filters: &[],
            ids: None,
            search: None,
            including_inactive: None,
            record_is_readable: false,
            idempotency_keys: None,
            scope: None,
        }
    }

    /// Sets the kind of record that it lists: stable name, and name for people.
    pub const fn resource(self, key: &'static str, label: &'static str) -> Self {
        Self { resource: Resource { key, label }, ..self }
    }

    /// Sets the type of its records.
    pub const fn record(self, record: &'static Record) -> Self {
        Self { record: Some(record), ..self }
    }

    /// Sets the fields that a table of its records shows, the most telling first.
    pub const fn columns(self, columns: &'static [&'static str]) -> Self {
        Self { columns, ..self }
    }

    /// Sets the field that identifies a record. The default is `id`.
    pub const fn identified_by(self, field: &'static str) -> Self {
        Self { id: field, ..self }
    }

    /// Sets its filters: the query parameters that it knows beyond those of paging and sorting.
    pub const fn filters(self, filters: &'static [Filter]) -> Self {
        Self { filters, ..self }
    }

    /// Sets the query parameter that filters by ids.
    pub const fn ids(self, parameter: &'static str) -> Self {
        Self { ids: Some(parameter), ..self }
    }

    /// Sets the query parameter that filters by text.
    pub const fn search(self, parameter: &'static str) -> Self {
        Self { search: Some(parameter), ..self }
    }

    /// Sets the query parameter, and its value, that includes inactive records.
    pub const fn including_inactive(self, parameter: &'static str, value: &'static str) -> Self {
        Self { including_inactive: Some((parameter, value)), ..self }
    }

    /// Declares that `GET` of the path and an id returns one record.
    pub const fn readable(self) -> Self {
        Self { record_is_readable: true, ..self }
    }

    /// Sets how idempotency keys are kept with its records.
    pub const fn idempotency_keys(self, keys: &'static dyn IdempotencyKeys) -> Self {
        Self { idempotency_keys: Some(keys), ..self }
    }

    /// Sets the OAuth scope that requests for its records need, without the ending that says read or write.
    pub const fn scope(self, name: &'static str) -> Self {
        Self { scope: Some(name), ..self }
    }

    /// Sets the fields that the service sorts it by, in place of those of all lists; none if they are not known.
    pub const fn sort_fields(self, fields: &'static [&'static str]) -> Self {
        Self { sort_fields: fields, ..self }
    }

    /// Makes the runtime sort the list, because the service does not.
    pub const fn sorted_locally(self) -> Self {
        let sorting = match self.sorting {
            Sorting::ByService { parameter, .. } => Sorting::Local { parameter },
            sorting => sorting,
        };
        Self { sorting, ..self }
    }

    /// Starts a `GET` of the list. The reply is a page of records.
    pub fn list(&'static self) -> Draft {
        let draft = Draft::new(Method::Get, self.path_of(""), Output::Page(self));
        draft.needing(self.scope_to(Effect::Read)).of_list(self)
    }

    /// Starts a `GET` of a path below the list. The reply is a record.
    pub fn get(&self, below: &str) -> Draft {
        self.draft(Method::Get, below)
    }

    /// Starts a `POST` to the list. The reply is the new record.
    pub fn create(&'static self) -> Draft {
        self.draft(Method::Post, "").writes(self)
    }

    /// Starts a `POST` to a path below the list. The reply is a record.
    pub fn post(&self, below: &str) -> Draft {
        self.draft(Method::Post, below)
    }

    /// Starts a `PUT` to a path below the list. The reply is a record.
    pub fn put(&'static self, below: &str) -> Draft {
        self.draft(Method::Put, below).writes(self)
    }

    /// Starts a `PATCH` of a path below the list. The reply is a record.
    pub fn patch(&'static self, below: &str) -> Draft {
        self.draft(Method::Patch, below).writes(self)
    }

    /// Starts a `DELETE` of a path below the list. The reply is empty.
    pub fn delete(&self, below: &str) -> Draft {
        self.draft(Method::Delete, below).returns(Output::Empty)
    }

    /// Declares the entries of a dropdown, labelled by a template such as `{name} (ID: {id})`.
    pub const fn choices(&'static self, label: &'static str) -> Choices {
        Choices { list: self, label, order: Order::AsSent, narrowed_by: &[] }
    }

    /// Whether the ids of its records are integers.
    pub fn has_integer_ids(&self) -> bool {
        self.record.and_then(|record| record.field(self.id)).is_some_and(Field::is_integer)
    }

    /// Returns the OAuth scope that a request with this effect needs, if one is declared.
    pub fn scope_to(&self, effect: Effect) -> Option<String> {
        let (read, write) = self.api.scope_endings;
        self.scope.map(|scope| [scope, if effect.is_read() { read } else { write }].concat())
    }

    /// Returns the path below the prefix of its part of the API, with its placeholders.
    pub const fn path(&self) -> &'static str {
        self.path
    }

    /// Returns the request for a page of the list at this path.
    pub fn page_at(&'static self, path: &str, query: Vec<(String, String)>) -> Request {
        let scope = self.scope_to(Effect::Read);
        Request { query, list: Some(self), scope, ..Request::new(Method::Get, path) }
    }

    fn path_of(&self, below: &str) -> String {
        let slash = if below.is_empty() { "" } else { "/" };
        [self.api.prefix, self.path, slash, below].concat()
    }

    fn draft(&self, method: Method, below: &str) -> Draft {
        let output = self.record.map_or(Output::Any, Output::Record);
        Draft::new(method, self.path_of(below), output).needing(self.scope_to(method.effect()))
    }
}
