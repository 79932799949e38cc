//! Requests in the arguments of `pipefit run`.

use std::fs::{self, Permissions};
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::hardening::{ended, hosts, pipefit};
use crate::support::{connection, response, serve, serve_body};

/// The reply and the exit status of `pipefit run` with these arguments, and this stdin.
fn run(arguments: &[&str], stdin: &[u8]) -> (Value, Option<i32>) {
    let mut child = pipefit(&[&["run"], arguments].concat()).spawn().unwrap();
    let _ = child.stdin.take().unwrap().write_all(stdin);
    let (status, stdout, _) = ended(child);
    assert_eq!(stdout.lines().count(), 1, "{stdout}");
    (serde_json::from_str(&stdout).unwrap(), status)
}

#[test]
fn a_request_in_arguments_is_the_same_as_one_on_stdin() {
    let table: [(&[&str], Value); 5] = [
        (&["getJob", "jobId=10978752986"], json!({"action": "getJob", "inputs": {"jobId": "10978752986"}})),
        (&["selectJob", "limit:=2"], json!({"dataSource": "selectJob", "inputs": {"limit": 2}})),
        (
            &["listJobs", "pageSize=2", "customQueryParams.jobStatus=Scheduled"],
            json!({"action": "listJobs", "inputs": {"pageSize": "2", "customQueryParams": {"jobStatus": "Scheduled"}}}),
        ),
        (
            &["pollChangesTrigger", "resourceType=jobs", "showNewRecords=yes"],
            json!({"trigger": "pollChangesTrigger", "inputs": {"resourceType": "jobs", "showNewRecords": "yes"}}),
        ),
        (
            &["updateJob", "jobId=10978752986", "summary=Fix it", "tagTypeIds=1", "tagTypeIds=2"],
            json!({"action": "updateJob", "inputs": {"jobId": "10978752986", "summary": "Fix it", "tagTypeIds": [1, 2]}}),
        ),
    ];
    for (arguments, request) in table {
        let (reply, status) = run(&[&["--sandbox", "--dry-run"], arguments].concat(), b"not read");
        let (expected, _) = run(&["--sandbox", "--dry-run"], request.to_string().as_bytes());
        assert_eq!((status, without_port(&reply)), (Some(0), without_port(&expected)), "{arguments:?}");
    }
}

/// A dry run without the port of the sandbox, which differs from run to run.
fn without_port(reply: &Value) -> String {
    let text = reply.to_string();
    let (before, after) = text.split_once("127.0.0.1:").unwrap_or_else(|| panic!("{text}"));
    format!("{before}{}", after.trim_start_matches(|port: char| port.is_ascii_digit()))
}

#[test]
fn values_come_from_files_and_stdin() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    fs::write(path("plate.png"), [0, 255, 10, 13]).unwrap();
    fs::write(path("appointments.json"), r#"[{"start": "2026-01-05T14:00:00Z"}]"#).unwrap();
    fs::write(path("summary.txt"), "Two\nlines\n").unwrap();

    let upload = format!("file=@{}", path("plate.png"));
    let dry = ["--sandbox", "--dry-run", "createInstalledEquipmentAttachment", "fileName=plate.png"];
    let (reply, _) = run(&[&dry[..], &[&upload]].concat(), b"");
    let part = &reply["data"]["body"][0];
    assert_eq!((&part["contentType"], &part["size"]), (&"image/png".into(), &4.into()), "{reply}");
    let (reply, _) = run(&[&dry[..], &["file=@-"]].concat(), &[0, 255]);
    let part = &reply["data"]["body"][0];
    assert_eq!((&part["contentType"], &part["size"]), (&"image/png".into(), &2.into()), "{reply}");

    let summary = format!("summary=@{}", path("summary.txt"));
    let update = ["--sandbox", "--dry-run", "updateJob", "jobId=-", &summary];
    let (reply, _) = run(&update, b"10978752986\n");
    assert_eq!(reply["data"]["body"]["summary"], "Two\nlines", "{reply}");
    assert!(reply["data"]["url"].as_str().unwrap().ends_with("/10978752986"), "{reply}");

    let appointments = format!("appointments:=@{}", path("appointments.json"));
    let create = ["--sandbox", "--dry-run", "createJob", &appointments, "appointments[0].end=soon"];
    let (reply, status) = run(&create, b"");
    let inputs: Vec<_> = reply["error"]["issues"].as_array().unwrap().iter().map(|issue| &issue["input"]).collect();
    assert!(inputs.contains(&&json!("appointments[0].end")), "{reply}");
    assert_eq!((inputs.contains(&&json!("appointments[0].start")), status), (false, Some(2)), "{reply}");
}

