//! Workers on one real Restate server: the command where a process is killed, the library elsewhere.
//!
//! The server is that of `RESTATE_SERVER`, or the one that `tests/restate/run` installs into the target folder.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop where it stands")]

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use std::{fs, thread};

use pipefit::restate::Builder as WorkerBuilder;
use pipefit::restate::{Client, HttpSink, Origins, ServiceSink, Sink, Start, Status, TokenKey, Worker, register};
use pipefit::runner::Builder as RuntimeBuilder;
use pipefit::sandbox::{Fault, RecordedRequest, Sandbox};
use pipefit::{Code, Invocation};
use serde_json::value::RawValue;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::time::sleep;

const JOB: &str = "10978752986";
const PATIENCE: Duration = Duration::from_mins(1);

/// Where the next port is looked for. Above 32767 are the ports of outgoing connections.
static NEXT_PORT: AtomicU16 = AtomicU16::new(0);

/// A free port that no other test of this process gets.
fn free_port() -> u16 {
    let first = 20_000 + u16::try_from(std::process::id() % 800).unwrap() * 10;
    loop {
        let port = first + NEXT_PORT.fetch_add(1, Ordering::Relaxed);
        if std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return port;
        }
    }
}

/// A child process that is killed when it is dropped.
struct Process(Child);

impl Process {
    fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What a worker says when it serves.
fn first_line(child: &mut std::process::Child) -> Value {
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"))
}

fn server() -> PathBuf {
    let target = Path::new(env!("CARGO_BIN_EXE_pipefit")).ancestors().nth(2).unwrap();
    let installed = "restate/node_modules/@restatedev/restate-server-linux-x64/bin/restate-server";
    let found = std::env::var_os("RESTATE_SERVER").map_or_else(|| target.join(installed), PathBuf::from);
    assert!(found.is_file(), "no Restate server at {}: run tests/restate/run, or set RESTATE_SERVER", found.display());
    found
}

/// A node of Restate, with a folder of its own.
struct Node {
    ingress: String,
    admin: String,
    ports: [u16; 3],
    settings: Vec<(String, String)>,
    folder: TempDir,
    process: Option<Process>,
}

impl Node {
    async fn start(settings: &[(&str, &str)]) -> Self {
        let ports @ [ingress, admin, _] = [(); 3].map(|()| free_port());
        let url = |port| format!("http://127.0.0.1:{port}");
        let settings = settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let folder = tempfile::tempdir().unwrap();
        let mut node = Self { ingress: url(ingress), admin: url(admin), ports, settings, folder, process: None };
        node.run().await;
        node
    }

    /// Starts the process, with what an earlier one has left, and waits until it answers.
    async fn run(&mut self) {
        let [ingress, admin, fabric] = self.ports;
        let log = fs::File::create(self.folder.path().join("log")).unwrap();
        // The command becomes the server, which then ends with this process.
        let child = Command::new(env!("CARGO_BIN_EXE_pipefit"))
            .args(["worker", "--become-server"])
            .arg(server())
            .env("RESTATE_BASE_DIR", self.folder.path().join("data"))
            .env("RESTATE_NODE_NAME", "node")
            .env("RESTATE_LISTEN_MODE", "tcp")
            .env("RESTATE_BIND_IP", "127.0.0.1")
            .env("RESTATE_ADVERTISED_HOST", "127.0.0.1")
            .env("RESTATE_BIND_PORT", fabric.to_string())
            .env("RESTATE_INGRESS__BIND_PORT", ingress.to_string())
            .env("RESTATE_ADMIN__BIND_PORT", admin.to_string())
            .env("RESTATE_DEFAULT_NUM_PARTITIONS", "2")
            .env("RESTATE_ROCKSDB_TOTAL_MEMORY_SIZE", "128MiB")
            .env("RESTATE_WORKER__INVOKER__CONCURRENT_INVOCATIONS_LIMIT", "20000")
            .env("RESTATE_DISABLE_TELEMETRY", "true")
            .env("RESTATE_LOG_FILTER", "warn")
            .envs(self.settings.iter().cloned())
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        self.process = Some(Process(child));
        let began = Instant::now();
        for port in [ingress, admin] {
            while std::net::TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
                let log = || fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
                assert!(began.elapsed() < PATIENCE, "the server does not answer: {}", log());
                sleep(Duration::from_millis(50)).await;
            }
        }
    }

    fn client(&self) -> Client {
        Client::new(&[&self.ingress]).unwrap()
    }

    /// Whether a file of the node contains this text.
    fn keeps(&self, text: &str) -> bool {
        fn any(folder: &Path, text: &[u8]) -> bool {
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).any(|path| {
                if path.is_dir() {
                    return any(&path, text);
                }
                fs::read(&path).unwrap_or_default().windows(text.len()).any(|window| window == text)
            })
        }
        any(&self.folder.path().join("data"), text.as_bytes())
    }
}

fn http_client() -> reqwest::Client {
    pipefit::runner::client_builder(false).unwrap().build().unwrap()
}

/// What the sandbox was asked, tokens aside.
fn seen(sandbox: &Sandbox) -> Vec<RecordedRequest> {
    sandbox.requests().into_iter().filter(|request| request.path != "/connect/token").collect()
}

fn writes(sandbox: &Sandbox) -> usize {
    seen(sandbox).iter().filter(|request| request.method != "GET").count()
}

async fn sandbox() -> Sandbox {
    Sandbox::builder().records(120).rate_limit(None).start().await.unwrap()
}

fn parsed(text: &RawValue) -> Value {
    serde_json::from_str(text.get()).unwrap()
}

/// Waits until something is so.
async fn until(what: &str, mut done: impl FnMut() -> bool) {
    let began = Instant::now();
    while !done() {
        assert!(began.elapsed() < PATIENCE, "{what}");
        sleep(Duration::from_millis(20)).await;
    }
}

/// A worker in this process. Dropping it is the loss of a machine: everything ends where it stands.
struct Local {
    event_loop: Option<tokio::runtime::Runtime>,
    url: String,
}

