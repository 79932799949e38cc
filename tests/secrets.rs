//! No secret leaves the process but to the service: every action, with every fault, at the highest log level.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::process::{Command, Stdio};

use pipefit::sandbox::{Credentials, Fault, Sandbox};
use serde_json::json;

use crate::support::samples;

fn faults() -> Vec<Option<Fault>> {
    let echo = "canary-application-key canary-client-secret";
    vec![
        None,
        Some(Fault::status_with(400, json!({"title": echo, "errors": {"": [echo]}}).to_string())),
        Some(Fault::status_with(500, echo)),
        Some(Fault::too_many_requests("1")),
        Some(Fault::reset_before_read()),
        Some(Fault::reset_after_commit()),
        Some(Fault::cut_body(10)),
        Some(Fault::not_json()),
        Some(Fault::endless_body()),
        Some(Fault::revoke_token()),
        Some(Fault::refuse()),
        Some(Fault::status_with(400, json!({"error": echo}).to_string()).path("/connect/token")),
        Some(Fault::status_with(200, json!({"token": echo}).to_string()).path("/connect/token")),
    ]
}

#[test]
fn no_secret_shows_on_stdout_or_stderr() {
    let event_loop = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let credentials = Credentials {
        tenant: "1097".to_owned(),
        application_key: "canary-application-key".to_owned(),
        client_id: "client".to_owned(),
        client_secret: "canary-client-secret".to_owned(),
    };
    let start = || Sandbox::builder().records(5).rate_limit(None).credentials(credentials.clone()).start();
    let (faults, samples) = (faults(), samples());
    // Each action meets no fault, and two of the others; together they meet all of them many times.
    for (index, sample) in samples.iter().enumerate() {
        for fault in [0, 1 + index % (faults.len() - 1), 1 + (index * 5 + 3) % (faults.len() - 1)] {
            let sandbox = event_loop.block_on(start()).unwrap();
            if let Some(fault) = &faults[fault] {
                sandbox.add_fault(fault.clone());
            }
            let mut inputs = sample.all.clone();
            inputs["connection"] = pipefit::sandbox_connection(&sandbox);
            inputs["debugRequest"] = json!(true);
            let shown = run(&sandbox, &json!({"action": sample.action, "inputs": inputs}).to_string());
            let mut secrets = tokens(&sandbox);
            secrets.extend([credentials.application_key.clone(), credentials.client_secret.clone()]);
            secrets.extend(inputs.get("password").and_then(|value| value.as_str().map(str::to_owned)));
            for secret in secrets {
                assert!(!shown.contains(&secret), "{sample} with {:?} shows {secret}: {shown}", faults[fault]);
            }
            assert!(shown.contains("pipefit::request") || fault != 0, "{sample}: nothing was logged: {shown}");
        }
    }
}

/// Stdout and stderr of one process at the highest log level.
fn run(sandbox: &Sandbox, request: &str) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pipefit"));
    command.args(["run", "-vv", "--tries", "1", "--api-url", &sandbox.url(), "--token-url"]);
    command.arg(sandbox.token_url()).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(request.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// The tokens that the sandbox saw.
fn tokens(sandbox: &Sandbox) -> BTreeSet<String> {
    let requests = sandbox.requests();
    let carried = requests.iter().filter_map(|request| request.header("authorization"));
    carried.filter_map(|value| value.strip_prefix("Bearer ")).map(str::to_owned).collect()
}
