//! The playground's server: who may use it, and what it tells.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, Stdio};

use pipefit::sandbox::Sandbox;
use pipefit::server::playground::Playground;
use reqwest::{Client, RequestBuilder, Response};
use serde_json::{Value, json};
use tokio::sync::oneshot;

use crate::support::{AT_ONCE, connection, response, serve};

/// A playground that serves until it is dropped.
struct Served {
    client: Client,
    /// `http://127.0.0.1:PORT`
    origin: String,
    token: String,
    sandbox: Sandbox,
    _stop: oneshot::Sender<()>,
}

impl Served {
    async fn start() -> Self {
        let sandbox = Sandbox::builder().start().await.unwrap();
        let builder = pipefit::at_sandbox(&sandbox).connection("sandbox", pipefit::sandbox_connection(&sandbox));
        let playground = Playground::new(builder.build().unwrap(), vec!["sandbox".to_owned()]);
        Self::around(playground.sandbox(true), sandbox).await
    }

    async fn around(playground: Playground, sandbox: Sandbox) -> Self {
        let server = playground.bind(0).await.unwrap();
        let url = server.url();
        let (origin, token) = url.split_once("/?token=").unwrap();
        let (stop, stopped) = oneshot::channel();
        tokio::spawn(server.serve(async move { drop(stopped.await) }));
        let client = client();
        Self { client, origin: origin.to_owned(), token: token.to_owned(), sandbox, _stop: stop }
    }

    fn get(&self, path: &str) -> RequestBuilder {
        self.client.get(format!("{}{path}", self.origin))
    }

    fn post(&self, path: &str, body: &Value) -> RequestBuilder {
        let request = self.client.post(format!("{}/api/{path}", self.origin));
        request.header("content-type", "application/json").body(body.to_string())
    }

    async fn answer(&self, path: &str, body: &Value) -> Value {
        let response = self.post(path, body).bearer_auth(&self.token).send().await.unwrap();
        assert_eq!(response.status(), 200);
        json_of(response).await
    }
}

async fn json_of(response: Response) -> Value {
    serde_json::from_str(&response.text().await.unwrap()).unwrap()
}

async fn status(request: RequestBuilder) -> u16 {
    request.send().await.unwrap().status().as_u16()
}

const PATHS: [&str; 4] = ["/", "/assets/app.js", "/api/catalog", "/api/schemas/invocation.json"];

fn client() -> Client {
    // The client has no provider of its own; the playground speaks no TLS.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder().no_proxy().build().unwrap()
}

#[tokio::test]
async fn nothing_is_served_without_the_token() {
    let served = Served::start().await;
    let wrong = served.token.replace(['0', '1', '2', '3', '4'], "5");
    for path in PATHS.iter().chain(&["/no-such-page"]) {
        assert_eq!(status(served.get(path)).await, 401, "{path}");
        assert_eq!(status(served.get(path).bearer_auth(&wrong)).await, 401, "{path}");
        assert_eq!(status(served.get(path).bearer_auth("")).await, 401, "{path}");
        assert_eq!(status(served.get(path).header("cookie", "pipefit=x")).await, 401, "{path}");
    }
    let invocation = json!({"action": "getJob", "inputs": {"connection": "sandbox", "jobId": "10978752986"}});
    for path in ["invoke", "diagnose"] {
        assert_eq!(status(served.post(path, &invocation)).await, 401, "{path}");
    }
    assert_eq!(status(served.get("/?token=")).await, 401);
    // In an address the token opens the page, and nothing else.
    assert_eq!(status(served.get(&format!("/api/catalog?token={}", served.token))).await, 401);
    assert_eq!(served.sandbox.requests().len(), 0);
}

#[tokio::test]
async fn the_address_opens_the_page_and_its_cookie_the_rest() {
    let served = Served::start().await;
    let page = served.get(&format!("/?token={}", served.token)).send().await.unwrap();
    assert_eq!(page.status(), 200);
    let cookie = page.headers()["set-cookie"].to_str().unwrap().to_owned();
    let attributes: Vec<_> = cookie.split("; ").skip(1).collect();
    assert_eq!(attributes, ["Path=/", "HttpOnly", "SameSite=Strict"]);
    assert!(!page.text().await.unwrap().contains(&served.token));
    let pair = cookie.split("; ").next().unwrap();
    for path in PATHS {
        assert_eq!(status(served.get(path).header("cookie", format!("other=1; {pair}"))).await, 200, "{path}");
        assert_eq!(status(served.get(path).bearer_auth(&served.token)).await, 200, "{path}");
    }
    let invocation = json!({"action": "getJob", "inputs": {"connection": "sandbox", "jobId": "10978752986"}});
    let by_page = served.post("invoke", &invocation).header("cookie", pair).header("origin", &served.origin);
    assert_eq!(json_of(by_page.send().await.unwrap()).await["data"]["id"], 10_978_752_986_i64);
}

