//! The types of values: schema, coercion, and conversion to what the service expects.

use serde_json::{Number, Value, json};

/// The type of a single value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One line of text.
    Text,
    /// Text of several lines.
    LongText,
    /// Text that is never shown.
    Password,
    /// The id of a record.
    Id,
    /// A count.
    Integer,
    /// An amount of money or a quantity.
    Decimal,
    /// A boolean.
    Flag,
    /// A date.
    Date,
    /// A date and time with a time zone.
    Timestamp,
    /// A UUID.
    Guid,
    /// A structured value.
    Code,
    /// Any JSON value; text is not parsed.
    Any,
    /// A file.
    File,
    /// A connection.
    Connection,
}

impl Kind {
    /// The name of the type in manifests.
    pub fn form_type(self) -> &'static str {
        match self {
            Self::LongText => "text",
            Self::Password => "password",
            Self::Flag => "boolean",
            Self::Code => "code",
            Self::File => "data",
            Self::Connection => "connection",
            _ => "string",
        }
    }

    /// Completes the sentence "expected …".
    pub fn expected(self) -> &'static str {
        match self {
            Self::Text | Self::LongText | Self::Password => "text",
            Self::Id => "an id: a whole number of up to 64 bits such as `10978752986`",
            Self::Integer => "a whole number, 0 or more",
            Self::Decimal => "a number such as `19.90`",
            Self::Flag => "`true` or `false`",
            Self::Date => "a date such as `2026-01-31`",
            Self::Timestamp => "a date and time with a time zone such as `2026-01-31T09:00:00Z`",
            Self::Guid => "a UUID such as `6b29fc40-ca47-1067-b31d-00dd010662da`",
            Self::Code => "a JSON value, or text that contains JSON",
            Self::Any => "a JSON value or text",
            Self::File => "a file: an object with `data` (base64) and `contentType`",
            Self::Connection => "a connection object, or the name of a connection",
        }
    }

    /// The JSON Schema of a coerced value.
    pub(crate) fn schema(self) -> Value {
        match self {
            Self::Text | Self::LongText | Self::Password => json!({"type": "string"}),
            // Text, because browsers round numbers above 2^53.
            Self::Id | Self::Integer => json!({"type": "string", "pattern": whole_number_pattern()}),
            Self::Decimal => json!({"type": "string", "pattern": DECIMAL_PATTERN}),
            Self::Flag => json!({"type": "boolean"}),
            Self::Date => json!({"type": "string", "format": "date"}),
            Self::Timestamp => json!({"type": "string", "format": "date-time"}),
            Self::Guid => json!({"type": "string", "format": "uuid"}),
            Self::Code => json!({}),
            // Text comes first because forms start with the first branch.
            Self::Any => json!({"anyOf": [
                {"title": "Text", "type": "string"},
                {"title": "Object", "type": "object"},
                {"title": "List", "type": "array"},
                {"title": "Number", "type": "number"},
                {"title": "True or False", "type": "boolean"},
            ]}),
            Self::File => json!({
                "type": "object",
                "properties": {
                    "data": {
                        "type": "string",
                        "title": "Content",
                        "description": "The bytes of the file, in base64.",
                        "contentEncoding": "base64",
                        "pattern": BASE64_PATTERN,
                    },
                    "contentType": {
                        "type": "string",
                        "title": "Content Type",
                        "description": "The media type of the file, such as `image/png`.",
                        "pattern": MEDIA_TYPE_PATTERN,
                    },
                    "fileName": {
                        "type": "string",
                        "title": "File Name",
                        "description": "The name to store the file under.",
                        "pattern": FILE_NAME_PATTERN,
                    },
                },
                "required": ["data", "contentType"],
                "additionalProperties": false,
            }),
            Self::Connection => json!({"anyOf": [
                {"title": "By Name", "type": "string"},
                {"title": "With Its Fields", "type": "object"},
            ]}),
        }
    }

    /// Coerces a value to the type that the schema describes. Leaves other values unchanged, for the schema to
    /// validate. Fails if text is not valid JSON.
    pub(crate) fn coerce(self, value: Value) -> Result<Value, serde_json::Error> {
        Ok(match (self, value) {
            (
                Self::Text | Self::LongText | Self::Password | Self::Id | Self::Integer | Self::Decimal,
                Value::Number(number),
            ) => Value::String(number.to_string()),
            (Self::Flag, Value::String(text)) => match text.to_ascii_lowercase().as_str() {
                "true" => Value::Bool(true),
                "false" => Value::Bool(false),
                _ => Value::String(text),
            },
            (Self::Code, Value::String(text)) => serde_json::from_str(&text)?,
            (_, value) => value,
        })
    }

    /// Converts a coerced value to what the service expects. Returns `None` if the value is not of this kind.
    pub(crate) fn to_wire(self, value: Value) -> Option<Value> {
        match (self, value) {
            (Self::Id | Self::Integer | Self::Decimal, Value::String(text)) => {
                serde_json::from_str::<Number>(&text).ok().map(Value::Number)
            }
            (Self::Id | Self::Integer | Self::Decimal, _) => None,
            (Self::Flag, Value::String(text)) => text.parse().ok().map(Value::Bool),
            (_, value) => Some(value),
        }
    }
}

