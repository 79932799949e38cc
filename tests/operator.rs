//! The command in the hands of its operator: flags, variables, files, signals, and where its output goes.

use std::fs::{File, Permissions};
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Stdio};

use serde_json::{Map, Value, json};

use crate::hardening::{
    code, each_way_to_stop, ended, hosts, pipefit, raw_request, signal, start, wait_until_signals_are_caught,
};
use crate::support::{Act, connection, response, serve, serve_all};

/// The exit status, stdout and stderr of a command that reads nothing.
fn done(arguments: &[&str]) -> (Option<i32>, String, String) {
    ended(pipefit(arguments).stdin(Stdio::null()).spawn().unwrap())
}

#[test]
fn a_wrong_flag_of_run_is_one_json_object_with_a_suggestion() {
    let request = json!({"action": "getJob", "inputs": {"connection": connection()}}).to_string();
    let table: [(&[&str], &str); 9] = [
        (&["--timeot", "3"], "did you mean `--timeout`?"),
        (&["--dry-rum"], "did you mean `--dry-run`?"),
        (&["--timeout", "soon"], "expected a duration such as 30s, 1m30s or 500ms"),
        (&["--timeout", "0"], "must not be zero"),
        (&["--timeout"], "`--timeout` needs a value: write `--timeout DURATION`"),
        (&["--read-only=flase"], "expected true or false"),
        (&["--file", "photo.jpg"], "expected INPUT=PATH"),
        (&["jobId=1"], "the key of an action comes before its inputs"),
        (&[&request], "not the key of an action such as `getJob`; a JSON request is read from stdin"),
    ];
    for (flags, expected) in table {
        let (status, stdout, stderr) = done(&[&["run"], flags].concat());
        assert_eq!((status, code(&stdout).as_str()), (Some(2), "invalid_request"), "{flags:?}");
        assert!(stdout.contains(expected) && stdout.lines().count() == 1, "{flags:?}: {stdout}");
        assert!(stderr.starts_with("error: ") && !stderr.contains("canary"), "{flags:?}: {stderr}");
        assert!(!stdout.contains("canary"), "{stdout}");
    }
}

#[test]
fn other_commands_say_what_is_wrong_on_stderr_alone() {
    let table: [(&[&str], &str); 5] = [
        (&["rum"], "did you mean `run`?"),
        (&["connection", "tset"], "did you mean `test`?"),
        (&["list", "--jsn"], "did you mean `--json`?"),
        (&["connection", "test", "--timeout", "1x"], "`--timeout` is `1x`: expected a duration"),
        (&["schema", "export", "--dir"], "write `--dir DIR`"),
    ];
    for (arguments, expected) in table {
        let (status, stdout, stderr) = done(arguments);
        assert_eq!((status, stdout.as_str()), (Some(2), ""), "{arguments:?}");
        assert!(stderr.starts_with("error: ") && stderr.contains(expected), "{arguments:?}: {stderr}");
    }
}

#[test]
fn a_connection_test_ends_at_its_time_limit_and_at_a_signal() {
    let silent = serve_all(|_, _| Act::Stall(Vec::new()));
    let test = |more: &[&str]| -> Child {
        let mut command = pipefit(&["connection", "test", "--json"]);
        let mut child = command.args(more).args(hosts(&silent)).spawn().unwrap();
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), connection().to_string().as_bytes()).unwrap();
        child
    };
    let outcomes = each_way_to_stop(test);
    let (status, stdout, _) = &outcomes[0];
    let found: Value = serde_json::from_str(stdout).unwrap();
    assert_eq!((*status, &found["ok"], &found["findings"][1]["code"]), (Some(5), &json!(false), &json!("timeout")));
    for (status, stdout, _) in &outcomes[1..] {
        assert_eq!((*status, code(stdout).as_str()), (Some(9), "cancelled"));
    }
}