#[tokio::test]
async fn another_host_and_another_page_are_refused() {
    let served = Served::start().await;
    let port = served.origin.rsplit(':').next().unwrap();
    let with = |name: &str, value: &str| served.get("/api/catalog").bearer_auth(&served.token).header(name, value);
    for host in ["evil.example", &format!("evil.example:{port}"), "127.0.0.1", "127.0.0.1:1"] {
        assert_eq!(status(with("host", host)).await, 403, "{host}");
        // Not even the page, which a rebound name could read.
        let page = served.get(&format!("/?token={}", served.token)).header("host", host);
        assert_eq!(status(page).await, 403, "{host}");
    }
    assert_eq!(status(with("host", &format!("localhost:{port}"))).await, 200);
    for origin in ["https://evil.example", "null", "http://127.0.0.1:1", &served.origin.replace("http", "https")] {
        assert_eq!(status(with("origin", origin)).await, 403, "{origin}");
        let inputs = json!({"connection": "sandbox", "appointmentId": "1"});
        let invocation = json!({"action": "deleteAppointment", "inputs": inputs});
        let sent = served.post("invoke", &invocation).bearer_auth(&served.token).header("origin", origin);
        assert_eq!(status(sent).await, 403, "{origin}");
    }
    for site in ["cross-site", "same-site"] {
        assert_eq!(status(with("sec-fetch-site", site)).await, 403, "{site}");
    }
    // What a form of another page can send without asking.
    for content_type in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"] {
        let sent = served.client.post(format!("{}/api/invoke", served.origin)).header("content-type", content_type);
        assert_eq!(status(sent.bearer_auth(&served.token).body("{}")).await, 415, "{content_type}");
    }
    assert_eq!(served.sandbox.requests().len(), 0);
}

#[tokio::test]
async fn every_response_is_protected() {
    let served = Served::start().await;
    for path in PATHS.iter().chain(&["/no-such-page"]) {
        for request in [served.get(path), served.get(path).bearer_auth(&served.token)] {
            let response = request.header("origin", &served.origin).send().await.unwrap();
            let headers = response.headers();
            let policy = headers["content-security-policy"].to_str().unwrap();
            assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{path}: {policy}");
            assert_eq!(headers["x-content-type-options"], "nosniff", "{path}");
            assert_eq!(headers["referrer-policy"], "no-referrer", "{path}");
            assert_eq!(headers["cache-control"], "no-store", "{path}");
            assert_eq!(headers["cross-origin-resource-policy"], "same-origin", "{path}");
            assert!(!headers.contains_key("access-control-allow-origin"), "{path}");
        }
    }
}

#[tokio::test]
async fn a_body_that_is_too_long_is_refused() {
    let served = Served::start().await;
    let long = vec![b' '; 64 * 1024 * 1024 + 1];
    assert_eq!(status(served.post("invoke", &json!({})).bearer_auth(&served.token).body(long)).await, 413);
}

