//! `pipefit serve --http` and the library behind it: routes, statuses, streams, guards, limits, and how it ends.

use std::collections::HashSet;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::ThreadId;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use pipefit::runner::host::{Call, PolicyHook};
use pipefit::runner::{Builder, Policy};
use pipefit::sandbox::{Fault, Sandbox};
use pipefit::server::http::{Api, Limits, Server, Token};
use reqwest::{Client, ClientBuilder, RequestBuilder, Response};
use serde_json::{Value, json};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::support::command::command;
use crate::support::{AT_ONCE, connection, response, sample, serve};

const JOB: &str = "/jpm/v2/tenant/{tenant}/jobs/{id}";
const JOBS: &str = "/jpm/v2/tenant/{tenant}/jobs";
const CUSTOMERS: &str = "/crm/v2/tenant/{tenant}/customers";
const TOKEN: &str = "canary-0123456789-token";
const NDJSON: &str = "application/x-ndjson";

/// How long anything here may take before it counts as stuck.
const PATIENCE: Duration = Duration::from_mins(1);

/// A server in this process, in front of a sandbox.
struct Served {
    client: Client,
    address: SocketAddr,
    sandbox: Sandbox,
    stop: Option<oneshot::Sender<()>>,
    serving: JoinHandle<()>,
}

impl Served {
    async fn start() -> Self {
        Self::with(|api| api).await
    }

    async fn with(change: impl FnOnce(Api) -> Api) -> Self {
        let sandbox = Sandbox::builder().rate_limit(None).start().await.unwrap();
        let runtime = builder(&sandbox).build().unwrap();
        Self::around(sandbox, change(Api::new(runtime))).await
    }

    async fn limited(limits: Limits) -> Self {
        Self::with(|api| api.limits(limits)).await
    }

    /// Every other connection is served by another thread.
    async fn around(sandbox: Sandbox, api: Api) -> Self {
        let server = api.threads(2).bind(([127, 0, 0, 1], 0).into()).await.unwrap();
        let address = server.address().unwrap();
        Self::by(server, sandbox, client(), address)
    }

