//! How commands are configured: flags, environment variables and the configuration file, in this order.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use pipefit::sandbox::{Fault, Sandbox};
use serde_json::{Value, json};

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
    let home = folder();
    let short = write(home.path(), "short.toml", "timeout = \"700ms\"");
    let long = write(home.path(), "long.toml", "timeout = 3600");
    let (short, long) = (short.to_str().unwrap(), long.to_str().unwrap());
    let table: [(&[&str], Variables); 6] = [
        (&["--timeout", "700ms"], &[]),
        (&[], &[("PIPEFIT_TIMEOUT", "0.7s")]),
        (&["--timeout", "700ms"], &[("PIPEFIT_TIMEOUT", "1h")]),
        (&["--config", short], &[]),
        (&["--config", long], &[("PIPEFIT_TIMEOUT", "0.7s")]),
        (&["--config", long, "--timeout", "700ms"], &[("PIPEFIT_TIMEOUT", "1h")]),
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
    for command in [&["run"][..], &["connection", "test"], &["connection", "list"], &["playground"], &["sandbox"]] {
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

/// Writes a file that only its owner may read.
fn write(folder: &Path, name: &str, text: &str) -> PathBuf {
    let file = folder.join(name);
    fs::write(&file, text).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    file
}

/// A folder that only its owner may enter.
fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

const GET_JOB: &str = r#"{"action": "getJob", "inputs": {"jobId": "10978752986"}}"#;

/// A configuration with the connection `main` of this sandbox, whose secret is this TOML value.
fn config_of(sandbox: &Sandbox, secret: &str) -> String {
    let connection = pipefit::sandbox_connection(sandbox);
    let mut text = format!(
        "connection = \"main\"\napi-url = \"{}\"\ntoken-url = \"{}\"\n\n[connections.main]\nkey = {}\n\n[connections.main.fields]\n",
        sandbox.url(),
        sandbox.token_url(),
        connection["key"]
    );
    for (field, value) in connection["fields"].as_object().unwrap() {
        let value = if field == "clientSecret" { secret.to_owned() } else { value.to_string() };
        text.extend([field, " = ", &value, "\n"]);
    }
    text
}

#[test]
fn flags_come_before_variables_and_variables_before_the_file() {
    let home = folder();
    fs::create_dir(home.path().join("pipefit")).unwrap();
    write(home.path(), "pipefit/config.toml", "[policy]\nread-only = true\ndeny = [\"getJob\"]\n");
    let at = home.path().to_str().unwrap();
    let table: [(&[&str], Variables, &str, i32); 6] = [
        (&[], &[], CREATE, 8),
        (&[], &[("PIPEFIT_READ_ONLY", "false")], CREATE, 0),
        (&["--read-only"], &[("PIPEFIT_READ_ONLY", "false")], CREATE, 8),
        (&["--read-only=false"], &[("PIPEFIT_READ_ONLY", "true")], CREATE, 0),
        // What is denied anywhere is denied.
        (&["--deny", "listJobs"], &[("PIPEFIT_DENY", "listCustomers")], GET_JOB, 8),
        (&[], &[("XDG_CONFIG_HOME", "/nonexistent")], GET_JOB, 0),
    ];
    for (flags, variables, request, status) in table {
        let variables = [&[("XDG_CONFIG_HOME", at)], variables].concat();
        let done = with(&variables, &[&["run", "--sandbox"], flags].concat(), request);
        assert_eq!(done.status, status, "{flags:?} {variables:?}: {done:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_of_the_file_takes_its_secrets_from_where_they_are() {
    let sandbox = Sandbox::builder().records(5).start().await.unwrap();
    let secret = sandbox.credentials().client_secret.clone();
    let home = folder();
    let kept = write(home.path(), "secret", &format!("{secret}\n"));
    let kept = kept.to_str().unwrap();
    for value in [
        format!("\"{secret}\""),
        "{ env = \"OWN_SECRET\" }".to_owned(),
        format!("{{ file = \"{kept}\" }}"),
        format!("{{ command = [\"cat\", \"{kept}\"] }}"),
    ] {
        let config = write(home.path(), "config.toml", &config_of(&sandbox, &value));
        let flags = ["run", "-vv", "--config", config.to_str().unwrap()];
        let done = with(&[("OWN_SECRET", &secret)], &flags, GET_JOB);
        assert_eq!(done.status, 0, "{value}: {done:?}");
        assert!(!done.stderr.contains(&secret), "{done:?}");
    }
    for (value, expected) in [
        ("{ env = \"NOT_SET\" }", "the variable `NOT_SET` is not set"),
        ("{ file = \"secret\" }", "must begin with `/` or `~/`"),
        ("{ command = [\"false\"] }", "the command `false` failed"),
        ("{ comand = [\"false\"] }", "is not valid: expected text, {env"),
    ] {
        let config = write(home.path(), "config.toml", &config_of(&sandbox, value));
        let done = pipefit(&["run", "--config", config.to_str().unwrap()], GET_JOB);
        assert_eq!(done.json()["error"]["code"], "invalid_connection", "{done:?}");
        assert!(done.stderr.contains(expected) && done.stderr.contains("clientSecret"), "{value}: {done:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reference_is_read_only_when_its_connection_is_used() {
    let sandbox = Sandbox::builder().records(5).start().await.unwrap();
    let home = folder();
    let touched = home.path().join("touched");
    let value = format!("{{ command = [\"sh\", \"-c\", \"touch {}; echo x\"] }}", touched.display());
    let config = write(home.path(), "config.toml", &config_of(&sandbox, &value));
    let at = config.to_str().unwrap();
    assert_eq!(pipefit(&["run", "--sandbox", "--config", at], GET_JOB).status, 0);
    assert_eq!(pipefit(&["run", "--config", at], r#"{"action": "getJob"}"#).status, 2);
    assert_eq!(pipefit(&["run", "--config", at, "--deny", "getJob"], GET_JOB).status, 8);
    assert!(!touched.exists());
    assert_eq!(pipefit(&["run", "--config", at], GET_JOB).status, 3);
    assert!(touched.exists());
    // A request cannot make a command run.
    fs::remove_file(&touched).unwrap();
    let mut connection = pipefit::sandbox_connection(&sandbox);
    connection["fields"]["clientSecret"] = json!({"command": ["touch", touched]});
    let request = json!({"action": "getJob", "inputs": {"connection": connection, "jobId": "1"}}).to_string();
    let refused: Value = pipefit(&["run", "--config", at], &request).json();
    assert!(refused["error"]["code"] == "invalid_connection" && !touched.exists(), "{refused}");
}

#[test]
fn a_file_that_is_wrong_or_open_to_others_is_refused() {
    let home = folder();
    for (text, expected) in [
        ("rat = 5", "there is no key `rat`; did you mean `rate`?"),
        ("[polcy]", "did you mean `policy`?"),
        ("rate = \"canary\"", "line 1"),
        ("rate = ", "line 1"),
        ("connection = \"mian\"\n[connections.main]\nkey = \"k\"", "did you mean `main`?"),
    ] {
        let config = write(home.path(), "config.toml", text);
        let done = pipefit(&["run", "--config", config.to_str().unwrap()], GET_JOB);
        let status = if text.starts_with("connection") { 3 } else { 2 };
        assert!(done.status == status && done.stderr.contains(expected), "{text}: {done:?}");
        assert!(!done.stderr.contains("token URL"), "{done:?}");
        assert!(!done.stderr.contains("canary") && !done.stdout.contains("canary"), "{done:?}");
    }
    let config = write(home.path(), "config.toml", "rate = 5");
    let at = config.to_str().unwrap();
    fs::set_permissions(&config, fs::Permissions::from_mode(0o622)).unwrap();
    let done = pipefit(&["run", "--sandbox", "--config", at], GET_JOB);
    assert!(done.status == 2 && done.stderr.contains("other users may change it"), "{done:?}");
    fs::set_permissions(&config, fs::Permissions::from_mode(0o644)).unwrap();
    let done = pipefit(&["run", "--sandbox", "--config", at], GET_JOB);
    assert!(done.status == 0 && done.stderr.contains("warning: other users may read"), "{done:?}");
    let done = pipefit(&["run", "--sandbox", "--config", "/no/such/file"], GET_JOB);
    assert_eq!(done.status, 2, "{done:?}");
}

#[test]
fn a_connection_with_a_wrong_key_is_named_however_it_is_chosen() {
    let home = folder();
    let config = write(home.path(), "config.toml", "[connections.main]\nkey = \"x\"");
    let at = config.to_str().unwrap();
    for chosen in [&["connection=main"][..], &["--connection", "main"], &[]] {
        let done = pipefit(&[&["run", "--config", at, "getJob", "jobId=5"], chosen].concat(), "");
        let error = &done.json()["error"];
        assert_eq!((done.status, &error["code"]), (3, &json!("invalid_connection")), "{chosen:?}: {done:?}");
        let message = "the key of the connection is x; expected `serviceTitanConnection`";
        assert_eq!(error["message"], message, "{chosen:?}: {done:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_is_added_tested_listed_and_removed() {
    let sandbox = Sandbox::builder().records(5).start().await.unwrap();
    let (api, token, secret) = (sandbox.url(), sandbox.token_url(), sandbox.credentials().client_secret.clone());
    let home = folder();
    let config = home.path().join("new/config.toml");
    let at = config.to_str().unwrap();
    let hosts = ["--config", at, "--api-url", &api, "--token-url", &token];
    let connection = pipefit::sandbox_connection(&sandbox);
    let add = |flags: &[&str], connection: &Value| {
        pipefit(&[&["connection", "add"], flags, &hosts].concat(), &connection.to_string())
    };
    let mut wrong = connection.clone();
    wrong["fields"]["clientSecret"] = json!("canary");
    let refused = add(&["main"], &wrong);
    assert!(refused.status == 3 && !config.exists() && refused.stderr.contains("was not added"), "{refused:?}");
    assert!(!refused.stdout.contains("canary") && !refused.stderr.contains("canary"), "{refused:?}");
    let added = add(&["main"], &connection);
    assert!(added.status == 0 && added.stderr.contains("next: `pipefit run KEY` uses it"), "{added:?}");
    assert_eq!(fs::metadata(&config).unwrap().permissions().mode() & 0o777, 0o600);
    let again = add(&["main"], &connection);
    assert!(again.status == 2 && again.stderr.contains("--replace"), "{again:?}");
    assert_eq!(add(&["no name"], &connection).status, 2);
    // A reference is kept as one.
    let mut referring = connection.clone();
    referring["fields"]["clientSecret"] = json!({"env": "OWN_SECRET"});
    let added = add(&["other", "--no-test"], &referring);
    assert!(added.status == 0 && added.stderr.contains("`pipefit run --connection other KEY`"), "{added:?}");
    let before = fs::read_to_string(&config).unwrap();
    assert!(before.contains("{ env = \"OWN_SECRET\" }"), "{before}");
    fs::write(&config, format!("# kept\nrate = 7\n{before}")).unwrap();
    let list = pipefit(&["connection", "list", "--config", at], "");
    assert_eq!(list.stdout.lines().count(), 2, "{list:?}");
    assert!(list.stdout.starts_with("main   serviceTitanConnection  ") && !list.stdout.contains(&secret), "{list:?}");
    let listed = pipefit(&["connection", "list", "--json", "--config", at], "").json();
    assert_eq!(listed[1]["name"], "other");
    let test =
        |name: &str, variables: Variables| with(variables, &[&["connection", "test", name], &hosts[..]].concat(), "");
    assert_eq!(test("main", &[]).status, 0);
    assert_eq!(test("other", &[("OWN_SECRET", "canary")]).status, 3);
    assert_eq!(test("mian", &[]).status, 3);
    let request = json!({"action": "getJob", "inputs": {"connection": "main", "jobId": "10978752986"}}).to_string();
    assert_eq!(pipefit(&[&["run"], &hosts[..]].concat(), &request).status, 0);
    let remove = |name: &str| pipefit(&["connection", "remove", name, "--config", at], "");
    assert_eq!(remove("main").status, 0);
    let gone = remove("main");
    assert!(gone.status == 3 && gone.stderr.contains("there is no connection"), "{gone:?}");
    let after = fs::read_to_string(&config).unwrap();
    assert!(after.starts_with("# kept\nrate = 7\n") && after.contains("OWN_SECRET"), "{after}");
    assert!(!after.contains(&secret), "{after}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_only_connection_is_that_of_requests_that_name_none() {
    let sandbox = Sandbox::builder().records(5).start().await.unwrap();
    let home = folder();
    let secret = format!("\"{}\"", sandbox.credentials().client_secret);
    let text = config_of(&sandbox, &secret).replacen("connection = \"main\"\n", "", 1);
    let config = write(home.path(), "config.toml", &text);
    let flags = ["run", "--config", config.to_str().unwrap()];
    let done = pipefit(&flags, GET_JOB);
    assert_eq!(done.status, 0, "{done:?}");
    // With those of a file, it is not the only one.
    let file = write(home.path(), "connections.json", r#"{"a": {}, "b": {}}"#);
    let done = pipefit(&[&flags[..], &["--connections", file.to_str().unwrap()]].concat(), GET_JOB);
    assert!(done.status == 2 && done.stderr.contains("`connection` is missing"), "{done:?}");
    // Nor is it with another one in the configuration.
    write(home.path(), "config.toml", &format!("{text}\n[connections.other]\nkey = \"k\"\n"));
    let done = pipefit(&flags, GET_JOB);
    assert!(done.status == 2 && done.stderr.contains("`main`, `other`"), "{done:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_project_runs_and_replaces_nothing() {
    let home = folder();
    let project = home.path().join("my project");
    let at = project.to_str().unwrap();
    let written = pipefit(&["init", at], "");
    assert!(written.status == 0 && written.stdout.contains("pipefit run --sandbox < '"), "{written:?}");
    let request = fs::read_to_string(project.join("get-job.json")).unwrap();
    assert_eq!(pipefit(&["run", "--sandbox"], &request).status, 0);
    let sandbox = Sandbox::builder().records(5).start().await.unwrap();
    let config = project.join("config.toml");
    let (api, token, own) = (sandbox.url(), sandbox.token_url(), sandbox.credentials().clone());
    let variables = [
        ("SERVICETITAN_TENANT", own.tenant.as_str()),
        ("SERVICETITAN_APPLICATION_KEY", &own.application_key),
        ("SERVICETITAN_CLIENT_ID", &own.client_id),
        ("SERVICETITAN_CLIENT_SECRET", &own.client_secret),
    ];
    let hosts = ["--config", config.to_str().unwrap(), "--api-url", &api, "--token-url", &token];
    let done = with(&variables, &[&["run"], &hosts[..]].concat(), &request);
    assert_eq!(done.status, 0, "{done:?}");
    assert_eq!(with(&variables, &[&["connection", "test", "main"], &hosts[..]].concat(), "").status, 0);
    fs::remove_file(project.join("get-job.json")).unwrap();
    fs::write(&config, "own").unwrap();
    let again = pipefit(&["init", at], "");
    assert!(again.status == 2 && again.stderr.contains("config.toml: it exists already"), "{again:?}");
    assert!(fs::read_to_string(&config).unwrap() == "own" && !project.join("get-job.json").exists());
}
