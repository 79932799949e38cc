//! Diagnosis of a connection: tests it step by step, and says what is wrong and what to do.

use std::time::{Duration, Instant};

use pipefit_component::{
    Check, Checks, Code, Component, Connection, Error, Inputs, Probe, Response, Result, Transport,
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::Runtime;
use crate::invocation::Account;
use crate::lists::Sequence;
use crate::transport::Session;

/// The difference between two clocks that is worth a warning.
const SKEW: Duration = Duration::from_mins(1);

/// The response time that is worth a warning.
const SLOW: Duration = Duration::from_secs(2);

const FIELDS: Check = Check {
    key: "fields",
    label: "Fields",
    remedy: "Complete and correct the fields of the connection. The hosts must match the environment.",
};
const NAME: Check =
    Check { remedy: "Name a connection that is configured, or give an object with its fields.", ..FIELDS };
const CLOCK: Check = Check {
    key: "clock",
    label: "Clock",
    remedy: "Synchronize the clock of this machine with a time server: TLS fails if the clock is far off.",
};
const LATENCY: Check = Check {
    key: "latency",
    label: "Latency",
    remedy: "Check the network and any proxy between this machine and the service.",
};

const ACCEPTED: &str = "accepted by the service";

/// The result of a diagnosis.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Diagnosis {
    /// Whether the connection works and has all rights.
    pub ok: bool,
    /// The result of each check, in the order in which to fix problems.
    pub findings: Vec<Finding>,
}

/// The result of one check.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Finding {
    /// Stable name.
    pub key: &'static str,
    /// Name for people.
    pub label: &'static str,
    /// The outcome.
    pub status: Status,
    /// What was found. Never contains a secret.
    pub message: String,
    /// What to do, if the check did not succeed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<&'static str>,
    /// The code of the error that invocations get.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<Code>,
}

/// The outcome of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// The check succeeded.
    Ok,
    /// Invocations work, but something is unusual.
    Warning,
    /// Invocations fail.
    Failed,
    /// Not checked because an earlier check failed.
    Skipped,
}

impl Diagnosis {
    fn of(findings: Vec<Finding>) -> Self {
        Self { ok: findings.iter().all(|finding| finding.status != Status::Failed), findings }
    }

    /// Returns the code of the first error.
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
        let code = error.code();
        // Where the service was not reached, the check says nothing about the connection.
        let remedy = match code {
            Code::RateLimited | Code::Unavailable | Code::Timeout | Code::BadReply | Code::Cancelled => {
                code.guide().remedy
            }
            _ => check.remedy,
        };
        Self { code: Some(code), remedy: Some(remedy), ..Self::new(check, Status::Failed, error.message()) }
    }

    fn skipped(check: Check) -> Self {
        Self::new(check, Status::Skipped, "not checked because an earlier check failed")
    }
}

/// The outcome of a probe, and how long it took.
struct ProbeResult {
    check: Check,
    outcome: Result<Response>,
    took: Duration,
}

/// Diagnoses a connection of this component: an object with its fields, or the name of one that the host knows.
pub(crate) async fn diagnose(runtime: &Runtime, component: &'static Component, connection: Value) -> Diagnosis {
    let declared = component.connection;
    let given = if connection.is_object() { FIELDS } else { NAME };
    let session = match runtime.session(component, connection).await {
        Ok(session) => session,
        Err(error) => return Diagnosis::of(vec![Finding::failed(given, &error)]),
    };
    let account = session.account();
    let host = account.target.api_url.trim_start_matches("https://");
    let mut findings = vec![Finding::ok(FIELDS, format!("complete; requests go to {host}"))];
    let checks = declared.checks();
    let was_known = session.knows_token();
    match session.until_deadline(session.authenticate()).await {
        Ok(()) => findings.push(Finding::ok(checks.token, token_text(account, was_known))),
        Err(error) => {
            findings.push(Finding::failed(checks.token, &error));
            findings.extend(skipped(declared, checks));
            return Diagnosis::of(findings);
        }
    }
    let mut results = Vec::new();
    for probe in declared.probes() {
        let began = Instant::now();
        let outcome = session.until_deadline(send_probe(&session, probe)).await;
        results.push(ProbeResult { check: probe.check, outcome, took: began.elapsed() });
    }
    findings.extend(findings_of(checks, &results));
    Diagnosis::of(findings)
}