impl Local {
    fn start(node: &Node, sandbox: &Sandbox, change: impl FnOnce(WorkerBuilder) -> WorkerBuilder) -> Self {
        let runtime = pipefit::at_sandbox(sandbox).connection("main", pipefit::sandbox_connection(sandbox));
        Self::with(node, runtime.default_connection("main".into()), change)
    }

    fn with(node: &Node, runtime: RuntimeBuilder, change: impl FnOnce(WorkerBuilder) -> WorkerBuilder) -> Self {
        let event_loop = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()));
        let url = format!("http://{address}");
        let key = TokenKey::from_base64(KEY).unwrap();
        let builder = Worker::builder(runtime).node(&node.ingress).advertise(&url).token_key(key);
        let worker = change(builder).build().unwrap();
        event_loop.spawn(async move {
            let listener = TcpListener::bind(address).await.unwrap();
            worker.serve(listener, std::future::pending()).await;
        });
        Self { event_loop: Some(event_loop), url }
    }
}

impl Drop for Local {
    fn drop(&mut self) {
        if let Some(event_loop) = self.event_loop.take() {
            event_loop.shutdown_background();
        }
    }
}

const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// A node, a sandbox and one worker.
async fn bench() -> (Node, Sandbox, Local) {
    bench_for(&[]).await
}

/// A node, a sandbox and one worker, which may deliver to these sinks.
async fn bench_for(sinks: &[&HttpServer]) -> (Node, Sandbox, Local) {
    let (node, sandbox) = (Node::start(&[]).await, sandbox().await);
    let worker = Local::start(&node, &sandbox, |builder| builder.sink_origins(origins(sinks)));
    register(&node.admin, &worker.url).await.unwrap();
    (node, sandbox, worker)
}

fn origins(sinks: &[&HttpServer]) -> Origins {
    sinks.iter().fold(Origins::default(), |origins, sink| origins.allow(&sink.url).unwrap())
}

fn create_customer() -> Invocation {
    let address = json!({"street": "1 Main St", "city": "Reno", "state": "NV", "zip": "89501", "country": "USA"});
    let inputs = json!({
        "name": "Ada",
        "type": "Residential",
        "address": address,
        "locations": [{"name": "Home", "address": address}],
    });
    Invocation::action("createCustomer", inputs)
}

fn cancel_job() -> Invocation {
    Invocation::action("cancelJob", json!({"jobId": JOB, "reasonId": "1088", "memo": "Moved away."}))
}

#[tokio::test]
async fn an_invocation_replies_as_the_runner_does() {
    let (node, sandbox, _worker) = bench().await;
    let client = node.client();
    let bare = pipefit::sandbox_runtime(&sandbox).build().unwrap();
    let read = Invocation::action("getJob", json!({"jobId": JOB})).id(7);
    let mut expected: Value = serde_json::from_str(&bare.invoke(read.clone()).await.unwrap().to_json()).unwrap();
    expected["id"] = json!(7);
    assert_eq!(parsed(&client.invoke(&read, None, PATIENCE).await.unwrap()), expected);

    let units = Invocation::data_source("selectBusinessUnit", json!({}));
    assert!(!parsed(&client.invoke(&units, None, PATIENCE).await.unwrap())["result"].as_array().unwrap().is_empty());

    let wrong = Invocation::action("getJob", json!({"jobId": "soon"}));
    let error = &parsed(&client.invoke(&wrong, None, PATIENCE).await.unwrap())["error"];
    assert_eq!((&error["code"], &error["issues"][0]["input"]), (&json!("invalid_input"), &json!("jobId")));

    let before = writes(&sandbox);
    let dry = cancel_job().dry_run(true);
    assert_eq!(parsed(&client.invoke(&dry, None, PATIENCE).await.unwrap())["dryRun"], true);
    assert_eq!(writes(&sandbox), before);
}

#[tokio::test]
async fn a_key_runs_a_write_once() {
    let (node, sandbox, _worker) = bench().await;
    let client = node.client();
    let create = create_customer();
    let first = client.invoke(&create, Some("order-1"), PATIENCE).await.unwrap();
    assert!(parsed(&first)["data"]["id"].is_number(), "{first}");
    let again = client.invoke(&create, Some("order-1"), PATIENCE).await.unwrap();
    let handed = client.submit(&create, Some("order-1")).await.unwrap();
    let attached = client.attach(&handed.id, PATIENCE).await.unwrap();
    assert_eq!((again.get(), attached.get()), (first.get(), first.get()));
    assert_eq!(writes(&sandbox), 1);
    client.invoke(&create, Some("order-2"), PATIENCE).await.unwrap();
    assert_eq!(writes(&sandbox), 2);
}

#[tokio::test]
async fn a_write_without_a_reply_in_time_goes_on_and_is_not_said_to_be_harmless() {
    let (node, sandbox, worker) = bench().await;
    let client = node.client();
    // The node is up and knows the worker.
    client.invoke(&Invocation::action("getJob", json!({"jobId": JOB})), None, PATIENCE).await.unwrap();
    sandbox.add_fault(Fault::slow_first_byte(Duration::from_secs(10)).on("POST", "/crm/**").once());
    let error = client.invoke(&create_customer(), None, Duration::from_secs(4)).await.unwrap_err();
    assert_eq!((error.code(), error.retryable()), (Code::OutcomeUnknown, false), "{error}");
    until("it was sent all the same", || writes(&sandbox) == 1).await;

    // Nor is one that waits for a worker.
    drop(worker);
    let handed = client.submit(&create_customer(), None).await.unwrap();
    let error = client.attach(&handed.id, Duration::from_millis(300)).await.unwrap_err();
    assert_eq!((error.code(), error.retryable()), (Code::OutcomeUnknown, false), "{error}");
    let told = tokio::task::spawn_blocking(move || {
        let call = ["call", "--attach", &handed.id, "--timeout", "1", "--restate", &node.ingress];
        let call = Command::new(env!("CARGO_BIN_EXE_pipefit")).env_remove("HOME").args(call).output();
        (handed.id, call.unwrap())
    });
    let (id, output) = told.await.unwrap();
    let error = &serde_json::from_slice::<Value>(&output.stdout).unwrap()["error"];
    assert_eq!((&error["code"], &error["retryable"]), (&json!("outcome_unknown"), &json!(false)), "{error}");
    assert!(error["message"].as_str().unwrap().contains(&format!("pipefit call --attach {id}")), "{error}");

    // Where no node got it, nothing goes on.
    let nobody = Client::new(&[format!("http://127.0.0.1:{}", free_port())]).unwrap();
    let error = nobody.invoke(&create_customer(), None, Duration::from_millis(300)).await.unwrap_err();
    assert_eq!((error.code(), error.retryable()), (Code::Unavailable, true), "{error}");
}

