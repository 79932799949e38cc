//! Drafts: requests before their inputs are filled in.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};

use super::template::fill;
use crate::inputs::pairs;
use crate::{
    Body, Collection, Error, Expect, Inputs, ListEndpoint, Method, Output, Part, Problem, Request, Result, Role,
    WrittenRecord, shown,
};

/// The characters of a path segment that need no encoding (the unreserved ones of RFC 3986).
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A request before its inputs are filled in.
#[derive(Clone, Debug)]
#[must_use]
pub struct Draft {
    method: Method,
    path: String,
    output: Output,
    list: Option<&'static ListEndpoint>,
    /// The list whose record is created or changed.
    writes: Option<&'static ListEndpoint>,
    scope: Option<String>,
}

impl Draft {
    pub(super) fn new(method: Method, path: String, output: Output) -> Self {
        Self { method, path, output, list: None, writes: None, scope: None }
    }

    pub(super) fn of_list(self, list: &'static ListEndpoint) -> Self {
        Self { list: Some(list), ..self }
    }

    pub(super) fn writes(self, list: &'static ListEndpoint) -> Self {
        Self { writes: Some(list), ..self }
    }

    pub(super) fn needing(self, scope: Option<String>) -> Self {
        Self { scope, ..self }
    }

    /// Sets the type of the reply's `data`.
    pub fn returns(self, output: Output) -> Self {
        Self { output, ..self }
    }

    /// Builds the request: fills the placeholders of the path with inputs, and sends all others in the query. Fails if
    /// a pair of a list of pairs has the name of another parameter.
    pub fn query(self, inputs: Inputs) -> Result<Request> {
        let (mut request, inputs) = self.fill(inputs)?;
        let mut spread = Vec::new();
        for (input, field, value) in inputs.into_fields() {
            match (input.collection, value) {
                (Collection::Pairs, value) => spread.extend(pairs(value).into_iter().map(|pair| (input.key, pair))),
                (_, Value::Array(items)) => {
                    request.query.extend(items.into_iter().map(|item| (field.clone(), text(item))));
                }
                (_, value) => request.query.push((field, text(value))),
            }
        }
        if spread.is_empty() {
            return Ok(request);
        }
        let reserved = reserved_parameters(&request);
        for (from, (key, value)) in spread {
            if let Some(name) = reserved.iter().find(|name| name.eq_ignore_ascii_case(&key)) {
                let message = format!("`{from}` must not set `{}`; use the input `{name}` instead", shown(&key));
                return Err(Error::input(from, Problem::Conflict, message));
            }
            request.query.push((key, text(value)));
        }
        Ok(request)
    }

    /// Builds the request: fills the placeholders of the path with inputs, and sends all others in a JSON body, with
    /// the members of additional fields beside them. Fails if such a member has the name of another field.
    pub fn body(self, inputs: Inputs) -> Result<Request> {
        let (mut request, inputs) = self.fill(inputs)?;
        let mut fields = Map::new();
        let mut additional = Vec::new();
        for (input, field, value) in inputs.into_fields() {
            match (input.role, value) {
                (Role::AdditionalFields, Value::Object(members)) => {
                    additional.extend(members.into_iter().map(|(field, value)| (input.key, field, value)));
                }
                (Role::AdditionalFields, _) => {
                    let message = format!("`{}` is not valid: expected an object", input.key);
                    return Err(Error::input(input.key, Problem::InvalidValue, message));
                }
                (_, value) => drop(fields.insert(field, value)),
            }
        }
        for (from, field, value) in additional {
            if fields.contains_key(&field) {
                let message = format!("`{from}` must not set `{}`, which another input sets", shown(&field));
                return Err(Error::input(from, Problem::Conflict, message));
            }
            fields.insert(field, value);
        }
        request.body = Body::Json(Value::Object(fields));
        Ok(request)
    }

    /// Builds the request: fills the placeholders of the path with inputs, and sends these parts as a multipart form.
    pub fn multipart(self, inputs: Inputs, parts: Vec<Part>) -> Result<Request> {
        let (mut request, _) = self.fill(inputs)?;
        request.body = Body::Multipart(parts);
        Ok(request)
    }