fn token_text(account: &Account, was_known: bool) -> &'static str {
    match (&account.token, account.token_request()) {
        (Some(_), _) => "provided by the host",
        (None, None) => "not needed",
        (None, Some(_)) if was_known => "issued by the token endpoint earlier",
        (None, Some(_)) => "issued by the token endpoint",
    }
}

fn skipped(declared: &dyn Connection, checks: Checks) -> Vec<Finding> {
    let probes = declared.probes().iter().map(|probe| probe.check);
    [checks.identity, checks.account].into_iter().chain(probes).map(Finding::skipped).collect()
}

/// Reads one record of a list.
async fn send_probe(session: &Session, probe: &Probe) -> Result<Response> {
    let pages = Sequence::start(probe.list.list().query(Inputs::default())?, probe.list, 1)?;
    session.send(pages.request()).await
}

/// Converts the results of the probes to findings. If all probes fail in the same way, no single right is the cause.
fn findings_of(checks: Checks, results: &[ProbeResult]) -> Vec<Finding> {
    let errors: Vec<_> = results.iter().filter_map(|probe| probe.outcome.as_ref().err()).collect();
    let all = |code: Code| errors.len() == results.len() && errors.iter().all(|error| error.code() == code);
    let skipped = results.iter().map(|probe| Finding::skipped(probe.check));
    match errors.first() {
        Some(error) if all(Code::Unauthorized) => {
            let whole = [Finding::failed(checks.identity, error), Finding::skipped(checks.account)];
            whole.into_iter().chain(skipped).collect()
        }
        Some(error) if all(Code::Forbidden) => {
            let refused =
                Error::clone(error).with_message(format!("{}; all other requests were refused, too", error.message()));
            let whole = [Finding::ok(checks.identity, ACCEPTED), Finding::failed(checks.account, &refused)];
            whole.into_iter().chain(skipped).collect()
        }
        _ => {
            let any_success = errors.len() < results.len();
            let of_whole = |check| if any_success { Finding::ok(check, ACCEPTED) } else { Finding::skipped(check) };
            let whole = [of_whole(checks.identity), of_whole(checks.account)];
            let more = clock(results).into_iter().chain(latency(results));
            whole.into_iter().chain(results.iter().map(finding_of)).chain(more).collect()
        }
    }
}

fn finding_of(probe: &ProbeResult) -> Finding {
    match &probe.outcome {
        Ok(_) => Finding::ok(probe.check, format!("readable, {} ms", probe.took.as_millis())),
        Err(error) => Finding::failed(probe.check, error),
    }
}

/// Compares the clock of the service with this machine's, by the date of the last response.
fn clock(results: &[ProbeResult]) -> Option<Finding> {
    let response = results.iter().rev().find_map(|probe| probe.outcome.as_ref().ok())?;
    let theirs = jiff::fmt::rfc2822::parse(&response.header("date")?).ok()?.timestamp();
    let ahead = jiff::Timestamp::now().duration_since(theirs);
    let (seconds, side) = (ahead.unsigned_abs().as_secs(), if ahead.is_negative() { "behind" } else { "ahead of" });
    Some(if ahead.unsigned_abs() > SKEW {
        let message = format!("the clock of this machine is {seconds} s {side} the clock of the service");
        Finding::new(CLOCK, Status::Warning, message)
    } else {
        Finding::ok(CLOCK, "the clocks of this machine and the service agree")
    })
}

/// Reports the fastest response: slower ones may have waited for other requests.
fn latency(results: &[ProbeResult]) -> Option<Finding> {
    let fastest = results.iter().filter(|probe| probe.outcome.is_ok()).map(|probe| probe.took).min()?;
    let message = format!("the fastest response took {} ms", fastest.as_millis());
    let status = if fastest > SLOW { Status::Warning } else { Status::Ok };
    Some(Finding::new(LATENCY, status, message))
}

/// Returns the connection in a JSON object: its `connection` member if it has one, otherwise the object itself.
pub fn connection_in(mut given: Map<String, Value>) -> Value {
    given.remove("connection").unwrap_or(Value::Object(given))
}
