//! Records that go to another Restate service: each once, whatever the order of things.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop where it stands")]
#![expect(missing_docs, reason = "the macro of the service makes a client")]

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use hyper::server::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use pipefit_restate::{Client, ServiceSink, Sink, Start, TokenKey, Worker, register};
use pipefit_runner::Runtime;
use pipefit_sandbox::Sandbox;
use pipefit_servicetitan::COMPONENT;
use restate_sdk::hyper::HyperEndpoint;
use restate_sdk::prelude::*;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::time::sleep;

const PATIENCE: Duration = Duration::from_mins(1);

/// Keeps the ids of all records that it is given.
struct Recorder;

#[restate_sdk::object(name = "Recorder")]
impl Recorder {
    #[handler]
    async fn take(&self, ctx: ObjectContext<'_>, batch: Json<Value>) -> HandlerResult<()> {
        let mut ids = ctx.get::<Json<Vec<i64>>>("ids").await?.map(Json::into_inner).unwrap_or_default();
        let batch = batch.into_inner();
        let records = ["created", "records"].into_iter().filter_map(|member| batch[member].as_array()).flatten();
        ids.extend(records.filter_map(|record| record["id"].as_i64()));
        ctx.set("ids", Json(ids));
        Ok(())
    }

    #[handler]
    async fn ids(&self, ctx: SharedObjectContext<'_>) -> HandlerResult<Json<Vec<i64>>> {
        Ok(ctx.get::<Json<Vec<i64>>>("ids").await?.unwrap_or_else(|| Json(Vec::new())))
    }
}

/// A server with a folder of its own. Dropping it ends it.
struct Node {
    child: Child,
    ingress: String,
    admin: String,
    _folder: TempDir,
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Node {
    async fn start() -> Self {
        // target/debug/deps/NAME
        let target = std::env::current_exe().unwrap().ancestors().nth(3).unwrap().to_owned();
        let installed = "restate/node_modules/@restatedev/restate-server-linux-x64/bin/restate-server";
        let server = std::env::var_os("RESTATE_SERVER").map_or_else(|| target.join(installed), PathBuf::from);
        assert!(server.is_file(), "no server at {}: run tests/restate/run, or set RESTATE_SERVER", server.display());
        let folder = tempfile::tempdir().unwrap();
        let [ingress, admin, fabric] = [free_port(0), free_port(1), free_port(2)];
        let child = Command::new("setpriv")
            .args(["--pdeathsig", "KILL"])
            .arg(server)
            .arg("--no-logo")
            .env("RESTATE_BASE_DIR", folder.path())
            .env("RESTATE_LISTEN_MODE", "tcp")
            .env("RESTATE_BIND_IP", "127.0.0.1")
            .env("RESTATE_ADVERTISED_HOST", "127.0.0.1")
            .env("RESTATE_BIND_PORT", fabric.to_string())
            .env("RESTATE_INGRESS__BIND_PORT", ingress.to_string())
            .env("RESTATE_ADMIN__BIND_PORT", admin.to_string())
            .env("RESTATE_DEFAULT_NUM_PARTITIONS", "2")
            .env("RESTATE_ROCKSDB_TOTAL_MEMORY_SIZE", "128MiB")
            .env("RESTATE_DISABLE_TELEMETRY", "true")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let url = |port| format!("http://127.0.0.1:{port}");
        let node = Self { child, ingress: url(ingress), admin: url(admin), _folder: folder };
        let began = Instant::now();
        for port in [ingress, admin] {
            while std::net::TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
                assert!(began.elapsed() < PATIENCE, "the server does not answer");
                sleep(Duration::from_millis(50)).await;
            }
        }
        node
    }

    /// Calls a handler through the ingress.
    async fn call(&self, path: &str, body: Option<Value>) -> Value {
        let client = pipefit_runner::client_builder(false).unwrap().build().unwrap();
        let request = client.post(format!("{}/restate/{path}", self.ingress));
        let request = match body {
            Some(body) => request.header("content-type", "application/json").body(body.to_string()),
            None => request,
        };
        request.send().await.unwrap().json().await.unwrap()
    }

