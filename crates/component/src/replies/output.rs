//! The form of a reply.

use crate::{Field, ListEndpoint, Record};

/// The form of a reply's `data`.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Output {
    /// Nothing: the service returns an empty body, and the reply is `{}`.
    Empty,
    /// One record.
    Record(&'static Record),
    /// One page of a list, or all of it in the form of one page.
    Page(&'static ListEndpoint),
    /// A bare value, such as the id of a new record; the field's name is not used.
    Value(&'static Field),
    /// The contents of a file.
    File,
    /// Whatever the service returns; with `debugRequest`, its status and headers stand beside it.
    Any,
}
