//! The examination of a connection: what is wrong is found, named, and comes with a remedy.

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};

use pipefit::runner::doctor::{Diagnosis, Status};
use pipefit::sandbox::{Fault, Sandbox};
use pipefit::{Code, Runtime};
use serde_json::{Value, json};

use crate::support::{AT_ONCE, connection, unreachable_url};

const PROBES: [&str; 6] = ["accounting", "crm", "dispatch", "equipmentsystems", "jpm", "settings"];

async fn start() -> Sandbox {
    Sandbox::builder().rate_limit(None).start().await.unwrap()
}

/// The connection that the sandbox lets in, with some fields changed.
fn changed(sandbox: &Sandbox, fields: &[(&str, &str)]) -> Value {
    let mut connection = pipefit::sandbox_connection(sandbox);
    for (field, value) in fields {
        connection["fields"][*field] = json!(value);
    }
    connection
}

async fn diagnose(sandbox: &Sandbox, connection: Value) -> Diagnosis {
    let builder =
        Runtime::builder().api_url("servicetitan", sandbox.url()).token_url("servicetitan", sandbox.token_url());
    let runtime = builder.retries(AT_ONCE).requests_per_second(u32::MAX).build().unwrap();
    runtime.diagnose(None, connection).await.unwrap()
}

/// The keys of the findings of this status.
fn keys(diagnosis: &Diagnosis, status: Status) -> Vec<&'static str> {
    diagnosis.findings.iter().filter(|finding| finding.status == status).map(|finding| finding.key).collect()
}

#[tokio::test]
async fn a_good_connection_is_good_in_every_way_and_is_only_read() {
    let sandbox = start().await;
    let diagnosis = diagnose(&sandbox, changed(&sandbox, &[])).await;
    assert!(diagnosis.ok && diagnosis.first_error().is_none(), "{diagnosis:?}");
    let good = keys(&diagnosis, Status::Ok);
    assert_eq!(good[..4], ["fields", "token", "applicationKey", "tenant"]);
    assert_eq!(good[4..10], PROBES);
    assert_eq!(good[10..], ["clock", "latency"]);
    assert!(diagnosis.findings.iter().all(|finding| finding.remedy.is_none()));
    let requests = sandbox.requests();
    assert_eq!(requests.len(), 1 + PROBES.len());
    assert!(requests[1..].iter().all(|request| request.method == "GET" && request.ignored.is_empty()));
}

#[tokio::test]
async fn a_name_that_nobody_knows_is_not_a_matter_of_fields() {
    let sandbox = start().await;
    for wrong in [json!("nope"), json!(5)] {
        let diagnosis = diagnose(&sandbox, wrong).await;
        let remedy = diagnosis.findings[0].remedy.unwrap_or_default();
        assert!(remedy.starts_with("Name a connection that is configured"), "{remedy}");
    }
    let incomplete = diagnose(&sandbox, json!({"key": "serviceTitanConnection", "fields": {}})).await;
    assert!(incomplete.findings[0].remedy.is_some_and(|remedy| remedy.starts_with("Complete")), "{incomplete:?}");
}

#[tokio::test]
async fn what_is_wrong_with_all_is_named_once() {
    let table = [
        ("clientSecret", "canary-wrong", "token", Code::Unauthorized),
        ("clientId", "canary-wrong", "token", Code::Unauthorized),
        ("applicationKey", "canary-wrong", "applicationKey", Code::Unauthorized),
        ("tenant", "5", "tenant", Code::Forbidden),
        ("tenant", "five", "fields", Code::InvalidConnection),
    ];
    for (field, value, key, code) in table {
        let sandbox = start().await;
        let diagnosis = diagnose(&sandbox, changed(&sandbox, &[(field, value)])).await;
        assert_eq!(keys(&diagnosis, Status::Failed), [key], "{field}");
        assert_eq!(diagnosis.first_error(), Some(code), "{field}");
        assert!(!diagnosis.ok && diagnosis.findings.iter().all(|it| it.remedy.is_some() == (it.key == key)), "{field}");
        let text = serde_json::to_string(&diagnosis).unwrap();
        let secrets = [&sandbox.credentials().client_secret, "canary-wrong"];
        assert!(secrets.iter().all(|secret| !text.contains(*secret)), "{text}");
    }
}

#[tokio::test]
async fn an_environment_and_a_token_url_of_another_are_told_apart_before_any_request() {
    let mut mixed = connection();
    mixed["fields"]["environment"] = json!("production");
    let diagnosis = Runtime::builder().build().unwrap().diagnose(None, mixed).await.unwrap();
    assert_eq!((keys(&diagnosis, Status::Failed), diagnosis.findings.len()), (vec!["fields"], 1));
    assert!(diagnosis.findings[0].message.contains("does not belong to the environment `production`"), "{diagnosis:?}");
}

