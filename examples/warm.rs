//! Compares warm calls: `getJob` again and again by a bare `reqwest` client, the crate, JSON-RPC, HTTP, and a bare
//! proxy, in turn and against one server on loopback. Prints calls per second, and the ratio to the bare client.
//!
//! The bare proxy is a process that passes requests on with `axum` and `reqwest` and checks nothing: what the hop to
//! another process costs by itself.
//!
//! `cargo build --release && cargo run --release --example warm -- 50000 64`

#![expect(clippy::print_stdout, reason = "it prints what it measured")]

use std::collections::BTreeMap;
use std::error::Error;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use pipefit::{Invocation, Runtime};
use serde_json::json;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{ChildStdin, ChildStdout, Command};

/// How often each way is measured.
const ROUNDS: usize = 5;

/// A job, as long as the service's.
const JOB: &str = include_str!("job.json");

type Failure = Box<dyn Error + Send + Sync>;

/// The first argument of the process that is the bare proxy; its target is the second.
const PROXY: &str = "proxy";

/// The names of the ways to make a call.
const FACES: [&str; 5] = ["bare client", "crate", "JSON-RPC", "HTTP", "bare proxy"];

fn main() -> Result<(), Failure> {
    let given: Vec<_> = std::env::args().skip(1).collect();
    if let [PROXY, target] = given.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        return proxy(target);
    }
    let mut arguments = given.iter().map(|argument| argument.parse::<usize>());
    let calls = arguments.next().transpose()?.unwrap_or(50_000);
    let mut widths = arguments.collect::<Result<Vec<_>, _>>()?;
    if widths.is_empty() {
        widths = vec![1, 16, 64];
    }
    let url = serve()?;
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        println!("| at a time | {} |\n|---{}|", FACES.join(" | "), "|---".repeat(FACES.len()));
        let mut faces = Faces::start(&url).await?;
        for width in widths {
            let mut rates = BTreeMap::<usize, Vec<f64>>::new();
            for _ in 0..ROUNDS {
                for face in 0..FACES.len() {
                    let (began, calls) = (Instant::now(), calls / ROUNDS);
                    faces.run(face, calls, width).await?;
                    #[expect(clippy::cast_precision_loss, reason = "the number of calls is small")]
                    rates.entry(face).or_default().push(calls as f64 / began.elapsed().as_secs_f64());
                }
            }
            let medians: Vec<_> = rates.into_values().map(median).collect();
            let shown = medians.iter().map(|rate| format!("{rate:.0} ({:.2})", rate / medians[0]));
            println!("| {width} | {} |", shown.collect::<Vec<_>>().join(" | "));
        }
        Ok(())
    })
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates[rates.len() / 2]
}

/// Starts a server in a thread of its own: a token for a POST, a job for all else. Returns its URL.
fn serve() -> Result<String, Failure> {
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    listener.set_nonblocking(true)?;
    let url = format!("http://{}", listener.local_addr()?);
    let events = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    std::thread::spawn(move || {
        events.block_on(async {
            let listener = TcpListener::from_std(listener)?;
            loop {
                let (stream, _) = listener.accept().await?;
                tokio::spawn(answer(stream));
            }
            #[expect(unreachable_code, reason = "says what the errors are")]
            Ok::<(), std::io::Error>(())
        })
    });
    Ok(url)
}

async fn answer(mut stream: TcpStream) -> std::io::Result<()> {
    let of = |body: &str| {
        format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}", body.len())
    };
    let (job, token) = (of(JOB), of(r#"{"access_token":"token","expires_in":900}"#));
    let (mut seen, mut piece) = (Vec::new(), [0; 16 * 1024]);
    loop {
        let length = stream.read(&mut piece).await?;
        if length == 0 {
            return Ok(());
        }
        seen.extend_from_slice(&piece[..length]);
        // The body of the token request may arrive later than its head; its form ends with the scope or the secret.
        while let Some(end) = seen.windows(4).position(|part| part == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&seen[..end]).to_lowercase();
            let body = head.split("content-length: ").nth(1).and_then(|rest| rest.split("\r\n").next()?.parse().ok());
            let whole = end + 4 + body.unwrap_or(0);
            if seen.len() < whole {
                break;
            }
            stream.write_all(if head.starts_with("post") { token.as_bytes() } else { job.as_bytes() }).await?;
            seen.drain(..whole);
        }
    }
}

/// The ways to make a call.
struct Faces {
    url: String,
    bare: reqwest::Client,
    runtime: Runtime,
    rpc: (ChildStdin, tokio::io::Lines<tokio::io::BufReader<ChildStdout>>),
    http: String,
    proxy: String,
    _children: [tokio::process::Child; 3],
}

