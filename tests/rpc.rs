//! `pipefit serve`: JSON-RPC over stdio and a socket.

use std::fs;
use std::io::{BufRead as _, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{self, Sender};
use std::thread;
use std::time::{Duration, Instant};

use pipefit::sandbox::Sandbox;
use pipefit::server::rpc::openrpc;
use serde_json::{Value, json};

use crate::support::command::command;
use crate::support::{connection, response, serve};

/// How long a message is waited for before a test fails.
const PATIENCE: Duration = Duration::from_mins(1);

/// A job as the service returns it.
const JOB: &str = r#"{"id":10978752986,"jobNumber":"1"}"#;

/// A program that uses the command by JSON-RPC.
struct Caller<I, O> {
    input: Option<I>,
    output: Messages<O>,
    calls: u64,
}

/// The messages of the command. They are read by a thread, so that waiting for one has an end.
struct Messages<O> {
    lines: mpsc::Receiver<String>,
    /// Only the thread has it.
    _output: std::marker::PhantomData<O>,
}

impl<O: Read + Send + 'static> Messages<O> {
    fn of(output: O) -> Self {
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Self { lines, _output: std::marker::PhantomData }
    }

    /// The next message, or nothing after the last.
    fn next(&self) -> Option<Value> {
        match self.lines.recv_timeout(PATIENCE) {
            Ok(line) => {
                let message: Value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
                assert_eq!(message["jsonrpc"], "2.0", "{line}");
                Some(message)
            }
            Err(mpsc::RecvTimeoutError::Disconnected) => None,
            Err(error) => panic!("no message came: {error}"),
        }
    }
}

impl<I: Write, O: Read + Send + 'static> Caller<I, O> {
    fn of(input: I, output: O) -> Self {
        Self { input: Some(input), output: Messages::of(output), calls: 0 }
    }

    fn write(&mut self, bytes: &[u8]) {
        let input = self.input.as_mut().unwrap();
        input.write_all(bytes).unwrap();
        input.flush().unwrap();
    }

    #[expect(clippy::needless_pass_by_value, reason = "tests pass literals")]
    fn send(&mut self, message: Value) {
        self.write(format!("{message}\n").as_bytes());
    }

    /// Begins a call, and returns its id.
    #[expect(clippy::needless_pass_by_value, reason = "tests pass literals")]
    fn begin(&mut self, method: &str, params: Value) -> u64 {
        self.calls += 1;
        self.send(json!({"jsonrpc": "2.0", "id": self.calls, "method": method, "params": params}));
        self.calls
    }

    #[expect(clippy::needless_pass_by_value, reason = "tests pass literals")]
    fn notify(&mut self, method: &str, params: Value) {
        self.send(json!({"jsonrpc": "2.0", "method": method, "params": params}));
    }

    fn next(&self) -> Value {
        self.output.next().expect("the command has ended")
    }

    /// The response to a call, which is the next message.
    fn response(&self, id: u64) -> Value {
        let message = self.next();
        assert_eq!(message["id"], json!(id), "{message}");
        message
    }

    fn call(&mut self, method: &str, params: Value) -> Value {
        let id = self.begin(method, params);
        self.response(id)
    }

    fn get_job(&mut self) -> u64 {
        self.begin("invoke", json!({"action": "getJob", "inputs": {"jobId": 10_978_752_986_u64}}))
    }

    fn cancel_job(&mut self) -> u64 {
        let inputs = json!({"jobId": 10_978_752_986_u64, "reasonId": 1, "memo": "moved"});
        self.begin("invoke", json!({"action": "cancelJob", "inputs": inputs}))
    }
}

type OverStdio = Caller<ChildStdin, ChildStdout>;

/// The command with a caller at its stdin and stdout.
struct Served {
    child: Child,
    caller: OverStdio,
}

impl Served {
    fn start(arguments: &[&str]) -> Self {
        Self::run(command(&[&["serve", "--stdio"], arguments].concat()))
    }

    fn run(mut command: Command) -> Self {
        let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = piped.spawn().unwrap();
        let caller = Caller::of(child.stdin.take().unwrap(), child.stdout.take().unwrap());
        Self { child, caller }
    }

