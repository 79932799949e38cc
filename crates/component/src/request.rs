//! A request as plain data, and the one line that builds it.

use std::time::Duration;

use bytes::Bytes;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};

use crate::input::{Collection, Role};
use crate::inputs::pairs;
use crate::template::fill;
use crate::{Error, File, Inputs, Problem, Result};

/// What RFC 3986 lets stand in a path segment without encoding.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// One HTTP request, relative to the host of the connection.
#[derive(Clone, Debug)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The encoded path; a placeholder that is left, such as `{tenant}`, is the connection's to fill.
    pub path: String,
    /// Query parameters in order, not yet encoded.
    pub query: Vec<(String, String)>,
    /// Headers beyond those of the connection; they win over the transport's own.
    pub headers: Vec<(String, String)>,
    /// What is sent.
    pub body: Body,
    /// What is awaited.
    pub expect: Expect,
    /// How to read all pages, where the answer is a list.
    pub paging: Option<Paging>,
    /// A limit on this request's reply, where it differs from the runtime's.
    pub timeout: Option<Duration>,
    /// How it is tried again, where it is not the runtime's to decide.
    pub retry: Option<Retry>,
}

/// How a request is tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    /// How often it is sent once more.
    pub times: u32,
    /// The wait before the first of these, where the service names none.
    pub wait: Duration,
    /// Whether each wait is twice the one before; otherwise all are the same.
    pub doubling: bool,
    /// Whether it is sent again after any error of the service. A write may then happen twice.
    pub all_errors: bool,
}

impl Request {
    /// A request that carries nothing and awaits JSON.
    pub fn new(method: Method, path: impl Into<String>) -> Self {
        Self {
            method,
            path: path.into(),
            query: Vec::new(),
            headers: Vec::new(),
            body: Body::None,
            expect: Expect::Json,
            paging: None,
            timeout: None,
            retry: None,
        }
    }

    /// Awaits any bytes in place of JSON.
    pub fn expect_bytes(self) -> Self {
        Self { expect: Expect::Bytes, ..self }
    }
}

/// An HTTP method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Method(pub &'static str);

impl Method {
    /// Whether the method, by its definition in RFC 9110, changes nothing.
    pub fn is_safe(self) -> bool {
        matches!(self.0, "GET" | "HEAD" | "OPTIONS")
    }
}

/// What a request carries.
#[derive(Clone, Debug)]
pub enum Body {
    /// Nothing.
    None,
    /// A JSON document.
    Json(Value),
    /// Bytes of a given content type.
    Bytes {
        /// The value of the content type header; none leaves it out.
        content_type: Option<String>,
        /// The bytes.
        data: Bytes,
    },
    /// A multipart form.
    Multipart(Vec<Part>),
}

/// One part of a multipart form.
#[derive(Clone, Debug)]
pub struct Part {
    /// The field's name.
    pub name: String,
    /// What it holds.
    pub body: PartBody,
}

/// What a part of a multipart form holds.
#[derive(Clone, Debug)]
pub enum PartBody {
    /// Text.
    Text(String),
    /// A file.
    File(File),
}

impl Part {
    /// A field of text.
    pub fn text(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self { name: name.into(), body: PartBody::Text(text.into()) }
    }

    /// A file.
    pub fn file(name: impl Into<String>, file: File) -> Self {
        Self { name: name.into(), body: PartBody::File(file) }
    }
}

/// What a reply should hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// JSON, or nothing at all.
    Json,
    /// Any bytes. Where they lie behind a link, such as a signed one of a storage, the link is followed without
    /// credentials.
    Bytes,
}

/// How a list is read page by page: the names of its query parameters, and its bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paging {
    /// The parameter that names the page.
    pub page: &'static str,
    /// The number of the first page.
    pub first: u64,
    /// The parameter that sets how many records a page has.
    pub size: &'static str,
    /// The most records that the service gives a page.
    pub most: u64,
    /// The parameter that asks for the total, which the service answers as `totalCount`.
    pub total: &'static str,
    /// The parameter that sorts a list: a field with `+` or `-` before it.
    pub sort: &'static str,
    /// The value of `sort` for ascending `id`: an order that new records only extend.
    pub growing: &'static str,
    /// Whether the service sorts the list. Where it does not, the runtime reads it whole and sorts it.
    pub sorted_by_service: bool,
}

/// One part of a service's API: the paths below one prefix.
#[derive(Clone, Copy, Debug)]
pub struct Api {
    prefix: &'static str,
    paging: Option<Paging>,
}

impl Api {
    /// The paths below this prefix; it may hold placeholders that the connection fills.
    pub const fn new(prefix: &'static str) -> Self {
        Self { prefix, paging: None }
    }

    /// Says how the lists of this API are read.
    pub const fn paged(self, paging: Paging) -> Self {
        Self { paging: Some(paging), ..self }
    }

    /// Says that the service does not sort the lists of this API.
    pub const fn unsorted(self) -> Self {
        match self.paging {
            Some(paging) => Self { paging: Some(Paging { sorted_by_service: false, ..paging }), ..self },
            None => self,
        }
    }

    /// Reads one record.
    pub fn get(self, path: &str) -> Draft {
        self.draft(Method("GET"), path, None)
    }

    /// Reads a list, page by page.
    pub fn list(self, path: &str) -> Draft {
        self.draft(Method("GET"), path, self.paging)
    }

