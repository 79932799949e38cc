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
    /// An amount of money or a quantity; its digits are preserved.
    Decimal(Number), {"type": "number"});
scalar!(
    /// A date.
    Date(String), {"type": "string", "format": "date"});
scalar!(
    /// A date and time with a time zone (RFC 3339).
    Timestamp(String), {"type": "string", "format": "date-time"});
scalar!(
    /// A UUID.
    Guid(String), {"type": "string", "format": "uuid"});

/// The id of a record: an integer of 64 bits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Id(pub i64);

impl JsonSchema for Id {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Id".into()
    }

    /// The limits are for what people give: what a service sends is not judged.
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        if generator.contract().is_serialize() {
            return json_schema!({"type": "integer"});
        }
        json_schema!({"type": "integer", "minimum": i64::MIN, "maximum": i64::MAX})
    }
}

/// A list that is not empty.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AtLeastOne<T>(pub Vec<T>);

impl<T: JsonSchema> JsonSchema for AtLeastOne<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("AtLeastOne_{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "array", "items": generator.subschema_for::<T>(), "minItems": 1})
    }
}
