//! One part of a service's API: the paths below one prefix, and what its lists have in common.

use super::list_endpoint::{ListEndpoint, Sorting};
use crate::{Draft, Method, Output, PageLayout, Paging};

/// The paths below one prefix.
#[derive(Clone, Copy, Debug)]
pub struct Api {
    pub(super) prefix: &'static str,
    paging: Option<(Paging, PageLayout)>,
    sorting: Sorting,
}

impl Api {
    /// The paths below this prefix. It may hold placeholders that the connection fills.
    pub const fn new(prefix: &'static str) -> Self {
        Self { prefix, paging: None, sorting: Sorting::None }
    }

    /// Says how the lists of this API are read page by page.
    pub const fn paged(self, paging: Paging, layout: PageLayout) -> Self {
        Self { paging: Some((paging, layout)), ..self }
    }

    /// Says that the service sorts the lists of this API by this query parameter: a field with `+` or `-` before it.
    /// `by_id` is the value for ascending ids, an order that new records only extend.
    pub const fn sorted(self, parameter: &'static str, by_id: &'static str) -> Self {
        Self { sorting: Sorting::ByService { parameter, by_id }, ..self }
    }

    /// The list at a path below the prefix.
    ///
    /// # Panics
    ///
    /// Panics, at compile time, if [`paged`](Self::paged) was not called.
    pub const fn list(self, path: &'static str) -> ListEndpoint {
        match self.paging {
            Some((paging, layout)) => ListEndpoint::new(self, path, paging, layout, self.sorting),
            None => panic!("`Api::paged` says how lists are read"),
        }
    }

    /// A `GET` of a path that is no list.
    pub fn get(&self, path: &str) -> Draft {
        self.draft(Method::Get, path)
    }

    /// A `POST` to a path that is no list.
    pub fn post(&self, path: &str) -> Draft {
        self.draft(Method::Post, path)
    }

    fn draft(&self, method: Method, path: &str) -> Draft {
        Draft::new(method, format!("{}{path}", self.prefix), Output::Any)
    }
}