    /// Adds a record, or starts something.
    pub fn post(self, path: &str) -> Draft {
        self.draft(Method("POST"), path, None)
    }

    /// Replaces.
    pub fn put(self, path: &str) -> Draft {
        self.draft(Method("PUT"), path, None)
    }

    /// Changes the fields that are given.
    pub fn patch(self, path: &str) -> Draft {
        self.draft(Method("PATCH"), path, None)
    }

    /// Removes.
    pub fn delete(self, path: &str) -> Draft {
        self.draft(Method("DELETE"), path, None)
    }

    fn draft(self, method: Method, path: &str, paging: Option<Paging>) -> Draft {
        Draft { method, path: format!("{}{path}", self.prefix), paging }
    }
}

/// A request that still lacks its inputs.
#[derive(Clone, Debug)]
#[must_use]
pub struct Draft {
    method: Method,
    path: String,
    paging: Option<Paging>,
}

impl Draft {
    /// Puts inputs into the path where it names them, and all others into the query.
    pub fn query(self, inputs: Inputs) -> Result<Request> {
        let (mut request, inputs) = self.fill(inputs)?;
        let mut spread = Vec::new();
        for (input, field, value) in inputs.into_fields() {
            match (input.collection, value) {
                (Collection::Pairs, value) => spread.extend(pairs(value).into_iter().map(|pair| (input.key, pair))),
                (_, Value::Array(items)) => request.query.extend(items.iter().map(|item| (field.clone(), text(item)))),
                (_, value) => request.query.push((field, text(&value))),
            }
        }
        for (from, (key, value)) in spread {
            refuse_override(&request, from, &key)?;
            request.query.push((key, text(&value)));
        }
        Ok(request)
    }

    /// Puts inputs into the path where it names them, and all others into a JSON body.
    pub fn body(self, inputs: Inputs) -> Result<Request> {
        let (mut request, inputs) = self.fill(inputs)?;
        let fields: Map<_, _> = inputs.into_fields().map(|(_, field, value)| (field, value)).collect();
        request.body = Body::Json(Value::Object(fields));
        Ok(request)
    }

    /// Puts inputs into the path where it names them, and sends these parts as a multipart form.
    pub fn multipart(self, inputs: Inputs, parts: Vec<Part>) -> Result<Request> {
        let (mut request, _) = self.fill(inputs)?;
        request.body = Body::Multipart(parts);
        Ok(request)
    }

    /// Fills the placeholders that inputs have a value for; takes out what the runtime acts on itself.
    fn fill(self, mut inputs: Inputs) -> Result<(Request, Inputs)> {
        inputs.retain(|input| input.role == Role::Request);
        let path = fill(&self.path, |name| match inputs.take_named(name) {
            Some(value) => segment(name, &text(&value)),
            None => Ok(format!("{{{name}}}")),
        })?;
        Ok((Request { paging: self.paging, ..Request::new(self.method, path) }, inputs))
    }
}

/// Encodes a value for one path segment; refuses the two values that would climb the path.
fn segment(input: &str, value: &str) -> Result<String> {
    if matches!(value, "." | "..") {
        let message = format!("`{input}` may not be `{value}`: it would name another path");
        return Err(Error::input(input, Problem::InvalidValue, message));
    }
    Ok(utf8_percent_encode(value, SEGMENT).to_string())
}

/// Refuses a free query parameter that an input of its own, or the paging, already decides.
fn refuse_override(request: &Request, from: &str, key: &str) -> Result<()> {
    let paging = request.paging.is_some_and(|paging| [paging.page, paging.size, paging.total].contains(&key));
    if paging || request.query.iter().any(|(name, _)| name == key) {
        let message = format!("`{from}` may not set `{key}`: use the input `{key}`");
        return Err(Error::input(from, Problem::Conflict, message));
    }
    Ok(())
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{Code, Input};

    const ID: Input = Input::text("id", "Id");
    const PAGE: Input = Input::integer("page", "Page");
    const MORE: Input = Input::text("more", "More").pairs();
    const API: Api = Api::new("/v1/{tenant}");

    fn inputs(given: &Value) -> Inputs {
        Inputs::read(&[&ID, &PAGE, &MORE], given.as_object().cloned().unwrap_or_default()).unwrap_or_default()
    }

    #[test]
    fn a_path_takes_encoded_values_and_leaves_the_rest_to_the_connection() -> Result<()> {
        let request = API.get("/things/{id}").query(inputs(&json!({"id": "a/b?ü", "page": "0"})))?;
        assert_eq!(request.path, "/v1/{tenant}/things/a%2Fb%3F%C3%BC");
        assert_eq!(request.query, [("page".to_owned(), "0".to_owned())]);
        Ok(())
    }

    #[test]
    fn a_path_is_never_climbed() {
        for value in [".", ".."] {
            let error = API.get("/things/{id}").query(inputs(&json!({"id": value}))).map(|request| request.path);
            assert_eq!(error.map_err(|error| error.code()), Err(Code::InvalidInput), "{value}");
        }
    }

    #[test]
    fn a_free_parameter_overrides_nothing() {
        let given = json!({"page": "1", "more": [{"key": "page", "value": "2"}]});
        let error = API.get("/things").query(inputs(&given)).map(|request| request.query);
        assert_eq!(error.map_err(|error| error.code()), Err(Code::InvalidInput));
    }
}