#[tokio::test]
async fn an_outcome_is_there_when_the_invocation_ends() {
    let (node, sandbox, _worker) = bench().await;
    sandbox.add_fault(Fault::slow_first_byte(Duration::from_secs(2)).path("/jpm/**").once());
    let client = node.client();
    let handed = client.submit(&Invocation::action("getJob", json!({"jobId": JOB})), None).await.unwrap();
    assert!(client.outcome(&handed.id).await.unwrap().is_none());
    let reply = client.attach(&handed.id, PATIENCE).await.unwrap();
    assert_eq!(parsed(&reply)["data"]["id"], json!(10_978_752_986_u64));
    assert_eq!(client.outcome(&handed.id).await.unwrap().unwrap().get(), reply.get());
}

#[tokio::test]
async fn a_connection_is_named_and_never_contained() {
    let (node, sandbox, _worker) = bench().await;
    let client = node.client();
    let connection = pipefit::sandbox_connection(&sandbox);
    for inline in [connection.clone(), json!(connection.to_string())] {
        let request = Invocation::action("getJob", json!({"jobId": JOB, "connection": inline}));
        let error = client.invoke(&request, None, PATIENCE).await.unwrap_err();
        assert_eq!((error.code(), error.issues()[0].input.as_str()), (Code::InvalidInput, "connection"));
        // Handed in by somebody else.
        let url = format!("{}/restate/call/Invoke/run", node.ingress);
        let body = serde_json::to_string(&request).unwrap();
        let response = http_client().post(url).header("content-type", "application/json").body(body);
        let reply: Value = response.send().await.unwrap().json().await.unwrap();
        assert_eq!(reply["error"]["code"], "invalid_input", "{reply}");
    }
    let start =
        Start { inputs: json!({"resourceType": "customers", "connection": connection}), ..customers(http("x")) };
    assert_eq!(client.start_trigger("one", &start).await.unwrap_err().code(), Code::InvalidInput);
    assert!(seen(&sandbox).is_empty());
}

#[tokio::test]
async fn no_credential_is_on_the_disk_of_a_node_and_workers_share_one_token() {
    // So that what is on the disk can be read.
    let node = Node::start(&[("RESTATE_ROCKSDB_DISABLE_WAL_COMPRESSION", "true")]).await;
    let sandbox = sandbox().await;
    let first = Local::start(&node, &sandbox, |builder| builder);
    register(&node.admin, &first.url).await.unwrap();
    let second = Local::start(&node, &sandbox, |builder| builder);
    let client = node.client();
    let read = || Invocation::action("getJob", json!({"jobId": JOB, "connection": "main"}));
    client.invoke(&read(), None, PATIENCE).await.unwrap();
    // The second worker gets all invocations from now on.
    register(&node.admin, &second.url).await.unwrap();
    for _ in 0..3 {
        client.invoke(&read(), None, PATIENCE).await.unwrap();
    }
    client.invoke(&cancel_job(), None, PATIENCE).await.unwrap();
    assert_eq!(sandbox.token_requests(), 1);
    let credentials = sandbox.credentials();
    let header = |request: &RecordedRequest| request.header("authorization").map(ToOwned::to_owned);
    let token = seen(&sandbox).iter().find_map(header).unwrap().replace("Bearer ", "");
    // What is journalled is on the disk.
    assert!(node.keeps("Moved away."));
    for secret in [credentials.client_secret.as_str(), credentials.application_key.as_str(), &token] {
        assert!(secret.len() > 5 && !node.keeps(secret), "a secret is on the disk");
    }

    // A token that the service revokes is renewed once, for both.
    sandbox.revoke_tokens();
    let (one, two) = (read(), read());
    let (one, two) = tokio::join!(client.invoke(&one, None, PATIENCE), client.invoke(&two, None, PATIENCE));
    assert!(parsed(&one.unwrap())["data"].is_object() && parsed(&two.unwrap())["data"].is_object());
    assert_eq!(sandbox.token_requests(), 2);
}

#[tokio::test]
async fn what_fails_without_harm_is_tried_again() {
    let (node, sandbox, _worker) = bench().await;
    sandbox.add_fault(Fault::too_many_requests(1).path("/jpm/**").times(7));
    let reply = node.client().invoke(&cancel_job(), None, PATIENCE).await.unwrap();
    assert!(parsed(&reply)["error"].is_null(), "{reply}");
    assert_eq!(seen(&sandbox).iter().filter(|request| request.status == Some(429)).count(), 7);
    assert_eq!(writes(&sandbox), 8);
}

#[tokio::test]
async fn all_workers_share_one_rate() {
    let node = Node::start(&[]).await;
    let sandbox = Sandbox::builder().records(50).rate_limit(Some(60)).start().await.unwrap();
    let workers = [(); 2].map(|()| Local::start(&node, &sandbox, |builder| builder));
    let balanced = balancer(workers.iter().map(|worker| worker.url.clone()).collect()).await;
    register(&node.admin, &balanced).await.unwrap();
    let client = Arc::new(node.client());
    let began = Instant::now();
    let calls: Vec<_> = (0..150)
        .map(|_| {
            let client = Arc::clone(&client);
            tokio::spawn(async move {
                let read = Invocation::action("getJob", json!({"jobId": JOB}));
                client.invoke(&read, None, PATIENCE).await.unwrap()
            })
        })
        .collect();
    for call in calls {
        assert!(parsed(&call.await.unwrap())["data"].is_object());
    }
    assert!(began.elapsed() > Duration::from_millis(2_300), "{:?} for 150 requests at 60 a second", began.elapsed());
    assert!(seen(&sandbox).iter().all(|request| request.status != Some(429)));
    assert_eq!(sandbox.token_requests(), 1);
}

