//! The form of a reply.

use crate::record::{Field, Record};

/// The form of a reply's `data`.
#[derive(Clone, Copy, Debug)]
pub enum Output {
    /// Nothing: the service answers an empty body, the reply says `{}`.
    Empty,
    /// One record.
    Record(&'static Record),
    /// One page of records, or all of them, in an envelope.
    Page(&'static Record),
    /// A bare value, such as the number of a new record; the field's name is not used.
    Value(&'static Field),
    /// The contents of a file.
    File,
    /// Whatever the service answers; with `debugRequest`, its status and headers stand beside it.
    Any,
}
