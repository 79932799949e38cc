//! The type of a reply's `data`.

use crate::{Field, ListEndpoint, Record};

/// The type of a reply's `data`.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Output {
    /// Nothing: the service returns an empty body, and `data` is `{}`.
    Empty,
    /// One record.
    Record(&'static Record),
    /// One page of a list, or the whole list as one page.
    Page(&'static ListEndpoint),
    /// A single value, such as the id of a new record; the name of the field is not used.
    Value(&'static Field),
    /// A file.
    File,
    /// Any JSON value. With `debugRequest`, the reply also contains the status and headers of the response.
    Any,
}

impl Output {
    /// The list whose page the reply has, if it has one.
    pub fn list(self) -> Option<&'static ListEndpoint> {
        match self {
            Self::Page(list) => Some(list),
            _ => None,
        }
    }
}