#[tokio::test]
async fn more_invocations_wait_than_a_node_runs_without_the_documented_setting() {
    let node = Node::start(&[]).await;
    let sandbox = sandbox().await;
    let runtime = pipefit::sandbox_runtime(&sandbox).requests_per_second(400);
    let worker = Local::with(&node, runtime, |builder| builder);
    register(&node.admin, &worker.url).await.unwrap();
    let client = Arc::new(node.client());
    let call = |_| {
        let client = Arc::clone(&client);
        tokio::spawn(async move {
            let read = Invocation::action("getJob", json!({"jobId": JOB}));
            parsed(&client.invoke(&read, None, PATIENCE).await.unwrap())
        })
    };
    let calls: Vec<_> = (0..1_500).map(call).collect();
    for call in calls {
        assert!(call.await.unwrap()["data"].is_object());
    }
}

/// Passes connections on to these addresses in turn, as long as they answer.
async fn balancer(to: Vec<String>) -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, free_port())).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        for turn in 0.. {
            let (mut inbound, _) = listener.accept().await.unwrap();
            let to: Vec<_> = (0..to.len()).map(|index| to[(turn + index) % to.len()].clone()).collect();
            tokio::spawn(async move {
                for url in to {
                    if let Ok(mut outbound) = tokio::net::TcpStream::connect(url.trim_start_matches("http://")).await {
                        let _ = outbound.set_nodelay(true).and_then(|()| inbound.set_nodelay(true));
                        let _ = tokio::io::copy_bidirectional(&mut inbound, &mut outbound).await;
                        return;
                    }
                }
            });
        }
    });
    url
}

/// An HTTP sink: what it got, by the key of the delivery. It answers with these statuses first, and then with 200.
#[derive(Clone)]
struct HttpServer {
    url: String,
    got: Arc<Mutex<BTreeMap<String, Vec<Value>>>>,
    /// How long it takes to answer once it has a batch.
    delay: Duration,
}

impl HttpServer {
    async fn start(statuses: &[u16]) -> Self {
        Self::slow(statuses, Duration::ZERO).await
    }

    async fn slow(statuses: &[u16], delay: Duration) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, free_port())).await.unwrap();
        let url = format!("http://{}/records", listener.local_addr().unwrap());
        let sink = Self { url, got: Arc::default(), delay };
        let (own, statuses) = (sink.clone(), Arc::new(Mutex::new(statuses.to_vec())));
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(own.clone().answer(stream, Arc::clone(&statuses)));
            }
        });
        sink
    }

    async fn answer(self, mut stream: tokio::net::TcpStream, statuses: Arc<Mutex<Vec<u16>>>) {
        let mut text = Vec::new();
        loop {
            let mut part = [0; 8_192];
            let Ok(count @ 1..) = stream.read(&mut part).await else { return };
            text.extend_from_slice(&part[..count]);
            let Some(end) = text.windows(4).position(|window| window == b"\r\n\r\n") else { continue };
            let head = String::from_utf8_lossy(&text[..end]).to_lowercase();
            let header =
                |name: &str| head.lines().find_map(|line| line.strip_prefix(name)).map(|it| it.trim().to_owned());
            let length: usize = header("content-length:").unwrap().parse().unwrap();
            if text.len() < end + 4 + length {
                continue;
            }
            let body: Value = serde_json::from_slice(&text[end + 4..end + 4 + length]).unwrap();
            let status =
                Some(&mut *statuses.lock().unwrap()).filter(|left| !left.is_empty()).map_or(200, |left| left.remove(0));
            if status == 200 {
                self.got.lock().unwrap().entry(header("idempotency-key:").unwrap()).or_default().push(body);
            }
            text.drain(..end + 4 + length);
            sleep(self.delay).await;
            let answer = format!("HTTP/1.1 {status} X\r\ncontent-length: 0\r\n\r\n");
            // Whoever asked may be gone.
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    }

    /// The ids of the records that it has, of each delivery once, as it keeps only the first.
    fn ids(&self, member: &str) -> Vec<i64> {
        let got = self.got.lock().unwrap();
        let records = got.values().flat_map(|bodies| bodies[0][member].as_array().unwrap().clone());
        let mut ids: Vec<_> = records.map(|record| record["id"].as_i64().unwrap()).collect();
        ids.sort_unstable();
        ids
    }
}

fn http(url: &str) -> Sink {
    Sink::Http(HttpSink { http: url.to_owned() })
}

fn customers(sink: Sink) -> Start {
    Start {
        key: "pollChangesTrigger".to_owned(),
        component: None,
        inputs: json!({"resourceType": "customers", "showNewRecords": true}),
        every_seconds: 1.0,
        sink,
    }
}

/// Waits until the status of a trigger is as wanted, and returns it.
async fn until_status(client: &Client, name: &str, wanted: impl Fn(&Status) -> bool) -> Status {
    let began = Instant::now();
    loop {
        let status = client.trigger_status(name).await.unwrap();
        if wanted(&status) {
            return status;
        }
        assert!(began.elapsed() < PATIENCE, "{status:?}");
        sleep(Duration::from_millis(50)).await;
    }
}

/// Waits until a trigger has polled twice more, so that one poll began and ended meanwhile.
async fn until_polled(client: &Client, name: &str) {
    for _ in 0..2 {
        let last = client.trigger_status(name).await.unwrap().last_poll;
        until_status(client, name, |status| status.last_poll != last).await;
    }
}

