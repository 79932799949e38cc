//! The command in the hands of somebody at a terminal.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use pipefit::sandbox::{Fault, Sandbox};
use serde_json::Value;

use crate::hardening::ended;
use crate::support::terminal::{Conversation, WIDTH, on_terminal, typed};

#[test]
fn who_says_nothing_is_told_what_to_type() {
    for (arguments, expected) in [
        (&["run"][..], "pipefit run --sandbox getJob jobId=10978752986"),
        (&["run", "--sandbox"], "pipefit run --sandbox getJob jobId=10978752986"),
        (&["connection", "test"], "pipefit connection test --sandbox"),
    ] {
        let (status, shown) = on_terminal(typed(arguments), |command| command);
        assert_eq!(status, Some(2), "{arguments:?}: {shown}");
        assert!(shown.contains(expected), "{arguments:?}: {shown}");
        // What it says works.
        let (_, line) = shown.split_once("`pipefit ").unwrap();
        let words: Vec<_> = line.split('`').next().unwrap().split_whitespace().collect();
        let (status, shown) = on_terminal(typed(&words), |command| command.stdout(Stdio::null()));
        assert_eq!(status, Some(0), "{words:?}: {shown}");
    }
}

#[test]
fn a_list_is_a_table_that_fits_and_a_record_is_indented_in_colour() {
    let list = typed(&["run", "--sandbox", "listCustomers", "pageSize=3"]);
    let (status, shown) = on_terminal(list, |command| command);
    let lines: Vec<_> = shown.lines().collect();
    assert_eq!((status, lines.len()), (Some(0), 6), "{shown}");
    assert!(lines[0].starts_with("\u{1b}[1mid") && lines[0].contains("name"), "{shown}");
    assert!(lines[1].starts_with("10978752986"), "{shown}");
    assert!(lines[1..4].iter().all(|line| line.chars().count() <= usize::from(WIDTH)), "{shown}");
    assert!(
        lines[4].starts_with("… and ") && lines[4].ends_with(" more columns: --columns NAME,… or --output json"),
        "{shown}"
    );
    assert!(lines[5].contains("`fetchAll=true` reads all"), "{shown}");

    let record = ["run", "--sandbox", "getJob", "jobId=10978752986"];
    let (status, shown) = on_terminal(typed(&record), |command| command);
    assert_eq!(status, Some(0));
    assert!(shown.starts_with("{\n  \u{1b}[1m\u{1b}[34m\"data\"\u{1b}[0m: {\n    "), "{shown}");
    let mut plain = typed(&record);
    plain.env("NO_COLOR", "1");
    let (_, shown) = on_terminal(plain, |command| command);
    let reply: Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(shown, format!("{reply:#}\n"));
    let (_, shown) = on_terminal(typed(&[&record[..], &["--output", "json"]].concat()), |command| command);
    assert_eq!(shown, format!("{reply}\n"));
}

#[test]
fn an_error_is_said_once_with_each_problem_and_what_to_do() {
    let request = ["run", "--sandbox", "getJob", "jobId=abc", "nothing=1"];
    let (status, shown) = on_terminal(typed(&request), |command| command);
    let lines: Vec<_> = shown.lines().collect();
    let error = "\u{1b}[1m\u{1b}[31merror:\u{1b}[0m 2 problems";
    assert_eq!((status, lines.len(), lines[0]), (Some(2), 5, error), "{shown}");
    assert!(
        lines[1].starts_with("  `nothing` is not an input") && lines[2].starts_with("  `jobId` is `abc`"),
        "{shown}"
    );
    assert!(lines[3].ends_with(" Correct these inputs; `pipefit describe getJob` shows the inputs."), "{shown}");
    assert!(lines[3].contains("next:") && lines[4].ends_with(" pipefit explain invalid_input"), "{shown}");
    let mut plain = typed(&request);
    plain.env("NO_COLOR", "1");
    let (_, shown) = on_terminal(plain, |command| command);
    assert!(shown.starts_with("error: 2 problems\n") && !shown.contains('\u{1b}'), "{shown}");

    let (status, shown) = on_terminal(typed(&["run", "--sandbox", "getJob", "jobId=5"]), |command| command);
    assert_eq!((status, shown.matches("not found").count()), (Some(4), 1), "{shown}");
    assert!(shown.contains("\n  Status: 404\n") && !shown.contains("\"error\""), "{shown}");

    let (status, shown) = on_terminal(typed(&["run", "--tiemout", "3"]), |command| command);
    assert_eq!((status, shown.matches("--tiemout").count()), (Some(2), 1), "{shown}");
}

