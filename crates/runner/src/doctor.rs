//! Looks into a connection, step by step, and says what is wrong and what to do about it.

use std::time::{Duration, Instant};

use pipefit_component::{
    Check, Checks, Code, Component, Connection, Error, Inputs, Paging, Probe, Response, Result, Transport,
};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::Runtime;
use crate::invocation::Account;
use crate::transport::Session;

/// Clocks that differ by more are worth a word.
const SKEW: Duration = Duration::from_mins(1);

/// Answers that take longer are worth a word.
const SLOW: Duration = Duration::from_secs(2);

const FIELDS: Check = Check {
    key: "fields",
    label: "Fields",
    remedy: "Complete and correct the fields of the connection; hosts and environment have to agree.",
};
const CLOCK: Check = Check {
    key: "clock",
    label: "Clock",
    remedy: "Set this machine's clock by a time server: a clock that is far off breaks TLS and misleads people.",
};
const LATENCY: Check = Check {
    key: "latency",
    label: "Latency",
    remedy: "Look at the network and at any proxy between this machine and the service.",
};

const TAKEN: &str = "the service takes it";

/// All that was found, in the order in which to put it right.
#[derive(Clone, Debug, Serialize)]
pub struct Diagnosis {
    /// Whether the connection works, with all of its rights.
    pub ok: bool,
    /// What was looked at.
    pub findings: Vec<Finding>,
}

/// One thing that was looked at.
#[derive(Clone, Debug, Serialize)]
pub struct Finding {
    /// Stable name.
    pub key: &'static str,
    /// Name for people.
    pub label: &'static str,
    /// How it is.
    pub status: Status,
    /// What was seen. Holds no secret.
    pub message: String,
    /// What to do, where something is to be done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<&'static str>,
    /// The error that invocations would get.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<Code>,
}

/// How a thing is that was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// As it should be.
    Ok,
    /// Invocations work, and something is odd.
    Warning,
    /// Invocations fail.
    Failed,
    /// Not looked at, since something before it failed.
    Skipped,
}

impl Diagnosis {
    fn of(findings: Vec<Finding>) -> Self {
        Self { ok: findings.iter().all(|finding| finding.status != Status::Failed), findings }
    }

    /// The first error, in the order in which to put things right.
    pub fn first_error(&self) -> Option<Code> {
        self.findings.iter().find_map(|finding| finding.code)
    }
}

impl Finding {
    fn new(check: Check, status: Status, message: impl Into<String>) -> Self {
        let remedy = matches!(status, Status::Warning | Status::Failed).then_some(check.remedy);
        Self { key: check.key, label: check.label, status, message: message.into(), remedy, code: None }
    }

    fn ok(check: Check, message: impl Into<String>) -> Self {
        Self::new(check, Status::Ok, message)
    }

    fn failed(check: Check, error: &Error) -> Self {
        Self { code: Some(error.code()), ..Self::new(check, Status::Failed, error.message()) }
    }

    fn skipped(check: Check) -> Self {
        Self::new(check, Status::Skipped, "not looked at, since something before it failed")
    }
}

/// What a probe brought, and how long that took.
struct Probed {
    check: Check,
    outcome: Result<Response>,
    took: Duration,
}

/// Looks into a connection of this component: an object with its fields, or a name that the host keeps.
pub(crate) async fn examine(runtime: &Runtime, component: &'static Component, connection: Value) -> Diagnosis {
    let declared = component.connection;
    let account = match runtime.account(component, connection) {
        Ok(account) => account,
        Err(error) => return Diagnosis::of(vec![Finding::failed(FIELDS, &error)]),
    };
    let host = account.target.api_url.trim_start_matches("https://");
    let mut findings = vec![Finding::ok(FIELDS, format!("complete, and they lead to {host}"))];
    let session = runtime.session(&account, false);
    let checks = declared.checks();
    match session.until_deadline(session.authenticate()).await {
        Ok(()) => findings.push(Finding::ok(checks.token, token_text(&account))),
        Err(error) => {
            findings.push(Finding::failed(checks.token, &error));
            findings.extend(skipped(declared, checks));
            return Diagnosis::of(findings);
        }
    }
    let mut results = Vec::new();
    for probe in declared.probes() {
        let began = Instant::now();
        let outcome = session.until_deadline(ask(&session, probe)).await;
        results.push(Probed { check: probe.check, outcome, took: began.elapsed() });
    }
    findings.extend(judge(checks, &results));
    Diagnosis::of(findings)
}