#[tokio::test]
async fn a_trigger_delivers_each_record_once_until_it_is_stopped() {
    let sink = HttpServer::start(&[500, 503]).await;
    let (node, sandbox, _worker) = bench_for(&[&sink]).await;
    let client = node.client();
    client.start_trigger("new customers", &customers(http(&sink.url))).await.unwrap();
    // The first poll notes where the trigger begins.
    until_status(&client, "new customers", |status| status.last_poll.is_some()).await;
    let first: Vec<_> = (0..5).map(|_| sandbox.insert("customers", json!({}))).collect();
    until("the first records are delivered", || sink.ids("created").len() >= 5).await;
    assert_eq!(sink.ids("created"), first);

    // The sink has the records before the trigger knows.
    let status = until_status(&client, "new customers", |status| status.failure.is_none()).await;
    assert!(status.running && status.last_poll.is_some(), "{status:?}");
    client.stop_trigger("new customers").await.unwrap();
    assert!(!client.trigger_status("new customers").await.unwrap().running);
    let later = sandbox.insert("customers", json!({}));
    // Another one shows that there was time for polls.
    client.start_trigger("clock", &customers(http(&sink.url))).await.unwrap();
    until_polled(&client, "clock").await;
    assert_eq!(sink.ids("created"), first, "it was stopped");
    client.stop_trigger("clock").await.unwrap();

    // Started twice, it goes on where it stopped, and polls once at a time.
    for _ in 0..2 {
        client.start_trigger("new customers", &customers(http(&sink.url))).await.unwrap();
    }
    until("the later record is delivered", || sink.ids("created").len() > 5).await;
    until_polled(&client, "new customers").await;
    let all: Vec<_> = first.into_iter().chain([later]).collect();
    assert_eq!(sink.ids("created"), all);
    let repeated = sink.got.lock().unwrap().values().filter(|bodies| bodies.len() > 1).count();
    assert_eq!(repeated, 0, "no delivery came twice while nothing was lost");
}

#[tokio::test]
async fn a_trigger_that_fails_says_so_and_goes_on() {
    let sink = HttpServer::start(&[]).await;
    let (node, sandbox, _worker) = bench_for(&[&sink]).await;
    let client = node.client();
    client.start_trigger("one", &customers(http(&sink.url))).await.unwrap();
    until_status(&client, "one", |status| status.last_poll.is_some()).await;
    sandbox.add_fault(Fault::status(403).path("/crm/**"));
    let id = sandbox.insert("customers", json!({}));
    let twice = |status: &Status| status.failure.as_ref().is_some_and(|failure| failure.count > 1);
    let failure = until_status(&client, "one", twice).await.failure;
    assert_eq!(failure.unwrap().error.code(), Code::Forbidden);
    sandbox.clear_faults();
    until("the record is delivered", || sink.ids("created") == [id]).await;
    until_status(&client, "one", |status| status.failure.is_none()).await;

    // A handler that is not there stops nothing for good.
    let nowhere = ServiceSink { service: "Nowhere".to_owned(), key: None, handler: "take".to_owned() };
    client.start_trigger("lost", &customers(Sink::Service(nowhere))).await.unwrap();
    until_status(&client, "lost", |status| status.last_poll.is_some()).await;
    sandbox.insert("customers", json!({}));
    let failure = until_status(&client, "lost", |status| status.failure.is_some()).await.failure.unwrap();
    assert!(failure.error.message().contains("Nowhere"), "{failure:?}");
    client.stop_trigger("lost").await.unwrap();

    let refused = client.start_trigger("two", &customers(http("http://127.0.0.2:9/x"))).await.unwrap_err();
    assert_eq!(refused.code(), Code::ForbiddenByPolicy);
    let unknown = Start { key: "noTrigger".to_owned(), ..customers(http(&sink.url)) };
    assert_eq!(client.start_trigger("three", &unknown).await.unwrap_err().code(), Code::UnknownAction);
}

/// Hands a list in and returns the id of its invocation.
async fn read_list(node: &Node, page_size: u32, sink: &Sink) -> String {
    let list = Invocation::action("listJobs", json!({"pageSize": page_size}));
    node.client().read_list(&list, sink, None).await.unwrap().id
}

#[tokio::test]
async fn a_list_goes_to_its_sink_page_by_page() {
    let sink = HttpServer::start(&[503, 200, 500]).await;
    let (node, sandbox, _worker) = bench_for(&[&sink]).await;
    let id = read_list(&node, 30, &http(&sink.url)).await;
    let reply = parsed(&node.client().attach(&id, PATIENCE).await.unwrap());
    assert_eq!(reply["data"]["records"], json!(sandbox.ids("jobs").len()), "{reply}");
    let mut all = sandbox.ids("jobs");
    all.sort_unstable();
    assert_eq!(sink.ids("records"), all);
    let got = sink.got.lock().unwrap();
    assert!(got.len() >= 4 && got.keys().all(|key| key.starts_with(&id.to_lowercase())), "{:?}", got.keys());
    assert!(got.values().all(|bodies| bodies.len() == 1 && bodies[0]["records"].as_array().unwrap().len() <= 30));
}

