//! A list of a service's API, declared once.

use crate::{Api, Choices, Draft, Field, Method, Order, Output, PageLayout, Paging, Record, Resource};

/// A list of records: its path, and how its records are found, sorted and identified.
///
/// List actions, data sources, the feeds of triggers and the probes of a connection take it.
#[derive(Clone, Copy, Debug)]
pub struct ListEndpoint {
    api: Api,
    path: &'static str,
    /// The kind of record that it lists.
    pub resource: Resource,
    /// How its pages are asked for.
    pub paging: Paging,
    /// How a page is laid out.
    pub layout: PageLayout,
    /// Who sorts the list.
    pub sorting: Sorting,
    /// The form of its records.
    pub record: Option<&'static Record>,
    /// The field that identifies a record.
    pub id: &'static str,
    /// The query parameter that picks records by their ids.
    pub ids: Option<&'static str>,
    /// The query parameter that narrows the list by text.
    pub search: Option<&'static str>,
    /// The query parameter, and its value, that also lists records which are no longer in use.
    pub including_inactive: Option<(&'static str, &'static str)>,
}

/// Who sorts a list, and by which query parameter of its action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Sorting {
    /// Nobody: the list has no such parameter.
    None,
    /// The service.
    ByService {
        /// The parameter: a field with `+` or `-` before it.
        parameter: &'static str,
        /// Its value for ascending ids, an order that new records only extend.
        by_id: &'static str,
    },
    /// The runtime, which reads the whole list for that: the service does not know the parameter.
    Local {
        /// The parameter: a field with `+` or `-` before it.
        parameter: &'static str,
    },
}

impl ListEndpoint {
    pub(super) const fn new(
        api: Api,
        path: &'static str,
        paging: Paging,
        layout: PageLayout,
        sorting: Sorting,
    ) -> Self {
        Self {
            api,
            path,
            resource: Resource { key: "", label: "" },
            paging,
            layout,
            sorting,
            record: None,
            id: "id",
            ids: None,
            search: None,
            including_inactive: None,
        }
    }

    /// Names the kind of record that it lists: stable name, and name for people.
    pub const fn resource(self, key: &'static str, label: &'static str) -> Self {
        Self { resource: Resource { key, label }, ..self }
    }

    /// Says what its records look like.
    pub const fn record(self, record: &'static Record) -> Self {
        Self { record: Some(record), ..self }
    }

    /// Names the field that identifies a record; `id` if it is not named.
    pub const fn identified_by(self, field: &'static str) -> Self {
        Self { id: field, ..self }
    }

    /// Names the query parameter that picks records by their ids.
    pub const fn ids(self, parameter: &'static str) -> Self {
        Self { ids: Some(parameter), ..self }
    }

    /// Names the query parameter that narrows the list by text.
    pub const fn search(self, parameter: &'static str) -> Self {
        Self { search: Some(parameter), ..self }
    }

    /// Names the query parameter, and its value, that also lists records which are no longer in use.
    pub const fn including_inactive(self, parameter: &'static str, value: &'static str) -> Self {
        Self { including_inactive: Some((parameter, value)), ..self }
    }

    /// Says that the service does not sort this list: the runtime does.
    pub const fn sorted_locally(self) -> Self {
        let sorting = match self.sorting {
            Sorting::ByService { parameter, .. } => Sorting::Local { parameter },
            sorting => sorting,
        };
        Self { sorting, ..self }
    }

    /// Reads the list, page by page. The reply is a page of records.
    pub fn list(&'static self) -> Draft {
        Draft::new(Method::Get, self.path_of(""), Output::Page(self)).of_list(self)
    }

    /// Reads what stands at a path below the list. The reply is a record.
    pub fn get(&self, below: &str) -> Draft {
        self.draft(Method::Get, below)
    }

    /// Adds a record. The reply is the record.
    pub fn create(&self) -> Draft {
        self.draft(Method::Post, "")
    }

    /// Posts to a path below the list. The reply is a record.
    pub fn post(&self, below: &str) -> Draft {
        self.draft(Method::Post, below)
    }

    /// Replaces what stands at a path below the list. The reply is a record.
    pub fn put(&self, below: &str) -> Draft {
        self.draft(Method::Put, below)
    }

    /// Changes the given fields of what stands at a path below the list. The reply is a record.
    pub fn patch(&self, below: &str) -> Draft {
        self.draft(Method::Patch, below)
    }

    /// Removes what stands at a path below the list. The reply is empty.
    pub fn delete(&self, below: &str) -> Draft {
        self.draft(Method::Delete, below).returns(Output::Empty)
    }

    /// The entries of a dropdown, labelled by a template such as `{name} (ID: {id})`.
    pub const fn choices(&'static self, label: &'static str) -> Choices {
        Choices { list: self, label, order: Order::AsSent }
    }

    /// Whether the ids of its records are whole numbers.
    pub fn has_integer_ids(&self) -> bool {
        self.record.and_then(|record| record.field(self.id)).is_some_and(Field::is_integer)
    }

    /// The path; the placeholders in it are not filled.
    pub fn path(&self) -> String {
        self.path_of("")
    }

    fn path_of(&self, below: &str) -> String {
        let slash = if below.is_empty() { "" } else { "/" };
        format!("{}{}{slash}{below}", self.api.prefix, self.path)
    }

    fn draft(&self, method: Method, below: &str) -> Draft {
        let output = self.record.map_or(Output::Any, Output::Record);
        Draft::new(method, self.path_of(below), output)
    }
}