    /// Closes stdin, and returns what comes until the command ends, what it said on stderr, and its exit status.
    fn end(mut self) -> (Vec<Value>, String, i32) {
        drop(self.caller.input.take());
        let rest = std::iter::from_fn(|| self.caller.output.next()).collect();
        let mut said = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        (rest, said, self.child.wait().unwrap().code().unwrap())
    }
}

impl std::ops::Deref for Served {
    type Target = OverStdio;

    fn deref(&self) -> &OverStdio {
        &self.caller
    }
}

impl std::ops::DerefMut for Served {
    fn deref_mut(&mut self) -> &mut OverStdio {
        &mut self.caller
    }
}

/// A service that answers when it is told to, and the command that uses it.
struct Gate {
    served: Served,
    /// Says that a request has arrived.
    arrived: mpsc::Receiver<String>,
    /// Lets the service answer.
    open: Sender<()>,
    _folder: tempfile::TempDir,
}

impl Gate {
    /// A service that says when a request has arrived, and answers it when it is told to.
    fn service() -> (String, mpsc::Receiver<String>, Sender<()>) {
        let (arrive, arrived) = mpsc::channel();
        let (open, opened) = mpsc::channel::<()>();
        let (url, _) = serve(move |request| {
            let _ = arrive.send(request.text.lines().next().unwrap_or_default().to_owned());
            // When the test is over, nobody waits for an answer.
            let _ = opened.recv();
            response("200 OK", &[], JOB)
        });
        (url, arrived, open)
    }

    fn start(arguments: &[&str]) -> Self {
        let (url, arrived, open) = Self::service();
        let folder = tempfile::tempdir().unwrap();
        let command = at_service(&url, folder.path(), &[&["serve", "--stdio"], arguments].concat());
        Self { served: Served::run(command), arrived, open, _folder: folder }
    }

    fn wait_for_request(&self) {
        self.arrived.recv_timeout(PATIENCE).unwrap();
    }
}

/// The command with a connection to this service.
fn at_service(url: &str, folder: &Path, arguments: &[&str]) -> Command {
    let connections = folder.join("connections.json");
    let main = json!({"main": connection()});
    fs::write(&connections, main.to_string()).unwrap();
    let mut command = command(arguments);
    command.env("PIPEFIT_CONNECTIONS", &connections).env("PIPEFIT_API_URL", url);
    command.env("PIPEFIT_TOKEN_URL", format!("{url}/connect/token")).env("PIPEFIT_TRIES", "1");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(&connections, fs::Permissions::from_mode(0o600)).unwrap();
    }
    command
}

fn code_of(message: &Value) -> (i64, &str) {
    let error = &message["error"];
    (error["code"].as_i64().unwrap_or_default(), error["data"]["code"].as_str().unwrap_or_default())
}

#[test]
fn calls_run_side_by_side_and_the_end_of_the_input_drains() {
    let mut served = Served::start(&["--sandbox", "--rate", "0"]);
    for _ in 0..50 {
        served.get_job();
    }
    let (answers, said, status) = served.end();
    let mut ids: Vec<_> = answers.iter().map(|answer| answer["id"].as_u64().unwrap()).collect();
    ids.sort_unstable();
    assert_eq!(ids, (1..=50).collect::<Vec<_>>(), "{said}");
    assert!(answers.iter().all(|answer| answer["result"]["data"]["id"] == json!(10_978_752_986_u64)));
    assert_eq!((said.as_str(), status), ("", 0));
}

#[test]
fn every_method_returns_what_the_document_says() {
    let document = openrpc::document();
    let mut served = Served::start(&["--sandbox"]);
    let invoke = json!({"dataSource": "selectBusinessUnit", "inputs": {}});
    let streamed = json!({"action": "listJobs", "inputs": {}, "progress": {"token": 1}});
    let unit = json!({"key": "getJob"});
    let test = json!({"connection": "main"});
    let calls = [
        ("invoke", invoke),
        ("invoke", streamed),
        ("list", json!({})),
        ("describe", unit.clone()),
        ("schema", unit),
        ("connection.list", json!({})),
        ("connection.test", test),
    ];
    let mut called = Vec::new();
    for (method, params) in calls {
        let described = document["methods"].as_array().unwrap().iter().find(|it| it["name"] == method).unwrap();
        for given in params.as_object().unwrap().keys() {
            assert!(described["params"].as_array().unwrap().iter().any(|param| param["name"] == **given), "{given}");
        }
        let id = served.begin(method, params);
        let answer = std::iter::from_fn(|| Some(served.next())).find(|it| it["id"] == json!(id)).unwrap();
        let schema = &described["result"]["schema"];
        let valid = jsonschema::validate(schema, &answer["result"]);
        assert!(valid.is_ok(), "{method}: {valid:?}: {answer}");
        called.push(method);
    }
    let methods = document["methods"].as_array().unwrap().iter().filter(|method| method.get("result").is_some());
    let methods: Vec<_> = methods.map(|method| method["name"].as_str().unwrap()).collect();
    assert!(methods.iter().all(|method| called.contains(method)), "{methods:?}");
}