#[tokio::test]
async fn a_list_survives_its_worker_without_loss_or_repetition() {
    // A worker is lost while the sink, which has the page, has not answered yet.
    let sink = HttpServer::slow(&[], Duration::from_millis(300)).await;
    let node = Node::start(&[]).await;
    let sandbox = Sandbox::builder().records(600).rate_limit(None).start().await.unwrap();
    let start = || Local::start(&node, &sandbox, |builder| builder.sink_origins(origins(&[&sink])));
    let mut workers = vec![start(), start(), start()];
    let balanced = ordered(workers.iter().map(|worker| worker.url.clone()).collect()).await;
    register(&node.admin, &balanced).await.unwrap();
    let before = sandbox.ids("jobs");
    let id = read_list(&node, 60, &http(&sink.url)).await;
    for pages in [3, 6] {
        until("pages arrive", || sink.got.lock().unwrap().len() >= pages).await;
        drop(workers.remove(0));
        // The list changes meanwhile: what was not read moves forward, and there are new records.
        sandbox.remove("jobs", before[pages]);
        sandbox.insert("jobs", json!({}));
    }
    let reply = parsed(&node.client().attach(&id, PATIENCE).await.unwrap());
    assert!(reply["error"].is_null(), "{reply}");
    {
        let got = sink.got.lock().unwrap();
        let repeated: Vec<_> = got.values().filter(|bodies| bodies.len() > 1).collect();
        assert_eq!(repeated.len(), 2, "what the sink did not answer comes again, under its id");
    }
    let ids = sink.ids("records");
    let mut once = ids.clone();
    once.dedup();
    assert_eq!(once, ids, "no record comes under two ids");
    let missing: Vec<_> = sandbox.ids("jobs").into_iter().filter(|id| !ids.contains(id)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[tokio::test]
async fn a_list_goes_to_a_service_whose_journal_has_the_records() {
    let (node, sandbox, _worker) = bench().await;
    // A service that any deployment has: it refuses the batch, and so shows that it got it.
    let sink = Sink::Service(ServiceSink { service: "Invoke".to_owned(), key: None, handler: "run".to_owned() });
    let id = read_list(&node, 60, &sink).await;
    let reply = parsed(&node.client().attach(&id, PATIENCE).await.unwrap());
    assert_eq!(reply["data"]["records"], json!(sandbox.ids("jobs").len()), "{reply}");
}

#[tokio::test]
async fn a_list_that_cannot_be_read_page_by_page_is_refused() {
    let sink = HttpServer::start(&[]).await;
    let (node, _sandbox, _worker) = bench_for(&[&sink]).await;
    for (request, why) in [
        (json!({"action": "getJob", "inputs": {"jobId": JOB}}), "an action that does, such as `listJobs`"),
        (json!({"dataSource": "selectJob", "inputs": {}}), "`selectJob` does not return a list of records"),
        (json!({"action": "listJob", "inputs": {}}), "did you mean `listJobs`?"),
    ] {
        let url = format!("{}/restate/call/List/read", node.ingress);
        let body = json!({"request": request, "sink": {"http": sink.url}}).to_string();
        let response = http_client().post(url).header("content-type", "application/json").body(body);
        let reply: Value = response.send().await.unwrap().json().await.unwrap();
        assert!(reply["error"]["message"].as_str().is_some_and(|message| message.contains(why)), "{reply}");
    }
}

/// The files that a worker as a process needs.
struct Files(TempDir);

impl Files {
    fn new(sandbox: &Sandbox) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs::write(&path, text).unwrap();
            fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
        };
        write("connections.json", &json!({"main": pipefit::sandbox_connection(sandbox)}).to_string());
        write("key", KEY);
        Self(folder)
    }

    /// Starts the command, and waits until it serves. Returns its address, too.
    fn worker(&self, node: &Node, sandbox: &Sandbox, more: &[&str]) -> (Process, String) {
        let path = |name: &str| self.0.path().join(name);
        let address = format!("127.0.0.1:{}", free_port());
        let mut child = Command::new(env!("CARGO_BIN_EXE_pipefit"))
            .env_remove("HOME")
            .args(["worker", "--restate", &node.ingress, "--listen", &address])
            .args(["--api-url", &sandbox.url(), "--token-url", &sandbox.token_url()])
            .arg("--connections")
            .arg(path("connections.json"))
            .arg("--token-key-file")
            .arg(path("key"))
            .args(more)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let told = first_line(&mut child);
        (Process(child), told["worker"].as_str().unwrap().to_owned())
    }
}

#[tokio::test]
async fn a_write_in_flight_when_its_worker_is_killed_is_unknown_and_sent_once() {
    let (node, sandbox) = (Node::start(&[]).await, sandbox().await);
    let files = Files::new(&sandbox);
    let (first, first_url) = files.worker(&node, &sandbox, &[]);
    let (_second, second_url) = files.worker(&node, &sandbox, &[]);
    // Calls go to the first as long as it is there.
    let balanced = ordered(vec![first_url, second_url]).await;
    register(&node.admin, &balanced).await.unwrap();
    // Carried out at once, answered late.
    sandbox.add_fault(Fault::slow_first_byte(Duration::from_secs(3)).path("/jpm/**").once());
    let client = node.client();
    let handed = client.submit(&cancel_job(), None).await.unwrap();
    until("the write is sent", || writes(&sandbox) == 1).await;
    first.kill();
    let error = parsed(&client.attach(&handed.id, PATIENCE).await.unwrap())["error"].clone();
    assert_eq!((&error["code"], &error["retryable"]), (&json!("outcome_unknown"), &json!(false)));
    assert_eq!(writes(&sandbox), 1);

    // The next one finds the other worker.
    let reply = client.invoke(&Invocation::action("getJob", json!({"jobId": JOB})), None, PATIENCE).await.unwrap();
    assert!(parsed(&reply)["data"].is_object());
}

/// Passes connections on to the first of these addresses that answers.
async fn ordered(to: Vec<String>) -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, free_port())).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        loop {
            let (mut inbound, _) = listener.accept().await.unwrap();
            let to = to.clone();
            tokio::spawn(async move {
                for url in to {
                    if let Ok(mut outbound) = tokio::net::TcpStream::connect(url.trim_start_matches("http://")).await {
                        let _ = tokio::io::copy_bidirectional(&mut inbound, &mut outbound).await;
                        return;
                    }
                }
            });
        }
    });
    url
}

#[tokio::test]
async fn a_creation_with_a_key_is_resolved_after_its_worker_is_lost() {
    let (node, sandbox) = (Node::start(&[]).await, sandbox().await);
    let quick = |builder: WorkerBuilder| builder.longest_wait(Duration::from_secs(1));
    let [first, second] = [(); 2].map(|()| Local::start(&node, &sandbox, quick));
    let balanced = ordered(vec![first.url.clone(), second.url.clone()]).await;
    register(&node.admin, &balanced).await.unwrap();
    sandbox.add_fault(Fault::slow_first_byte(Duration::from_secs(2)).method("POST").path("/crm/**").once());
    let create = create_customer().idempotency_key("order-4711");
    let handed = node.client().submit(&create, None).await.unwrap();
    until("the write is sent", || writes(&sandbox) == 1).await;
    drop(first);
    let reply = parsed(&node.client().attach(&handed.id, PATIENCE).await.unwrap());
    assert!(reply["data"]["id"].is_number() && reply["existing"] == true, "{reply}");
    assert_eq!(writes(&sandbox), 1);
}

