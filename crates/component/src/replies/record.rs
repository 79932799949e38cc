//! Records as a service returns them, declared field by field.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value, json};

use crate::scalars::{Date, Decimal, Guid, Id, Timestamp};

/// A record as the service returns it. Its schema and its example are derived from its fields.
///
/// Responses are not decoded into it: they are passed on unchanged.
#[derive(Clone, Copy, Debug)]
pub struct Record {
    /// The description, in one sentence.
    pub help: &'static str,
    /// The fields, in the order in which the service sends them.
    pub fields: &'static [Field],
}

/// One field of a record.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    name: &'static str,
    help: &'static str,
    content: Content,
    many: bool,
    nullable: bool,
    absent: bool,
    example: Option<&'static str>,
}

/// The value of a field.
#[derive(Clone, Copy, Debug)]
enum Content {
    /// A value whose example is text.
    Text { schema: fn(&mut SchemaGenerator) -> Schema, example: &'static str },
    /// A value whose example is JSON.
    Json { schema: fn(&mut SchemaGenerator) -> Schema, example: &'static str },
    /// A nested record.
    Nested(&'static Record),
    /// The fields of another record, in place of one field.
    Fields(&'static Record),
}

impl Field {
    const fn new(name: &'static str, help: &'static str, content: Content) -> Self {
        Self { name, help, content, many: false, nullable: false, absent: false, example: None }
    }

    const fn json<T: JsonSchema>(name: &'static str, help: &'static str, example: &'static str) -> Self {
        Self::new(name, help, Content::Json { schema: |generator| T::json_schema(generator), example })
    }

    const fn plain<T: JsonSchema>(name: &'static str, help: &'static str, example: &'static str) -> Self {
        Self::new(name, help, Content::Text { schema: |generator| T::json_schema(generator), example })
    }

    /// The id of a record.
    pub const fn id(name: &'static str, help: &'static str) -> Self {
        Self::json::<Id>(name, help, "10978752986")
    }

    /// Text.
    pub const fn text(name: &'static str, help: &'static str) -> Self {
        Self::plain::<String>(name, help, "text")
    }

    /// An integer.
    pub const fn integer(name: &'static str, help: &'static str) -> Self {
        Self::json::<i64>(name, help, "1")
    }

    /// An amount of money or a quantity, as a number.
    pub const fn decimal(name: &'static str, help: &'static str) -> Self {
        Self::json::<Decimal>(name, help, "0")
    }

    /// A boolean.
    pub const fn flag(name: &'static str, help: &'static str) -> Self {
        Self::json::<bool>(name, help, "false")
    }

    /// A date.
    pub const fn date(name: &'static str, help: &'static str) -> Self {
        Self::plain::<Date>(name, help, "2026-01-05")
    }

    /// A date and time with a time zone (RFC 3339).
    pub const fn timestamp(name: &'static str, help: &'static str) -> Self {
        Self::plain::<Timestamp>(name, help, "2026-01-05T14:30:00Z")
    }

    /// A UUID.
    pub const fn guid(name: &'static str, help: &'static str) -> Self {
        Self::plain::<Guid>(name, help, "6b29fc40-ca47-1067-b31d-00dd010662da")
    }

    /// An object with arbitrary members.
    pub const fn any_object(name: &'static str, help: &'static str) -> Self {
        Self::json::<Map<String, Value>>(name, help, "{}")
    }

    /// A value with the schema of a type. It needs an [`example`](Self::example), unless it is a list or nullable.
    pub const fn value<T: JsonSchema>(name: &'static str, help: &'static str) -> Self {
        Self::json::<T>(name, help, "null")
    }

    /// A nested record.
    pub const fn object(name: &'static str, help: &'static str, record: &'static Record) -> Self {
        Self::new(name, help, Content::Nested(record))
    }

    /// A list of records.
    pub const fn objects(name: &'static str, help: &'static str, record: &'static Record) -> Self {
        Self::object(name, help, record).list()
    }

    /// Includes all fields of another record in this one.
    pub const fn all_of(record: &'static Record) -> Self {
        Self::new("", "", Content::Fields(record))
    }

    /// Makes it a list. Its example is empty unless it is a list of records.
    pub const fn list(self) -> Self {
        Self { many: true, ..self }
    }

    /// Allows the field to be null or missing. Its example is null, unless it is a list or a record.
    pub const fn nullable(self) -> Self {
        Self { nullable: true, ..self }
    }

    /// Leaves the field out of the example of the record.
    pub const fn absent(self) -> Self {
        Self { absent: true, ..self }
    }

    /// Sets the example: JSON or, for a text field, the text itself.
    pub const fn example(self, text: &'static str) -> Self {
        Self { example: Some(text), ..self }
    }

    /// Whether it may be null or missing.
    pub const fn is_nullable(&self) -> bool {
        self.nullable
    }

    /// Whether the service sends integers.
    pub fn is_integer(&self) -> bool {
        let schema = self.schema(&mut SchemaSettings::default().for_serialize().into_generator());
        schema.get("type").and_then(Value::as_str) == Some("integer")
    }

    pub(crate) fn schema(&self, generator: &mut SchemaGenerator) -> Schema {
        let mut schema = match self.content {
            Content::Text { schema, .. } | Content::Json { schema, .. } => schema(generator),
            Content::Nested(record) | Content::Fields(record) => record.schema(generator),
        };
        if self.many {
            schema = json_schema!({"type": "array", "items": schema});
        }
        if self.nullable {
            allow_null(&mut schema);
        }
        schema.insert("description".to_owned(), json!(self.help));
        schema
    }

    pub(crate) fn example_value(&self) -> Value {
        match (self.example, self.content) {
            (Some(text), Content::Text { .. }) if !self.many => Value::from(text),
            (Some(text), _) => parse_example(text),
            (None, Content::Nested(record) | Content::Fields(record)) if self.many => json!([record.example()]),
            (None, Content::Nested(record) | Content::Fields(record)) => record.example(),
            (None, _) if self.many => json!([]),
            (None, _) if self.nullable => Value::Null,
            (None, Content::Text { example, .. }) => Value::from(example),
            (None, Content::Json { example, .. }) => parse_example(example),
        }
    }
}

impl Record {
    pub(crate) fn schema(&self, generator: &mut SchemaGenerator) -> Schema {
        let mut properties = Map::new();
        let mut required = Vec::new();
        for field in self.flattened() {
            properties.insert(field.name.to_owned(), field.schema(generator).to_value());
            if !field.nullable {
                required.push(Value::from(field.name));
            }
        }
        let mut schema = json_schema!({"type": "object"});
        schema.insert("properties".to_owned(), Value::Object(properties));
        if !required.is_empty() {
            schema.insert("required".to_owned(), Value::Array(required));
        }
        schema.insert("description".to_owned(), json!(self.help));
        schema
    }

    /// Returns the field with this name.
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.flattened().into_iter().find(|field| field.name == name)
    }

    /// Returns the names of the fields, in the order in which the service sends them.
    pub fn field_names(&self) -> impl Iterator<Item = &'static str> {
        self.flattened().into_iter().map(|field| field.name)
    }

    /// Returns an example of the record.
    pub fn example(&self) -> Value {
        let mut members = Map::new();
        for field in self.fields.iter().filter(|field| !field.absent) {
            match (field.content, field.example_value()) {
                (Content::Fields(_), Value::Object(all)) => members.extend(all),
                (_, value) => {
                    members.insert(field.name.to_owned(), value);
                }
            }
        }
        Value::Object(members)
    }

    fn flattened(&self) -> Vec<&'static Field> {
        let fields = self.fields.iter();
        fields
            .flat_map(|field| if let Content::Fields(other) = field.content { other.flattened() } else { vec![field] })
            .collect()
    }
}

/// Parses an example. Text that is not JSON stays text, so that the name of a choice needs no quotes.
fn parse_example(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| Value::from(text))
}

