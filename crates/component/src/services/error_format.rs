//! The layout of the error bodies of a service.

use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, Value};

/// The names of the members of an error body. The names of nested members are joined by dots: `error.message`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ErrorFormat {
    /// The member with the message for people.
    pub message: &'static str,
    /// The member with the id that the support of the service needs to find the request.
    pub trace_id: Option<&'static str>,
    /// The member with the errors of single fields, as any JSON.
    pub field_errors: Option<&'static str>,
}

/// The content of an error body. Every part may be missing.
#[derive(Debug, Default)]
pub struct ServiceError {
    /// What went wrong, for people.
    pub message: Option<String>,
    /// The id that the support of the service needs to find the request.
    pub trace_id: Option<String>,
    /// The errors of single fields.
    pub field_errors: Option<Box<RawValue>>,
}

impl ErrorFormat {
    /// Reads an error body. Parts that are missing, or a body that is not JSON, give `None`.
    pub fn read(&self, body: &str) -> ServiceError {
        let Ok(members) = serde_json::from_str::<Map<String, Value>>(body) else { return ServiceError::default() };
        let text = |path: &str| member(&members, path)?.as_str().filter(|text| !text.is_empty()).map(ToOwned::to_owned);
        let errors = self.field_errors.and_then(|path| member(&members, path)).filter(|errors| !is_empty(errors));
        ServiceError {
            message: text(self.message),
            trace_id: self.trace_id.and_then(text),
            field_errors: errors.and_then(|errors| to_raw_value(errors).ok()),
        }
    }
}

fn member<'a>(members: &'a Map<String, Value>, path: &str) -> Option<&'a Value> {
    let (first, rest) = path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
    let value = members.get(first)?;
    match rest {
        Some(rest) => member(value.as_object()?, rest),
        None => Some(value),
    }
}

fn is_empty(errors: &Value) -> bool {
    match errors {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_nested_members() {
        let format = ErrorFormat { message: "error.reason", trace_id: Some("error.ref"), field_errors: Some("fields") };
        let error = format.read(r#"{"error":{"reason":"No.","ref":"7"},"fields":{"a":["b"]}}"#);
        assert_eq!((error.message.as_deref(), error.trace_id.as_deref()), (Some("No."), Some("7")));
        assert_eq!(error.field_errors.map(|errors| errors.to_string()).as_deref(), Some(r#"{"a":["b"]}"#));
        for body in ["", "[]", r#"{"error":"No."}"#, r#"{"fields":{}}"#, "<html>"] {
            let error = format.read(body);
            assert!(error.message.is_none() && error.field_errors.is_none(), "{body}");
        }
    }
}
