//! Scalar types of structured values and records. They provide schemas and preserve the digits of numbers.

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
    /// The id of a record: an integer of 64 bits.
    Id(i64), {"type": "integer", "minimum": i64::MIN, "maximum": i64::MAX});
scalar!(
    /// An amount of money or a quantity; its digits are preserved.
    Decimal(Number), {"type": "number"});
scalar!(
    /// A date and time with a time zone (RFC 3339).
    Timestamp(String), {"type": "string", "format": "date-time"});
scalar!(
    /// A UUID.
    Guid(String), {"type": "string", "format": "uuid"});