fn token_text(account: &Account) -> &'static str {
    match (&account.token, account.token_request()) {
        (Some(_), _) => "the host brought one",
        (None, None) => "none is needed",
        (None, Some(_)) => "the token endpoint issued one",
    }
}

fn skipped(declared: &dyn Connection, checks: Checks) -> Vec<Finding> {
    let probes = declared.probes().iter().map(|probe| probe.check);
    [checks.identity, checks.account].into_iter().chain(probes).map(Finding::skipped).collect()
}

/// Reads one record of a list.
async fn ask(session: &Session<'_>, probe: &Probe) -> Result<Response> {
    let mut request = probe.list.list().query(Inputs::default())?;
    if let Paging::Numbered(paging) = probe.list.paging {
        request.query.push((paging.number.to_owned(), paging.first.to_string()));
    }
    request.query.push((probe.list.paging.size().0.to_owned(), "1".to_owned()));
    session.send(&request).await
}

/// What all probes are refused for is not the matter of one right.
fn judge(checks: Checks, results: &[Probed]) -> Vec<Finding> {
    let errors: Vec<_> = results.iter().filter_map(|probe| probe.outcome.as_ref().err()).collect();
    let all = |code: Code| errors.len() == results.len() && errors.iter().all(|error| error.code() == code);
    let skipped = results.iter().map(|probe| Finding::skipped(probe.check));
    match errors.first() {
        Some(error) if all(Code::Unauthorized) => {
            let whole = [Finding::failed(checks.identity, error), Finding::skipped(checks.account)];
            whole.into_iter().chain(skipped).collect()
        }
        Some(error) if all(Code::Forbidden) => {
            let whole = [Finding::ok(checks.identity, TAKEN), Finding::failed(checks.account, error)];
            whole.into_iter().chain(skipped).collect()
        }
        _ => {
            let answered = errors.len() < results.len();
            let known = |check| if answered { Finding::ok(check, TAKEN) } else { Finding::skipped(check) };
            let whole = [known(checks.identity), known(checks.account)];
            let more = clock(results).into_iter().chain(latency(results));
            whole.into_iter().chain(results.iter().map(of_probe)).chain(more).collect()
        }
    }
}

fn of_probe(probe: &Probed) -> Finding {
    match &probe.outcome {
        Ok(_) => Finding::ok(probe.check, format!("readable, {} ms", probe.took.as_millis())),
        Err(error) => Finding::failed(probe.check, error),
    }
}

/// Compares the service's clock with this machine's, by the last answer.
fn clock(results: &[Probed]) -> Option<Finding> {
    let response = results.iter().rev().find_map(|probe| probe.outcome.as_ref().ok())?;
    let theirs = jiff::fmt::rfc2822::parse(response.header("date")?).ok()?.timestamp();
    let ahead = jiff::Timestamp::now().duration_since(theirs);
    let (seconds, side) = (ahead.unsigned_abs().as_secs(), if ahead.is_negative() { "behind" } else { "ahead of" });
    Some(if ahead.unsigned_abs() > SKEW {
        let message = format!("this machine's clock is {seconds} s {side} the service's");
        Finding::new(CLOCK, Status::Warning, message)
    } else {
        Finding::ok(CLOCK, "this machine's clock and the service's agree")
    })
}

/// The quickest answer: the others may have waited for something else.
fn latency(results: &[Probed]) -> Option<Finding> {
    let quickest = results.iter().filter(|probe| probe.outcome.is_ok()).map(|probe| probe.took).min()?;
    let message = format!("the quickest answer took {} ms", quickest.as_millis());
    let status = if quickest > SLOW { Status::Warning } else { Status::Ok };
    Some(Finding::new(LATENCY, status, message))
}

/// The connection in what arrived: a connection object itself, or an object that holds one, or its name.
pub fn connection_in(mut given: Map<String, Value>) -> Value {
    given.remove("connection").unwrap_or(Value::Object(given))
}
