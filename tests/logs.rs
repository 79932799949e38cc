//! What is logged to stderr: a line for each request, as text or JSON, without secrets.

use pipefit::sandbox::{Fault, Sandbox};
use serde_json::{Value, json};

use crate::support::command::{Outcome, command, pipefit, run};

/// Runs `getJob` against a sandbox whose first response is a failure.
async fn get_job(flags: &[&str]) -> Outcome {
    let sandbox = Sandbox::builder().records(5).rate_limit(None).start().await.unwrap();
    sandbox.add_fault(Fault::status(503).path("/jpm/**").times(1));
    let inputs = json!({"connection": pipefit::sandbox_connection(&sandbox), "jobId": "10978752986"});
    let request = json!({"action": "getJob", "inputs": inputs}).to_string();
    let (api, token) = (sandbox.url(), sandbox.token_url());
    let done = pipefit(&[&["run", "--api-url", &api, "--token-url", &token], flags].concat(), &request);
    assert_eq!(done.status, 0, "{done:?}");
    let credentials = sandbox.credentials();
    for secret in [&credentials.client_secret, &credentials.application_key] {
        assert!(!done.stderr.contains(secret), "{done:?}");
    }
    done
}

#[tokio::test(flavor = "multi_thread")]
async fn each_request_is_a_line_with_status_time_try_and_wait() {
    assert_eq!(get_job(&[]).await.stderr, "");
    // At one request a second the second try waits for the rate.
    let log = get_job(&["-v", "--rate", "1"]).await.stderr;
    let line = |parts: &[&str]| log.lines().find(|line| parts.iter().all(|part| line.contains(part)));
    let token = line(&["POST /connect/token", "status=200", "ms="]);
    let first = line(&["GET /jpm/v2/tenant/", "/jobs/10978752986", "status=503", "try=1", "waited_ms="]);
    let second = line(&["GET /jpm/v2/tenant/", "status=200", "try=2", "waited_ms="]);
    assert!(token.is_some() && first.is_some() && second.is_some(), "{log}");
    assert!(!second.unwrap().contains("waited_ms=0 "), "{log}");
    assert!(!log.contains("sending"), "{log}");
    let more = get_job(&["-vv"]).await.stderr;
    assert!(more.contains("sending GET http://127.0.0.1"), "{more}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_in_json_is_one_object_a_line() {
    let log = get_job(&["-vv", "--log-format", "json"]).await.stderr;
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let second = lines.iter().find(|line| line["try"] == 2).unwrap();
    assert_eq!((&second["level"], &second["status"]), (&json!("DEBUG"), &json!(200)));
    assert!(second["message"].as_str().unwrap().starts_with("GET /jpm/v2/tenant/"), "{second}");
    assert!(second["ms"].is_u64() && second["waited_ms"].is_u64(), "{second}");
}

#[test]
fn errors_and_warnings_are_json_too() {
    let evil = json!({"action": "\u{202e}\u{1b}[2J"}).to_string();
    let log = pipefit(&["run", "--sandbox", "--log-format=json"], &evil).stderr;
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&lines[0]["level"], lines.len()), (&json!("ERROR"), 2), "{log}");
    assert!(lines[0]["message"].as_str().unwrap().starts_with("unknown_action: "), "{log}");
    let timestamp = lines[0]["timestamp"].as_str().unwrap();
    assert!(timestamp.len() == "2026-01-01T00:00:00.000000Z".len() && timestamp.ends_with('Z'), "{log}");
    assert_eq!(lines[0]["target"], "pipefit", "{log}");
    assert!(!log.contains(['\u{202e}', '\u{1b}']), "{log}");
}

#[test]
fn variables_set_verbosity_and_format() {
    let request = include_str!("../examples/get-job.json");
    for (verbosity, lines) in [("", 0), ("0", 0), ("1", 3), ("2", 4)] {
        let mut command = command(&["run", "--sandbox"]);
        command.env("PIPEFIT_VERBOSE", verbosity).env("PIPEFIT_LOG_FORMAT", "json");
        let done = run(command, request);
        assert_eq!((done.status, done.stderr.lines().count()), (0, lines), "{verbosity}: {done:?}");
        assert!(done.stderr.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()), "{done:?}");
    }
}
