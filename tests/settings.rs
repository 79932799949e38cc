//! How commands are configured: flags, environment variables and the configuration file, in this order.

use std::time::{Duration, Instant};

use pipefit::sandbox::{Fault, Sandbox};
use serde_json::json;

use crate::support::command::{Outcome, command, pipefit, run};

/// Environment variables.
type Variables = &'static [(&'static str, &'static str)];

/// Runs the command with these variables.
fn with(variables: &[(&str, &str)], arguments: &[&str], stdin: &str) -> Outcome {
    let mut command = command(arguments);
    command.envs(variables.iter().copied());
    run(command, stdin)
}

const CREATE: &str = include_str!("../examples/create-job.json");

#[test]
fn a_flag_without_a_value_takes_one_and_comes_before_its_variable() {
    let table: [(&[&str], Variables, i32); 7] = [
        (&["--read-only"], &[], 8),
        (&["--read-only=true"], &[], 8),
        (&["--read-only=false"], &[], 0),
        (&["--read-only=no"], &[("PIPEFIT_READ_ONLY", "true")], 0),
        (&[], &[("PIPEFIT_READ_ONLY", "yes")], 8),
        (&[], &[("PIPEFIT_READ_ONLY", "")], 0),
        (&[], &[("PIPEFIT_READ_ONLY", "flase")], 2),
    ];
    for (flags, variables, status) in table {
        let done = with(variables, &[&["run", "--sandbox"], flags].concat(), CREATE);
        assert_eq!(done.status, status, "{flags:?} {variables:?}: {done:?}");
    }
    let listed = pipefit(&["list", "--json=false"], "").stdout;
    assert!(listed.starts_with("ServiceTitan"), "{listed}");
    let dry = pipefit(&["run", "--sandbox", "--dry-run=true"], CREATE).json();
    assert_eq!(dry["dryRun"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_time_limit_is_a_duration() {
    let sandbox = Sandbox::builder().records(5).start().await.unwrap();
    sandbox.add_fault(Fault::slow_first_byte(Duration::from_mins(1)).path("/jpm/**"));
    let (api, token) = (sandbox.url(), sandbox.token_url());
    let inputs = json!({"connection": pipefit::sandbox_connection(&sandbox), "jobId": "10978752986"});
    let request = json!({"action": "getJob", "inputs": inputs}).to_string();
    let hosts = ["run", "--api-url", &api, "--token-url", &token];
    let table: [(&[&str], Variables); 3] = [
        (&["--timeout", "700ms"], &[]),
        (&[], &[("PIPEFIT_TIMEOUT", "0.7s")]),
        (&["--timeout", "700ms"], &[("PIPEFIT_TIMEOUT", "1h")]),
    ];
    for (flags, variables) in table {
        let began = Instant::now();
        let done = with(variables, &[&hosts[..], flags].concat(), &request);
        assert_eq!(done.json()["error"]["code"], "timeout", "{done:?}");
        let took = began.elapsed();
        assert!(took > Duration::from_millis(600) && took < Duration::from_secs(20), "{took:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rate_of_zero_is_no_limit() {
    let sandbox = Sandbox::builder().records(5).rate_limit(None).start().await.unwrap();
    let (api, token) = (sandbox.url(), sandbox.token_url());
    let mut request: serde_json::Value = serde_json::from_str(CREATE).unwrap();
    request["inputs"]["connection"] = pipefit::sandbox_connection(&sandbox);
    // The job is read back, so there are two requests.
    let took = |rate: &str| {
        let flags = ["run", "--verify", "--api-url", &api, "--token-url", &token, "--rate", rate];
        let began = Instant::now();
        let done = pipefit(&flags, &request.to_string());
        assert_eq!(done.status, 0, "{done:?}");
        began.elapsed()
    };
    let (unlimited, slow) = (took("0"), took("1"));
    assert!(unlimited < Duration::from_millis(900) && slow >= Duration::from_secs(1), "{unlimited:?} {slow:?}");
}

/// Every flag that configures, as opposed to those that say what a single command does.
#[test]
fn every_flag_that_configures_shows_its_variable() {
    let of_one_call = [
        "--sandbox",
        "--dry-run",
        "--verify",
        "--idempotency-key",
        "--file",
        "--json",
        "--help",
        "--version",
        "--fetch",
    ];
    let mut variables = 0;
    for command in [&["run"][..], &["connection", "test"], &["playground"], &["sandbox"]] {
        let help = pipefit(&[command, &["--help"]].concat(), "").stdout;
        let options = help.split_once("\nOptions:\n").unwrap().1.split("\n\n").next().unwrap();
        let entries = options.split("\n  -").flat_map(|part| part.split("\n      -"));
        for entry in entries {
            let Some(at) = entry.find('-') else { continue };
            let name: String = entry[at..].chars().take_while(|c| c.is_ascii_alphabetic() || *c == '-').collect();
            let flag = format!("--{}", name.trim_start_matches('-'));
            if of_one_call.contains(&flag.as_str()) {
                continue;
            }
            assert!(entry.contains("PIPEFIT_"), "{command:?}: {entry}");
            variables += 1;
        }
    }
    assert!(variables > 20, "{variables}");
}

#[test]
fn help_helps_with_itself() {
    for arguments in
        [&["help"][..], &["help", "help"], &["help", "--help"], &["help", "run"], &["help", "connection", "test"]]
    {
        let shown = pipefit(arguments, "");
        assert!(shown.status == 0 && shown.stdout.contains("Usage: pipefit"), "{arguments:?}: {shown:?}");
    }
}
