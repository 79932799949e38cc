//! Misbehaviour on demand: rules that say which requests go wrong, and how.

pub(crate) mod drift;
mod file;

use std::sync::Mutex;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::data::lock;
use crate::data::rng::Rng;

/// A rule by which requests go wrong. The first rule that matches a request and is not used up applies.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Fault {
    /// HTTP method; any if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Path, with `{x}` or `*` for any one segment and a final `**` for any rest; every path but the token
    /// endpoint's if left out.
    #[serde(default, deserialize_with = "file::path", skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// How many matching requests to leave alone first.
    #[serde(default, skip_serializing_if = "file::is_zero")]
    pub skip: usize,
    /// How many requests to hit; no end if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<usize>,
    /// Chance of hitting a matching request, from the sandbox's seed; always if left out.
    #[serde(default, deserialize_with = "file::chance", skip_serializing_if = "Option::is_none")]
    pub probability: Option<f64>,
    /// What happens.
    #[serde(flatten, deserialize_with = "file::kind")]
    pub kind: FaultKind,
}

/// What happens to a request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
#[non_exhaustive]
pub enum FaultKind {
    /// Responds with this status; with an error in the API's own form if there is no body. Nothing is changed.
    Status {
        /// Status code.
        #[serde(deserialize_with = "file::final_status")]
        status: u16,
        /// Body instead of an error in the API's own form.
        #[serde(skip_serializing_if = "Option::is_none")]
        body: Option<String>,
    },
    /// Responds with 429. Nothing is changed.
    TooManyRequests {
        /// Value of `Retry-After`: seconds or an HTTP date. No header if left out.
        #[serde(skip_serializing_if = "Option::is_none")]
        retry_after: Option<String>,
    },
    /// Resets the connection before the body is read. Nothing is changed.
    ResetBeforeRead,
    /// Closes the connection before the body is read. Nothing is changed.
    DropBeforeRead,
    /// Carries the request out, then resets the connection without a response.
    ResetAfterCommit,
    /// Carries the request out, but sends only this many bytes of the response's body, under the full `Content-Length`.
    CutBody {
        /// Bytes that are sent.
        bytes: usize,
    },
    /// Responds with 200 and an HTML page. Nothing is changed.
    NotJson,
    /// Carries the request out; the response starts after this time.
    SlowFirstByte {
        /// Time before the response.
        #[serde(rename = "delayMs", with = "file::millis")]
        delay: Duration,
    },
    /// Carries the request out; the response's body comes in small pieces.
    SlowTrickle {
        /// Bytes in a piece.
        bytes: usize,
        /// Time between pieces.
        #[serde(rename = "delayMs", with = "file::millis")]
        every: Duration,
    },
    /// Responds with 200 and a body that never ends. Nothing is changed.
    EndlessBody,
    /// Revokes the token of the request: responds with 401, also to its next use.
    RevokeToken,
    /// Resets the connection as soon as it is accepted. Method and path do not matter; `skip` and `times` count
    /// connections.
    Refuse,
}

impl Fault {
    /// A fault of this kind, for every API request.
    pub fn new(kind: FaultKind) -> Self {
        Self { method: None, path: None, skip: 0, times: None, probability: None, kind }
    }

    /// This status, with an error in the API's own form as the body.
    pub fn status(status: u16) -> Self {
        Self::new(FaultKind::Status { status, body: None })
    }

    /// This status and body.
    pub fn status_with(status: u16, body: impl Into<String>) -> Self {
        Self::new(FaultKind::Status { status, body: Some(body.into()) })
    }

    /// 429, with `Retry-After` as given: seconds or an HTTP date.
    #[expect(clippy::needless_pass_by_value, reason = "numbers and literals read better by value")]
    pub fn too_many_requests(retry_after: impl ToString) -> Self {
        Self::new(FaultKind::TooManyRequests { retry_after: Some(retry_after.to_string()) })
    }

    /// 429 without a `Retry-After` header.
    pub fn too_many_requests_without_header() -> Self {
        Self::new(FaultKind::TooManyRequests { retry_after: None })
    }

    /// Starts the response after this time.
    pub fn slow_first_byte(delay: Duration) -> Self {
        Self::new(FaultKind::SlowFirstByte { delay })
    }

    /// Sends only this many bytes of the response's body.
    pub fn cut_body(bytes: usize) -> Self {
        Self::new(FaultKind::CutBody { bytes })
    }

    /// Sends the response's body in pieces of this size.
    pub fn slow_trickle(bytes: usize, every: Duration) -> Self {
        Self::new(FaultKind::SlowTrickle { bytes, every })
    }

    /// Only requests with this method and path.
    pub fn on(self, method: impl Into<String>, path: impl Into<String>) -> Self {
        self.method(method).path(path)
    }

    /// Only requests with this method.
    pub fn method(self, method: impl Into<String>) -> Self {
        Self { method: Some(method.into()), ..self }
    }

    /// Only requests with this path.
    pub fn path(self, path: impl Into<String>) -> Self {
        Self { path: Some(path.into()), ..self }
    }

