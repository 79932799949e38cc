//! Errors: what went wrong, and whether the caller may try again.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::{Issue, Problem};

/// A result whose error is an [`Error`] unless stated otherwise.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The kind of an error, for programs. New codes may be added; none is removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
#[non_exhaustive]
pub enum Code {
    /// The invocation is not valid JSON, or lacks a member or has an unknown one.
    InvalidRequest,
    /// There is no action, data source or trigger with this key.
    UnknownAction,
    /// Inputs are missing, unknown or invalid; `issues` lists all problems.
    InvalidInput,
    /// The connection lacks a field, contradicts itself, or names a host that is not allowed.
    InvalidConnection,
    /// The service rejected the credentials.
    Unauthorized,
    /// The credentials are valid but lack the right to do this.
    Forbidden,
    /// The service has no such record or endpoint.
    NotFound,
    /// The state of the record does not allow this.
    Conflict,
    /// The service rejected the content of the request.
    Rejected,
    /// The service received too many requests; `retryAfterSeconds` says how long to wait.
    RateLimited,
    /// The service could not be reached or failed; nothing was changed.
    Unavailable,
    /// The service did not respond in time; nothing was changed.
    Timeout,
    /// A write was sent but its outcome is unknown: it may or may not have happened.
    OutcomeUnknown,
    /// The response of the service cannot be read.
    BadReply,
    /// The policy of the operator does not allow this.
    ForbiddenByPolicy,
    /// The invocation was stopped before it finished.
    Cancelled,
    /// A bug in this program, or a failure of the machine that it runs on.
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

    /// The value of an error's `code` member.
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

    /// Returns the code with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|code| code.name() == name)
    }

    /// Whether the same invocation may succeed later and can be repeated without harm.
    pub fn is_retryable(self) -> bool {
        matches!(self, Self::RateLimited | Self::Unavailable | Self::Timeout)
    }
}

/// An error with everything that is known about it. It never contains a secret.
#[derive(Clone, Debug)]
pub struct Error(Box<Details>);

/// Why an invocation failed.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Error", inline)]
struct Details {
    /// What went wrong, for programs.
    code: Code,
    /// What went wrong, for people.
    message: String,
    /// Whether the same invocation can be repeated without harm.
    retryable: bool,
    /// All problems with the inputs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    issues: Vec<Issue>,
    /// How many seconds to wait before the next try.
    #[serde(rename = "retryAfterSeconds", default, with = "whole_seconds", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<u64>")]
    retry_after: Option<Duration>,
    /// The method and path of the request that failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<String>,
    /// The OAuth scope that the request needs, if the right to send it is missing and the scope is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
    /// The HTTP status of the response.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    /// The id that the support of the service needs to find the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    trace_id: Option<String>,
    /// The errors that the service reported for single fields, as it sent them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<serde_json::Value>")]
    errors: Option<Box<RawValue>>,
    #[serde(skip)]
    source: Option<Arc<dyn std::error::Error + Send + Sync>>,
}

/// Seconds, rounded up: a try that comes too early is rejected again.
mod whole_seconds {
    use super::{Deserialize, Deserializer, Duration, Serialize, Serializer};

    #[expect(clippy::ref_option, reason = "serde passes the field by reference")]
    pub(super) fn serialize<S: Serializer>(wait: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
        wait.map(|wait| wait.as_millis().div_ceil(1000)).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
        Ok(Option::<u64>::deserialize(deserializer)?.map(Duration::from_secs))
    }
}

