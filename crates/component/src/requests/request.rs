//! Requests as plain data.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use serde_json::Value;

use crate::{Effect, File, ListEndpoint, Output, WrittenRecord};

/// An HTTP request, relative to the host of the connection.
#[derive(Clone, Debug)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The encoded path. Remaining placeholders, such as `{tenant}`, are filled by the connection.
    pub path: String,
    /// Query parameters in order, not yet encoded.
    pub query: Vec<(String, String)>,
    /// Headers in addition to those of the connection. They replace the defaults of the transport.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Body,
    /// The expected body of the response.
    pub expect: Expect,
    /// The type of the reply's `data`.
    pub output: Output,
    /// The list that is read, if the response is a page of a list.
    pub list: Option<&'static ListEndpoint>,
    /// The record that is created or changed, if it is one that can be read back.
    pub writes: Option<WrittenRecord>,
    /// The OAuth scope that it needs, if it is known.
    pub scope: Option<String>,
    /// How long the response may take; `None` for the limit of the runtime.
    pub timeout: Option<Duration>,
    /// When the request is sent again; `None` for the rules of the runtime.
    pub retry: Option<Retry>,
}

/// When a request is sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    /// How many times it is sent again at most.
    pub times: u32,
    /// The wait before it is sent again for the first time, unless the service states a wait.
    pub wait: Duration,
    /// Whether each wait is twice as long as the one before; otherwise all are equal.
    pub doubling: bool,
    /// Whether it is sent again after every error of the service. A write may then happen twice.
    pub all_errors: bool,
}

impl Request {
    /// Creates a request without a body that expects any JSON value.
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
            writes: None,
            scope: None,
            timeout: None,
            retry: None,
        }
    }

    /// What the request changes, according to its method.
    pub fn effect(&self) -> Effect {
        self.method.effect()
    }

    /// Whether the request changes nothing.
    pub fn is_read(&self) -> bool {
        self.effect().is_read()
    }

    /// Returns the method and path, for messages.
    pub fn line(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

/// An HTTP method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the variants are the names of the methods")]
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
    /// All methods, sorted by name.
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

    /// Returns the method with this name, in capital letters.
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

/// The body of a request.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Body {
    /// No body.
    None,
    /// A JSON document.
    Json(Value),
    /// Bytes with a content type.
    Bytes {
        /// The value of the content type header; `None` sends no such header.
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
    /// The name of the field.
    pub name: String,
    /// The content of the field.
    pub body: PartBody,
}

/// The content of a part of a multipart form.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum PartBody {
    /// Text.
    Text(String),
    /// A file.
    File(File),
}

impl Part {
    /// Creates a part with text.
    pub fn text(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self { name: name.into(), body: PartBody::Text(text.into()) }
    }

    /// Creates a part with a file.
    pub fn file(name: impl Into<String>, file: File) -> Self {
        Self { name: name.into(), body: PartBody::File(file) }
    }
}

/// The expected body of a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Expect {
    /// JSON, or an empty body.
    Json,
    /// Text, which the action converts to JSON.
    Text,
    /// A file.
    Bytes,
}

impl Expect {
    /// Whether redirects are followed, without credentials: downloads may redirect to a signed link of a file storage.
    pub fn follows_redirects(self) -> bool {
        self != Self::Json
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_effect_follows_from_the_method() {
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