/// The grammar of a JSON number, so that the text can be sent unchanged.
const DECIMAL_PATTERN: &str = r"^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?$";
const BASE64_PATTERN: &str = "^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$";
/// No control characters: they could write headers of a form.
const FILE_NAME_PATTERN: &str = r"^[^\u0000-\u001f\u007f-\u009f]*$";
const MEDIA_TYPE_PATTERN: &str = r#"^[\w!#$&^.+-]+/[\w!#$&^.+-]+(?:\s*;\s*[\w-]+=(?:[\w.+-]+|"[^"\\\r\n]*"))*$"#;

/// Returns a pattern that matches 0 to 9223372036854775807, without leading zeros.
fn whole_number_pattern() -> String {
    let max = i64::MAX.to_string();
    let mut branches = vec!["0".to_owned(), format!("[1-9][0-9]{{0,{}}}", max.len() - 2)];
    for (index, digit) in max.char_indices() {
        let lowest = if index == 0 { '1' } else { '0' };
        let highest = char::from(digit as u8 - u8::from(index + 1 < max.len()));
        if digit > lowest {
            let rest = match max.len() - index - 1 {
                0 => String::new(),
                1 => "[0-9]".to_owned(),
                left => format!("[0-9]{{{left}}}"),
            };
            branches.push(format!("{}[{lowest}-{highest}]{rest}", &max[..index]));
        }
    }
    format!("^(?:{})$", branches.join("|"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn preserves_the_digits_of_numbers() {
        for (kind, text) in [(Kind::Id, "9007199254740993"), (Kind::Integer, "0"), (Kind::Decimal, "100.00")] {
            let wire = kind.to_wire(json!(text)).map(|value| value.to_string());
            assert_eq!(wire.as_deref(), Some(text), "{kind:?}");
        }
        assert_eq!(Kind::Id.to_wire(json!("abc")), None);
        assert_eq!(Kind::Id.to_wire(json!(true)), None);
    }

    #[test]
    fn coerces_flags_regardless_of_case() {
        for (text, flag) in [("TRUE", true), ("true", true), ("False", false)] {
            assert_eq!(Kind::Flag.coerce(json!(text)).ok(), Some(json!(flag)));
        }
        assert_eq!(Kind::Flag.coerce(json!("maybe")).ok(), Some(json!("maybe")));
    }

    #[test]
    fn parses_only_code() {
        assert_eq!(Kind::Code.coerce(json!("[1.50]")).ok().map(|value| value.to_string()), Some("[1.50]".to_owned()));
        assert!(Kind::Code.coerce(json!("{broken")).is_err());
        assert_eq!(Kind::Text.coerce(json!("{broken")).ok(), Some(json!("{broken")));
    }
}