#[tokio::test]
async fn a_write_goes_on_when_only_the_connection_to_restate_is_lost() {
    let (node, sandbox, worker) = bench().await;
    let gate = Arc::new(tokio::sync::watch::Sender::new(()));
    let cut = cuttable(worker.url.clone(), Arc::clone(&gate)).await;
    register(&node.admin, &cut).await.unwrap();
    sandbox.add_fault(Fault::slow_first_byte(Duration::from_secs(2)).path("/jpm/**").once());
    let client = node.client();
    let handed = client.submit(&cancel_job(), None).await.unwrap();
    until("the write is sent", || writes(&sandbox) == 1).await;
    gate.send_replace(());
    let reply = parsed(&client.attach(&handed.id, PATIENCE).await.unwrap());
    assert!(reply["error"].is_null(), "{reply}");
    assert_eq!(writes(&sandbox), 1);
}

#[tokio::test]
async fn a_node_that_is_killed_leaves_nothing_unclear() {
    let (mut node, sandbox, _worker) = bench().await;
    sandbox.add_fault(Fault::slow_first_byte(Duration::from_millis(700)).path("/jpm/**"));
    let client = Arc::new(node.client());
    let calls: Vec<_> = (0..60)
        .map(|index| {
            let client = Arc::clone(&client);
            tokio::spawn(async move {
                let update = json!({"jobId": JOB, "summary": format!("Change {index}.")});
                let call = match index % 3 {
                    0 => Invocation::action("updateJob", update),
                    _ => Invocation::action("getJob", json!({"jobId": JOB})),
                };
                parsed(&client.invoke(&call, Some(&format!("call-{index}")), PATIENCE).await.unwrap())
            })
        })
        .collect();
    for count in [10, 40] {
        until("requests are in flight", || seen(&sandbox).len() >= count).await;
        node.process.take().unwrap().kill();
        sleep(Duration::from_millis(300)).await;
        node.run().await;
    }
    for call in calls {
        let reply = call.await.unwrap();
        assert!(reply["error"].is_null(), "{reply}");
    }
    let mut changes: Vec<_> = seen(&sandbox).into_iter().filter(|it| it.method == "PATCH").map(|it| it.body).collect();
    changes.sort_unstable();
    changes.dedup();
    assert_eq!((changes.len(), writes(&sandbox)), (20, 20), "each write once");
}

/// Passes connections on, and cuts all whenever it is told to.
async fn cuttable(to: String, gate: Arc<tokio::sync::watch::Sender<()>>) -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, free_port())).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        loop {
            let (mut inbound, _) = listener.accept().await.unwrap();
            let (to, mut cut) = (to.clone(), gate.subscribe());
            tokio::spawn(async move {
                let mut outbound = tokio::net::TcpStream::connect(to.trim_start_matches("http://")).await.unwrap();
                tokio::select! {
                    _ = tokio::io::copy_bidirectional(&mut inbound, &mut outbound) => {}
                    _ = cut.changed() => {}
                }
            });
        }
    });
    url
}

#[tokio::test]
async fn a_worker_that_is_told_to_stop_leaves_nothing_unclear() {
    let (node, sandbox) = (Node::start(&[]).await, sandbox().await);
    let files = Files::new(&sandbox);
    let (first, first_url) = files.worker(&node, &sandbox, &[]);
    let (_second, second_url) = files.worker(&node, &sandbox, &[]);
    register(&node.admin, &ordered(vec![first_url, second_url]).await).await.unwrap();
    sandbox.add_fault(Fault::slow_first_byte(Duration::from_secs(2)).path("/jpm/**").times(2));
    let client = node.client();
    let read = client.submit(&Invocation::action("getJob", json!({"jobId": JOB})), None).await.unwrap();
    let write = client.submit(&cancel_job(), None).await.unwrap();
    until("both are sent", || seen(&sandbox).len() == 2).await;
    let id = first.0.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    for handed in [read, write] {
        let reply = parsed(&client.attach(&handed.id, PATIENCE).await.unwrap());
        assert!(reply["error"].is_null(), "{reply}");
    }
    assert_eq!(writes(&sandbox), 1);
}

#[tokio::test]
async fn only_requests_that_restate_signed_are_answered() {
    let folder = tempfile::tempdir().unwrap();
    let pem = folder.path().join("identity.pem");
    let made = Command::new("openssl").args(["genpkey", "-algorithm", "ed25519", "-out"]).arg(&pem).status().unwrap();
    assert!(made.success());
    let der = Command::new("openssl").args(["pkey", "-pubout", "-outform", "DER", "-in"]).arg(&pem).output().unwrap();
    let key = format!("publickeyv1_{}", bs58::encode(&der.stdout[der.stdout.len() - 32..]).into_string());
    let setting = "RESTATE_WORKER__INVOKER__REQUEST_IDENTITY_PRIVATE_KEY_PEM_FILE";
    let node = Node::start(&[(setting, pem.to_str().unwrap())]).await;
    let sandbox = sandbox().await;
    let signed = Local::start(&node, &sandbox, |builder| builder.identity_key(&key));
    register(&node.admin, &signed.url).await.unwrap();
    let read = Invocation::action("getJob", json!({"jobId": JOB}));
    assert!(parsed(&node.client().invoke(&read, None, PATIENCE).await.unwrap())["data"].is_object());

    let stranger = pipefit::runner::client_builder(false).unwrap().http2_prior_knowledge().build().unwrap();
    for path in ["discover", "invoke/Invoke/run"] {
        let response = stranger.get(format!("{}/{path}", signed.url)).send().await.unwrap();
        assert_eq!(response.status(), 401, "{path}");
    }
    // Nor does a worker say anything of writes whose ids one does not know.
    let guessed = format!("{}/pipefit/writes/{:032x}/{:032x}", signed.url, 1, 2);
    assert_eq!(stranger.get(guessed).send().await.unwrap().status(), 404);
}