    /// Serves. The client connects to the address unless it knows better.
    fn by(server: Server, sandbox: Sandbox, client: Client, address: SocketAddr) -> Self {
        let (stop, stopped) = oneshot::channel();
        let serving = tokio::spawn(server.serve(async move { drop(stopped.await) }));
        Self { client, address, sandbox, stop: Some(stop), serving }
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    fn get(&self, path: &str) -> RequestBuilder {
        self.client.get(self.url(path))
    }

    fn invoke(&self, body: &Value) -> RequestBuilder {
        json_body(self.client.post(self.url("/v1/invoke")), body)
    }

    /// The records of a list, one a line.
    fn records(&self, body: &Value) -> RequestBuilder {
        self.invoke(body).header("accept", NDJSON)
    }

    fn get_job(&self) -> RequestBuilder {
        self.invoke(&get_job())
    }

    /// The requests that the API saw for this operation.
    fn seen(&self, operation: &str) -> usize {
        self.sandbox.requests().iter().filter(|request| request.operation == Some(operation)).count()
    }

    /// Waits until a request is admitted again.
    async fn until_admitted(&self) {
        let job = || async { status(self.get_job()).await == 200 };
        until(job, "room for a request").await;
    }

    /// Sends the head and body of a request, and nothing more.
    fn send(&self, body: &Value, headers: &str) -> TcpStream {
        let body = body.to_string();
        let mut stream = TcpStream::connect(self.address).unwrap();
        let host = self.address;
        write!(
            stream,
            "POST /v1/invoke HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\n{headers}content-length: \
             {}\r\n\r\n{body}",
            body.len(),
        )
        .unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    }
}

/// A runtime whose connection `main` is the account of the sandbox.
fn builder(sandbox: &Sandbox) -> Builder {
    let builder = pipefit::at_sandbox(sandbox).connection("main", pipefit::sandbox_connection(sandbox));
    builder.default_connection("main".into()).retries(AT_ONCE).requests_per_second(u32::MAX)
}

fn client() -> Client {
    client_builder().build().unwrap()
}

fn client_builder() -> ClientBuilder {
    // The client has no provider of its own; the server speaks no TLS.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder().no_proxy().timeout(PATIENCE)
}

#[cfg(unix)]
fn terminate(child: &Child) {
    let killed = std::process::Command::new("kill").args(["-TERM", &child.id().to_string()]).status();
    assert!(killed.unwrap().success());
}

fn json_body(request: RequestBuilder, body: &Value) -> RequestBuilder {
    request.header("content-type", "application/json").body(body.to_string())
}

fn get_job() -> Value {
    json!({"action": "getJob", "inputs": {"jobId": "10978752986"}})
}

fn create_customer() -> Value {
    json!({"action": "createCustomer", "inputs": sample("createCustomer").required})
}

fn all_jobs() -> Value {
    json!({"action": "listJobs", "inputs": {"fetchAll": true}})
}

async fn json_of(response: Response) -> Value {
    serde_json::from_str(&response.text().await.unwrap()).unwrap()
}

async fn status(request: RequestBuilder) -> u16 {
    request.send().await.unwrap().status().as_u16()
}

async fn outcome(request: RequestBuilder) -> (u16, Value) {
    let response = request.send().await.unwrap();
    (response.status().as_u16(), json_of(response).await)
}

/// The status and the code of a failure.
async fn failure(request: RequestBuilder) -> (u16, String) {
    let (status, body) = outcome(request).await;
    (status, body["error"]["code"].as_str().unwrap_or_else(|| panic!("{body}")).to_owned())
}

async fn lines(response: Response) -> Vec<Value> {
    let text = response.text().await.unwrap();
    assert!(text.ends_with('\n'), "{text}");
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Waits for what must come.
async fn until<F: Future<Output = bool>>(condition: impl Fn() -> F, what: &str) {
    let began = Instant::now();
    while !condition().await {
        assert!(began.elapsed() < PATIENCE, "there is no {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// What arrives until the other side closes.
async fn read_all(mut stream: TcpStream) -> String {
    let read = tokio::task::spawn_blocking(move || {
        let mut text = Vec::new();
        // A reset ends it, too.
        let _ = stream.read_to_end(&mut text);
        String::from_utf8(text).unwrap()
    });
    read.await.unwrap()
}

#[tokio::test]
async fn an_invocation_is_answered_with_its_envelope() {
    let served = Served::start().await;
    let response = served.invoke(&json!({"id": 7, "action": "getJob", "inputs": {"jobId": "10978752986"}}));
    let response = response.send().await.unwrap();
    assert_eq!(
        (response.status().as_u16(), &response.headers()["content-type"]),
        (200, &"application/json".parse().unwrap())
    );
    let text = response.text().await.unwrap();
    assert!(text.starts_with(r#"{"id":7,"data":{"id":10978752986,"#), "{text}");
    let (status, made) = outcome(served.invoke(&create_customer())).await;
    assert_eq!(status, 200);
    assert!(made["data"]["id"].is_number(), "{made}");
    let source = json!({"dataSource": "selectJob", "inputs": {"limit": 2}});
    assert_eq!(outcome(served.invoke(&source)).await.1["result"].as_array().unwrap().len(), 2);
    served.sandbox.forget_requests();
    let (_, dry) = outcome(served.records(&json!({"action": "listJobs", "dryRun": true}))).await;
    assert_eq!((&dry["data"]["method"], served.sandbox.requests().len()), (&json!("GET"), 0));
}

#[tokio::test]
async fn units_are_listed_and_described() {
    let served = Served::start().await;
    let units = async |query: &str| outcome(served.get(&format!("/v1/units{query}"))).await.1["units"].clone();
    let all = units("").await;
    let count = |units: &Value| units.as_array().unwrap().len();
    assert_eq!(count(&all), pipefit::Catalog::registered().units().len());
    let deletes = units("?kind=action&effect=delete&component=servicetitan").await;
    assert!(count(&deletes) > 0 && count(&deletes) < count(&all));
    assert!(deletes.as_array().unwrap().iter().all(|unit| unit["effect"] == "delete" && unit["kind"] == "action"));
    let found = units("?word=cancel&word=JOB").await;
    assert!(found.as_array().unwrap().iter().any(|unit| unit["key"] == "cancelJob"), "{found}");
    assert_eq!(count(&units("?component=other").await), 0);
    for wrong in ["?kind=bogus", "?effect=bogus", "?bogus=1"] {
        assert_eq!(failure(served.get(&format!("/v1/units{wrong}"))).await, (400, "invalid_request".to_owned()));
    }
    let (status, unit) = outcome(served.get("/v1/units/createJob")).await;
    assert_eq!((status, &unit["kind"], &unit["component"]), (200, &json!("action"), &json!("servicetitan")));
    assert!(unit["inputs"].as_array().unwrap().iter().any(|input| input["key"] == "summary"), "{unit}");
    let (_, schema) = outcome(served.get("/v1/units/createJob/schema?kind=action")).await;
    let exported = |part: &str| {
        let path = format!("schemas/servicetitan/actions/createJob.{part}.json");
        let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap();
        serde_json::from_str::<Value>(&text).unwrap()
    };
    for part in ["inputs", "ui", "rjsf", "reply"] {
        assert_eq!(schema[part], exported(part), "{part}");
    }
    assert_eq!(failure(served.get("/v1/units/createJobb")).await, (404, "unknown_action".to_owned()));
    assert_eq!(failure(served.get("/v1/units/createJob?kind=trigger")).await.0, 404);
}

#[tokio::test]
async fn connections_are_named_and_tested() {
    let served = Served::start().await;
    assert_eq!(outcome(served.get("/v1/connections")).await, (200, json!({"connections": ["main"]})));
    let test = |name: &str| served.client.post(served.url(&format!("/v1/connections/{name}/test")));
    let (status, diagnosis) = outcome(test("main")).await;
    assert_eq!((status, &diagnosis["ok"]), (200, &json!(true)), "{diagnosis}");
    served.sandbox.add_fault(Fault::status(403).path(JOBS));
    let (status, diagnosis) = outcome(test("main")).await;
    assert_eq!((status, &diagnosis["ok"]), (200, &json!(false)), "{diagnosis}");
    assert_eq!(failure(test("mian")).await, (404, "invalid_connection".to_owned()));
    let other = served.client.post(served.url("/v1/connections/main/test?component=bogus"));
    assert_eq!(failure(other).await, (404, "unknown_action".to_owned()));
}

/// What the service does, and the status and code that follow.
#[tokio::test]
async fn each_code_has_its_status() {
    let faults = [
        (Fault::status(400), 422, "rejected"),
        (Fault::status(401), 502, "unauthorized"),
        (Fault::status(403), 403, "forbidden"),
        (Fault::status(404), 404, "not_found"),
        (Fault::status(409), 409, "conflict"),
        (Fault::too_many_requests("300"), 429, "rate_limited"),
        (Fault::status(500), 503, "unavailable"),
        (Fault::status(504), 504, "timeout"),
        (Fault::not_json(), 502, "bad_reply"),
    ];
    for (fault, status, code) in faults {
        let served = Served::start().await;
        served.sandbox.add_fault(fault.clone().on("GET", JOB));
        let response = served.get_job().send().await.unwrap();
        let wait = response.headers().get("retry-after").map(|wait| wait.to_str().unwrap().to_owned());
        assert_eq!(wait, (status == 429).then(|| "300".to_owned()), "{fault:?}");
        assert_eq!(response.status().as_u16(), status, "{fault:?}");
        assert_eq!(json_of(response).await["error"]["code"], code, "{fault:?}");
    }
    let served = Served::with(|api| api).await;
    served.sandbox.add_fault(Fault::status(500).on("POST", CUSTOMERS));
    let mut write = create_customer();
    write["id"] = json!("mine");
    let (status, body) = outcome(served.invoke(&write)).await;
    assert_eq!((status, &body["error"]["code"], &body["id"]), (502, &json!("outcome_unknown"), &json!("mine")));
    let job = |inputs: Value| json!({"action": "getJob", "inputs": inputs});
    let no_fields = json!({"key": "serviceTitanConnection", "fields": {}});
    for (body, status, code) in [
        (json!([]), 400, "invalid_request"),
        (json!({"action": "getJob", "bogus": 1}), 400, "invalid_request"),
        (json!({"action": "getJobb"}), 404, "unknown_action"),
        (job(json!({})), 422, "invalid_input"),
        (job(json!({"jobId": "1", "connection": no_fields})), 422, "invalid_connection"),
    ] {
        assert_eq!(failure(served.invoke(&body)).await, (status, code.to_owned()), "{body}");
    }
    let sandbox = Sandbox::builder().start().await.unwrap();
    let runtime = builder(&sandbox).policy(Policy::default().read_only(true)).build().unwrap();
    let served = Served::around(sandbox, Api::new(runtime)).await;
    assert_eq!(failure(served.invoke(&create_customer())).await, (403, "forbidden_by_policy".to_owned()));
    assert_eq!(served.sandbox.writes().len(), 0);
}

#[tokio::test]
async fn what_is_not_served_is_refused_in_json() {
    let served = Served::start().await;
    assert_eq!(failure(served.get("/v1/bogus")).await, (404, "invalid_request".to_owned()));
    assert_eq!(failure(served.get("/v1/invoke")).await, (405, "invalid_request".to_owned()));
    let allowed = async |request: RequestBuilder| {
        let refused = request.send().await.unwrap();
        (refused.status().as_u16(), refused.headers()["allow"].to_str().unwrap().to_owned())
    };
    assert_eq!(allowed(served.get("/v1/connections/main/test")).await, (405, "POST".to_owned()));
    assert_eq!(allowed(served.client.post(served.url("/v1/units"))).await, (405, "GET,HEAD".to_owned()));
    for path in ["/", "/v1", "/v1/", "/v1/units/", "/v1/units/getJob/", "/v1/units/getJob/schema/more", "/healthz/"] {
        assert_eq!(failure(served.get(path)).await, (404, "invalid_request".to_owned()), "{path}");
    }
    for key in ["%ff", "getJob%2Fschema", "%00"] {
        assert_eq!(failure(served.get(&format!("/v1/units/{key}"))).await, (404, "unknown_action".to_owned()), "{key}");
    }
    assert_eq!(status(served.get("/v1/units/get%4aob")).await, 200);
    let head = served.client.head(served.url("/healthz")).send().await.unwrap();
    assert_eq!((head.status().as_u16(), &head.headers()["content-length"]), (200, &"15".parse().unwrap()));
    assert_eq!(head.text().await.unwrap(), "");
    assert_eq!(failure(served.get("/metrics")).await.0, 404);
    for content_type in ["text/plain", "application/x-www-form-urlencoded", "application/json5"] {
        let sent = served.client.post(served.url("/v1/invoke")).header("content-type", content_type);
        assert_eq!(failure(sent.body(get_job().to_string())).await.0, 415, "{content_type}");
    }
    let sent = served.client.post(served.url("/v1/invoke")).header("content-type", "Application/JSON; charset=utf-8");
    assert_eq!(status(sent.body(get_job().to_string())).await, 200);
    for (coding, expected) in [("gzip", 415), ("identity", 200)] {
        assert_eq!(status(served.get_job().header("content-encoding", coding)).await, expected, "{coding}");
    }
}

#[tokio::test]
async fn records_come_one_a_line_and_the_last_line_says_so() {
    let served = Served::start().await;
    let count = served.sandbox.count("jobs");
    let response = served.records(&all_jobs()).send().await.unwrap();
    assert_eq!(response.headers()["content-type"], NDJSON);
    let all = lines(response).await;
    assert_eq!(all.last().unwrap(), &json!({"end": {"records": count, "more": false}}));
    let (_, records) = all.split_last().unwrap();
    let mut ids: Vec<_> = records.iter().map(|line| line["record"]["id"].as_i64().unwrap()).collect();
    let mut own = served.sandbox.ids("jobs");
    ids.sort_unstable();
    own.sort_unstable();
    assert_eq!(ids, own);
    let page = json!({"id": "a", "action": "listJobs", "inputs": {"pageSize": 3}});
    let page = lines(served.records(&page).send().await.unwrap()).await;
    assert_eq!((page.len(), &page[3]), (4, &json!({"id": "a", "end": {"records": 3, "more": true}})));
    for no_list in [get_job(), create_customer()] {
        assert_eq!(failure(served.records(&no_list)).await, (406, "invalid_request".to_owned()), "{no_list}");
    }
    assert_eq!(served.sandbox.writes().len(), 0);
}

#[tokio::test]
async fn an_error_in_a_list_is_its_last_line_or_its_status() {
    let sandbox = Sandbox::builder().rate_limit(None).records_of("jobs", 600).largest_page(50).start().await.unwrap();
    let runtime = builder(&sandbox).build().unwrap();
    let served = Served::around(sandbox, Api::new(runtime)).await;
    served.sandbox.add_fault(Fault::status(403).on("GET", JOBS).skip(4));
    let mut request = all_jobs();
    request["id"] = json!(5);
    let response = served.records(&request).send().await.unwrap();
    assert_eq!(response.status().as_u16(), 200);
    let all = lines(response).await;
    let (last, records) = all.split_last().unwrap();
    assert_eq!((&last["id"], &last["error"]["code"]), (&json!(5), &json!("forbidden")));
    assert!(!records.is_empty() && records.iter().all(|line| line["record"]["id"].is_number()));
    // As JSON, the same list is held back until its outcome is known.
    served.sandbox.clear_faults();
    served.sandbox.add_fault(Fault::status(403).on("GET", JOBS).skip(4));
    assert_eq!(failure(served.invoke(&all_jobs())).await, (403, "forbidden".to_owned()));
    served.sandbox.clear_faults();
    served.sandbox.add_fault(Fault::status(403).on("GET", JOBS));
    assert_eq!(failure(served.records(&all_jobs())).await, (403, "forbidden".to_owned()));
}

/// A server with a list that is longer than all buffers of a connection.
async fn with_a_long_list(limits: Limits) -> (Served, usize) {
    let sandbox = Sandbox::builder().rate_limit(None).records_of("jobs", LONG).largest_page(250).start().await.unwrap();
    let runtime = builder(&sandbox).build().unwrap();
    (Served::around(sandbox, Api::new(runtime).limits(limits)).await, LONG / 250)
}

const LONG: usize = 25_000;

#[tokio::test(flavor = "multi_thread")]
async fn a_long_reply_is_passed_on_as_it_arrives_and_breaks_off_at_an_error() {
    let (served, _) = with_a_long_list(Limits::default()).await;
    let (status, whole) = outcome(served.invoke(&all_jobs())).await;
    assert_eq!((status, whole["data"]["data"].as_array().unwrap().len()), (200, LONG));
    served.sandbox.add_fault(Fault::status(403).on("GET", JOBS).skip(60));
    let response = served.invoke(&all_jobs()).send().await.unwrap();
    assert_eq!(response.status().as_u16(), 200);
    // The client cannot take it for a whole reply.
    response.text().await.unwrap_err();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_does_not_read_holds_the_list_up_and_one_that_leaves_ends_it() {
    for accept in [format!("accept: {NDJSON}\r\n"), String::new()] {
        let limits = Limits { requests: 2, ..Limits::default() };
        let (served, pages) = with_a_long_list(limits).await;
        let mut stream = served.send(&all_jobs(), &accept);
        let mut beginning = [0; 1024];
        stream.read_exact(&mut beginning).unwrap();
        // Whoever reads ahead has the time of all these requests for it.
        let busy = || async {
            for _ in 0..200 {
                assert_eq!(status(served.get_job()).await, 200);
            }
        };
        // First the buffers on the way fill up.
        let mut read = 0;
        while served.seen(JOBS) != read {
            read = served.seen(JOBS);
            busy().await;
        }
        assert!(read < pages / 2, "{read} of {pages} pages were read for a client that does not read");
        drop(stream);
        // Its place is free again: two at once are admitted.
        let slow = Fault::slow_first_byte(Duration::from_millis(300)).on("GET", JOB);
        served.sandbox.add_fault(slow);
        let two = || async {
            let (one, other) = tokio::join!(status(served.get_job()), status(served.get_job()));
            (one, other) == (200, 200)
        };
        until(two, "second place").await;
        served.sandbox.clear_faults();
        let read = served.seen(JOBS);
        busy().await;
        assert_eq!(served.seen(JOBS), read, "the list is read for nobody");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_never_reads_is_cut_off() {
    let limits = Limits { requests: 1, write_time: Duration::from_millis(200), ..Limits::default() };
    let (served, pages) = with_a_long_list(limits).await;
    let stream = served.send(&all_jobs(), &format!("accept: {NDJSON}\r\n"));
    served.until_admitted().await;
    let read = served.seen(JOBS);
    assert!(read < pages, "{read} of {pages}");
    drop(stream);
}

#[tokio::test]
async fn a_client_that_leaves_ends_a_read() {
    let served = Served::limited(Limits { requests: 1, ..Limits::default() }).await;
    let hour = Duration::from_hours(1);
    served.sandbox.add_fault(Fault::slow_first_byte(hour).on("GET", JOB).once());
    let stream = served.send(&get_job(), "");
    until(|| async { served.seen(JOB) == 1 }, "request").await;
    assert_eq!(failure(served.get_job()).await, (503, "unavailable".to_owned()));
    drop(stream);
    served.until_admitted().await;
}

#[tokio::test]
async fn a_client_that_leaves_does_not_end_a_write() {
    let served = Served::limited(Limits { requests: 1, ..Limits::default() }).await;
    served.sandbox.add_fault(Fault::slow_first_byte(Duration::from_millis(500)).on("POST", CUSTOMERS).once());
    let stream = served.send(&create_customer(), "");
    until(|| async { served.seen(CUSTOMERS) == 1 }, "request").await;
    drop(stream);
    served.until_admitted().await;
    assert_eq!((served.seen(CUSTOMERS), served.sandbox.writes().len()), (1, 1));
    let answered = |request: &pipefit::sandbox::RecordedRequest| request.status == Some(200);
    assert!(served.sandbox.requests().iter().filter(|it| it.operation == Some(CUSTOMERS)).all(answered));
}

#[tokio::test]
async fn no_more_than_the_limit_run_at_once() {
    let served = Arc::new(Served::limited(Limits { requests: 2, ..Limits::default() }).await);
    served.sandbox.add_fault(Fault::slow_first_byte(Duration::from_millis(500)).on("GET", JOB).times(2));
    let slow = || {
        let served = Arc::clone(&served);
        tokio::spawn(async move { status(served.get_job()).await })
    };
    let running = [slow(), slow()];
    until(|| async { served.seen(JOB) == 2 }, "requests").await;
    let refused = served.get_job().send().await.unwrap();
    assert_eq!((refused.status().as_u16(), &refused.headers()["retry-after"]), (503, &"1".parse().unwrap()));
    let error = &json_of(refused).await["error"];
    assert_eq!((&error["code"], &error["retryable"]), (&json!("unavailable"), &json!(true)));
    // What tells of the server is not held up.
    for path in ["/healthz", "/readyz", "/v1/units", "/openapi.json"] {
        assert_eq!(status(served.get(path)).await, 200, "{path}");
    }
    for one in running {
        assert_eq!(one.await.unwrap(), 200);
    }
    assert_eq!(status(served.get_job()).await, 200);
}

/// Notes the threads that ask, and panics for one unit.
#[derive(Debug)]
struct Moody(Arc<Mutex<HashSet<ThreadId>>>);

#[async_trait]
impl PolicyHook for Moody {
    async fn admit(&self, call: &Call<'_>) -> Result<(), String> {
        self.0.lock().unwrap().insert(std::thread::current().id());
        assert_ne!(call.unit, "listJobs", "a bug of the host");
        Ok(())
    }
}

#[tokio::test]
async fn connections_are_spread_over_threads_and_a_panic_ends_its_own_alone() {
    let sandbox = Sandbox::builder().rate_limit(None).start().await.unwrap();
    sandbox.add_fault(Fault::slow_first_byte(Duration::from_millis(300)).on("GET", JOB));
    let threads = Arc::new(Mutex::default());
    let runtime = builder(&sandbox).policy_hook(Moody(Arc::clone(&threads))).build().unwrap();
    let served = Served::around(sandbox, Api::new(runtime)).await;
    for _ in 0..2 {
        let send = |body: Value| (0..4).map(|_| served.send(&body, "connection: close\r\n")).collect::<Vec<_>>();
        for stream in send(get_job()) {
            let answer = read_all(stream).await;
            assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
        }
        assert_eq!(std::mem::take(&mut *threads.lock().unwrap()).len(), 2);
        for stream in send(json!({"action": "listJobs"})) {
            assert_eq!(read_all(stream).await, "");
        }
    }
}

#[tokio::test]
async fn half_a_request_is_not_waited_for() {
    let short = Duration::from_millis(200);
    let served = Served::limited(Limits { head_time: short, body_time: short, ..Limits::default() }).await;
    let connect = || {
        let stream = TcpStream::connect(served.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    };
    let host = served.address;
    // Nothing at all, and half a head.
    assert_eq!(read_all(connect()).await, "");
    let mut stream = connect();
    write!(stream, "POST /v1/invoke HTTP/1.1\r\nhost: {host}\r\n").unwrap();
    assert_eq!(read_all(stream).await, "");
    let head = format!("POST /v1/invoke HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\n");
    let mut stream = connect();
    write!(stream, "{head}content-length: 100\r\n\r\n{{\"action\":").unwrap();
    let answer = read_all(stream).await;
    assert!(answer.starts_with("HTTP/1.1 408 ") && answer.contains("invalid_request"), "{answer}");
    // The client sends no more.
    let mut stream = connect();
    write!(stream, "{head}content-length: 100\r\n\r\n{}", get_job()).unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    let answer = read_all(stream).await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 400 "), "{answer}");
    assert_eq!(served.sandbox.requests().len(), 0);
    assert_eq!(status(served.get_job()).await, 200);
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused() {
    let served = Served::limited(Limits { body: 1000, ..Limits::default() }).await;
    let padded = |length: usize| format!("{}{}", get_job(), " ".repeat(length - get_job().to_string().len()));
    let post = || served.client.post(served.url("/v1/invoke")).header("content-type", "application/json");
    assert_eq!(status(post().body(padded(1000))).await, 200);
    assert_eq!(failure(post().body(padded(1001))).await, (413, "invalid_request".to_owned()));
    let parts = vec![Ok::<_, std::io::Error>(padded(700)), Ok(" ".repeat(700))];
    let chunked = reqwest::Body::wrap_stream(futures_util::stream::iter(parts));
    assert_eq!(failure(post().body(chunked)).await, (413, "invalid_request".to_owned()));
    // What says that it is too long is not waited for.
    let mut stream = TcpStream::connect(served.address).unwrap();
    let head = format!("POST /v1/invoke HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\n", served.address);
    write!(stream, "{head}content-length: 99999999999\r\n\r\n{{").unwrap();
    let answer = read_all(stream).await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
}

#[tokio::test]
async fn with_a_token_nothing_but_health_is_served_without_it() {
    let served = Served::with(|api| api.token(Token::new(TOKEN).unwrap()).metrics(String::new)).await;
    let paths = ["/v1/units", "/v1/units/getJob", "/v1/connections", "/metrics", "/openapi.json", "/bogus"];
    for path in paths {
        let response = served.get(path).send().await.unwrap();
        assert_eq!(
            (response.status().as_u16(), &response.headers()["www-authenticate"]),
            (401, &"Bearer".parse().unwrap())
        );
        for wrong in ["", "canary-0123456789-tokem", "canary-0123456789-token2", "canary-0123456789-toke"] {
            assert_eq!(status(served.get(path).bearer_auth(wrong)).await, 401, "{path}");
        }
        assert_eq!(status(served.get(path).header("authorization", format!("Basic {TOKEN}"))).await, 401, "{path}");
        assert_ne!(status(served.get(path).bearer_auth(TOKEN)).await, 401, "{path}");
    }
    assert_eq!(failure(served.get_job()).await, (401, "forbidden_by_policy".to_owned()));
    assert_eq!(served.sandbox.requests().len(), 0);
    assert_eq!(status(served.get_job().bearer_auth(TOKEN)).await, 200);
    assert_eq!(status(served.get_job().header("authorization", format!("bearer {TOKEN}"))).await, 200);
    for path in ["/healthz", "/readyz"] {
        assert_eq!(status(served.get(path)).await, 200, "{path}");
    }
    // A proxy passes on the name that clients know.
    assert_eq!(status(served.get_job().bearer_auth(TOKEN).header("host", "pipefit.example.com")).await, 200);
}

#[tokio::test]
async fn without_a_token_no_page_and_no_other_host_is_served() {
    let served = Served::start().await;
    let port = served.address.port();
    for host in ["evil.example", &format!("evil.example:{port}"), "127.0.0.1", "127.0.0.1:1"] {
        assert_eq!(
            failure(served.get_job().header("host", host)).await,
            (403, "forbidden_by_policy".to_owned()),
            "{host}"
        );
    }
    for origin in ["https://evil.example", "null", "http://127.0.0.1:1"] {
        assert_eq!(failure(served.get_job().header("origin", origin)).await.0, 403, "{origin}");
        let preflight = served.client.request(reqwest::Method::OPTIONS, served.url("/v1/invoke"));
        let preflight = preflight.header("origin", origin).header("access-control-request-method", "POST");
        let answer = preflight.send().await.unwrap();
        assert_eq!((answer.status().as_u16(), answer.headers().get("access-control-allow-origin")), (403, None));
    }
    for site in ["cross-site", "same-site"] {
        assert_eq!(status(served.get_job().header("sec-fetch-site", site)).await, 403, "{site}");
    }
    assert_eq!(served.sandbox.requests().len(), 0);
    assert_eq!(status(served.get_job().header("host", format!("localhost:{port}"))).await, 200);
}

#[tokio::test]
async fn other_addresses_need_a_token() {
    let sandbox = Sandbox::builder().start().await.unwrap();
    let api = || Api::new(builder(&sandbox).build().unwrap());
    let error = api().bind(([0, 0, 0, 0], 0).into()).await.unwrap_err();
    assert!(error.to_string().contains("needs a token"), "{error}");
    let served = api().token(Token::new(TOKEN).unwrap()).bind(([0, 0, 0, 0], 0).into()).await.unwrap();
    assert_ne!(served.address().unwrap().port(), 0);
}

#[tokio::test]
async fn headers_say_what_members_do() {
    let sandbox = Sandbox::builder().rate_limit(None).start().await.unwrap();
    let runtime = builder(&sandbox).application_id("servicetitan", "6b29fc40-ca47-1067-b31d-00dd010662da");
    let runtime = runtime.pass_traces_on(true).build().unwrap();
    let served = Served::around(sandbox, Api::new(runtime)).await;
    let create = |key: &str| served.invoke(&create_customer()).header("idempotency-key", key);
    let (_, first) = outcome(create("order-1")).await;
    // With the quotes of the draft standard it is the same key.
    for key in ["order-1", "\"order-1\""] {
        let (status, again) = outcome(create(key)).await;
        assert_eq!((status, &again["existing"], &again["data"]["id"]), (200, &json!(true), &first["data"]["id"]));
    }
    let mut named = create_customer();
    named["idempotencyKey"] = json!("order-1");
    assert_eq!(outcome(served.invoke(&named).header("idempotency-key", "order-1")).await.1["existing"], true);
    let conflict = served.invoke(&named).header("idempotency-key", "order-2");
    assert_eq!(failure(conflict).await, (400, "invalid_request".to_owned()));
    assert_eq!(failure(create("order-1").header("idempotency-key", "order-2")).await.0, 400);
    assert_eq!(served.sandbox.writes().len(), 1);

    let trace = |last: char| format!("00-{}-{}{last}-01", "a".repeat(32), "b".repeat(15));
    let mut own = get_job();
    own["traceparent"] = json!(trace('2'));
    for (body, header, passed) in [
        (get_job(), trace('1'), Some(trace('1'))),
        (own, trace('1'), Some(trace('2'))),
        (get_job(), "bogus".to_owned(), None),
    ] {
        assert_eq!(status(served.invoke(&body).header("traceparent", &header)).await, 200);
        let requests = served.sandbox.requests();
        assert_eq!(requests.last().unwrap().header("traceparent"), passed.as_deref());
    }
}

#[tokio::test]
async fn a_stopped_server_finishes_what_runs_and_takes_no_more() {
    let mut served = Served::limited(Limits { grace: PATIENCE, ..Limits::default() }).await;
    served.sandbox.add_fault(Fault::slow_first_byte(Duration::from_millis(500)).path(JOB).once());
    served.sandbox.add_fault(Fault::slow_first_byte(Duration::from_secs(1)).on("POST", CUSTOMERS));
    let read = tokio::spawn(status(served.get_job()));
    let write = tokio::spawn(outcome(served.invoke(&create_customer())));
    until(|| async { served.seen(JOB) == 1 && served.seen(CUSTOMERS) == 1 }, "requests").await;
    assert_eq!(outcome(served.get("/readyz")).await, (200, json!({"status": "ready"})));
    drop(served.stop.take());
    until(|| async { status(served.get("/readyz")).await == 503 }, "end").await;
    assert_eq!(status(served.get("/healthz")).await, 200);
    let refused = served.get_job().send().await.unwrap();
    assert_eq!((refused.status().as_u16(), &refused.headers()["connection"]), (503, &"close".parse().unwrap()));
    assert_eq!(read.await.unwrap(), 200);
    let (status, made) = write.await.unwrap();
    assert_eq!((status, made["data"]["id"].is_number()), (200, true), "{made}");
    served.serving.await.unwrap();
    assert_eq!(served.sandbox.writes().len(), 1);
    assert!(TcpStream::connect(served.address).is_err());
}

#[tokio::test]
async fn what_outlasts_the_grace_period_is_told_so() {
    let grace = Duration::from_millis(200);
    let mut served = Served::limited(Limits { grace, ..Limits::default() }).await;
    let hour = Duration::from_hours(1);
    served.sandbox.add_fault(Fault::slow_first_byte(hour).path(JOB));
    served.sandbox.add_fault(Fault::slow_first_byte(hour).on("POST", CUSTOMERS));
    let read = tokio::spawn(served.get_job().send());
    let write = tokio::spawn(failure(served.invoke(&create_customer())));
    until(|| async { served.seen(JOB) == 1 && served.seen(CUSTOMERS) == 1 }, "requests").await;
    drop(served.stop.take());
    let read = read.await.unwrap().unwrap();
    assert_eq!((read.status().as_u16(), &read.headers()["retry-after"]), (503, &"1".parse().unwrap()));
    let told: Value = read.json().await.unwrap();
    assert_eq!((&told["error"]["code"], &told["error"]["retryable"]), (&json!("cancelled"), &json!(true)));
    assert_eq!(write.await.unwrap(), (502, "outcome_unknown".to_owned()));
    served.serving.await.unwrap();
}

#[tokio::test]
async fn the_description_is_the_exported_one_and_names_every_path() {
    let served = Served::start().await;
    let (_, description) = outcome(served.get("/openapi.json")).await;
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/openapi.json")).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), description, "run `cargo xtask update`");
    for (path, operations) in description["paths"].as_object().unwrap() {
        let path = path.replace("{key}", "getJob").replace("{name}", "main");
        for method in operations.as_object().unwrap().keys() {
            let method = method.to_uppercase().parse().unwrap();
            let answer = served.client.request(method, served.url(&path)).send().await.unwrap();
            let known = !answer.text().await.unwrap().contains("/openapi.json` ");
            assert!(known, "{path}");
        }
    }
    // Replies and records are what it says.
    let at = |name: &str| {
        let mut schema = description.clone();
        schema["$ref"] = json!(format!("#/components/schemas/{name}"));
        jsonschema::draft202012::new(&schema).unwrap()
    };
    for (name, request) in [
        ("Reply", served.get_job()),
        ("Reply", served.invoke(&json!({"dataSource": "selectJob"}))),
        ("Failure", served.invoke(&json!({"action": "createJob"}))),
        ("Units", served.get("/v1/units")),
        ("Manifest", served.get("/v1/units/createJob")),
        ("UnitSchema", served.get("/v1/units/createJob/schema")),
        ("Connections", served.get("/v1/connections")),
        ("Diagnosis", served.client.post(served.url("/v1/connections/main/test"))),
        ("Health", served.get("/readyz")),
    ] {
        let (_, reply) = outcome(request).await;
        let faults: Vec<_> = at(name).iter_errors(&reply).map(|fault| fault.to_string()).collect();
        assert!(faults.is_empty(), "{name}: {faults:?} in {reply}");
    }
    let all = lines(served.records(&all_jobs()).send().await.unwrap()).await;
    assert!(all.iter().all(|line| at("Line").is_valid(line)));
    let wrong = json!({"records": 1});
    assert!(
        !at("Line").is_valid(&wrong) && !at("Invocation").is_valid(&wrong) && at("Invocation").is_valid(&get_job())
    );
}

#[cfg(unix)]
mod socket {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn client_of(path: &Path) -> Client {
        client_builder().unix_socket(path).build().unwrap()
    }

    /// A server at this path, and a client that sends another host with each request.
    async fn served_at(path: &Path, change: impl FnOnce(Api) -> Api) -> Served {
        let sandbox = Sandbox::builder().rate_limit(None).start().await.unwrap();
        let api = change(Api::new(builder(&sandbox).build().unwrap()).threads(2));
        let server = api.bind_socket(path).await.unwrap();
        assert_eq!(server.address(), None);
        Served::by(server, sandbox, client_of(path), ([192, 0, 2, 1], 80).into())
    }

    #[tokio::test]
    async fn programs_of_the_same_user_use_it_without_a_token() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pipefit.sock");
        let mut served = served_at(&path, |api| api).await;
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let calls: Vec<_> = (0..4).map(|_| tokio::spawn(outcome(served.get_job()))).collect();
        for call in calls {
            let (status, job) = call.await.unwrap();
            assert_eq!((status, &job["data"]["id"]), (200, &json!(10_978_752_986_u64)), "{job}");
        }
        let listed = lines(served.records(&all_jobs()).send().await.unwrap()).await;
        assert!(listed.last().unwrap()["end"].is_object());
        // A second one does not take it over.
        let second = Api::new(builder(&served.sandbox).build().unwrap()).bind_socket(&path).await;
        assert!(second.unwrap_err().to_string().contains("another process listens on it"));
        drop(served.stop.take());
        served.serving.await.unwrap();
        assert!(!path.exists());
    }

    #[tokio::test]
    async fn a_token_is_required_here_too() {
        let folder = tempfile::tempdir().unwrap();
        let served = served_at(&folder.path().join("p.sock"), |api| api.token(Token::new(TOKEN).unwrap())).await;
        assert_eq!(failure(served.get_job()).await, (401, "forbidden_by_policy".to_owned()));
        assert_eq!(status(served.get_job().bearer_auth(TOKEN)).await, 200);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn the_command_prints_it_and_removes_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pipefit.sock");
        let address = format!("unix:{}", path.display());
        let mut child = command(&["serve", "--sandbox", "--http", &address])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line.trim(), address);
        let job = json_body(client_of(&path).post("http://localhost/v1/invoke"), &get_job());
        assert_eq!(outcome(job).await.0, 200);
        terminate(&child);
        assert_eq!((child.wait().unwrap().code(), path.exists()), (Some(0), false));
    }
}

/// The command, with a sandbox of this process as its service.
struct Running {
    child: Child,
    address: SocketAddr,
}

impl Running {
    fn start(arguments: &[&str], sandbox: &Sandbox, token: Option<&str>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let connections = folder.path().join("connections.json");
        std::fs::write(&connections, json!({"main": pipefit::sandbox_connection(sandbox)}).to_string()).unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            std::fs::set_permissions(&connections, std::fs::Permissions::from_mode(0o600)).unwrap();
        }
        let mut command = command(&[&["serve", "--http", "127.0.0.1:0"], arguments].concat());
        command.env("PIPEFIT_CONNECTIONS", &connections);
        command.env("PIPEFIT_API_URL", sandbox.url()).env("PIPEFIT_TOKEN_URL", sandbox.token_url());
        if let Some(token) = token {
            command.env("PIPEFIT_HTTP_TOKEN", token);
        }
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("http://").unwrap_or_else(|| panic!("{line}")).parse().unwrap();
        Self { child, address }
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    fn invoke(&self, client: &Client, body: &Value) -> RequestBuilder {
        json_body(client.post(self.url("/v1/invoke")), body)
    }

    #[cfg(unix)]
    fn signal(&self) {
        terminate(&self.child);
    }

    /// Waits for its end; returns its status and what it wrote to stderr.
    fn end(mut self) -> (Option<i32>, String) {
        let mut stderr = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        (self.child.wait().unwrap().code(), stderr)
    }
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn the_command_finishes_a_write_at_a_signal_and_ends_at_once_at_the_second() {
    let sandbox = Sandbox::builder().start().await.unwrap();
    sandbox.add_fault(Fault::slow_first_byte(Duration::from_secs(1)).on("POST", CUSTOMERS).once());
    let seen = |count: usize| {
        let requests = sandbox.requests();
        let writes = requests.iter().filter(|request| request.operation == Some(CUSTOMERS));
        std::future::ready(writes.count() == count)
    };
    let (client, running) = (client(), Running::start(&[], &sandbox, None));
    let write = tokio::spawn(outcome(running.invoke(&client, &create_customer())));
    until(|| seen(1), "request").await;
    running.signal();
    let (status, made) = write.await.unwrap();
    assert_eq!((status, made["data"]["id"].is_number()), (200, true), "{made}");
    let (status, stderr) = running.end();
    assert_eq!((status, stderr.lines().count()), (Some(0), 1), "{stderr}");
    assert!(stderr.contains("WARN pipefit::server: stopping: 1 call in flight"), "{stderr}");

    sandbox.add_fault(Fault::slow_first_byte(Duration::from_hours(1)).on("POST", CUSTOMERS));
    let running = Running::start(&["--threads", "2"], &sandbox, None);
    let writes: Vec<_> = (0..4).map(|_| tokio::spawn(running.invoke(&client, &create_customer()).send())).collect();
    until(|| seen(5), "requests").await;
    running.signal();
    let stopping = || async { self::status(client.get(running.url("/readyz"))).await == 503 };
    until(stopping, "end").await;
    running.signal();
    let (status, stderr) = running.end();
    assert_eq!(status, Some(0));
    // Those of both threads.
    let told = stderr.matches("nobody took the response of `createCustomer`, which writes").count();
    assert_eq!(told, 4, "{stderr}");
    for write in writes {
        write.await.unwrap().unwrap_err();
    }
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn the_command_logs_what_became_of_a_write_whose_client_left() {
    let sandbox = Sandbox::builder().start().await.unwrap();
    sandbox.add_fault(Fault::slow_first_byte(Duration::from_millis(500)).on("POST", CUSTOMERS));
    let running = Running::start(&[], &sandbox, None);
    let body = create_customer().to_string();
    let mut stream = TcpStream::connect(running.address).unwrap();
    let head = format!("POST /v1/invoke HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\n", running.address);
    write!(stream, "{head}content-length: {}\r\n\r\n{body}", body.len()).unwrap();
    let seen = || std::future::ready(sandbox.requests().iter().any(|request| request.operation == Some(CUSTOMERS)));
    until(seen, "request").await;
    drop(stream);
    // The end waits for it.
    running.signal();
    let (status, stderr) = running.end();
    assert_eq!((status, sandbox.writes().len()), (Some(0), 1));
    assert!(stderr.contains("response of `createCustomer`") && stderr.contains("the outcome: ok"), "{stderr}");
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn the_command_counts_requests_and_tells_no_secret() {
    let sandbox = Sandbox::builder().start().await.unwrap();
    let running = Running::start(&["-vv"], &sandbox, Some(TOKEN));
    let client = client();
    let get = |path: &str| client.get(running.url(path)).bearer_auth(TOKEN);
    let mut texts = Vec::new();
    for body in [get_job(), get_job(), json!({"action": "getJob", "inputs": {"jobId": "5"}})] {
        texts.push(running.invoke(&client, &body).bearer_auth(TOKEN).send().await.unwrap().text().await.unwrap());
    }
    for (action, inputs) in [("getJob", json!({})), ("canary-unit", json!({}))] {
        let refused = json!({"action": action, "inputs": inputs});
        texts.push(running.invoke(&client, &refused).bearer_auth(TOKEN).send().await.unwrap().text().await.unwrap());
    }
    for path in ["/v1/connections", "/v1/units/getJob", "/v1/canary-path", "/openapi.json"] {
        texts.push(get(path).send().await.unwrap().text().await.unwrap());
    }
    let tested = client.post(running.url("/v1/connections/main/test")).bearer_auth(TOKEN).send().await.unwrap();
    texts.push(tested.text().await.unwrap());
    let response = get("/metrics").send().await.unwrap();
    assert!(response.headers()["content-type"].to_str().unwrap().starts_with("application/openmetrics-text"));
    let metrics = response.text().await.unwrap();
    for line in [
        r#"pipefit_invocations_total{component="servicetitan",unit="getJob",outcome="ok"} 2"#,
        r#"pipefit_invocations_total{component="servicetitan",unit="getJob",outcome="not_found"} 1"#,
        r#"pipefit_invocations_total{component="servicetitan",unit="getJob",outcome="invalid_input"} 1"#,
        r#"pipefit_invocations_total{component="unknown",unit="unknown",outcome="unknown_action"} 1"#,
        r#"pipefit_http_requests_total{path="/v1/invoke",status="200"} 2"#,
        r#"pipefit_http_requests_total{path="/v1/invoke",status="404"} 2"#,
        r#"pipefit_http_requests_total{path="/v1/units/{key}",status="200"} 1"#,
        r#"pipefit_http_requests_total{path="other",status="404"} 1"#,
        "pipefit_http_requests_in_flight 1.0",
        "# EOF",
    ] {
        assert!(metrics.lines().any(|own| own == line), "{line} is not in {metrics}");
    }
    assert!(!metrics.contains("canary") && !metrics.contains("10978752986"), "{metrics}");
    texts.push(metrics);
    running.signal();
    texts.push(running.end().1);
    let credentials = sandbox.credentials();
    let secrets = [TOKEN, &credentials.client_secret, &credentials.application_key];
    for text in &texts {
        assert!(!secrets.iter().any(|secret| text.contains(secret)), "{text}");
    }
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn every_request_of_the_page_is_answered() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/http.md");
    let page = std::fs::read_to_string(page).unwrap();
    let commands: Vec<_> = page.lines().filter_map(|line| line.strip_prefix("$ curl ")).collect();
    let sandbox = Sandbox::builder().start().await.unwrap();
    let running = Running::start(&["--sandbox"], &sandbox, None);
    for arguments in &commands {
        let own = arguments.replace("127.0.0.1:8420", &running.address.to_string());
        let mut curl = std::process::Command::new("bash");
        curl.args(["-c", &format!("curl --fail-with-body --noproxy '*' {own}")]).env("PIPEFIT_HTTP_TOKEN", TOKEN);
        let answered = curl.output().unwrap();
        assert!(answered.status.success() && !answered.stdout.is_empty(), "{arguments}: {answered:?}");
    }
    assert!(commands.len() >= 9, "{commands:?}");
    running.signal();
    running.end();
}

#[test]
fn the_command_says_why_it_cannot_serve() {
    let refused = |arguments: &[&str], token: Option<&str>| {
        let mut command = command(&[&["serve", "--sandbox", "--http"], arguments].concat());
        if let Some(token) = token {
            command.env("PIPEFIT_HTTP_TOKEN", token);
        }
        let output = command.output().unwrap();
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{output:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    let open = refused(&["0.0.0.0:0"], None);
    assert!(["`--http-token-file`", "`PIPEFIT_HTTP_TOKEN`", "TLS"].iter().all(|way| open.contains(way)), "{open}");
    let short = refused(&["127.0.0.1:0"], Some("canary"));
    assert!(short.contains("16 or more") && !short.contains("canary"), "{short}");
    // A variable that a deployment left empty must not open the server.
    let empty = refused(&["127.0.0.1:0"], Some(""));
    assert!(empty.contains("`PIPEFIT_HTTP_TOKEN`") && empty.contains("16 or more"), "{empty}");
    assert!(refused(&["example.com:80"], None).contains("expected an IP address"));
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    assert!(refused(&[&address], None).contains(&format!("cannot listen on {address}")));
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn the_token_of_a_file_is_required() {
    use std::os::unix::fs::PermissionsExt as _;
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), format!("{TOKEN}\n")).unwrap();
    std::fs::set_permissions(file.path(), std::fs::Permissions::from_mode(0o600)).unwrap();
    let sandbox = Sandbox::builder().start().await.unwrap();
    let path = file.path().to_str().unwrap();
    let running = Running::start(&["--http-token-file", path], &sandbox, Some("another-token-of-the-environment"));
    let client = client();
    assert_eq!(status(running.invoke(&client, &get_job())).await, 401);
    assert_eq!(status(running.invoke(&client, &get_job()).bearer_auth(TOKEN)).await, 200);
    running.signal();
    assert_eq!(running.end().0, Some(0));
}

#[tokio::test]
async fn no_failure_shows_a_secret() {
    let fields = &connection()["fields"];
    let secrets = ["clientSecret", "applicationKey"].map(|key| fields[key].as_str().unwrap().to_owned());
    let (url, _) = serve(|_| response("500 Internal Server Error", &[], "{}"));
    let builder = pipefit::Runtime::builder().connection("main", connection()).retries(AT_ONCE);
    let builder = builder.api_url("servicetitan", &url).token_url("servicetitan", format!("{url}/connect/token"));
    let sandbox = Sandbox::builder().start().await.unwrap();
    let served = Served::around(sandbox, Api::new(builder.build().unwrap())).await;
    for body in [
        json!({"action": "getJob", "inputs": {"connection": "main", "jobId": "5"}}),
        json!({"action": "getJob", "inputs": {"connection": "main", "jobId": "5"}, "dryRun": true}),
        json!({"action": "getJob", "inputs": {"connection": connection(), "jobId": secrets[0]}}),
        json!({"action": "getJob", "inputs": {"connection": connection()}, "bogus": secrets[0]}),
    ] {
        let text = served.invoke(&body).send().await.unwrap().text().await.unwrap();
        assert!(!secrets.iter().any(|secret| text.contains(secret)), "{text}");
    }
}