impl Faces {
    async fn start(url: &str) -> Result<Self, Failure> {
        let fields = json!({
            "tenant": "1097", "applicationKey": "ak", "clientId": "id", "clientSecret": "secret",
            "environment": "integration", "tokenUrl": "https://auth-integration.servicetitan.io/connect/token",
        });
        let connection = json!({"key": "serviceTitanConnection", "fields": fields});
        let runtime = Runtime::builder()
            .api_url("servicetitan", url)
            .token_url("servicetitan", format!("{url}/connect/token"))
            .connection("main", connection.clone())
            .default_connection(json!("main"))
            .requests_per_second(0)
            .build()?;
        let folder = tempfile::tempdir()?;
        let connections = folder.path().join("connections.json");
        std::fs::write(&connections, json!({"main": connection}).to_string())?;
        #[cfg(unix)]
        std::fs::set_permissions(&connections, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
        let own: PathBuf = std::env::current_exe()?;
        let program = own.ancestors().nth(2).ok_or("no folder")?.join("pipefit");
        let start = |face: &[&str]| {
            let mut command = Command::new(&program);
            command.arg("serve").args(face).args(["--rate", "0"]).kill_on_drop(true);
            command.env("PIPEFIT_API_URL", url).env("PIPEFIT_TOKEN_URL", format!("{url}/connect/token"));
            command.env("PIPEFIT_CONNECTIONS", &connections).stdin(Stdio::piped()).stdout(Stdio::piped());
            command
        };
        let mut rpc = start(&["--stdio"]).spawn()?;
        let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let mut http = start(&["--http", &format!("127.0.0.1:{port}")]).stderr(Stdio::null()).spawn()?;
        let pipes = (rpc.stdin.take().ok_or("stdin")?, rpc.stdout.take().ok_or("stdout")?);
        // It prints its address when it listens.
        first_line(&mut http).await?;
        let mut proxy = Command::new(own);
        proxy.args([PROXY, url]).stdout(Stdio::piped()).kill_on_drop(true);
        let mut proxy = proxy.spawn()?;
        let mut faces = Self {
            url: url.to_owned(),
            bare: client()?,
            runtime,
            rpc: (pipes.0, tokio::io::BufReader::with_capacity(256 * 1024, pipes.1).lines()),
            http: format!("http://127.0.0.1:{port}"),
            proxy: first_line(&mut proxy).await?,
            _children: [rpc, http, proxy],
        };
        for face in 0..FACES.len() {
            faces.run(face, 100, 4).await?;
        }
        Ok(faces)
    }

    async fn run(&mut self, face: usize, calls: usize, width: usize) -> Result<(), Failure> {
        match face {
            0 | 4 => {
                let host = if face == 0 { &self.url } else { &self.proxy };
                let (client, url) = (self.bare.clone(), format!("{host}/jpm/v2/tenant/1097/jobs/1"));
                side_by_side(calls, width, move || {
                    let (client, url) = (client.clone(), url.clone());
                    async move {
                        let request = client.get(url).bearer_auth("token").header("ST-App-Key", "ak");
                        let response = request.header("accept", "application/json").send().await?.error_for_status()?;
                        let body = response.bytes().await?;
                        serde_json::from_slice::<&serde_json::value::RawValue>(&body)?;
                        Ok(())
                    }
                })
                .await
            }
            1 => {
                let runtime = self.runtime.clone();
                side_by_side(calls, width, move || {
                    let runtime = runtime.clone();
                    async move {
                        runtime.invoke(Invocation::action("getJob", json!({"jobId": 1}))).await?;
                        Ok(())
                    }
                })
                .await
            }
            2 => self.by_rpc(calls, width).await,
            _ => {
                let (client, url) = (self.bare.clone(), format!("{}/v1/invoke", self.http));
                side_by_side(calls, width, move || {
                    let (client, url) = (client.clone(), url.clone());
                    async move {
                        let request = json!({"action": "getJob", "inputs": {"jobId": 1}});
                        client.post(url).json(&request).send().await?.error_for_status()?.bytes().await?;
                        Ok(())
                    }
                })
                .await
            }
        }
    }

    async fn by_rpc(&mut self, calls: usize, width: usize) -> Result<(), Failure> {
        let (input, output) = &mut self.rpc;
        let (mut sent, mut received) = (0, 0);
        while received < calls {
            let mut batch = String::new();
            while sent < calls && sent - received < width {
                sent += 1;
                let params = json!({"action": "getJob", "inputs": {"jobId": 1}});
                let call = json!({"jsonrpc": "2.0", "id": sent, "method": "invoke", "params": params});
                batch.push_str(&call.to_string());
                batch.push('\n');
            }
            input.write_all(batch.as_bytes()).await?;
            let answer = output.next_line().await?.ok_or("the command has ended")?;
            if !answer.contains("\"result\"") {
                return Err(answer.into());
            }
            received += 1;
        }
        Ok(())
    }
}

async fn first_line(child: &mut tokio::process::Child) -> Result<String, Failure> {
    let stdout = child.stdout.take().ok_or("stdout")?;
    Ok(tokio::io::BufReader::new(stdout).lines().next_line().await?.ok_or("no line")?)
}

/// Passes all requests on, until it is killed. Prints its URL.
fn proxy(target: &str) -> Result<(), Failure> {
    let (client, target) = (client()?, target.to_owned());
    let pass_on = move |uri: axum::http::Uri| {
        let request = client.get(format!("{target}{}", uri.path())).bearer_auth("token").header("ST-App-Key", "ak");
        async move {
            let body = async { request.send().await?.error_for_status()?.bytes().await };
            body.await.map_err(|_| axum::http::StatusCode::BAD_GATEWAY)
        }
    };
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        println!("http://{}", listener.local_addr()?);
        Ok(axum::serve(listener, axum::Router::new().fallback(pass_on)).await?)
    })
}

fn client() -> Result<reqwest::Client, Failure> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let tls = tls.with_root_certificates(rustls::RootCertStore::empty()).with_no_client_auth();
    Ok(reqwest::Client::builder().use_preconfigured_tls(tls).no_proxy().build()?)
}

/// Makes so many calls, so many at a time.
async fn side_by_side<F>(
    calls: usize,
    width: usize,
    call: impl Fn() -> F + Clone + Send + 'static,
) -> Result<(), Failure>
where
    F: Future<Output = Result<(), Failure>> + Send + 'static,
{
    let left = Arc::new(AtomicUsize::new(calls));
    let workers: Vec<_> = (0..width)
        .map(|_| {
            let (left, call) = (Arc::clone(&left), call.clone());
            tokio::spawn(async move {
                while left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok() {
                    call().await?;
                }
                Ok::<(), Failure>(())
            })
        })
        .collect();
    for worker in workers {
        worker.await??;
    }
    Ok(())
}