    /// Fills the placeholders that inputs have a value for. Drops the inputs that the runtime handles itself.
    fn fill(self, mut inputs: Inputs) -> Result<(Request, Inputs)> {
        inputs.retain(|input| matches!(input.role, Role::Request | Role::AdditionalFields));
        let path = fill(&self.path, |name| match inputs.take_named(name) {
            Some(value) => segment(name, text(value)),
            None => Ok(["{", name, "}"].concat()),
        })?;
        let expect = if matches!(self.output, Output::File) { Expect::Bytes } else { Expect::Json };
        let writes = self.writes.and_then(|list| written_record(list, self.method, &self.path, &path));
        let Self { output, list, scope, .. } = self;
        let request = Request { expect, output, list, writes, scope, ..Request::new(self.method, path) };
        Ok((request, inputs))
    }
}

/// Returns the record that a request writes: a new one, or the one that the last segment of the path identifies.
fn written_record(list: &'static ListEndpoint, method: Method, template: &str, path: &str) -> Option<WrittenRecord> {
    if method == Method::Post {
        return Some(WrittenRecord { list, path: path.to_owned(), id: None });
    }
    let (path, id) = path.rsplit_once('/').filter(|_| template.ends_with('}'))?;
    Some(WrittenRecord { list, path: path.to_owned(), id: Some(id.to_owned()) })
}

/// Encodes a value as a path segment. Fails for `.` and `..`, which would change the path.
fn segment(input: &str, value: String) -> Result<String> {
    if matches!(value.as_str(), "." | "..") {
        let message = format!("`{input}` must not be `{value}`, which would change the path");
        return Err(Error::input(input, Problem::InvalidValue, message));
    }
    Ok(match utf8_percent_encode(&value, SEGMENT).into() {
        // The encoding of a single character is borrowed, too: from a table.
        Cow::Borrowed(same) if same.len() == value.len() => value,
        encoded => encoded.into_owned(),
    })
}

/// Returns the query parameters that other inputs or paging set.
fn reserved_parameters(request: &Request) -> Vec<String> {
    let of_list = request.list.iter().flat_map(|list| {
        let sorting = list.sorting.parameter();
        list.paging.parameters().into_iter().chain(sorting)
    });
    of_list.map(ToOwned::to_owned).chain(request.query.iter().map(|(name, _)| name.clone())).collect()
}

fn text(value: Value) -> String {
    match value {
        Value::String(text) => text,
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{Api, Code, Input};

    const ID: Input = Input::text("id", "Id");
    const PAGE: Input = Input::integer("page", "Page");
    const MORE: Input = Input::text("more", "More").pairs();
    const API: Api = Api::new("/v1/{tenant}");

    fn inputs(given: &Value) -> Inputs {
        Inputs::read(&[&ID, &PAGE, &MORE], given.as_object().cloned().unwrap_or_default()).unwrap_or_default()
    }

    #[test]
    fn fills_a_path_with_encoded_values_and_keeps_other_placeholders() -> Result<()> {
        let request = API.get("/things/{id}").query(inputs(&json!({"id": "a/b?ü", "page": "0"})))?;
        assert_eq!(request.path, "/v1/{tenant}/things/a%2Fb%3F%C3%BC");
        assert_eq!(request.query, [("page".to_owned(), "0".to_owned())]);
        Ok(())
    }

    #[test]
    fn encodes_each_character_that_a_segment_must_not_contain_also_alone() -> Result<()> {
        for (id, encoded) in [("/", "%2F"), ("{", "%7B"), ("%", "%25"), ("ü", "%C3%BC"), ("a", "a"), ("~", "~")] {
            let request = API.get("/things/{id}").query(inputs(&json!({"id": id})))?;
            assert_eq!(request.path, format!("/v1/{{tenant}}/things/{encoded}"));
        }
        Ok(())
    }

    #[test]
    fn rejects_dot_segments() {
        for value in [".", ".."] {
            let error = API.get("/things/{id}").query(inputs(&json!({"id": value}))).map(|request| request.path);
            assert_eq!(error.map_err(|error| error.code()), Err(Code::InvalidInput), "{value}");
        }
    }

    #[test]
    fn a_free_parameter_cannot_override_an_input() {
        let given = json!({"page": "1", "more": [{"key": "page", "value": "2"}]});
        let error = API.get("/things").query(inputs(&given)).map(|request| request.query);
        assert_eq!(error.map_err(|error| error.code()), Err(Code::InvalidInput));
    }
}