#[tokio::test]
async fn units_run_as_they_do_elsewhere() {
    let served = Served::start().await;
    let inputs = json!({"connection": "sandbox", "jobId": "10978752986"});
    let dry = served.answer("invoke", &json!({"action": "getJob", "inputs": inputs, "dryRun": true})).await;
    assert_eq!(dry["data"]["method"], "GET");
    assert_eq!(served.sandbox.requests().len(), 0, "a dry run sends nothing");
    let text = served.post("invoke", &json!({"id": 7, "action": "getJob", "inputs": inputs}));
    let text = text.bearer_auth(&served.token).send().await.unwrap().text().await.unwrap();
    assert!(text.starts_with(r#"{"id":7,"data":{"id":10978752986,"#), "{text}");
    let source = json!({"dataSource": "selectJob", "inputs": {"connection": "sandbox", "limit": 2}});
    assert_eq!(served.answer("invoke", &source).await["result"].as_array().unwrap().len(), 2);
    let wrong = json!({"id": 8, "action": "createJob", "inputs": {"connection": "sandbox", "appointments": [{}]}});
    let error = served.answer("invoke", &wrong).await;
    assert_eq!((&error["id"], &error["error"]["code"]), (&json!(8), &json!("invalid_input")));
    assert_eq!(served.answer("invoke", &json!([])).await["error"]["code"], "invalid_request");
    let diagnosis = served.answer("diagnose", &json!({"component": "servicetitan", "connection": "sandbox"})).await;
    assert_eq!(diagnosis["ok"], true, "{diagnosis}");
    let schema = served.get("/api/schemas/servicetitan/actions/getJob.inputs.json").bearer_auth(&served.token);
    assert_eq!(json_of(schema.send().await.unwrap()).await["title"], "Get Job");
    let none = served.get("/api/schemas/../../Cargo.toml").bearer_auth(&served.token);
    assert_eq!(status(none).await, 404);
}

#[tokio::test]
async fn no_answer_has_a_secret_in_it() {
    let fields = &connection()["fields"];
    let secrets = ["clientSecret", "applicationKey"].map(|key| fields[key].as_str().unwrap().to_owned());
    let (url, _) = serve(|_| response("500 Internal Server Error", &[], "{}"));
    let builder = pipefit::Runtime::builder().connection("main", connection()).retries(AT_ONCE);
    let runtime = builder.api_url("servicetitan", &url).token_url("servicetitan", format!("{url}/connect/token"));
    let playground = Playground::new(runtime.build().unwrap(), vec!["main".to_owned()]);
    let served = Served::around(playground, Sandbox::builder().start().await.unwrap()).await;
    let mut texts = Vec::new();
    for path in PATHS {
        let response = served.get(path).bearer_auth(&served.token).send().await.unwrap();
        texts.push(response.text().await.unwrap());
    }
    let customer = json!({"connection": "main", "name": "Ann", "customerId": "5"});
    for request in [
        json!({"action": "updateCustomer", "inputs": customer, "dryRun": true}),
        json!({"action": "updateCustomer", "inputs": customer}),
        json!({"action": "updateCustomer", "inputs": {"connection": connection(), "customerId": secrets[0]}}),
        json!({"action": "updateCustomer", "inputs": {"connection": connection()}, "bogus": secrets[0]}),
    ] {
        texts.push(served.answer("invoke", &request).await.to_string());
    }
    for connection in [json!("main"), connection(), json!({"fields": fields}), json!(connection().to_string())] {
        let request = json!({"component": "servicetitan", "connection": connection});
        texts.push(served.answer("diagnose", &request).await.to_string());
    }
    texts.push(served.answer("diagnose", &json!({"connection": connection(), "more": secrets[0]})).await.to_string());
    for text in &texts {
        assert!(!secrets.iter().any(|secret| text.contains(secret)), "{text}");
    }
}

/// Runs the command and returns it with the address that it prints.
fn command(arguments: &[&str]) -> (Child, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pipefit"));
    for name in ["PIPEFIT_API_URL", "PIPEFIT_TOKEN_URL", "PIPEFIT_CONNECTIONS", "PIPEFIT_READ_ONLY"] {
        command.env_remove(name);
    }
    let command = command.arg("playground").args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    (child, line.trim().to_owned())
}

#[cfg(unix)]
#[tokio::test]
async fn the_command_listens_on_loopback_and_stops_at_a_signal() {
    for signal in ["-INT", "-TERM"] {
        let (mut child, url) = command(&["--read-only"]);
        let (origin, token) = url.split_once("/?token=").unwrap();
        assert!(origin.starts_with("http://127.0.0.1:") && token.len() == 32, "{url}");
        let port: u16 = origin.rsplit(':').next().unwrap().parse().unwrap();
        // Another loopback address reaches whatever listens on all addresses.
        assert!(std::net::TcpStream::connect(("127.0.0.2", port)).is_err());
        let client = client();
        let inputs = json!({"connection": "sandbox", "appointmentId": "5"});
        let request = client.post(format!("{origin}/api/invoke")).bearer_auth(token);
        let request = request.header("content-type", "application/json");
        let denied = request.body(json!({"action": "deleteAppointment", "inputs": inputs}).to_string());
        assert_eq!(json_of(denied.send().await.unwrap()).await["error"]["code"], "forbidden_by_policy");
        assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
        assert_eq!(child.wait().unwrap().code(), Some(0));
    }
}

#[test]
fn the_command_says_why_it_cannot_serve() {
    let (mut child, line) = command(&["--connections", "/no/such/file"]);
    assert_eq!((line.as_str(), child.wait().unwrap().code()), ("", Some(3)));
    let mut stderr = String::new();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    assert!(stderr.contains("cannot read the connections in /no/such/file"), "{stderr}");
}
