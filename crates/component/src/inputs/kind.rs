//! The types of values: schema, coercion, and conversion to what the service expects.

use std::borrow::Cow;

use serde_json::{Number, Value, json};

use super::{file, spelling};
use crate::schema::FLAG_CHOICES;

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
    /// A part of a multipart form: text, or a file.
    Part,
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

    /// The name of the type in documents for people.
    pub fn plain_name(self) -> &'static str {
        match self {
            Self::Text | Self::LongText => "text",
            Self::Password => "secret text",
            Self::Id => "id",
            Self::Integer => "integer",
            Self::Decimal => "number",
            Self::Flag => "true or false",
            Self::Date => "date",
            Self::Timestamp => "date and time",
            Self::Guid => "UUID",
            Self::Code | Self::Any => "JSON",
            Self::File => "file",
            Self::Part => "text or file",
            Self::Connection => "connection",
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
            Self::File => "a file: base64 text, or an object with `data` (base64) and `contentType`",
            Self::Part => "text, or an object with `data` (base64) and `contentType`",
            Self::Connection => "a connection object, or the name of a connection",
        }
    }

    /// What the description of every value of this kind says.
    pub(crate) fn notation(self) -> &'static str {
        match self {
            Self::Timestamp => "A date and time with a time zone, such as `2026-01-31T09:00:00Z`.",
            _ => "",
        }
    }

    /// The JSON Schema of a coerced value.
    pub(crate) fn schema(self) -> Value {
        match self {
            Self::Text | Self::LongText | Self::Password => json!({"type": "string"}),
            // Text, because browsers round numbers above 2^53.
            Self::Id => self.explained(json!({"type": "string", "pattern": ID_PATTERN})),
            Self::Integer => json!({"type": "integer"}),
            Self::Decimal => self.explained(json!({"type": "string", "pattern": DECIMAL_PATTERN})),
            Self::Flag => json!({"type": "boolean"}),
            Self::Date => self.explained(json!({"type": "string", "format": "date"})),
            Self::Timestamp => {
                self.explained(json!({"type": "string", "pattern": TIMESTAMP_PATTERN, "x-format": "date-time"}))
            }
            Self::Guid => self.explained(json!({"type": "string", "format": "uuid", "pattern": GUID_PATTERN})),
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
                "required": ["data"],
                "additionalProperties": false,
            }),
            Self::Part => json!({"anyOf": [
                {"title": "Text", "type": "string"},
                of_branch("File", Self::File),
                {"title": "Number", "type": "number"},
                {"title": "True or False", "type": "boolean"},
            ]}),
            Self::Connection => json!({"anyOf": [
                {"title": "Connection Name", "type": "string"},
                {"title": "Connection Fields", "type": "object"},
            ]}),
        }
    }

    /// Adds what is expected, in plain words: as `x-expected`, and as the message of the validator plugin `ajv-errors`.
    fn explained(self, mut schema: Value) -> Value {
        schema["x-expected"] = json!(self.expected());
        schema["errorMessage"] = json!(format!("must be {}", self.expected().replace('`', "")));
        schema
    }

    /// Returns the kind of the scalars that a schema describes.
    pub(crate) fn of_schema(schema: &Value) -> Option<Self> {
        let types = match &schema["type"] {
            Value::Array(types) => types.as_slice(),
            one => std::slice::from_ref(one),
        };
        let name = types.iter().filter_map(Value::as_str).find(|name| *name != "null")?;
        let format = schema["format"].as_str().or_else(|| schema["x-format"].as_str());
        if name == "string" && is_choice_of_flag(schema) {
            return Some(Self::Flag);
        }
        match (name, format, schema["pattern"].as_str()) {
            ("string", Some("date-time"), _) => Some(Self::Timestamp),
            ("string", Some("date"), _) => Some(Self::Date),
            ("string", Some("uuid"), _) => Some(Self::Guid),
            ("string", _, Some(ID_PATTERN)) => Some(Self::Id),
            ("string", _, Some(DECIMAL_PATTERN)) => Some(Self::Decimal),
            ("string", ..) => Some(Self::Text),
            ("integer", ..) => Some(Self::Integer),
            ("boolean", ..) => Some(Self::Flag),
            _ => None,
        }
    }

    /// Whether white space is a value, and not the same as none.
    pub(crate) fn keeps_white_space(self) -> bool {
        matches!(self, Self::Text | Self::LongText | Self::Password | Self::Any | Self::Part)
    }

    /// Coerces a value to the type that the schema describes. Leaves values that it cannot convert unchanged, for the
    /// schema to validate. Fails if text is not valid JSON.
    pub(crate) fn coerce(self, value: Value) -> Result<Value, serde_json::Error> {
        if self == Self::File || (self == Self::Part && matches!(value, Value::Object(_) | Value::Array(_))) {
            return Ok(file::coerce(value));
        }
        let text = match &value {
            Value::String(text) => Cow::Borrowed(text.as_str()),
            Value::Number(number) => Cow::Owned(number.to_string()),
            Value::Bool(flag) if self.is_text() => Cow::Owned(flag.to_string()),
            _ => return Ok(value),
        };
        let coerced = match self {
            Self::Text | Self::LongText | Self::Password => Some(Value::from(text)),
            Self::Id => spelling::whole_number(&text).map(Value::String),
            Self::Integer => spelling::whole_number(&text).and_then(|digits| number(&digits)),
            Self::Decimal => spelling::decimal(&text).map(Value::String),
            Self::Flag => spelling::flag(&text).map(Value::Bool),
            Self::Date if value.is_string() => Some(Value::from(spelling::date(&text))),
            Self::Timestamp if value.is_string() => Some(Value::from(spelling::timestamp(&text))),
            Self::Guid | Self::Connection if value.is_string() => Some(Value::from(text.trim())),
            Self::Code if value.is_string() => Some(serde_json::from_str(&text)?),
            _ => None,
        };
        Ok(coerced.unwrap_or(value))
    }

    fn is_text(self) -> bool {
        matches!(self, Self::Text | Self::LongText | Self::Password)
    }

    /// Converts a coerced value to what the service expects. Returns `None` if the value is not of this kind.
    pub(crate) fn to_wire(self, value: Value) -> Option<Value> {
        match (self, value) {
            (Self::Id, Value::String(text)) => text.parse().ok().map(|id: i64| Value::from(id)),
            (Self::Decimal | Self::Integer, Value::String(text)) => number(&text),
            (Self::Integer, value) => Some(value).filter(Value::is_number),
            (Self::Id | Self::Decimal, _) => None,
            (Self::Flag, Value::String(text)) => text.parse().ok().map(Value::Bool),
            (_, value) => Some(value),
        }
    }
}

