//! A request as plain data.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use serde_json::Value;

use crate::{Effect, File, ListEndpoint, Output};

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
    /// What the body of the response should hold.
    pub expect: Expect,
    /// The form of the reply's `data`.
    pub output: Output,
    /// The list that is read, if the response is one page of it.
    pub list: Option<&'static ListEndpoint>,
    /// How long the response may take, if it differs from the runtime's limit.
    pub timeout: Option<Duration>,
    /// How the request is tried again, if it differs from the runtime's way.
    pub retry: Option<Retry>,
}

/// How a request is tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    /// How often it is sent again.
    pub times: u32,
    /// The wait before it is sent again for the first time, if the service names none.
    pub wait: Duration,
    /// Whether each wait is twice the one before; otherwise all are the same.
    pub doubling: bool,
    /// Whether it is sent again after any error of the service. A write can then happen twice.
    pub all_errors: bool,
}

impl Request {
    /// A request without a body that expects JSON of any form.
    pub fn new(method: Method, path: impl Into<String>) -> Self {
        Self {
            method,
            path: path.into(),
            query: Vec::new(),
            headers: Vec::new(),
            body: Body::None,
            expect: Expect::Json,
            output: Output::Any,
            list: None,
            timeout: None,
            retry: None,
        }
    }

    /// What the request changes, by its method. The one source for whether it writes.
    pub fn effect(&self) -> Effect {
        self.method.effect()
    }

    /// Whether the request leaves the service as it is.
    pub fn is_read(&self) -> bool {
        self.effect().is_read()
    }

    /// The method and path, for messages.
    pub fn line(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

/// An HTTP method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the names are those of the methods")]
pub enum Method {
    Delete,
    Get,
    Head,
    Link,
    Options,
    Patch,
    Post,
    Purge,
    Put,
    Unlink,
}

impl Method {
    /// Every method, by name.
    pub const ALL: [Self; 10] = [
        Self::Delete,
        Self::Get,
        Self::Head,
        Self::Link,
        Self::Options,
        Self::Patch,
        Self::Post,
        Self::Purge,
        Self::Put,
        Self::Unlink,
    ];

    /// The name, in capital letters.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Delete => "DELETE",
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Link => "LINK",
            Self::Options => "OPTIONS",
            Self::Patch => "PATCH",
            Self::Post => "POST",
            Self::Purge => "PURGE",
            Self::Put => "PUT",
            Self::Unlink => "UNLINK",
        }
    }

    /// The method of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.name() == name)
    }

    /// What a request with this method changes. `GET`, `HEAD` and `OPTIONS` change nothing, by RFC 9110.
    pub fn effect(self) -> Effect {
        match self {
            Self::Get | Self::Head | Self::Options => Effect::Read,
            Self::Post => Effect::Create,
            Self::Delete | Self::Purge => Effect::Delete,
            Self::Link | Self::Patch | Self::Put | Self::Unlink => Effect::Update,
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

/// What a request carries.
#[derive(Clone, Debug)]
#[non_exhaustive]
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
#[non_exhaustive]
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

/// What the body of a response should hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Expect {
    /// JSON, or nothing at all.
    Json,
    /// Text, which the action turns into JSON.
    Text,
    /// The contents of a file.
    Bytes,
}

impl Expect {
    /// Whether redirects are followed, without credentials: files may lie behind the signed link of a storage.
    pub fn follows_redirects(self) -> bool {
        self != Self::Json
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_method_says_what_a_request_changes() {
        let table = [
            ("GET", Effect::Read),
            ("HEAD", Effect::Read),
            ("OPTIONS", Effect::Read),
            ("POST", Effect::Create),
            ("PATCH", Effect::Update),
            ("LINK", Effect::Update),
            ("DELETE", Effect::Delete),
            ("PURGE", Effect::Delete),
        ];
        for (name, effect) in table {
            assert_eq!(Method::named(name).map(Method::effect), Some(effect), "{name}");
        }
        assert_eq!(Method::named("get"), None);
    }
}
