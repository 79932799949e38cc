//! What the command does where it is hard: nobody writes, nobody reads, somebody else holds a lock, or means harm.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use pipefit::runner::error_envelope;
use pipefit::{Invocation, Runtime};
use serde_json::{Map, Value, json};

use pipefit::sandbox::Sandbox;

use crate::support::command::command;
use crate::support::{Bench, connection, response, serve};

/// How long a process may take that must end by itself.
const BOUND: Duration = Duration::from_mins(1);

/// A reply that does not fit into a pipe.
const LARGE: usize = 4 * 1024 * 1024;

/// The command, without settings of the environment.
pub(crate) fn pipefit(arguments: &[&str]) -> Command {
    let mut command = command(arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// The exit status, stdout and stderr of a process that must end by itself.
pub(crate) fn ended(mut child: Child) -> (Option<i32>, String, String) {
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let text = |stream: Option<Box<dyn std::io::Read + Send>>| {
        let (sender, text) = mpsc::channel();
        thread::spawn(move || {
            let mut bytes = Vec::new();
            let _ = stream.map(|mut stream| stream.read_to_end(&mut bytes));
            sender.send(String::from_utf8_lossy(&bytes).into_owned())
        });
        text
    };
    let stdout = text(stdout.map(|stream| Box::new(stream) as _));
    let stderr = text(stderr.map(|stream| Box::new(stream) as _));
    let pid = child.id();
    let (sender, status) = mpsc::channel();
    thread::spawn(move || sender.send(child.wait().unwrap()));
    let Ok(status) = status.recv_timeout(BOUND) else {
        signal(pid, "KILL");
        panic!("the process did not end by itself");
    };
    (status.code(), stdout.recv().unwrap(), stderr.recv().unwrap())
}

pub(crate) fn signal(pid: u32, name: &str) {
    assert!(Command::new("kill").args([&format!("-{name}"), &pid.to_string()]).status().unwrap().success());
}

/// Waits until the process catches signals in place of being ended by them.
pub(crate) fn wait_until_signals_are_caught(child: &Child) {
    let status = Path::new("/proc").join(child.id().to_string()).join("status");
    let catches_termination = || {
        let status = std::fs::read_to_string(&status).unwrap();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap();
        u64::from_str_radix(mask.trim(), 16).unwrap() & (1 << 14) != 0
    };
    while !catches_termination() {
        thread::yield_now();
    }
}

/// Runs the process to its end by its time limit, by Ctrl-C, and by a termination signal: `start` gets the arguments.
pub(crate) fn each_way_to_stop(start: impl Fn(&[&str]) -> Child) -> Vec<(Option<i32>, String, String)> {
    let by_signal = |name| {
        let child = start(&[]);
        wait_until_signals_are_caught(&child);
        signal(child.id(), name);
        ended(child)
    };
    vec![ended(start(&["--timeout", "1"])), by_signal("INT"), by_signal("TERM")]
}

pub(crate) fn code(stdout: &str) -> String {
    let reply: Value = serde_json::from_str(stdout).unwrap_or_else(|error| panic!("{error}: {stdout}"));
    reply["error"]["code"].as_str().unwrap_or_default().to_owned()
}

/// A raw request with this method, through a connection that nobody has.
pub(crate) fn raw_request(method: &str) -> Value {
    let inputs = json!({"connection": connection(), "urlType": "jpm", "url": "/jobs", "method": method,
        "responseType": "json"});
    json!({"action": "rawRequest", "inputs": inputs})
}

/// The flags that lead to this server.
pub(crate) fn hosts(url: &str) -> [String; 4] {
    ["--api-url".to_owned(), url.to_owned(), "--token-url".to_owned(), format!("{url}/connect/token")]
}

pub(crate) fn start(arguments: &[&str], hosts: &[String], stdin: &Value) -> Child {
    let mut command = pipefit(&["run"]);
    let mut child = command.args(arguments).args(hosts).spawn().unwrap();
    child.stdin.take().unwrap().write_all(stdin.to_string().as_bytes()).unwrap();
    child
}

#[cfg(target_os = "linux")]
#[test]
fn waiting_for_stdin_can_be_stopped() {
    let mut open = Vec::new();
    for command in [&["run", "--sandbox"][..], &["connection", "test", "--json"]] {
        for name in ["INT", "TERM"] {
            let mut child = pipefit(command).spawn().unwrap();
            open.extend(child.stdin.take());
            wait_until_signals_are_caught(&child);
            signal(child.id(), name);
            let (status, stdout, _) = ended(child);
            assert_eq!((status, code(&stdout).as_str()), (Some(9), "cancelled"), "{command:?} {name}");
        }
    }
    let mut child = pipefit(&["run", "--sandbox", "--timeout", "1"]).spawn().unwrap();
    open.extend(child.stdin.take());
    let (status, stdout, _) = ended(child);
    assert_eq!((status, code(&stdout).as_str()), (Some(5), "timeout"));
}

#[cfg(target_os = "linux")]
#[test]
fn waiting_for_a_file_can_be_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    assert!(Command::new("mkfifo").args(["-m", "600"]).arg(&pipe).status().unwrap().success());
    let (pipe, input) = (pipe.to_str().unwrap(), format!("file={}", pipe.display()));
    for arguments in [["--connections", pipe], ["--file", &input]] {
        let outcomes = each_way_to_stop(|more| {
            let arguments: Vec<_> = arguments.iter().chain(more).copied().collect();
            start(&arguments, &[], &raw_request("GET"))
        });
        let outcomes: Vec<_> = outcomes.iter().map(|(status, stdout, _)| (*status, code(stdout))).collect();
        let (timeout, cancelled) = ((Some(5), "timeout".to_owned()), (Some(9), "cancelled".to_owned()));
        assert_eq!(outcomes, [timeout, cancelled.clone(), cancelled], "{arguments:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn waiting_for_the_lock_of_the_token_cache_can_be_stopped() {
    let (url, seen) = serve(|_| response("200 OK", &[], "{}"));
    let folder = tempfile::tempdir().unwrap();
    let cache = folder.path().join("tokens");
    let flags = ["--token-cache", cache.to_str().unwrap()];
    let (status, ..) = ended(start(&flags, &hosts(&url), &raw_request("GET")));
    assert_eq!(status, Some(0));
    let files: Vec<_> = cache.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    let (locks, tokens): (Vec<_>, Vec<_>) =
        files.iter().partition(|file| file.extension().is_some_and(|extension| extension == "lock"));
    for token in tokens {
        std::fs::remove_file(token).unwrap();
    }
    let lock = File::open(locks[0]).unwrap();
    lock.lock().unwrap();
    let before = seen.lock().unwrap().len();
    for method in ["GET", "POST"] {
        let outcomes = each_way_to_stop(|more| {
            let flags: Vec<_> = flags.iter().chain(more).copied().collect();
            start(&flags, &hosts(&url), &raw_request(method))
        });
        let outcomes: Vec<_> = outcomes.iter().map(|(status, stdout, _)| (*status, code(stdout))).collect();
        let (timeout, cancelled) = ((Some(5), "timeout".to_owned()), (Some(9), "cancelled".to_owned()));
        assert_eq!(outcomes, [timeout, cancelled.clone(), cancelled], "{method}");
    }
    assert_eq!(seen.lock().unwrap().len(), before, "something was sent");
}

#[cfg(target_os = "linux")]
#[test]
fn a_reader_that_does_not_read_can_not_hold_up_the_end() {
    let (url, seen) = serve(|_| response("200 OK", &[], format!("[\"{}\"]", "x".repeat(LARGE))));
    for (method, by_time, by_signal) in [("GET", 5, 9), ("POST", 6, 6)] {
        for name in [None, Some("INT"), Some("TERM")] {
            let before = seen.lock().unwrap().len();
            let limit: &[&str] = if name.is_some() { &[] } else { &["--timeout", "3"] };
            let mut child = start(limit, &hosts(&url), &raw_request(method));
            let unread = child.stdout.take();
            if let Some(name) = name {
                while seen.lock().unwrap().len() == before {
                    thread::yield_now();
                }
                signal(child.id(), name);
            }
            let (status, _, stderr) = ended(child);
            assert_eq!(status, Some(if name.is_some() { by_signal } else { by_time }), "{method} {name:?}: {stderr}");
            let told = stderr.contains("the write was done and must not be sent again");
            assert_eq!(told, method == "POST", "{method} {name:?}: {stderr}");
            drop(unread);
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_short_reply_waits_for_room_no_longer_than_the_time_limit() {
    let (url, _) = serve(|_| response("200 OK", &[], "{}"));
    for (method, expected) in [("GET", 5), ("POST", 6)] {
        let (unread, mut full) = std::io::pipe().unwrap();
        // As many bytes as a pipe holds.
        full.write_all(&vec![b' '; 64 * 1024]).unwrap();
        let mut command = pipefit(&["run", "--timeout", "3"]);
        let mut child = command.args(hosts(&url)).stdout(full).spawn().unwrap();
        child.stdin.take().unwrap().write_all(raw_request(method).to_string().as_bytes()).unwrap();
        let (status, _, stderr) = ended(child);
        assert_eq!(status, Some(expected), "{method}: {stderr}");
        drop(unread);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_log_that_nobody_reads_can_not_hold_up_the_end() {
    let (url, _) = serve(|_| response("200 OK", &[], "{}"));
    let mut request = raw_request("POST");
    request["inputs"]["debugRequest"] = json!(true);
    request["inputs"]["data"] = json!({"note": "x".repeat(LARGE)});
    let outcomes = [None, Some("TERM")].map(|name| {
        let limit: &[&str] = if name.is_some() { &[] } else { &["--timeout", "6"] };
        let mut child = start(limit, &hosts(&url), &request);
        let _unread = child.stderr.take();
        if let Some(name) = name {
            // The log is full at some time; signals are sent until then.
            wait_until_signals_are_caught(&child);
            while child.try_wait().unwrap().is_none() {
                signal(child.id(), name);
                thread::sleep(Duration::from_millis(50));
            }
        }
        let (status, stdout, _) = ended(child);
        (status, code(&stdout))
    });
    assert_eq!(outcomes[0], (Some(6), "outcome_unknown".to_owned()));
    assert!(matches!(outcomes[1].0, Some(6 | 9)), "{outcomes:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_write_whose_reply_cannot_be_written_was_done() {
    let (url, _) = serve(|_| response("200 OK", &[], r#"{"id": 1}"#));
    for (method, expected) in [("POST", (6, true)), ("GET", (9, false))] {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let mut command = pipefit(&["run"]);
        let mut child = command.args(hosts(&url)).stdout(full).spawn().unwrap();
        child.stdin.take().unwrap().write_all(raw_request(method).to_string().as_bytes()).unwrap();
        let (status, _, stderr) = ended(child);
        assert_eq!((status, stderr.contains("the write was done")), (Some(expected.0), expected.1), "{stderr}");
        assert!(!stderr.contains("a bug in this program"), "{stderr}");
    }
}

#[test]
fn a_reader_that_closes_stdout_early_is_no_error_of_a_read() {
    let (url, _) = serve(|_| response("200 OK", &[], format!("[\"{}\"]", "x".repeat(LARGE))));
    for (method, expected) in [("GET", 0), ("POST", 6)] {
        let mut command = pipefit(&["run"]);
        let mut child = command.args(hosts(&url)).spawn().unwrap();
        drop(child.stdout.take());
        child.stdin.take().unwrap().write_all(raw_request(method).to_string().as_bytes()).unwrap();
        let (status, _, stderr) = ended(child);
        assert_eq!(status, Some(expected), "{method}: {stderr}");
    }
}

/// A runtime for requests that fail before anything is sent, or that are dry runs.
fn offline() -> Runtime {
    Runtime::builder().connection("main", connection()).default_connection(json!("main")).build().unwrap()
}

/// The error of an invocation, as its caller reads it.
async fn refused(runtime: &Runtime, request: &Value) -> String {
    let invocation = match Invocation::from_json(request.to_string().as_bytes()) {
        Ok(invocation) => invocation,
        Err(error) => return error_envelope(&error),
    };
    error_envelope(&runtime.invoke(invocation.dry_run(true)).await.unwrap_err())
}

#[tokio::test]
async fn a_name_of_a_megabyte_costs_nothing_and_is_not_echoed() {
    let (runtime, long) = (offline(), "jobId".repeat(200_000));
    let many: Map<String, Value> = (0..20_000).map(|index| (format!("jobId{index}"), json!(1))).collect();
    let item = json!({"appointments": [{&long: 1}]});
    let table = [
        json!({&long: 1}),
        json!({"action": long}),
        json!({"dataSource": long}),
        json!({"trigger": long}),
        json!({"component": long, "action": "getJob"}),
        json!({"action": "getJob", "inputs": {"connection": long, "jobId": "1"}}),
        json!({"action": "getJob", "inputs": {"connection": {"key": long}, "jobId": "1"}}),
        json!({"action": "getJob", "inputs": {&long: "1"}}),
        json!({"action": "getJob", "inputs": {"jobId": long}}),
        json!({"action": "getJob", "inputs": many}),
        json!({"action": "createJob", "inputs": item}),
        json!({"action": "createJob", "inputs": {"appointments": [many]}}),
        json!({"action": "rawRequest", "inputs": {"urlType": "jpm", "url": "/jobs", "method": "GET",
            "responseType": "json", "headers": {format!("{long} "): "1"}, "fileDataFileNames": {&long: "1"}}}),
        json!({"action": "rawRequest", "inputs": {"urlType": long, "url": long, "method": long}}),
    ];
    for request in &table {
        let error = refused(&runtime, request).await;
        assert!(error.len() < 20_000, "{} bytes: {error:.500}", error.len());
    }
    // Compared in full, each of these would take seconds.
    for _ in 0..30 {
        for request in table.iter().filter(|request| request.to_string().len() > 500_000) {
            refused(&runtime, request).await;
        }
    }
}

#[tokio::test]
async fn a_connection_given_as_text_is_read_or_not_shown() {
    let runtime = offline();
    let get_job = |connection: Value| json!({"action": "getJob", "inputs": {"connection": connection, "jobId": "1"}});
    let invocation = Invocation::from_json(get_job(json!(connection().to_string())).to_string().as_bytes()).unwrap();
    runtime.invoke(invocation.dry_run(true)).await.unwrap();
    let text = connection().to_string();
    for secret in [
        json!(text[1..]),
        json!(format!("[{text}]")),
        json!("canary client-secret"),
        json!("canary\nsecret"),
        json!("canary".repeat(20)),
        json!({"key": "canary secret", "fields": {}}),
        json!({"key": ["canary"], "fields": {}}),
        json!({"key": "serviceTitanConnection", "token": "canary", "fields": {}}),
        json!({"key": "serviceTitanConnection", "token": ["canary"], "fields": {}}),
    ] {
        let error = refused(&runtime, &get_job(secret)).await;
        assert!(error.contains("invalid_connection") && !error.contains("canary"), "{error}");
    }
    assert!(refused(&runtime, &get_job(json!("mian"))).await.contains("did you mean `main`?"));
}

#[tokio::test]
async fn headers_that_stand_in_for_method_path_or_host_are_refused() {
    let runtime = offline();
    for name in [
        "X-HTTP-Method-Override",
        "X-HTTP-Method",
        "x-method-override",
        "X_HTTP_Method_Override",
        "X-Original-URL",
        "X-Rewrite-URL",
        "Forwarded",
        "X-Forwarded-Host",
        "x-forwarded-for",
    ] {
        let mut request = raw_request("GET");
        request["inputs"]["headers"] = json!({name: "DELETE"});
        let error = refused(&runtime, &request).await;
        assert!(error.contains("invalid_input") && error.contains(name), "{error}");
    }
}

#[tokio::test]
async fn no_name_of_a_file_or_field_writes_a_header_of_a_form() {
    let runtime = offline();
    let upload = |file: Value, name: &str| {
        let inputs = json!({"file": file, "fileName": name});
        json!({"action": "createInstalledEquipmentAttachment", "inputs": inputs})
    };
    let form = |input: &str, pairs: Value| {
        let mut request = raw_request("POST");
        request["inputs"][input] = pairs;
        request
    };
    for control in ["\r\nX: y", "\n", "\0", "\u{85}", "\u{1b}"] {
        let bad = format!("a{control}b");
        let file = |name: &str, content_type: &str| json!({"data": "", "fileName": name, "contentType": content_type});
        for request in [
            upload(file(&bad, "text/plain"), "a.txt"),
            upload(file("a.txt", &format!("text/plain{control}b")), "a.txt"),
            upload(file("a.txt", "text/plain"), &bad),
            form("formData", json!({&bad: "text"})),
            form("formData", json!({"a": file(&bad, "text/plain")})),
            form("fileData", json!({&bad: "text"})),
            form("fileData", json!({"a": file(&bad, "text/plain")})),
            form("fileData", json!({"a": file("a", &format!("text/plain{control}b"))})),
        ] {
            let error = refused(&runtime, &request).await;
            assert!(error.contains("invalid_input"), "{request}: {error}");
        }
    }
}

#[cfg(unix)]
#[test]
fn the_name_of_a_file_on_the_command_line_writes_no_header_of_a_form() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a\r\nX: y.txt");
    std::fs::write(&path, "text").unwrap();
    for (input, request) in [
        ("fileData.file", raw_request("POST")),
        ("file", json!({"action": "createInstalledEquipmentAttachment", "inputs": {"fileName": "a.txt"}})),
    ] {
        let file = format!("{input}={}", path.display());
        let (status, stdout, _) = ended(start(&["--sandbox", "--file", &file], &[], &request));
        assert_eq!((status, code(&stdout).as_str()), (Some(2), "invalid_input"), "{input}: {stdout}");
    }
}

#[test]
fn nothing_on_stderr_drives_a_terminal() {
    let evil = "\u{1b}]0;evil\u{7}\u{9b}2J\r\nerror: forged";
    let (url, _) = serve(move |_| response("400 Bad Request", &[], json!({"title": evil}).to_string()));
    let mut logged = raw_request("POST");
    logged["inputs"]["debugRequest"] = json!(true);
    logged["inputs"]["data"] = json!(evil);
    logged["inputs"]["headers"] = json!({"Content-Type": "text/plain"});
    // What is no plain name is not shown as the name of a member: it may be a secret.
    let requests =
        [(raw_request("GET"), true), (logged, true), (json!({"action": evil}), true), (json!({evil: 1}), false)];
    for (request, is_shown) in requests {
        let (_, _, stderr) = ended(start(&[], &hosts(&url), &request));
        assert_eq!(stderr.contains("evil"), is_shown, "{stderr:?}");
        assert!(!stderr.contains(|it: char| it.is_control() && it != '\n'), "{stderr:?}");
        assert!(!stderr.lines().any(|line| line.starts_with("error: forged")), "{stderr:?}");
    }
}

#[tokio::test]
async fn a_sandbox_keeps_as_many_requests_as_it_is_told() {
    let bench = Bench::around(Sandbox::builder().rate_limit(None).keep_requests(3, 1000).start().await.unwrap());
    let send = async |size: usize| {
        let inputs = json!({"urlType": "jpm", "url": format!("/things/{size}"), "method": "PUT", "responseType": "json",
            "data": format!("\"{}\"", "x".repeat(size - 2))});
        bench.action("rawRequest", inputs).await.unwrap_err();
    };
    let kept = || -> Vec<_> {
        let size = |path: &str| path.rsplit('/').next().and_then(|size| size.parse::<usize>().ok());
        let requests = bench.sandbox.requests();
        requests.iter().filter_map(|request| Some((size(&request.path)?, request.body.len()))).collect()
    };
    for size in [10, 11, 12, 13] {
        send(size).await;
    }
    assert_eq!(kept(), [(11, 11), (12, 12), (13, 13)]);
    send(980).await;
    assert_eq!(kept(), [(13, 13), (980, 980)]);
    send(1001).await;
    assert_eq!(kept(), [(13, 13), (980, 980), (1001, 0)]);
    bench.sandbox.forget_requests();
    send(14).await;
    assert_eq!(kept(), [(14, 14)]);
}