#[test]
fn a_wrong_argument_is_named_before_anything_is_sent() {
    let (url, seen) = serve(|_| response("200 OK", &[], "{}"));
    let connection = format!("connection:={}", connection());
    let table: [(&[&str], &str); 8] = [
        (&["getJbo", "jobId=1"], "did you mean `getJob`?"),
        (&["getJob", "1088"], "did you mean `jobId=1088`?"),
        (&["jobId=1088", "getJob"], "the key of an action comes before its inputs"),
        (&["getJob", "jobbId=1088"], "jobId"),
        (&["getJob", "jobId=abc"], "an id: a whole number"),
        (&["getJob", "jobId:={"], "`jobId`: invalid JSON"),
        (&["updateJob", "jobId=-", "summary=@-"], "only one value can be stdin"),
        (&["updateJob", "jobId=1", "summary=@no-such-file"], "cannot read no-such-file"),
    ];
    for (arguments, expected) in table {
        let hosts = hosts(&url);
        let hosts: Vec<_> = hosts.iter().map(String::as_str).collect();
        let (reply, status) = run(&[arguments, &[&connection], &hosts].concat(), b"1");
        let message = reply["error"]["message"].as_str().unwrap();
        assert!(message.contains(expected), "{arguments:?}: {message}");
        assert_eq!(status, Some(2), "{arguments:?}");
    }
    assert!(seen.lock().unwrap().is_empty());
}

#[test]
fn the_connection_comes_from_the_configuration() {
    let url = serve_body(200, r#"{"id": 1}"#);
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::set_permissions(file.path(), Permissions::from_mode(0o600)).unwrap();
    let with = |connections: Value, arguments: &[&str], variable: &str| {
        fs::write(file.path(), connections.to_string()).unwrap();
        let mut command = pipefit(&["run", "getJob", "jobId=1", "--connections", file.path().to_str().unwrap()]);
        command.args(arguments).args(hosts(&url)).stdin(Stdio::null());
        if !variable.is_empty() {
            command.env("PIPEFIT_CONNECTION", variable);
        }
        let (status, stdout, _) = ended(command.spawn().unwrap());
        (status, stdout)
    };
    let broken = json!({"key": "serviceTitanConnection", "fields": {}});
    let one = json!({"main": connection()});
    let two = json!({"main": connection(), "other": broken});
    for (connections, arguments, variable) in [
        (&one, &[][..], ""),
        (&two, &["--connection", "main"], ""),
        (&two, &["--connection", "main"], "other"),
        (&two, &[], "main"),
        (&two, &["connection=main", "--connection", "other"], ""),
    ] {
        let (status, stdout) = with(connections.clone(), arguments, variable);
        assert_eq!((status, stdout.as_str()), (Some(0), "{\"data\":{\"id\": 1}}\n"), "{arguments:?}");
    }
    let (status, stdout) = with(two.clone(), &["--connection", "mian"], "");
    assert!(stdout.contains("did you mean `main`?"), "{stdout}");
    assert_eq!(status, Some(3));
    let (status, stdout) = with(two, &[], "");
    assert!(stdout.contains("Name one with `--connection NAME`: `main`, `other`."), "{stdout}");
    assert!(!stdout.contains("canary"), "{stdout}");
    assert_eq!(status, Some(2));
}

#[test]
fn what_a_description_says_to_try_works_in_a_shell() {
    for key in ["getJob", "selectJob", "listJobs", "createJob", "pollChangesTrigger"] {
        let (_, description, _) = ended(pipefit(&["describe", key]).spawn().unwrap());
        let line = description.lines().last().unwrap().trim();
        let line = line
            .replacen("pipefit", env!("CARGO_BIN_EXE_pipefit"), 1)
            .replace("\"string\"", "\"2026-01-05T14:00:00Z\"");
        let mut shell = std::process::Command::new("sh");
        shell.args(["-c", &format!("{line} --dry-run")]).stdin(Stdio::null());
        let (status, stdout, stderr) = ended(shell.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap());
        assert_eq!(status, Some(0), "{key}: {stderr}{stdout}");
        assert!(stdout.contains("\"dryRun\":true"), "{key}: {stdout}");
    }
}
