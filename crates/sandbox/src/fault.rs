//! Misbehaviour on demand: rules that say which requests go wrong, and how.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::route::fits;
use crate::world::Dice;

/// A rule by which requests go wrong. The first rule that fits a request and is not used up applies.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "crate::fault_file::FaultEntry", into = "crate::fault_file::FaultEntry")]
pub struct Fault {
    /// HTTP method; any when left out.
    pub method: Option<String>,
    /// Path, with `{x}` or `*` for any one segment and a final `**` for any rest. Left out: every path but the token
    /// endpoint's.
    pub path: Option<String>,
    /// How many fitting requests to leave alone first.
    pub skip: usize,
    /// How many requests to hit; no end when left out.
    pub times: Option<usize>,
    /// Chance of hitting a fitting request, from the sandbox's seed; always when left out.
    pub probability: Option<f64>,
    /// What happens.
    pub kind: FaultKind,
}

/// What happens to a request.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum FaultKind {
    /// This status instead of an answer; the API's error form when there is no body. Nothing is changed.
    Status {
        /// Status code.
        status: u16,
        /// Body in place of the error form.
        body: Option<String>,
    },
    /// 429; nothing is changed.
    TooManyRequests {
        /// Value of `Retry-After`: seconds or an HTTP date. No header when left out.
        retry_after: Option<String>,
    },
    /// The connection is reset before the body is read; nothing is changed.
    ResetBeforeRead,
    /// The connection is closed before the body is read; nothing is changed.
    DropBeforeRead,
    /// The request is carried out, then the connection is reset without a reply.
    ResetAfterCommit,
    /// The request is carried out; of the reply's body only this many bytes come, under the full `Content-Length`.
    CutBody {
        /// Bytes that still come.
        bytes: usize,
    },
    /// 200 with an HTML page; nothing is changed.
    NotJson,
    /// The request is carried out; the reply starts after this time.
    SlowFirstByte {
        /// How late.
        delay: Duration,
    },
    /// The request is carried out; the reply's body comes in small pieces.
    SlowTrickle {
        /// Bytes in a piece.
        bytes: usize,
        /// Time between pieces.
        every: Duration,
    },
    /// 200 with a body that never ends; nothing is changed.
    EndlessBody,
    /// The token that the request carries stops being good: 401, and again on its next use.
    RevokeToken,
    /// The connection is reset as soon as it is accepted. Method and path do not matter; `skip` and `times` count
    /// connections.
    Refuse,
}

impl Fault {
    /// A fault of any kind, for every API request.
    pub fn new(kind: FaultKind) -> Self {
        Self { method: None, path: None, skip: 0, times: None, probability: None, kind }
    }

    /// This status, with the API's error form as the body.
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

    /// The connection is reset before the body is read.
    pub fn reset_before_read() -> Self {
        Self::new(FaultKind::ResetBeforeRead)
    }

    /// The connection is closed before the body is read.
    pub fn drop_before_read() -> Self {
        Self::new(FaultKind::DropBeforeRead)
    }

    /// The request is carried out, then the connection is reset.
    pub fn reset_after_commit() -> Self {
        Self::new(FaultKind::ResetAfterCommit)
    }

    /// Only this many bytes of the reply's body come.
    pub fn cut_body(bytes: usize) -> Self {
        Self::new(FaultKind::CutBody { bytes })
    }

    /// 200 with an HTML page.
    pub fn not_json() -> Self {
        Self::new(FaultKind::NotJson)
    }

    /// The reply starts after this time.
    pub fn slow_first_byte(delay: Duration) -> Self {
        Self::new(FaultKind::SlowFirstByte { delay })
    }

    /// The reply's body comes in pieces of so many bytes.
    pub fn slow_trickle(bytes: usize, every: Duration) -> Self {
        Self::new(FaultKind::SlowTrickle { bytes, every })
    }

    /// 200 with a body that never ends.
    pub fn endless_body() -> Self {
        Self::new(FaultKind::EndlessBody)
    }

    /// The token of the request stops being good.
    pub fn revoke_token() -> Self {
        Self::new(FaultKind::RevokeToken)
    }

    /// Connections are reset as soon as they are accepted.
    pub fn refuse() -> Self {
        Self::new(FaultKind::Refuse)
    }

    /// Only requests with this method and path.
    pub fn on(mut self, method: impl Into<String>, path: impl Into<String>) -> Self {
        self.method = Some(method.into());
        self.path = Some(path.into());
        self
    }

    /// Only requests with this method.
    pub fn method(mut self, method: impl Into<String>) -> Self {
        self.method = Some(method.into());
        self
    }

    /// Only requests with this path.
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.path = Some(path.into());
        self
    }

    /// Leaves this many fitting requests alone first.
    pub fn skip(mut self, skip: usize) -> Self {
        self.skip = skip;
        self
    }

    /// Hits this many requests.
    pub fn times(mut self, times: usize) -> Self {
        self.times = Some(times);
        self
    }

    /// Hits one request.
    pub fn once(self) -> Self {
        self.times(1)
    }

    /// Hits fitting requests with this chance.
    pub fn probability(mut self, probability: f64) -> Self {
        self.probability = Some(probability);
        self
    }

    fn fits(&self, method: &str, path: &str) -> bool {
        let by_path = match self.path.as_deref() {
            None => path != TOKEN_PATH,
            Some("*") => true,
            Some(template) => fits(template, path),
        };
        by_path && self.method.as_ref().is_none_or(|own| own.eq_ignore_ascii_case(method))
    }
}

/// Path of the token endpoint.
pub(crate) const TOKEN_PATH: &str = "/connect/token";

/// The rules in force, with how often each one has been met.
pub(crate) struct Faults {
    rules: Mutex<(Vec<Rule>, Dice)>,
}

struct Rule {
    fault: Fault,
    met: usize,
    used: usize,
}

impl Faults {
    pub(crate) fn new(seed: u64) -> Self {
        Self { rules: Mutex::new((Vec::new(), Dice::new(seed ^ 0x6661_756c_7473))) }
    }

    pub(crate) fn add(&self, fault: Fault) {
        self.lock().0.push(Rule { fault, met: 0, used: 0 });
    }

    pub(crate) fn clear(&self) {
        self.lock().0.clear();
    }

    /// What happens to this request.
    pub(crate) fn pick(&self, method: &str, path: &str) -> Option<FaultKind> {
        self.first(|fault| fault.kind != FaultKind::Refuse && fault.fits(method, path))
    }

    /// Whether this connection is refused.
    pub(crate) fn refuses(&self) -> bool {
        self.first(|fault| fault.kind == FaultKind::Refuse).is_some()
    }

    fn first(&self, fits: impl Fn(&Fault) -> bool) -> Option<FaultKind> {
        let mut guard = self.lock();
        let (rules, dice) = &mut *guard;
        for rule in rules.iter_mut().filter(|rule| fits(&rule.fault)) {
            let used_up = rule.fault.times.is_some_and(|times| rule.used >= times);
            if used_up {
                continue;
            }
            rule.met += 1;
            let lucky = rule.fault.probability.is_some_and(|probability| !dice.chance(probability));
            if rule.met > rule.fault.skip && !lucky {
                rule.used += 1;
                return Some(rule.fault.kind.clone());
            }
        }
        None
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, (Vec<Rule>, Dice)> {
        self.rules.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
