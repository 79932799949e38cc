//! Everything that can go wrong, and what a caller can do about it.

use std::fmt;
use std::time::Duration;

use schemars::JsonSchema;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use crate::{Issue, Problem};

/// A result whose error is ours.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, for a program to branch on. The list only grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
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
    /// A write was sent and no clear answer came: it may or may not have happened.
    OutcomeUnknown,
    /// The service's answer cannot be understood.
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

#[derive(Clone, Debug)]
struct Details {
    code: Code,
    message: String,
    retryable: bool,
    issues: Vec<Issue>,
    retry_after: Option<Duration>,
    request: Option<String>,
    status: Option<u16>,
    trace_id: Option<String>,
    errors: Option<Box<RawValue>>,
}

impl Error {
    /// An error of this code.
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

    /// Says how long to wait before the next try.
    pub fn after(mut self, wait: Duration) -> Self {
        self.0.retry_after = Some(wait);
        self
    }

    /// Says whether the same invocation may be tried again without harm.
    pub fn retryable(mut self, retryable: bool) -> Self {
        self.0.retryable = retryable;
        self
    }

    /// Says how often the request was sent.
    pub fn tried(mut self, times: u32) -> Self {
        self.0.message = format!("{} (tried {times} times)", self.0.message);
        self
    }

    /// Adds the method and path of the request that failed.
    pub fn request(mut self, request: impl Into<String>) -> Self {
        self.0.request.get_or_insert(request.into());
        self
    }

    /// Adds the service's HTTP status.
    pub fn status(mut self, status: u16) -> Self {
        self.0.status = Some(status);
        self
    }

    /// Adds the number under which the service's support finds this answer.
    pub fn trace_id(mut self, trace_id: Option<String>) -> Self {
        self.0.trace_id = trace_id;
        self
    }

    /// Adds what the service said of the single fields.
    pub fn errors(mut self, errors: Option<Box<RawValue>>) -> Self {
        self.0.errors = errors;
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

    /// What is wrong with the inputs, where that is the matter.
    pub fn issues(&self) -> &[Issue] {
        &self.0.issues
    }

    /// Whether the same invocation may be tried again without harm.
    pub fn is_retryable(&self) -> bool {
        self.0.retryable
    }

    /// How long to wait before the next try, where the service said so.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// The service's HTTP status, where it answered.
    pub fn http_status(&self) -> Option<u16> {
        self.0.status
    }
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.code().name(), self.message())
    }
}

impl std::error::Error for Error {}

impl Serialize for Error {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let details = &*self.0;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("code", details.code.name())?;
        map.serialize_entry("message", &details.message)?;
        map.serialize_entry("retryable", &details.retryable)?;
        if !details.issues.is_empty() {
            map.serialize_entry("issues", &details.issues)?;
        }
        if let Some(wait) = details.retry_after {
            // Rounded up: a try a moment too early is refused again.
            map.serialize_entry("retryAfterSeconds", &wait.as_millis().div_ceil(1000))?;
        }
        if let Some(request) = &details.request {
            map.serialize_entry("request", request)?;
        }
        if let Some(status) = details.status {
            map.serialize_entry("status", &status)?;
        }
        if let Some(trace_id) = &details.trace_id {
            map.serialize_entry("traceId", trace_id)?;
        }
        if let Some(errors) = &details.errors {
            map.serialize_entry("errors", errors)?;
        }
        map.end()
    }
}