#[tokio::test]
async fn a_missing_scope_is_found_beside_the_others() {
    for key in PROBES {
        let sandbox = start().await;
        sandbox.add_fault(Fault::status(403).path(format!("/{key}/**")));
        let diagnosis = diagnose(&sandbox, changed(&sandbox, &[])).await;
        assert_eq!(keys(&diagnosis, Status::Failed), [key]);
        assert_eq!(diagnosis.first_error(), Some(Code::Forbidden));
        let finding = diagnosis.findings.iter().find(|finding| finding.key == key).unwrap();
        assert!(finding.message.contains("it needs the scope `tn."), "{finding:?}");
        assert!(keys(&diagnosis, Status::Skipped).is_empty());
    }
}

#[tokio::test]
async fn a_service_that_fails_is_no_matter_of_rights() {
    let sandbox = start().await;
    sandbox.add_fault(Fault::status(503));
    let diagnosis = diagnose(&sandbox, changed(&sandbox, &[])).await;
    assert_eq!(diagnosis.first_error(), Some(Code::Unavailable));
    assert_eq!(keys(&diagnosis, Status::Failed), PROBES);
    assert_eq!(keys(&diagnosis, Status::Skipped), ["applicationKey", "tenant"], "nobody can tell");
}

#[tokio::test]
async fn a_service_that_cannot_be_reached_is_a_matter_of_the_network() {
    let url = unreachable_url();
    let builder = Runtime::builder().api_url("servicetitan", &url).token_url("servicetitan", format!("{url}/token"));
    let diagnosis = builder.retries(AT_ONCE).build().unwrap().diagnose(None, connection()).await.unwrap();
    let token = diagnosis.findings.iter().find(|finding| finding.key == "token").unwrap();
    assert_eq!(token.code, Some(Code::Unavailable));
    let remedy = token.remedy.unwrap();
    assert!(remedy.contains("network") && remedy.contains("URL") && !remedy.contains("client id"), "{remedy}");
}

#[tokio::test]
async fn a_clock_that_is_off_is_a_warning() {
    for (ahead, side) in [(true, "behind"), (false, "ahead of")] {
        let sandbox = start().await;
        let (now, by) = (SystemTime::now(), Duration::from_mins(10));
        sandbox.set_now(if ahead { now + by } else { now - by });
        let diagnosis = diagnose(&sandbox, changed(&sandbox, &[])).await;
        assert!(diagnosis.ok && diagnosis.first_error().is_none());
        assert_eq!(keys(&diagnosis, Status::Warning), ["clock"]);
        let clock = diagnosis.findings.iter().find(|finding| finding.key == "clock").unwrap();
        assert!(clock.message.contains(side) && clock.remedy.is_some(), "{clock:?}");
    }
}

/// Runs the command; answers what it prints, and its exit status.
fn command(arguments: &[&str], stdin: &str) -> (String, i32) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_pipefit"))
        .args(["connection", "test"])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // With --sandbox nothing is read, and it may be gone by now.
    let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
    let done = child.wait_with_output().unwrap();
    (String::from_utf8(done.stdout).unwrap(), done.status.code().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_takes_a_connection_in_either_form_and_exits_with_the_first_error() {
    let sandbox = start().await;
    let (api, token) = (sandbox.url(), sandbox.token_url());
    let hosts = ["--json", "--api-url", &api, "--token-url", &token];
    let good = changed(&sandbox, &[]);
    let table = [
        (good.clone(), 0),
        (json!({"connection": good}), 0),
        (changed(&sandbox, &[("clientSecret", "canary-wrong")]), 3),
        (json!({"connection": "main"}), 3),
        (json!({}), 3),
    ];
    for (stdin, status) in table {
        let (text, exit) = command(&hosts, &stdin.to_string());
        let diagnosis: Value = serde_json::from_str(&text).unwrap();
        assert_eq!((exit, diagnosis["ok"].as_bool()), (status, Some(status == 0)), "{text}");
        assert!(!text.contains("canary"), "{text}");
    }
    for broken in ["", "[1]", "{canary"] {
        let (text, exit) = command(&hosts, broken);
        assert!(exit == 2 && text.contains("invalid_request") && !text.contains("canary"), "{text}");
    }
    let (text, exit) = command(&["--sandbox"], "");
    assert!(exit == 0 && text.ends_with("The connection works.\n"), "{text}");
}
