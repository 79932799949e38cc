//! Everything that can go wrong, and what a caller can do about it.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use crate::{Issue, Problem};

/// A result whose error is ours.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, for a program to branch on. The list only grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
#[non_exhaustive]
pub enum Code {
    /// The invocation is not JSON, or not of the right form.
    InvalidRequest,
    /// No component has an action, data source or trigger of this key.
    UnknownAction,
    /// Inputs are missing, unknown, or not what they should be; `issues` lists all of them.
    InvalidInput,
    /// The connection lacks a field, contradicts itself, or leads to a host that is not allowed.
    InvalidConnection,
    /// The service refused the credentials.
    Unauthorized,
    /// The credentials are good, but may not do this.
    Forbidden,
    /// The service has no such record.
    NotFound,
    /// The record is in a state that does not allow this.
    Conflict,
    /// The service refused the content.
    Rejected,
    /// Too many requests; `retryAfterSeconds` says how long to wait.
    RateLimited,
    /// The service could not be reached, or failed; nothing was changed.
    Unavailable,
    /// The service took too long; nothing was changed.
    Timeout,
    /// A write was sent and no clear response came: it may or may not have happened.
    OutcomeUnknown,
    /// The service's response cannot be understood.
    BadReply,
    /// The operator's policy does not allow this.
    ForbiddenByPolicy,
    /// The invocation was stopped before it was done.
    Cancelled,
    /// A fault of this program.
    Internal,
}

impl Code {
    /// Every code, in the order of the documentation.
    pub const ALL: [Self; 17] = [
        Self::InvalidRequest,
        Self::UnknownAction,
        Self::InvalidInput,
        Self::InvalidConnection,
        Self::Unauthorized,
        Self::Forbidden,
        Self::NotFound,
        Self::Conflict,
        Self::Rejected,
        Self::RateLimited,
        Self::Unavailable,
        Self::Timeout,
        Self::OutcomeUnknown,
        Self::BadReply,
        Self::ForbiddenByPolicy,
        Self::Cancelled,
        Self::Internal,
    ];

    /// The word in an error's `code`.
    pub fn name(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::UnknownAction => "unknown_action",
            Self::InvalidInput => "invalid_input",
            Self::InvalidConnection => "invalid_connection",
            Self::Unauthorized => "unauthorized",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not_found",
            Self::Conflict => "conflict",
            Self::Rejected => "rejected",
            Self::RateLimited => "rate_limited",
            Self::Unavailable => "unavailable",
            Self::Timeout => "timeout",
            Self::OutcomeUnknown => "outcome_unknown",
            Self::BadReply => "bad_reply",
            Self::ForbiddenByPolicy => "forbidden_by_policy",
            Self::Cancelled => "cancelled",
            Self::Internal => "internal",
        }
    }

    /// Whether the same invocation may succeed later, without a change to it and without harm.
    pub fn is_retryable(self) -> bool {
        matches!(self, Self::RateLimited | Self::Unavailable | Self::Timeout)
    }
}

/// An error, with all that is known about it. Never holds a secret.
#[derive(Clone, Debug)]
pub struct Error(Box<Details>);

/// Why an invocation failed.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Error", inline)]
struct Details {
    /// What went wrong, for a program.
    code: Code,
    /// What went wrong, for a person.
    message: String,
    /// Whether the same request may be sent again without harm.
    retryable: bool,
    /// All that is wrong with the inputs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    issues: Vec<Issue>,
    /// How long to wait before the next try.
    #[serde(rename = "retryAfterSeconds", serialize_with = "whole_seconds", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<u64>")]
    retry_after: Option<Duration>,
    /// The method and path of the request that failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<String>,
    /// The HTTP status of the service's response.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    /// The id under which the service's support finds the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    trace_id: Option<String>,
    /// What the service said about single fields.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<serde_json::Value>")]
    errors: Option<Box<RawValue>>,
    #[serde(skip)]
    source: Option<Arc<dyn std::error::Error + Send + Sync>>,
}

