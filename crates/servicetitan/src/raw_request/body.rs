//! The body of a raw request: JSON, other text, or a multipart form.

use pipefit_component::{Body, File, Input, Inputs, Issue, Part, Problem, shown};
use serde_json::Value;
use serde_json::value::RawValue;

use super::{DATA, FILE_DATA, FILE_DATA_FILE_NAMES, FORM_DATA, HEADERS};

const CONTENT_TYPE: &str = "content-type";
const JSON: &str = "application/json";
const MULTIPART: &str = "multipart/form-data";
const PLAIN_TEXT: &str = "text/plain; charset=utf-8";

type Headers = Vec<(String, String)>;

/// The body and the other headers; the content type belongs to the body.
pub(super) fn with_headers(inputs: &mut Inputs, mut headers: Headers, issues: &mut Vec<Issue>) -> (Headers, Body) {
    let data = inputs.take(&DATA);
    let parts = parts(inputs, issues);
    if data.is_none() && parts.is_empty() {
        return (headers, Body::None);
    }
    let at = headers.iter().position(|(name, _)| name.eq_ignore_ascii_case(CONTENT_TYPE));
    let content_type = at.map(|at| headers.remove(at).1);
    let body = match (data, parts) {
        (Some(_), parts) if !parts.is_empty() => {
            Err(Issue::new(DATA.key, Problem::Conflict, "`data` and a multipart form cannot be sent together"))
        }
        (Some(data), _) => of_data(data, content_type),
        (None, parts) => form(parts, content_type.as_deref()),
    };
    let body = body.unwrap_or_else(|issue| {
        issues.push(issue);
        Body::None
    });
    (headers, body)
}

fn of_data(data: Value, content_type: Option<String>) -> Result<Body, Issue> {
    let is_json = content_type.as_deref().is_none_or(is_json);
    match (data, content_type) {
        (Value::String(text), content_type) if is_json => {
            // Sent as it was written, to keep digits, order and whitespace.
            if let Err(error) = serde_json::from_str::<&RawValue>(&text) {
                let message = format!("`data` is not valid JSON: {error}; for other text set a `Content-Type` header");
                return Err(Issue::new(DATA.key, Problem::InvalidJson, message));
            }
            let content_type = content_type.unwrap_or_else(|| JSON.to_owned());
            Ok(Body::Bytes { content_type: Some(content_type), data: text.into() })
        }
        (Value::String(text), content_type) => Ok(Body::Bytes { content_type, data: text.into() }),
        (value, None) => Ok(Body::Json(value)),
        (value, content_type) if is_json => Ok(Body::Bytes { content_type, data: value.to_string().into() }),
        (_, content_type) => {
            let message = format!(
                "`data` is a JSON value, but the `Content-Type` is `{}`: pass the body as text",
                content_type.unwrap_or_default()
            );
            Err(Issue::new(DATA.key, Problem::Conflict, message))
        }
    }
}

fn is_json(content_type: &str) -> bool {
    let media_type = essence(content_type);
    media_type == JSON || media_type.ends_with("+json")
}

/// A media type without its parameters.
fn essence(content_type: &str) -> String {
    content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

fn form(parts: Vec<Part>, content_type: Option<&str>) -> Result<Body, Issue> {
    match content_type {
        Some(other) if essence(other) != MULTIPART => {
            let message = format!("the `Content-Type` of a form with `formData` or `fileData` must be `{MULTIPART}`");
            Err(Issue::new(HEADERS.key, Problem::Conflict, message))
        }
        // The boundary is known only once the form is written.
        _ => Ok(Body::Multipart(parts)),
    }
}

fn parts(inputs: &mut Inputs, issues: &mut Vec<Issue>) -> Vec<Part> {
    let mut names = inputs.take_text_pairs(&FILE_DATA_FILE_NAMES);
    let mut parts = Vec::new();
    for (index, (field, value)) in inputs.take_pairs(&FORM_DATA).into_iter().enumerate() {
        check_field(&FORM_DATA, index, &field, issues);
        match value {
            Value::String(text) => parts.push(Part::text(field, text)),
            Value::Number(_) | Value::Bool(_) => parts.push(Part::text(field, value.to_string())),
            value => parts.extend(file(&FORM_DATA, index, &value, issues).map(|file| Part::file(field, file))),
        }
    }
    for (index, (field, value)) in inputs.take_pairs(&FILE_DATA).into_iter().enumerate() {
        check_field(&FILE_DATA, index, &field, issues);
        let given = names.iter().position(|(of, _)| *of == field).map(|at| names.remove(at).1);
        let file = match value {
            Value::String(text) => File { name: None, content_type: Some(PLAIN_TEXT.to_owned()), data: text.into() },
            value => match file(&FILE_DATA, index, &value, issues) {
                Some(file) => file,
                None => continue,
            },
        };
        match file.named(&FILE_DATA_FILE_NAMES, given.as_deref()) {
            Ok(file) => {
                let name = file.name.or_else(|| Some(field.clone()));
                parts.push(Part::file(field, File { name, ..file }));
            }
            Err(error) => issues.extend_from_slice(error.issues()),
        }
    }
    for (field, _) in names {
        let message = format!("`fileDataFileNames` has an entry `{}` that `fileData` does not have", shown(&field));
        issues.push(Issue::new(FILE_DATA_FILE_NAMES.key, Problem::Unknown, message));
    }
    parts
}

/// Reports the name of a field that would write a header of the form.
fn check_field(input: &Input, index: usize, field: &str, issues: &mut Vec<Issue>) {
    if field.contains(char::is_control) {
        let at = format!("{}[{index}].key", input.key);
        let message = format!("`{at}` must not contain line breaks or other control characters");
        issues.push(Issue::new(at, Problem::InvalidValue, message));
    }
}

fn file(input: &Input, index: usize, value: &Value, issues: &mut Vec<Issue>) -> Option<File> {
    let file = File::from_value(value);
    if file.is_none() {
        let at = format!("{}[{index}].value", input.key);
        let message =
            format!("`{at}` is not valid; expected text, or an object with `data` (base64) and `contentType`");
        issues.push(Issue::new(at, Problem::InvalidValue, message));
    }
    file
}
