//! The form of a reply.

use schemars::{JsonSchema, Schema, SchemaGenerator};

/// A type that describes one record as the service answers it, with an example.
///
/// The type is never decoded into: replies pass through as they came. It gives the schema that a builder maps
/// fields from.
pub trait Record: JsonSchema {
    /// One believable record, as JSON text.
    const EXAMPLE: &'static str;
}

/// The form of a reply's `data`.
#[derive(Clone, Copy, Debug)]
pub enum Output {
    /// Nothing: the service answers an empty body, the reply says `{}`.
    Empty,
    /// One record.
    Record(Described),
    /// One page of records, or all of them, in an envelope.
    Page(Described),
    /// A bare value, such as the number of a new record.
    Value(Described),
    /// The contents of a file.
    File,
    /// Whatever the service answers; with `debugRequest`, its status and headers stand beside it.
    Any,
}

/// A schema and an example of it.
#[derive(Clone, Copy, Debug)]
pub struct Described {
    /// Builds the schema.
    pub schema: fn(&mut SchemaGenerator) -> Schema,
    /// JSON text.
    pub example: &'static str,
}

impl Output {
    /// One record of this type.
    pub const fn record<T: Record>() -> Self {
        Self::Record(Described::of::<T>())
    }

    /// A list of records of this type.
    pub const fn page<T: Record>() -> Self {
        Self::Page(Described::of::<T>())
    }

    /// A bare value of this type.
    pub const fn value<T: Record>() -> Self {
        Self::Value(Described::of::<T>())
    }
}

impl Described {
    const fn of<T: Record>() -> Self {
        Self { schema: |generator| T::json_schema(generator), example: T::EXAMPLE }
    }
}