/// Converts text to a number with the same digits.
pub(super) fn number(text: &str) -> Option<Value> {
    serde_json::from_str::<Number>(text).ok().map(Value::Number)
}

fn of_branch(title: &str, kind: Kind) -> Value {
    let mut schema = kind.schema();
    schema["title"] = json!(title);
    schema
}

fn is_choice_of_flag(schema: &Value) -> bool {
    let values = schema["enum"].as_array().into_iter().flatten().filter_map(Value::as_str);
    values.eq(FLAG_CHOICES)
}

/// The grammar of an id. Not every number of 19 digits has 64 bits: the conversion judges the rest.
const ID_PATTERN: &str = "^(0|-?[1-9][0-9]{0,18})$";
/// The grammar of a JSON number, so that the text can be sent unchanged.
const DECIMAL_PATTERN: &str = r"^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?$";
/// Draft-07 has no format for it.
const GUID_PATTERN: &str = "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$";
/// With the format `date-time`, forms ask for the time on some clock, and do not say on which. The time that the text
/// says is the same everywhere; that its day exists is checked by the runner.
const TIMESTAMP_PATTERN: &str = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$";
const BASE64_PATTERN: &str = "^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$";
/// No control characters: they could write headers of a form.
const FILE_NAME_PATTERN: &str = r"^[^\u0000-\u001f\u007f-\u009f]*$";
const MEDIA_TYPE_PATTERN: &str = r#"^[\w!#$&^.+-]+/[\w!#$&^.+-]+(?:\s*;\s*[\w-]+=(?:[\w.+-]+|"[^"\\\r\n]*"))*$"#;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn preserves_the_digits_of_numbers() {
        for (kind, text) in [(Kind::Id, "9007199254740993"), (Kind::Decimal, "100.00")] {
            let wire = kind.to_wire(json!(text)).map(|value| value.to_string());
            assert_eq!(wire.as_deref(), Some(text), "{kind:?}");
        }
        assert_eq!(Kind::Id.to_wire(json!("abc")), None);
        assert_eq!(Kind::Id.to_wire(json!(true)), None);
    }

    #[test]
    fn coerces_flags_regardless_of_case() {
        for (value, flag) in [(json!("TRUE"), true), (json!(" yes "), true), (json!(0), false), (json!("F"), false)] {
            assert_eq!(Kind::Flag.coerce(value).ok(), Some(json!(flag)));
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