fn allow_null(schema: &mut Schema) {
    match schema.get("type").cloned() {
        Some(Value::String(kind)) => {
            schema.insert("type".to_owned(), json!([kind, "null"]));
        }
        _ => *schema = json_schema!({"anyOf": [schema, {"type": "null"}]}),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Output;
    use crate::schema::{example_of, of_output};

    static PLACE: Record = Record {
        help: "A place.",
        fields: &[
            Field::text("city", "The city.").example("Glendale"),
            Field::decimal("latitude", "Degrees.").nullable(),
        ],
    };
    static VISIT: Record = Record {
        help: "A visit.",
        fields: &[
            Field::id("id", "The id of the visit."),
            Field::timestamp("startsOn", "When it starts.").nullable(),
            Field::object("place", "Where it is.", &PLACE),
            Field::objects("stops", "The places on the way.", &PLACE).nullable(),
            Field::id("tagIds", "Its tags.").list().example("[123]"),
            Field::text("notes", "Notes.").list().nullable(),
        ],
    };
    static BILLED: Record = Record {
        help: "A visit with its price.",
        fields: &[
            Field::all_of(&PLACE),
            Field::decimal("price", "The price.").example("189.00"),
            Field::text("memo", "A note.").nullable().absent(),
        ],
    };

    #[test]
    fn derives_the_schema_from_the_fields() {
        let place = |help: &str| {
            json!({
                "type": "object",
                "properties": {
                    "city": {"title": "City", "type": "string", "description": "The city."},
                    "latitude": {"title": "Latitude", "type": ["number", "null"], "description": "Degrees."},
                },
                "required": ["city"],
                "description": help,
            })
        };
        let schema = Value::Object(of_output(Output::Record(&VISIT)));
        assert_eq!(schema["required"], json!(["id", "place", "tagIds"]));
        let properties = &schema["properties"];
        assert_eq!(properties["startsOn"]["type"], json!(["string", "null"]));
        assert_eq!(properties["stops"]["type"], json!(["array", "null"]));
        assert_eq!(properties["stops"]["items"], place("A place."));
        assert_eq!(properties["stops"]["description"], json!("The places on the way."));
        assert_eq!(properties["tagIds"]["items"]["type"], json!("integer"));
        let mut nested = place("Where it is.");
        nested["title"] = json!("Place");
        assert_eq!(properties["place"], nested);
    }

    #[test]
    fn derives_the_example_from_the_fields() {
        let example = concat!(
            r#"{"id":10978752986,"startsOn":null,"place":{"city":"Glendale","latitude":null},"#,
            r#""stops":[{"city":"Glendale","latitude":null}],"tagIds":[123],"notes":[]}"#,
        );
        assert_eq!(example_of(Output::Record(&VISIT)), example);
    }

    #[test]
    fn includes_the_fields_of_another_record() {
        assert_eq!(example_of(Output::Record(&BILLED)), r#"{"city":"Glendale","latitude":null,"price":189.00}"#);
        let schema = of_output(Output::Record(&BILLED));
        assert_eq!(schema["required"], json!(["city", "price"]));
    }

    #[test]
    fn accepts_an_example_of_a_nested_record() {
        let field = Field::object("place", "Where it is.", &PLACE).example(r#"{"city": "Burbank", "latitude": 34.10}"#);
        assert_eq!(field.example_value().to_string(), r#"{"city":"Burbank","latitude":34.10}"#);
        assert_eq!(field.nullable().example("null").example_value(), Value::Null);
        assert_eq!(Field::value::<String>("status", "Its status.").example("Installed").example_value(), "Installed");
    }
}