    async fn ids(&self, recorder: &str) -> Vec<i64> {
        let ids = self.call(&format!("call/Recorder/{recorder}/ids"), None).await;
        let mut ids: Vec<_> = ids.as_array().unwrap().iter().map(|id| id.as_i64().unwrap()).collect();
        ids.sort_unstable();
        ids
    }
}

/// A free port below those of outgoing connections.
fn free_port(number: u16) -> u16 {
    let first = 10_000 + u16::try_from(std::process::id() % 900).unwrap() * 10 + number;
    (first..).step_by(11).find(|port| std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok()).unwrap()
}

/// Serves the recorder, and returns its address.
async fn recorder() -> String {
    let endpoint = HyperEndpoint::new(Endpoint::builder().bind(Recorder).build());
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, free_port(3))).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let http = http2::Builder::new(TokioExecutor::new());
            tokio::spawn(http.serve_connection(TokioIo::new(stream), endpoint.clone()));
        }
    });
    url
}

/// Serves a worker at a sandbox, and returns its address.
async fn worker(node: &Node, sandbox: &Sandbox) -> String {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port(4)));
    let credentials = sandbox.credentials();
    let connection = json!({"key": "serviceTitanConnection", "fields": {
        "tenant": credentials.tenant, "applicationKey": credentials.application_key,
        "clientId": credentials.client_id, "clientSecret": credentials.client_secret,
        "environment": "integration",
        "tokenUrl": "https://auth-integration.servicetitan.io/connect/token",
    }});
    let runtime = Runtime::builder()
        .api_url(COMPONENT.key, sandbox.url())
        .token_url(COMPONENT.key, sandbox.token_url())
        .force_connection(connection);
    let url = format!("http://{address}");
    let builder = Worker::builder(runtime).node(&node.ingress).advertise(&url);
    let worker = builder.token_key(TokenKey::random().unwrap()).build().unwrap();
    let listener = TcpListener::bind(address).await.unwrap();
    tokio::spawn(worker.serve(listener, std::future::pending()));
    url
}

fn sink(key: &str) -> Sink {
    let (service, handler) = ("Recorder".to_owned(), "take".to_owned());
    Sink::Service(ServiceSink { service, key: Some(key.to_owned()), handler })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_gets_each_record_of_a_trigger_and_of_a_list_once() {
    let node = Node::start().await;
    let sandbox = Sandbox::builder().records(90).rate_limit(None).start().await.unwrap();
    for url in [recorder().await, worker(&node, &sandbox).await] {
        register(&node.admin, &url).await.unwrap();
    }

    let client = Client::new(&[&node.ingress]).unwrap();
    let inputs = json!({"resourceType": "customers", "showNewRecords": true});
    let start =
        Start { key: "pollChangesTrigger".to_owned(), component: None, inputs, every_seconds: 1.0, sink: sink("t/1") };
    client.start_trigger("one", &start).await.unwrap();
    sleep(Duration::from_millis(1_500)).await;
    let mut inserted = Vec::new();
    for _ in 0..20 {
        inserted.push(sandbox.insert("customers", json!({})));
        sleep(Duration::from_millis(150)).await;
    }
    let began = Instant::now();
    while node.ids("t%2F1").await.len() < inserted.len() && began.elapsed() < PATIENCE {
        sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(node.ids("t%2F1").await, inserted);
    assert!(client.trigger_status("one").await.unwrap().deliveries > 1);

    let request = json!({"action": "listJobs", "inputs": {"pageSize": 25}});
    let reply = node.call("call/List/read", Some(json!({"request": request, "sink": sink("jobs")}))).await;
    let mut jobs = sandbox.ids("jobs");
    jobs.sort_unstable();
    assert_eq!(reply["data"]["records"], json!(jobs.len()), "{reply}");
    let began = Instant::now();
    while node.ids("jobs").await.len() < jobs.len() && began.elapsed() < PATIENCE {
        sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(node.ids("jobs").await, jobs);
}