#[test]
fn a_fault_in_the_configuration_is_text_for_people_and_json_for_programs() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "rat = 5").unwrap();
    let job = ["run", "--config", file.path().to_str().unwrap(), "--sandbox", "getJob", "jobId=10978752986"];
    let (status, shown) = on_terminal(typed(&job), |command| command);
    assert_eq!(
        (status, shown.lines().count(), shown.matches("there is no key `rat`").count()),
        (Some(2), 1, 1),
        "{shown}"
    );
    assert!(shown.starts_with("\u{1b}[1m\u{1b}[31merror:\u{1b}[0m cannot read the configuration"), "{shown}");
    let (status, stdout, stderr) = ended(typed(&job).spawn().unwrap());
    let error: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!((status, error["error"]["code"].as_str()), (Some(2), Some("invalid_request")), "{stderr}");
    let (_, shown) = on_terminal(typed(&[&job[..], &["-o", "json"]].concat()), |command| command);
    assert!(shown.contains("{\"error\""), "{shown}");
}

#[test]
fn the_results_of_an_expression_do_not_drive_the_terminal() {
    let run = |expression: &str, more: &[&str]| {
        let arguments = ["run", "--sandbox", "getJob", "jobId=10978752986", "--jq", expression];
        on_terminal(typed(&[&arguments[..], more].concat()), |command| command).1
    };
    assert_eq!(run(r#""a\u001b[2J\nb""#, &["--raw"]), "a\\u{1b}[2J\nb\n");
    assert_eq!(run("[.data.id, true]", &["-o", "json"]), "[10978752986,true]\n");
    assert!(run("[.data.id]", &[]).starts_with("[\n  \u{1b}[33m10978752986\u{1b}[0m\n]"));
    assert!(run(".data.id.x", &[]).contains("error:\u{1b}[0m --jq: "));
}

#[tokio::test(flavor = "multi_thread")]
async fn progress_is_shown_on_a_terminal_and_nowhere_else() {
    let sandbox = Sandbox::builder().records_of("jobs", 900).rate_limit(None).start().await.unwrap();
    sandbox.add_fault(Fault::slow_first_byte(Duration::from_millis(150)).path("/jpm/**"));
    let file = tempfile::NamedTempFile::new().unwrap();
    let list = |more: &[&str]| {
        let connection = format!("connection:={}", pipefit::sandbox_connection(&sandbox));
        let hosts = ["--api-url", &sandbox.url(), "--token-url", &sandbox.token_url()];
        let inputs = ["run", "listJobs", "fetchAll=true", "pageSize=100", &connection];
        typed(&[&inputs[..], &hosts, more].concat())
    };
    let to_file = || Stdio::from(file.reopen().unwrap());
    let records = || {
        let reply: Value = serde_json::from_slice(&std::fs::read(file.path()).unwrap()).unwrap();
        reply["data"]["data"].as_array().unwrap().len()
    };
    let (status, shown) = on_terminal(list(&[]), |command| command.stdout(to_file()));
    assert_eq!((status, records()), (Some(0), 900));
    assert!(shown.contains(" of 900 records, ") && shown.contains(" s left"), "{shown:?}");
    // Nothing is left of it.
    assert!(shown.ends_with("\r\u{1b}[K"), "{shown:?}");

    std::fs::write(file.path(), "").unwrap();
    let (_, shown) = on_terminal(list(&["--quiet"]), |command| command.stdout(to_file()));
    assert_eq!((shown.as_str(), records()), ("", 900));

    let (status, stdout, stderr) = ended(list(&[]).spawn().unwrap());
    assert_eq!((status, stderr.as_str(), stdout.lines().count()), (Some(0), "", 1));

    // A table on the same terminal stays whole: the line is removed before rows are written.
    let (_, shown) = on_terminal(list(&[]), |command| command);
    let rows = shown.lines().map(|line| line.rsplit("\r\u{1b}[K").next().unwrap());
    let rows = rows.filter(|row| row.starts_with(|first: char| first.is_ascii_digit()));
    assert_eq!(rows.filter(|row| !row.contains("records")).count(), 900);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_is_told_how_long() {
    let sandbox = Sandbox::builder().records(5).rate_limit(None).start().await.unwrap();
    sandbox.add_fault(Fault::slow_first_byte(Duration::from_millis(2500)).path("/jpm/**"));
    let connection = format!("connection:={}", pipefit::sandbox_connection(&sandbox));
    let hosts = ["--api-url", &sandbox.url(), "--token-url", &sandbox.token_url()];
    for unit in [&["getJob", "jobId=10978752986"][..], &["selectJob"], &["pollChangesTrigger", "resourceType=jobs"]] {
        let run = |more: &[&str]| typed(&[&["run"], unit, &[&connection], &hosts, more].concat());
        let (status, shown) = on_terminal(run(&[]), |command| command.stdout(Stdio::null()));
        assert_eq!(status, Some(0), "{unit:?}: {shown:?}");
        assert!(shown.contains("waiting for the service, 1 s\r"), "{unit:?}: {shown:?}");
        assert!(shown.contains("waiting for the service, 2 s\r"), "{unit:?}: {shown:?}");
        assert!(shown.ends_with("\r\u{1b}[K"), "{unit:?}: {shown:?}");
    }
    let job = ["run", "getJob", "jobId=10978752986", &connection];
    let (_, shown) =
        on_terminal(typed(&[&job[..], &hosts, &["--quiet"]].concat()), |command| command.stdout(Stdio::null()));
    assert_eq!(shown, "");
    let (status, _, stderr) = ended(typed(&[&job[..], &hosts].concat()).spawn().unwrap());
    assert_eq!((status, stderr.as_str()), (Some(0), ""));
}

#[test]
fn the_list_of_actions_fits() {
    let (status, shown) = on_terminal(typed(&["list"]), |command| command);
    assert_eq!(status, Some(0));
    assert!(shown.contains("\n\u{1b}[1mJobs\u{1b}[0m\n"), "{shown}");
    let lines: Vec<_> = shown.lines().filter(|line| line.starts_with("  ")).collect();
    assert!(lines.len() > 50 && lines.iter().all(|line| line.chars().count() <= usize::from(WIDTH)), "{shown}");
    assert!(shown.contains("  cancelJob ") && shown.contains('…'), "{shown}");
}

/// What is typed for a connection, and for the question whether it is added although it does not work.
fn add_by_hand(sandbox: &Sandbox, file: &str, secret: &str, anyway: Option<&str>) -> (Option<i32>, String) {
    let (api, token, credentials) = (sandbox.url(), sandbox.token_url(), sandbox.credentials());
    let command = typed(&["connection", "add", "main", "--config", file, "--api-url", &api, "--token-url", &token]);
    let mut conversation = Conversation::begin(command, |command| command);
    conversation.answer_unseen("Application Key: ", &credentials.application_key);
    // A required field is asked for again.
    conversation.answer("Client ID: ", "");
    conversation.answer("A value is required.\r\nClient ID: ", &credentials.client_id);
    conversation.answer_unseen("Client Secret: ", secret);
    conversation.answer("One of: integration, production\r\nEnvironment: ", "intgration");
    conversation.answer("Expected one of: integration, production\r\nEnvironment: ", "integration");
    conversation.answer("Tenant: ", &credentials.tenant);
    conversation.answer("Token URL [https://auth-integration.servicetitan.io/connect/token]: ", "");
    if let Some(answer) = anyway {
        conversation.answer("Add it anyway? [y/N]: ", answer);
    }
    conversation.end()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_is_added_by_hand_and_no_secret_is_shown() {
    let sandbox = Sandbox::builder().records(5).start().await.unwrap();
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("new/config.toml");
    let path = file.to_str().unwrap();
    let credentials = sandbox.credentials();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let stored = || std::fs::read_to_string(&file).unwrap();

    // What does not work is added only if that is wanted.
    let (status, shown) = add_by_hand(&sandbox, path, "canary-secret", Some(""));
    assert!(status == Some(3) && shown.contains("the connection was not added") && !file.exists(), "{shown}");
    assert!(shown.contains("FAILED") && !shown.contains("canary-secret"), "{shown}");
    let (status, shown) = add_by_hand(&sandbox, path, "canary-secret", Some("y"));
    assert!(status == Some(0) && shown.contains("The connection does not work.\n"), "{shown}");
    assert!(shown.contains("added main to ") && !shown.contains("canary-secret"), "{shown}");
    assert!(stored().contains("clientSecret = \"canary-secret\"") && stored().contains(&credentials.client_id));
    assert_eq!((mode(&file), mode(file.parent().unwrap())), (0o600, 0o700));

    std::fs::remove_file(&file).unwrap();
    let (status, shown) = add_by_hand(&sandbox, path, &credentials.client_secret, None);
    assert!(status == Some(0) && shown.contains("\nThe connection works.\n"), "{shown}");
    assert!(shown.contains(&format!("Client ID: {}\n", credentials.client_id)), "what is no secret is shown: {shown}");
    assert!(!shown.contains(&credentials.client_secret) && !shown.contains(&credentials.application_key), "{shown}");
    assert_eq!(mode(&file), 0o600);
    let hosts = ["--api-url", &sandbox.url(), "--token-url", &sandbox.token_url()];
    let job = ["run", "--config", path, "getJob", "jobId=10978752986", "--jq", ".data.id"];
    let (status, stdout, stderr) = ended(typed(&[&job[..], &hosts].concat()).spawn().unwrap());
    assert_eq!((status, stdout.as_str()), (Some(0), "10978752986\n"), "{stderr}");
}