/// Rounded up: a try that is a moment too early is refused again.
#[expect(clippy::ref_option, reason = "serde hands the field over by reference")]
fn whole_seconds<S: Serializer>(wait: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
    wait.map(|wait| wait.as_millis().div_ceil(1000)).serialize(serializer)
}

impl Error {
    /// An error with this code.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self(Box::new(Details {
            code,
            message: message.into(),
            retryable: code.is_retryable(),
            issues: Vec::new(),
            retry_after: None,
            request: None,
            status: None,
            trace_id: None,
            errors: None,
            source: None,
        }))
    }

    /// All that is wrong with the inputs, at once.
    pub fn invalid_input(issues: Vec<Issue>) -> Self {
        Self::invalid(Code::InvalidInput, issues)
    }

    /// All that is wrong with the fields of a connection, at once.
    pub fn invalid_connection(issues: Vec<Issue>) -> Self {
        Self::invalid(Code::InvalidConnection, issues)
    }

    fn invalid(code: Code, issues: Vec<Issue>) -> Self {
        let messages: Vec<_> = issues.iter().map(|issue| issue.message.as_str()).collect();
        let mut error = Self::new(code, messages.join("; "));
        error.0.issues = issues;
        error
    }

    /// One thing that is wrong with one input.
    pub fn input(input: &str, problem: Problem, message: impl Into<String>) -> Self {
        Self::invalid_input(vec![Issue::new(input, problem, message)])
    }

    /// A fault of this program: `what` names the invariant that does not hold.
    pub fn internal(what: impl fmt::Display) -> Self {
        Self::new(Code::Internal, format!("a fault of this program, please report it: {what}"))
    }

    /// Says what went wrong in other words, for a person.
    pub fn with_message(mut self, message: impl Into<String>) -> Self {
        self.0.message = message.into();
        self
    }

    /// Says how long to wait before the next try.
    pub fn with_retry_after(mut self, wait: impl Into<Option<Duration>>) -> Self {
        self.0.retry_after = wait.into();
        self
    }

    /// Says whether the same invocation may be tried again without harm.
    pub fn with_retryable(mut self, retryable: bool) -> Self {
        self.0.retryable = retryable;
        self
    }

    /// Adds the method and path of the request that failed, unless it has them.
    pub fn with_request(mut self, request: impl Into<String>) -> Self {
        self.0.request.get_or_insert_with(|| request.into());
        self
    }

    /// Adds the HTTP status of the service's response.
    pub fn with_status(mut self, status: impl Into<Option<u16>>) -> Self {
        self.0.status = status.into();
        self
    }

    /// Adds the id under which the service's support finds the request.
    pub fn with_trace_id(mut self, trace_id: Option<String>) -> Self {
        self.0.trace_id = trace_id;
        self
    }

    /// Adds what the service said about single fields.
    pub fn with_errors(mut self, errors: Option<Box<RawValue>>) -> Self {
        self.0.errors = errors;
        self
    }

    /// Adds the error that led to this one.
    pub fn with_source(mut self, source: impl std::error::Error + Send + Sync + 'static) -> Self {
        self.0.source = Some(Arc::new(source));
        self
    }

    /// What went wrong, for a program.
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// What went wrong, for a person.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// What is wrong with the inputs, if they are the matter.
    pub fn issues(&self) -> &[Issue] {
        &self.0.issues
    }

    /// Whether the same invocation may be tried again without harm.
    pub fn retryable(&self) -> bool {
        self.0.retryable
    }

    /// How long to wait before the next try, if the service said so.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// The method and path of the request that failed, if one was made.
    pub fn request(&self) -> Option<&str> {
        self.0.request.as_deref()
    }

    /// The HTTP status of the service's response, if there was one.
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// The id under which the service's support finds the request, if the service gave one.
    pub fn trace_id(&self) -> Option<&str> {
        self.0.trace_id.as_deref()
    }

    /// What the service said about single fields, if anything.
    pub fn errors(&self) -> Option<&RawValue> {
        self.0.errors.as_deref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.code().name(), self.message())
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

impl Serialize for Error {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl JsonSchema for Error {
    fn schema_name() -> Cow<'static, str> {
        Details::schema_name()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Details::json_schema(generator)
    }
}
