//! The scalar types that structured values and records are made of.
//!
//! They exist for their schemas: the digits of an id or a decimal stay as they were written.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::Number;

macro_rules! scalar {
    ($(#[$doc:meta])* $name:ident($inner:ty), $schema:tt) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub $inner);

        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        }
    };
}

scalar!(
    /// The number of a record: a whole number of 64 bits.
    Id(i64), {"type": "integer", "minimum": 0, "maximum": i64::MAX});
scalar!(
    /// Money or a quantity, with the digits that it was written with.
    Decimal(Number), {"type": "number"});
scalar!(
    /// A date and time with its zone (RFC 3339).
    Timestamp(String), {"type": "string", "format": "date-time"});
scalar!(
    /// A UUID.
    Guid(String), {"type": "string", "format": "uuid"});