    /// Leaves this many matching requests alone first.
    pub fn skip(self, skip: usize) -> Self {
        Self { skip, ..self }
    }

    /// Hits this many requests.
    pub fn times(self, times: usize) -> Self {
        Self { times: Some(times), ..self }
    }

    /// Hits one request.
    pub fn once(self) -> Self {
        self.times(1)
    }

    /// Hits matching requests with this chance.
    pub fn probability(self, probability: f64) -> Self {
        Self { probability: Some(probability), ..self }
    }

    fn matches(&self, method: &str, path: &str) -> bool {
        let by_path = match self.path.as_deref() {
            None => path != TOKEN_PATH,
            Some("*") => true,
            Some(template) => matches(template, path),
        };
        by_path && self.method.as_ref().is_none_or(|own| own.eq_ignore_ascii_case(method))
    }
}

/// The faults of the kinds that have no parameters.
macro_rules! plain {
    ($($name:ident: $kind:ident, $doc:literal;)*) => {
        impl Fault {
            $(#[doc = $doc]
            pub fn $name() -> Self {
                Self::new(FaultKind::$kind)
            })*
        }
    };
}

plain! {
    reset_before_read: ResetBeforeRead, "Resets the connection before the body is read.";
    drop_before_read: DropBeforeRead, "Closes the connection before the body is read.";
    reset_after_commit: ResetAfterCommit, "Carries the request out, then resets the connection.";
    not_json: NotJson, "200 with an HTML page.";
    endless_body: EndlessBody, "200 with a body that never ends.";
    revoke_token: RevokeToken, "Revokes the token of the request.";
    refuse: Refuse, "Resets connections as soon as they are accepted.";
}

/// Path of the token endpoint.
pub(crate) const TOKEN_PATH: &str = "/connect/token";

/// The rules in force, with what each one counts.
pub(crate) struct Faults(Mutex<(Vec<Rule>, Rng)>);

struct Rule {
    fault: Fault,
    matched: usize,
    hit: usize,
}

impl Faults {
    pub(crate) fn new(seed: u64) -> Self {
        Self(Mutex::new((Vec::new(), Rng::new(seed ^ 0x6661_756c_7473))))
    }

    pub(crate) fn add(&self, fault: Fault) {
        lock(&self.0).0.push(Rule { fault, matched: 0, hit: 0 });
    }

    pub(crate) fn clear(&self) {
        lock(&self.0).0.clear();
    }

    /// The fault of this request.
    pub(crate) fn pick(&self, method: &str, path: &str) -> Option<FaultKind> {
        self.first(|fault| fault.kind != FaultKind::Refuse && fault.matches(method, path))
    }

    /// Whether this connection is refused.
    pub(crate) fn refuses(&self) -> bool {
        self.first(|fault| fault.kind == FaultKind::Refuse).is_some()
    }

    fn first(&self, applies: impl Fn(&Fault) -> bool) -> Option<FaultKind> {
        let mut guard = lock(&self.0);
        let (rules, rng) = &mut *guard;
        for rule in rules.iter_mut().filter(|rule| applies(&rule.fault)) {
            if rule.fault.times.is_some_and(|times| rule.hit >= times) {
                continue;
            }
            rule.matched += 1;
            let spared = rule.fault.probability.is_some_and(|probability| !rng.chance(probability));
            if rule.matched > rule.fault.skip && !spared {
                rule.hit += 1;
                return Some(rule.fault.kind.clone());
            }
        }
        None
    }
}

/// Whether a path matches a template; `*` stands for any segment, a final `**` for any rest.
fn matches(template: &str, path: &str) -> bool {
    let mut segments = path.split('/');
    let mut template = template.split('/').peekable();
    while let Some(wanted) = template.next() {
        if wanted == "**" && template.peek().is_none() {
            return true;
        }
        let Some(segment) = segments.next() else { return false };
        let open = wanted == "*" || wanted.starts_with('{') && wanted.ends_with('}');
        if !(if open { !segment.is_empty() } else { segment == wanted }) {
            return false;
        }
    }
    segments.next().is_none()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Fault, matches};

    #[test]
    fn templates_match_their_paths() {
        assert!(matches("/jpm/v2/tenant/{tenant}/jobs/{id}", "/jpm/v2/tenant/1/jobs/5"));
        assert!(matches("/jpm/*/tenant/*/jobs", "/jpm/v2/tenant/1/jobs"));
        assert!(matches("/jpm/**", "/jpm/v2/tenant/1/jobs"));
        assert!(!matches("/jpm/v2/tenant/{tenant}/jobs", "/jpm/v2/tenant/1/jobs/"));
        assert!(!matches("/jpm/**/jobs", "/jpm/v2/tenant/1/customers"));
    }

    #[test]
    fn a_file_may_have_a_rest_only_at_the_end_of_a_path() {
        let read = |path: &str| serde_json::from_value::<Fault>(json!({"kind": "notJson", "path": path}));
        assert!(read("/jpm/**").is_ok() && read("*").is_ok());
        let error = read("/jpm/**/jobs").expect_err("`**` is not last").to_string();
        assert_eq!(error, "`path` may have `**` only as its last part, as in `/jpm/**`");
    }
}