impl Error {
    /// Creates an error with this code.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self(Box::new(Details {
            code,
            message: message.into(),
            retryable: code.is_retryable(),
            issues: Vec::new(),
            retry_after: None,
            request: None,
            scope: None,
            status: None,
            trace_id: None,
            errors: None,
            source: None,
        }))
    }

    /// Creates an error from all problems with the inputs.
    pub fn invalid_input(issues: Vec<Issue>) -> Self {
        Self::invalid(Code::InvalidInput, issues)
    }

    /// Creates an error from all problems with the fields of a connection.
    pub fn invalid_connection(issues: Vec<Issue>) -> Self {
        Self::invalid(Code::InvalidConnection, issues)
    }

    fn invalid(code: Code, issues: Vec<Issue>) -> Self {
        let messages: Vec<_> = issues.iter().map(|issue| issue.message.as_str()).collect();
        let mut error = Self::new(code, messages.join("; "));
        error.0.issues = issues;
        error
    }

    /// Creates an error from one problem with one input.
    pub fn input(input: &str, problem: Problem, message: impl Into<String>) -> Self {
        Self::invalid_input(vec![Issue::new(input, problem, message)])
    }

    /// Creates an error for a bug in this program: `what` names the broken invariant.
    pub fn internal(what: impl fmt::Display) -> Self {
        Self::new(Code::Internal, format!("a bug in this program, please report it: {what}"))
    }

    /// Replaces the message.
    pub fn with_message(mut self, message: impl Into<String>) -> Self {
        self.0.message = message.into();
        self
    }

    /// Replaces all texts but those that the service sent.
    pub fn map_texts(mut self, replace: impl Fn(&str) -> String) -> Self {
        self.0.message = replace(&self.0.message);
        self.0.request = self.0.request.map(|request| replace(&request));
        for issue in &mut self.0.issues {
            (issue.input, issue.message) = (replace(&issue.input), replace(&issue.message));
        }
        self
    }

    /// Sets how long to wait before the next try.
    pub fn with_retry_after(mut self, wait: impl Into<Option<Duration>>) -> Self {
        self.0.retry_after = wait.into();
        self
    }

    /// Sets whether the same invocation can be repeated without harm.
    pub fn with_retryable(mut self, retryable: bool) -> Self {
        self.0.retryable = retryable;
        self
    }

    /// Adds the method and path of the request that failed. Keeps those that the error already has.
    pub fn with_request(mut self, request: impl Into<String>) -> Self {
        self.0.request.get_or_insert_with(|| request.into());
        self
    }

    /// Adds the OAuth scope that the request needs, and names it in the message, if the right to send it is missing.
    pub fn with_scope(mut self, scope: Option<String>) -> Self {
        if let (Code::Forbidden, Some(scope)) = (self.code(), scope) {
            self.0.message = format!("{}; it needs the scope `{scope}`", self.0.message);
            self.0.scope = Some(scope);
        }
        self
    }

    /// Adds the HTTP status of the response.
    pub fn with_status(mut self, status: impl Into<Option<u16>>) -> Self {
        self.0.status = status.into();
        self
    }

    /// Adds the id that the support of the service needs to find the request.
    pub fn with_trace_id(mut self, trace_id: Option<String>) -> Self {
        self.0.trace_id = trace_id;
        self
    }

    /// Adds the errors that the service reported for single fields.
    pub fn with_errors(mut self, errors: Option<Box<RawValue>>) -> Self {
        self.0.errors = errors;
        self
    }

    /// Adds the error that caused this one.
    pub fn with_source(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.0.source = Some(Arc::from(source.into()));
        self
    }

    /// What went wrong, for programs.
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// What went wrong, for people.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// All problems with the inputs; empty if the inputs are not the cause.
    pub fn issues(&self) -> &[Issue] {
        &self.0.issues
    }

    /// Whether the same invocation can be repeated without harm.
    pub fn retryable(&self) -> bool {
        self.0.retryable
    }

    /// How long to wait before the next try, if the service stated it.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// The method and path of the request that failed, if one was sent.
    pub fn request(&self) -> Option<&str> {
        self.0.request.as_deref()
    }

    /// The OAuth scope that the request needs, if the right to send it is missing and the scope is known.
    pub fn scope(&self) -> Option<&str> {
        self.0.scope.as_deref()
    }

    /// The HTTP status of the response, if there was one.
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// The id that the support of the service needs to find the request, if the service sent one.
    pub fn trace_id(&self) -> Option<&str> {
        self.0.trace_id.as_deref()
    }

    /// The errors that the service reported for single fields, if any.
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

impl<'de> Deserialize<'de> for Error {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Details::deserialize(deserializer).map(|details| Self(Box::new(details)))
    }
}

impl<'de> Deserialize<'de> for Code {
    /// Reads the name of a code. One that a later version added is `internal`.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = Cow::<'_, str>::deserialize(deserializer)?;
        Ok(Self::named(&name).unwrap_or(Self::Internal))
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