#[test]
fn a_worker_says_what_it_waits_for() {
    let admin = format!("http://127.0.0.1:{}", free_port());
    let key = tempfile::NamedTempFile::new().unwrap();
    fs::write(&key, KEY).unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_pipefit"))
        .env_remove("HOME")
        .args(["worker", "--sandbox", "--restate", "http://127.0.0.1:1", "--register", &admin])
        .args(["--listen", &format!("127.0.0.1:{}", free_port())])
        .arg("--token-key-file")
        .arg(key.path())
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut told = String::new();
    BufReader::new(child.stderr.take().unwrap()).read_line(&mut told).unwrap();
    Process(child).kill();
    assert!(told.starts_with(&format!("waiting until Restate at {admin} answers")), "{told}");
}

#[test]
fn a_server_that_is_not_there_is_named() {
    let output = Command::new(env!("CARGO_BIN_EXE_pipefit"))
        .env_remove("HOME")
        .env("RESTATE_SERVER", "/nowhere/restate-server")
        .args(["worker", "--dev", "--sandbox"])
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(told.contains("/nowhere/restate-server") && told.contains("RESTATE_SERVER"), "{told}");
}

/// Checks the flags of `pipefit call` that `pipefit run` has, too. `call` returns the exit status, stdout and stderr.
fn replies_are_written_as_asked(call: impl Fn(&[&str]) -> (i32, String, String)) {
    let job = format!("jobId={JOB}");
    let (status, told, _) = call(&["getJob", &job, "--jq", ".data.id"]);
    assert_eq!((status, told.as_str()), (0, format!("{JOB}\n").as_str()));
    let (status, told, note) = call(&["listJobs", "pageSize=2", "--output", "csv", "--columns", "id,jobNumber"]);
    assert_eq!((status, told.lines().count()), (0, 3), "{told}");
    assert!(told.starts_with("id,jobNumber\n") && note.contains("there are more records"), "{told}{note}");
    let (status, told, _) = call(&["selectJob", "limit=2", "--output", "tsv"]);
    assert_eq!((status, told.lines().count(), told.starts_with("key\tlabel\n")), (0, 3, true), "{told}");
    // What cannot be written so is not handed in.
    for wrong in [&["--output", "csv"][..], &["--output", "table", "--columns", "id"], &["--jq", ".data |"]] {
        let (status, told, why) = call(&[&["cancelJob", &job, "reasonId=1088", "memo=Moved."], wrong].concat());
        assert_eq!(status, 2, "{told}{why}");
        assert!(why.contains("returns no list") || why.contains("--jq is not valid"), "{why}");
    }
    // Whoever waits for a request later does not say what it was.
    let (_, handed, _) = call(&["--detach", "listJobs", "pageSize=2"]);
    let handed: Value = serde_json::from_str(&handed).unwrap();
    let id = handed["id"].as_str().unwrap();
    let (status, told, _) = call(&["--attach", id, "--output", "ndjson", "--jq", ".id"]);
    assert_eq!((status, told.lines().count()), (0, 2), "{told}");
    let (status, told, _) = call(&["--attach", id, "--output", "csv", "--columns", "jobNumber"]);
    assert_eq!((status, told.lines().next()), (0, Some("jobNumber")), "{told}");
}

#[test]
fn a_server_for_development_comes_and_goes_with_its_worker() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_pipefit"))
        .env_remove("HOME")
        .env("RESTATE_SERVER", server())
        .env("TMPDIR", folder.path())
        .args(["worker", "--dev", "--sandbox", "--listen", &format!("127.0.0.1:{}", free_port())])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let told = first_line(&mut child);
    let server = std::fs::read_dir(folder.path()).unwrap().next().unwrap().unwrap();
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&server.metadata().unwrap().permissions()) & 0o777, 0o700);
    let restate = told["restate"][0].as_str().unwrap();
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pipefit"));
        command.env_remove("HOME").env("PIPEFIT_RESTATE", restate).arg("call").args(arguments);
        command.stdin(Stdio::null()).output().unwrap()
    };
    let call = |arguments: &[&str]| {
        let output = run(arguments);
        let reply: Value = serde_json::from_slice(&output.stdout).unwrap();
        (output.status.code().unwrap(), reply)
    };
    let (status, reply) = call(&["getJob", &format!("jobId={JOB}")]);
    assert_eq!((status, &reply["data"]["id"]), (0, &json!(10_978_752_986_u64)), "{reply}");
    let (status, reply) = call(&["getJob", "jobId=1"]);
    assert_eq!((status, &reply["error"]["code"]), (4, &json!("not_found")), "{reply}");
    let (status, handed) = call(&["--detach", "getJob", &format!("jobId={JOB}")]);
    let (attached, reply) = call(&["--attach", handed["id"].as_str().unwrap()]);
    assert_eq!((status, attached, &reply["data"]["id"]), (0, 0, &json!(10_978_752_986_u64)), "{handed} {reply}");
    replies_are_written_as_asked(|arguments| {
        let output = run(arguments);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
    });
    let cancel =
        ["cancelJob", &format!("jobId={JOB}"), "reasonId=1088", "memo=Moved away.", "--idempotency-key", "one"];
    for _ in 0..2 {
        let (status, reply) = call(&cancel);
        assert_eq!((status, reply["error"].is_null()), (0, true), "{reply}");
    }
    let (status, reply) = call(&cancel[..4]);
    assert_eq!((status, &reply["error"]["code"]), (4, &json!("rejected")), "{reply}");

    // Killed, it takes the server with it.
    let port = restate.rsplit(':').next().unwrap().parse::<u16>().unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    let began = Instant::now();
    while std::net::TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok() {
        assert!(began.elapsed() < PATIENCE, "the server goes on");
        thread::sleep(Duration::from_millis(50));
    }
}
