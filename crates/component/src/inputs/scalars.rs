//! Scalar types of structured values and records. They provide schemas and preserve the digits of numbers.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::Number;

use super::Kind;

macro_rules! scalar {
    ($(#[$doc:meta])* $name:ident($inner:ty), $kind:expr, $sent:literal) => {
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

            fn json_schema(generator: &mut SchemaGenerator) -> Schema {
                of_scalar($kind, $sent, generator)
            }
        }
    };
}

scalar!(
    /// The id of a record: an integer of 64 bits.
    Id(i64), Kind::Id, "integer");
scalar!(
    /// An amount of money or a quantity; its digits are preserved.
    Decimal(Number), Kind::Decimal, "number");
scalar!(
    /// A date.
    Date(String), Kind::Date, "string");
scalar!(
    /// A date and time with a time zone (RFC 3339).
    Timestamp(String), Kind::Timestamp, "string");
scalar!(
    /// A UUID.
    Guid(String), Kind::Guid, "string");

/// Returns the schema of a scalar: as the service sends it, or as people give it, where ids and decimals are text.
fn of_scalar(kind: Kind, sent: &str, generator: &SchemaGenerator) -> Schema {
    let given = Schema::try_from(kind.schema()).unwrap_or_default();
    if generator.contract().is_deserialize() {
        return given;
    }
    match given.get("format").or_else(|| given.get("x-format")) {
        Some(format) => json_schema!({"type": sent, "format": format}),
        None => json_schema!({"type": sent}),
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