#[test]
fn a_sandbox_ends_well_at_either_signal() {
    for name in ["INT", "TERM"] {
        let mut child = pipefit(&["sandbox"]).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert!(line.contains("apiUrl"), "{line}");
        wait_until_signals_are_caught(&child);
        signal(child.id(), name);
        assert_eq!(ended(child).0, Some(0), "{name}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_reader_that_leaves_is_no_error_and_a_full_disk_is_one() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().to_str().unwrap();
    let table: [&[&str]; 9] = [
        &["list"],
        &["list", "--json"],
        &["describe", "createJob"],
        &["describe", "createJob", "--json"],
        &["schema", "export", "--dir", folder],
        &["completions", "bash"],
        &["--help"],
        &["run", "--help"],
        &["--version"],
    ];
    for arguments in table {
        let mut child = pipefit(arguments).spawn().unwrap();
        drop(child.stdout.take());
        let (status, _, stderr) = ended(child);
        assert_eq!((status, stderr.as_str()), (Some(0), ""), "{arguments:?}");
        let full = File::options().write(true).open("/dev/full").unwrap();
        let (status, _, stderr) = ended(pipefit(arguments).stdout(full).spawn().unwrap());
        assert_eq!(status, Some(70), "{arguments:?}: {stderr}");
        assert!(stderr.starts_with("error: cannot write to stdout: ") && stderr.lines().count() == 1, "{stderr}");
    }
}

/// Runs a request with the connection `main` of a file. The mode is set for a path first.
fn with_connections(url: &str, file: &Path, changed: &Path, mode: u32) -> (Option<i32>, String, String) {
    std::fs::set_permissions(changed, Permissions::from_mode(mode)).unwrap();
    let mut request = raw_request("GET");
    request["inputs"]["connection"] = json!("main");
    ended(start(&["--connections", file.to_str().unwrap()], &hosts(url), &request))
}

#[test]
fn a_connections_file_that_others_may_replace_is_refused() {
    let (url, _) = serve(|_| response("200 OK", &[], "{}"));
    let folder = tempfile::tempdir().unwrap();
    let (open, safe) = (folder.path().join("open"), folder.path().join("safe"));
    for folder in [&open, &safe] {
        std::fs::create_dir(folder).unwrap();
        std::fs::write(folder.join("main.json"), json!({"main": connection()}).to_string()).unwrap();
        std::fs::set_permissions(folder.join("main.json"), Permissions::from_mode(0o600)).unwrap();
    }
    // A link is as safe as the folder that it stands in, and the one that it leads to.
    std::os::unix::fs::symlink(safe.join("main.json"), open.join("to-safe.json")).unwrap();
    std::os::unix::fs::symlink(open.join("main.json"), safe.join("to-open.json")).unwrap();
    for file in [open.join("main.json"), open.join("to-safe.json"), safe.join("to-open.json")] {
        let run = |mode| with_connections(&url, &file, &open, mode);
        for mode in [0o700, 0o755, 0o1777] {
            let (status, _, stderr) = run(mode);
            assert_eq!((status, stderr.as_str()), (Some(0), ""), "{mode:o} {}", file.display());
        }
        let (status, _, stderr) = run(0o770);
        assert!(status == Some(0) && stderr.contains("the users of a group may replace"), "{stderr}");
        let (status, stdout, stderr) = run(0o777);
        assert_eq!((status, code(&stdout).as_str()), (Some(3), "invalid_connection"), "{stderr}");
        assert!(stdout.contains("other users may replace it") && !stderr.contains("canary"), "{stdout}");
    }
}

/// Only root can give a file away.
#[test]
fn what_belongs_to_another_user_is_not_used() {
    let (url, _) = serve(|_| response("200 OK", &[], "{}"));
    let folder = tempfile::tempdir().unwrap();
    let (file, cache) = (folder.path().join("main.json"), folder.path().join("tokens"));
    std::fs::write(&file, json!({"main": connection()}).to_string()).unwrap();
    std::fs::create_dir(&cache).unwrap();
    std::fs::set_permissions(&cache, Permissions::from_mode(0o700)).unwrap();
    if [&file, &cache].iter().any(|path| std::os::unix::fs::chown(path, Some(65_534), None).is_err()) {
        return;
    }
    let (status, stdout, _) = with_connections(&url, &file, &file, 0o600);
    assert_eq!((status, code(&stdout).as_str()), (Some(3), "invalid_connection"));
    assert!(stdout.contains("it belongs to another user"), "{stdout}");
    let flags = ["--token-cache", cache.to_str().unwrap()];
    let (status, _, stderr) = ended(start(&flags, &hosts(&url), &raw_request("GET")));
    assert!(status == Some(0) && stderr.contains("is not used: it belongs to another user"), "{stderr}");
    assert_eq!(cache.read_dir().unwrap().count(), 0);
}

#[test]
fn what_others_may_change_is_refused_and_what_they_may_read_is_warned_about() {
    let (url, _) = serve(|_| response("200 OK", &[], "{}"));
    let folder = tempfile::tempdir().unwrap();
    let (file, cache) = (folder.path().join("connections.json"), folder.path().join("tokens"));
    std::fs::write(&file, json!({"main": connection()}).to_string()).unwrap();
    std::fs::create_dir(&cache).unwrap();
    let mut request = raw_request("GET");
    request["inputs"]["connection"] = json!("main");
    let flags = ["--connections", file.to_str().unwrap(), "--token-cache", cache.to_str().unwrap()];
    let run = |file_mode, cache_mode| {
        std::fs::set_permissions(&file, Permissions::from_mode(file_mode)).unwrap();
        std::fs::set_permissions(&cache, Permissions::from_mode(cache_mode)).unwrap();
        ended(start(&flags, &hosts(&url), &request))
    };
    let (status, _, stderr) = run(0o600, 0o700);
    assert_eq!((status, stderr.as_str()), (Some(0), ""));
    for mode in [0o640, 0o604] {
        let (status, _, stderr) = run(mode, 0o700);
        let warned = stderr.contains(&format!("chmod 600 {}", file.display()));
        assert!(status == Some(0) && warned, "{mode:o}: {stderr}");
    }
    for mode in [0o620, 0o602, 0o666] {
        let (status, stdout, stderr) = run(mode, 0o700);
        assert_eq!((status, code(&stdout).as_str()), (Some(3), "invalid_connection"), "{mode:o}");
        assert!(stderr.contains("chmod 600") && !stderr.contains("canary"), "{stderr}");
    }
    for mode in [0o750, 0o701, 0o777] {
        let (status, _, stderr) = run(0o600, mode);
        let warned = stderr.contains(&format!("chmod 700 {}", cache.display()));
        assert!(status == Some(0) && warned, "{mode:o}: {stderr}");
    }
}

#[test]
fn the_id_of_a_request_comes_back_first() {
    let ids =
        [json!("a\"b"), json!(null), json!({"n": [1, "x"]}), serde_json::from_str("12345678901234567890.10").unwrap()];
    let requests = [
        (json!({"action": "getJob", "inputs": {"jobId": "10978752986"}}), 0),
        (json!({"action": "listJobs", "inputs": {"fetchAll": true}}), 0),
        (json!({"dataSource": "selectJob"}), 0),
        (json!({"trigger": "pollChangesTrigger", "inputs": {"resource": "jobs"}}), 2),
        (json!({"action": "getJob", "dryRun": true, "inputs": {"jobId": "1"}}), 0),
        (json!({"action": "getJob", "inputs": {"jobId": "5"}}), 4),
        (json!({"action": "getJbo"}), 2),
        (json!({"acton": "getJob"}), 2),
    ];
    for (request, expected) in &requests {
        for id in &ids {
            let mut request = request.clone();
            request["id"] = id.clone();
            let (status, stdout, stderr) = ended(start(&["--sandbox"], &[], &request));
            assert_eq!(status, Some(*expected), "{request}: {stderr}");
            assert!(stdout.starts_with(&format!("{{\"id\":{id},\"")), "{request}: {stdout:.200}");
            let reply: Map<String, Value> = serde_json::from_str(&stdout).unwrap();
            assert!(reply.len() > 1, "{stdout:.200}");
        }
        let (_, stdout, _) = ended(start(&["--sandbox"], &[], request));
        assert!(!stdout.contains("\"id\":null") && serde_json::from_str::<Value>(&stdout).unwrap()["id"].is_null());
    }
}
