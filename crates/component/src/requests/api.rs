//! A part of a service's API: the paths below one prefix.

use super::list_endpoint::{ListEndpoint, Sorting};
use crate::{Draft, Method, Output, PageLayout, Paging};

/// The paths below one prefix, and the paging and sorting of its lists.
#[derive(Clone, Copy, Debug)]
pub struct Api {
    pub(super) prefix: &'static str,
    paging: Option<(Paging, PageLayout)>,
    sorting: Sorting,
    sort_fields: &'static [&'static str],
    /// What ends the name of a scope: for reads, and for writes.
    pub(super) scope_endings: (&'static str, &'static str),
}

impl Api {
    /// Declares the paths below this prefix. It may contain placeholders that the connection fills.
    pub const fn new(prefix: &'static str) -> Self {
        Self { prefix, paging: None, sorting: Sorting::None, sort_fields: &[], scope_endings: ("", "") }
    }

    /// Sets the paging of all lists, and the layout of their pages.
    pub const fn paged(self, paging: Paging, layout: PageLayout) -> Self {
        Self { paging: Some((paging, layout)), ..self }
    }

    /// Sets the query parameter by which the service sorts lists: a field with a leading `+` or `-`. `by_id` is the
    /// value for ascending ids, an order in which new records are always last.
    pub const fn sorted(self, parameter: &'static str, by_id: &'static str) -> Self {
        Self { sorting: Sorting::ByService { parameter, by_id }, ..self }
    }

    /// Sets the fields that the service sorts lists by. Other fields are refused, unless a list has its own.
    pub const fn sort_fields(self, fields: &'static [&'static str]) -> Self {
        Self { sort_fields: fields, ..self }
    }

    /// Sets what ends the names of OAuth scopes: `read` for requests that read, `write` for those that write.
    pub const fn scopes_end_with(self, read: &'static str, write: &'static str) -> Self {
        Self { scope_endings: (read, write), ..self }
    }

    /// Declares the list at a path below the prefix.
    ///
    /// # Panics
    ///
    /// Panics, at compile time, if [`paged`](Self::paged) was not called.
    pub const fn list(self, path: &'static str) -> ListEndpoint {
        match self.paging {
            Some((paging, layout)) => ListEndpoint::new(self, path, paging, layout, self.sorting, self.sort_fields),
            None => panic!("`Api::paged` must be called before `Api::list`"),
        }
    }

    /// Starts a `GET` of a path that is not a list.
    pub fn get(&self, path: &str) -> Draft {
        self.draft(Method::Get, path)
    }

    /// Starts a `POST` to a path that is not a list.
    pub fn post(&self, path: &str) -> Draft {
        self.draft(Method::Post, path)
    }

    fn draft(&self, method: Method, path: &str) -> Draft {
        Draft::new(method, format!("{}{path}", self.prefix), Output::Any)
    }
}