#[test]
fn records_wait_for_credit_and_hold_up_nothing_else() {
    let events = tokio::runtime::Runtime::new().unwrap();
    let sandbox = events.block_on(Sandbox::builder().records(5_000).rate_limit(None).start()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut command = at_service(&sandbox.url(), folder.path(), &["serve", "--stdio", "--rate", "0"]);
    let connections = json!({"main": pipefit::sandbox_connection(&sandbox)});
    fs::write(folder.path().join("connections.json"), connections.to_string()).unwrap();
    command.env("PIPEFIT_TOKEN_URL", sandbox.token_url());
    let mut served = Served::run(command);
    let progress = json!({"token": "jobs", "credit": 1, "batchSize": 50});
    let inputs = json!({"fetchAll": true, "pageSize": 50});
    let id = served.begin("invoke", json!({"action": "listJobs", "inputs": inputs, "progress": progress}));
    let first = served.next();
    assert_eq!((&first["method"], &first["params"]["token"]), (&json!("$/progress"), &json!("jobs")));
    let mut records = first["params"]["records"].as_array().unwrap().len();
    assert!(records <= 50);
    // Without credit, other calls go on, and few pages are read ahead.
    for _ in 0..20 {
        let other = served.get_job();
        served.response(other);
    }
    let pages = sandbox.requests().iter().filter(|request| request.path.ends_with("/jobs")).count();
    assert!(pages <= 20, "{pages} pages were read ahead");
    let result = loop {
        served.notify("$/credit", json!({"token": "jobs", "batches": 1}));
        let message = served.next();
        if message["id"] == json!(id) {
            break message;
        }
        records += message["params"]["records"].as_array().unwrap().len();
    };
    assert_eq!(result["result"], json!({"records": records, "hasMore": false}));
    assert!(records >= 5_000, "{records}");
    assert_eq!(served.end().2, 0);
}

#[test]
fn the_end_of_the_input_sends_what_waits_for_credit() {
    let mut served = Served::start(&["--sandbox"]);
    let progress = json!({"token": "jobs", "credit": 1, "batchSize": 10});
    served.begin("invoke", json!({"action": "listJobs", "inputs": {"fetchAll": true}, "progress": progress}));
    let (messages, _, status) = served.end();
    let records = messages.iter().filter_map(|message| message["params"]["records"].as_array()).map(Vec::len);
    assert_eq!((records.sum::<usize>(), status), (50, 0));
    assert_eq!(messages.last().unwrap()["result"]["records"], 50);
}

#[test]
fn a_cancelled_read_ends_and_a_cancelled_write_says_what_became_of_it() {
    let mut gate = Gate::start(&[]);
    let read = gate.served.get_job();
    gate.wait_for_request();
    gate.served.notify("$/cancelRequest", json!({"id": read}));
    assert_eq!(code_of(&gate.served.response(read)), (-32800, "cancelled"));
    gate.open.send(()).unwrap();

    let write = gate.served.cancel_job();
    gate.wait_for_request();
    gate.served.notify("$/cancelRequest", json!({"id": write}));
    // It was obeyed when a later call is answered; the write still waits for its response.
    gate.served.call("connection.list", json!({}));
    gate.open.send(()).unwrap();
    assert!(gate.served.response(write)["result"]["data"].is_object());

    let write = gate.served.cancel_job();
    gate.wait_for_request();
    gate.served.notify("$/cancelRequest", json!({"id": write, "graceSeconds": 0}));
    assert_eq!(code_of(&gate.served.response(write)), (-32000, "outcome_unknown"));
    gate.served.notify("$/cancelRequest", json!({"id": "nobody's"}));
    let (_, said, status) = gate.served.end();
    assert_eq!(status, 0, "{said}");
    assert!(said.contains("WARN pipefit::server: `cancelJob`, which writes, ended without its outcome"), "{said}");
}

#[test]
fn a_message_that_is_wrong_is_answered_and_the_next_one_runs() {
    let mut served = Served::start(&["--sandbox", "--message-limit", "100000"]);
    let cases: [(&str, Value, i64, &str); 19] = [
        ("nonsense", Value::Null, -32700, "not JSON: expected ident at line 1 column 2"),
        (r#"{"jsonrpc":"2.0","id":1,"meth"#, Value::Null, -32700, "not JSON: EOF while parsing a string"),
        ("[]", Value::Null, -32600, "batches are not supported"),
        ("7", Value::Null, -32600, "not a call"),
        (r#"{"jsonrpc":"2.0","id":1,"id":2}"#, Value::Null, -32600, "duplicate field `id`"),
        (r#"{"jsonrpc":"1.0","id":1,"method":"list"}"#, json!(1), -32600, "jsonrpc"),
        (r#"{"jsonrpc":"2.0","id":1}"#, json!(1), -32600, "has no `method`"),
        (r#"{"jsonrpc":"2.0","id":[1],"method":"list"}"#, Value::Null, -32600, "must be text or a number"),
        (r#"{"jsonrpc":"2.0","id":1,"method":"invok"}"#, json!(1), -32601, "did you mean `invoke`?"),
        (r#"{"jsonrpc":"2.0","id":1,"method":"describe"}"#, json!(1), -32602, "missing field `key`"),
        (r#"{"jsonrpc":"2.0","id":1,"method":"describe","params":[1]}"#, json!(1), -32602, "expected an object"),
        (r#"{"jsonrpc":"2.0","id":1,"method":"invoke","params":{"actoin":"getJob"}}"#, json!(1), -32602, "actoin"),
        (
            r#"{"jsonrpc":"2.0","id":1,"method":"invoke","params":{"action":"getJob","inputs":{"jobId":"\ud800"}}}"#,
            json!(1),
            -32602,
            "hex escape",
        ),
        (
            r#"{"jsonrpc":"2.0","id":1,"method":"invoke","params":{"action":"getJob","timeoutSeconds":"1"}}"#,
            json!(1),
            -32602,
            "expected `timeoutSeconds` to be a number of seconds above 0",
        ),
        (
            r#"{"jsonrpc":"2.0","id":1,"method":"invoke","params":{"action":"getJob","inputs":{"jobId":1,"jobId":2}}}"#,
            json!(1),
            -32602,
            "duplicate input `jobId`",
        ),
        (
            r#"{"jsonrpc":"2.0","id":1,"method":"invoke","params":{"action":"listJobs","inputs":{"page":1,"page":2},"progress":{"token":1}}}"#,
            json!(1),
            -32602,
            "duplicate input `page`",
        ),
        (
            r#"{"jsonrpc":"2.0","id":1,"method":"connection.list","params":{"x":1}}"#,
            json!(1),
            -32602,
            "expected no parameters",
        ),
        (
            r#"{"jsonrpc":"2.0","id":1,"method":"describe","params":{"key":"getJob","kind":"trigger"}}"#,
            json!(1),
            -32602,
            "there is no trigger `getJob`; its `kind` is `action`",
        ),
        (
            r#"{"jsonrpc":"2.0","id":1,"method":"invoke","params":{"action":"listJobs","progress":{"token":1,"credit":0}}}"#,
            json!(1),
            -32602,
            "at least 1",
        ),
    ];
    let by_record = json!({"jsonrpc": "2.0", "id": 1, "method": "invoke",
        "params": {"action": "getJob", "inputs": {"jobId": 1}, "progress": {"token": 1}}})
    .to_string();
    let by_record = (by_record.as_str(), json!(1), -32602, "does not return a list");
    for (line, id, code, words) in cases.into_iter().chain([by_record]) {
        served.write(format!("{line}\n").as_bytes());
        let answer = served.next();
        assert_eq!((&answer["id"], answer["error"]["code"].as_i64()), (&id, Some(code)), "{line}: {answer}");
        let message = answer["error"]["message"].as_str().unwrap();
        // A place is of use only in a text that a person wrote.
        assert!(message.contains(words) && !(code == -32602 && message.contains(" at line ")), "{line}: {answer}");
    }
    served.write(b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"list\",\"params\":\xff}\n");
    assert!(served.next()["error"]["message"].as_str().unwrap().contains("UTF-8"));
    served.write(&vec![b' '; 200_000]);
    served.write(b"\n");
    assert!(served.next()["error"]["message"].as_str().unwrap().contains("more than 100000 bytes"));
    // A notification has no response, and what cannot be answered is not run.
    served.send(json!({"jsonrpc": "2.0", "method": "invoke", "params": {"action": "getJob"}}));
    served.send(json!({"jsonrpc": "2.0", "method": "$/unknown"}));
    assert!(served.call("connection.list", json!({}))["result"].is_object());
    // A last line without an end counts.
    served.write(br#"{"jsonrpc":"2.0","id":"last","method":"connection.list"}"#);
    let (rest, said, status) = served.end();
    assert_eq!((rest[0]["id"].as_str(), rest.len(), status), (Some("last"), 1, 0));
    assert_eq!(said.lines().count(), 2, "{said}");
}

#[test]
fn an_id_in_use_and_one_call_too_many_are_refused() {
    let mut gate = Gate::start(&["--max-calls", "2"]);
    let (first, _second) = (gate.served.get_job(), gate.served.cancel_job());
    gate.wait_for_request();
    gate.served.calls = first - 1;
    gate.served.get_job();
    let refused = gate.served.next();
    assert_eq!((&refused["id"], refused["error"]["code"].as_i64()), (&Value::Null, Some(-32600)));
    gate.served.calls = 10;
    let third = gate.served.get_job();
    assert_eq!(code_of(&gate.served.response(third)), (-32000, "unavailable"));
    drop(gate.open);
    let (answers, _, status) = gate.served.end();
    assert_eq!((answers.len(), status), (2, 0), "{answers:?}");
    assert!(answers.iter().all(|answer| answer["result"].is_object()));
}

#[test]
fn each_call_of_a_flood_is_answered_or_refused() {
    let mut served = Served::start(&["--sandbox", "--max-calls", "4"]);
    let call = |id: u32| json!({"jsonrpc": "2.0", "id": id, "method": "describe", "params": {"key": "createJob"}});
    let mut input = served.caller.input.take().unwrap();
    let (progress, written) = mpsc::channel();
    let writer = thread::spawn(move || {
        for id in 0..300 {
            if input.write_all(format!("{}\n", call(id)).as_bytes()).is_err() {
                return;
            }
            let _ = progress.send(id);
        }
    });
    let answers: Vec<_> = std::iter::from_fn(|| served.output.next()).collect();
    writer.join().unwrap();
    assert_eq!((answers.len(), written.iter().count()), (300, 300));
    let refused = answers.iter().filter(|answer| code_of(answer) == (-32000, "unavailable")).count();
    let done = answers.iter().filter(|answer| answer["result"]["key"] == "createJob").count();
    assert!(done >= 4 && done + refused == 300, "{done} of {refused}");
    assert_eq!(served.end().2, 0);
}

#[test]
fn a_flood_of_mistakes_waits_until_its_answers_are_read() {
    let mut child = {
        let mut command = command(&["serve", "--stdio", "--sandbox"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap()
    };
    let mut input = child.stdin.take().unwrap();
    let writer = thread::spawn(move || input.write_all(&b"[]\n".repeat(100_000)).unwrap());
    // Without an end, all would be read by now.
    thread::sleep(Duration::from_secs(3));
    assert!(!writer.is_finished());
    let answers = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    assert_eq!(answers.filter(|answer| answer.contains("batches are not supported")).count(), 100_000);
    writer.join().unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

/// A caller that makes one call and dies when the service has received it: its ends of both pipes are closed.
fn die_after(method: &str, inputs: &Value) -> (Child, mpsc::Receiver<String>, Sender<()>) {
    let (url, arrived, open) = Gate::service();
    let folder = tempfile::tempdir().unwrap();
    let mut command = at_service(&url, folder.path(), &["serve", "--stdio"]);
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped.spawn().unwrap();
    let (mut input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let params = json!({"action": method, "inputs": inputs});
    writeln!(input, "{}", json!({"jsonrpc": "2.0", "id": 1, "method": "invoke", "params": params})).unwrap();
    arrived.recv_timeout(PATIENCE).unwrap();
    drop((input, output));
    (child, arrived, open)
}

#[test]
fn a_caller_that_dies_ends_its_reads() {
    let (mut child, _arrived, open) = die_after("getJob", &json!({"jobId": 1}));
    // The service has not answered yet.
    assert_eq!(child.wait().unwrap().code(), Some(0));
    drop(open);
}

#[test]
fn a_caller_that_dies_loses_no_write() {
    let (mut child, arrived, open) =
        die_after("cancelJob", &json!({"jobId": 10_978_752_986_u64, "reasonId": 1, "memo": "moved"}));
    open.send(()).unwrap();
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0), "{said}");
    let told = "WARN pipefit::server: nobody took the response of `cancelJob`, which writes; the outcome: ok";
    assert!(said.contains(told), "{said}");
    assert_eq!(arrived.try_iter().count(), 0, "the write was sent once");
}

#[cfg(unix)]
#[test]
fn a_signal_answers_what_runs_and_ends() {
    let gate = Gate::start(&[]);
    let Gate { mut served, arrived, open, _folder } = gate;
    let write = served.cancel_job();
    arrived.recv_timeout(PATIENCE).unwrap();
    let read = served.get_job();
    // Messages are read in order: once this one is answered, the read has begun.
    served.call("connection.list", json!({}));
    signal(&served.child, rustix::process::Signal::TERM);
    // The read waits behind the write at the service, and is cancelled. Another process may be asked.
    let cancelled = served.response(read);
    assert_eq!((code_of(&cancelled), &cancelled["error"]["data"]["retryable"]), ((-32800, "cancelled"), &json!(true)));
    open.send(()).unwrap();
    assert!(served.response(write)["result"].is_object());
    // Its input is still open.
    assert_eq!((served.caller.output.next(), served.child.wait().unwrap().code()), (None, Some(0)));
    let (_, said, _) = served.end();
    assert!(said.contains("WARN pipefit::server: stopping: 2 calls in flight"), "{said}");
}

#[cfg(unix)]
#[test]
fn a_second_signal_names_the_writes_that_it_ends() {
    let gate = Gate::start(&[]);
    let Gate { mut served, arrived, open, _folder } = gate;
    served.cancel_job();
    arrived.recv_timeout(PATIENCE).unwrap();
    let read = served.get_job();
    served.call("connection.list", json!({}));
    signal(&served.child, rustix::process::Signal::TERM);
    // It stops already, so the next signal is the second.
    assert_eq!(code_of(&served.response(read)), (-32800, "cancelled"));
    signal(&served.child, rustix::process::Signal::TERM);
    assert_eq!((served.caller.output.next(), served.child.wait().unwrap().code()), (None, Some(0)));
    drop(open);
    let (_, said, _) = served.end();
    let told = "nobody took the response of `cancelJob`, which writes; the outcome: outcome_unknown";
    assert!(said.contains(told), "{said}");
}

#[cfg(unix)]
fn signal(child: &Child, signal: rustix::process::Signal) {
    let process = rustix::process::Pid::from_child(child);
    rustix::process::kill_process(process, signal).unwrap();
}

#[test]
fn nothing_but_messages_is_on_stdout_and_no_secret_is_anywhere() {
    let (url, _) = serve(|_| response("200 OK", &[], JOB));
    let folder = tempfile::tempdir().unwrap();
    let mut served = Served::run(at_service(&url, folder.path(), &["serve", "--stdio", "-vv"]));
    let debugged = json!({"action": "getJob", "inputs": {"jobId": 1, "debugRequest": true}});
    served.call("invoke", debugged);
    served.call("connection.test", json!({"connection": "main"}));
    let wrong = json!({"key": "serviceTitanConnection", "fields": {"clientSecret": "canary-client-secret"}});
    served.call("invoke", json!({"action": "getJob", "inputs": {"jobId": 1, "connection": wrong}}));
    let inside = json!({"action": "getJob", "inputs": {"jobId": "canary-client-secret", "connection": wrong}});
    served.call("invoke", inside);
    served.write(b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"canary-client-secret\",\"params\":{\n");
    served.next();
    let (rest, said, _) = served.end();
    assert!(rest.is_empty() && said.contains("GET /jpm/v2/tenant/1097/jobs/1"), "{said}");
    for canary in ["canary-client-secret", "canary-application-key", "canary-token"] {
        assert!(!said.contains(canary), "{said}");
    }
}

#[cfg(unix)]
mod socket {
    use std::os::unix::fs::PermissionsExt as _;
    use std::os::unix::net::UnixStream;

    use super::*;

    type OverSocket = Caller<UnixStream, UnixStream>;

    fn connect(path: &Path) -> OverSocket {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match UnixStream::connect(path) {
                Ok(stream) => return Caller::of(stream.try_clone().unwrap(), stream),
                Err(error) => assert!(Instant::now() < deadline, "{error}"),
            }
            thread::yield_now();
        }
    }

    fn start(path: &Path) -> Child {
        let mut command = command(&["serve", "--sandbox", "--socket", path.to_str().unwrap()]);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    fn said(child: Child) -> (String, Option<i32>) {
        let output = child.wait_with_output().unwrap();
        assert!(output.stdout.is_empty());
        (String::from_utf8(output.stderr).unwrap(), output.status.code())
    }

    #[test]
    fn programs_share_a_socket_that_others_cannot_use() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pipefit.sock");
        let child = start(&path);
        let (mut one, mut other) = (connect(&path), connect(&path));
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let (first, second) = (one.get_job(), other.get_job());
        assert!(one.response(first)["result"].is_object() && other.response(second)["result"].is_object());
        // One that goes away takes nothing from the other.
        drop(one);
        assert!(other.call("connection.list", json!({}))["result"].is_object());
        // A second process does not take the socket over.
        let (error, status) = said(start(&path));
        assert!(error.contains("another process listens on it") && status == Some(2), "{error}");
        signal(&child, rustix::process::Signal::TERM);
        let (_, status) = said(child);
        assert_eq!((status, path.exists()), (Some(0), false));
    }

    #[test]
    fn a_socket_that_was_left_behind_is_replaced_and_a_file_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pipefit.sock");
        let mut killed = start(&path);
        connect(&path);
        killed.kill().unwrap();
        killed.wait().unwrap();
        assert!(path.exists());
        let mut child = start(&path);
        assert!(connect(&path).call("connection.list", json!({}))["result"].is_object());
        child.kill().unwrap();
        child.wait().unwrap();

        let file = folder.path().join("file");
        fs::write(&file, "mine").unwrap();
        let (error, status) = said(start(&file));
        assert!(error.contains("not a socket") && status == Some(2), "{error}");
        assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
    }
}

/// What carries the messages, and that it is used as it was found.
#[cfg(unix)]
mod carriers {
    use std::fs::File;
    use std::io::{Seek as _, pipe};
    use std::os::fd::OwnedFd;
    use std::os::unix::net::UnixStream;

    use rustix::fs::fcntl_getfl;
    use rustix::net::{Shutdown, shutdown};

    use super::*;

    /// Two ends for messages to the command, and two for those of it.
    struct Carrier {
        ours: [OwnedFd; 2],
        theirs: [OwnedFd; 2],
    }

    impl Carrier {
        fn pipes() -> Self {
            let ((read, write), (read_back, write_back)) = (pipe().unwrap(), pipe().unwrap());
            Self { ours: [write.into(), read_back.into()], theirs: [read.into(), write_back.into()] }
        }

        fn sockets() -> Self {
            let ((ours, theirs), (ours_back, theirs_back)) = (UnixStream::pair().unwrap(), UnixStream::pair().unwrap());
            Self { ours: [ours.into(), ours_back.into()], theirs: [theirs.into(), theirs_back.into()] }
        }

        fn one_socket() -> Self {
            let both = UnixStream::pair().unwrap();
            let twice = |end: UnixStream| [end.try_clone().unwrap().into(), end.into()];
            Self { ours: twice(both.0), theirs: twice(both.1) }
        }

        fn all() -> [Self; 3] {
            [Self::pipes(), Self::sockets(), Self::one_socket()]
        }

        /// Starts the command, and returns it with the caller's ends. Nobody else keeps the others.
        fn start(self, command: Command) -> (Child, File, File) {
            let Self { ours: [input, output], theirs } = self;
            (serve(command, theirs), input.into(), output.into())
        }
    }

    fn serve(mut command: Command, [input, output]: [OwnedFd; 2]) -> Child {
        command.stdin(input).stdout(output).stderr(Stdio::null()).spawn().unwrap()
    }

    /// Writes nothing more, but reads on.
    fn end(input: File) {
        // Pipes have no other half.
        let _ = shutdown(&input, Shutdown::Write);
        drop(input);
    }

    fn calls(method: &str, count: u64) -> String {
        let call = |id| json!({"jsonrpc": "2.0", "id": id, "method": method}).to_string() + "\n";
        (0..count).map(call).collect()
    }

    #[test]
    fn the_flags_of_pipes_and_sockets_stay_as_they_are() {
        for carrier in Carrier::all() {
            let kept = carrier.theirs.each_ref().map(|end| end.try_clone().unwrap());
            let flags = || kept.each_ref().map(|end| fcntl_getfl(end).unwrap());
            let before = flags();
            let (mut child, input, output) = carrier.start(command(&["serve", "--stdio", "--sandbox", "--rate", "0"]));
            let mut caller = Caller::of(input, output);
            for _ in 0..20 {
                let id = caller.get_job();
                assert!(caller.response(id)["result"].is_object());
            }
            assert_eq!(flags(), before);
            drop(kept);
            caller.get_job();
            end(caller.input.take().unwrap());
            assert!(caller.next()["result"].is_object());
            assert_eq!((caller.output.next(), child.wait().unwrap().code()), (None, Some(0)));
        }
    }

    #[test]
    fn the_last_responses_wait_for_a_slow_reader() {
        for carrier in Carrier::all() {
            let (mut child, mut input, output) = carrier.start(command(&["serve", "--stdio", "--sandbox"]));
            input.write_all(calls("list", 4).as_bytes()).unwrap();
            end(input);
            // Not even the first fits into a pipe.
            thread::sleep(Duration::from_millis(300));
            assert!(child.try_wait().unwrap().is_none());
            let answers = Messages::of(output);
            let answers: Vec<_> = std::iter::from_fn(|| answers.next()).collect();
            assert!(answers.iter().all(|answer| answer["result"]["components"].is_array()));
            assert_eq!((answers.len(), child.wait().unwrap().code()), (4, Some(0)));
        }
    }

    #[test]
    fn a_caller_that_dies_ends_its_reads() {
        for carrier in Carrier::all() {
            let (url, arrived, open) = Gate::service();
            let folder = tempfile::tempdir().unwrap();
            let command = at_service(&url, folder.path(), &["serve", "--stdio"]);
            let (mut child, mut input, output) = carrier.start(command);
            let params = json!({"action": "getJob", "inputs": {"jobId": 1}});
            writeln!(input, "{}", json!({"jsonrpc": "2.0", "id": 1, "method": "invoke", "params": params})).unwrap();
            arrived.recv_timeout(PATIENCE).unwrap();
            drop((input, output));
            // The service has not answered yet.
            assert_eq!(child.wait().unwrap().code(), Some(0));
            drop(open);
        }
    }

    #[test]
    fn files_are_read_and_written_to_their_ends() {
        let (mut input, mut output) = (tempfile::tempfile().unwrap(), tempfile::tempfile().unwrap());
        input.write_all(calls("connection.list", 300).as_bytes()).unwrap();
        input.rewind().unwrap();
        let (back, piped) = pipe().unwrap();
        let ends: [OwnedFd; 2] = [output.try_clone().unwrap().into(), piped.into()];
        for end in ends {
            input.rewind().unwrap();
            let child = serve(
                command(&["serve", "--stdio", "--sandbox", "--max-calls", "1000"]),
                [input.try_clone().unwrap().into(), end],
            );
            assert!(child.wait_with_output().unwrap().status.success());
        }
        output.rewind().unwrap();
        for written in [Box::new(output) as Box<dyn Read>, Box::new(back)] {
            let answers: Vec<Value> =
                BufReader::new(written).lines().map(|line| serde_json::from_str(&line.unwrap()).unwrap()).collect();
            assert!(answers.iter().all(|answer| answer["result"]["connections"].is_array()));
            assert_eq!(answers.len(), 300);
        }
    }
}
