//! What a program costs that does the same with `reqwest` alone and checks nothing: the limit.
//!
//! `bench-bare job`: reads a request for `getJob` from stdin, fetches a token and the job, and writes the job.
//! `bench-bare job-with-tls`: the same with a client that is ready for `https`, as `reqwest` makes it by itself.
//! `bench-bare jobs`: the same with all jobs, one page after the other, in the largest pages.
//! `bench-bare line`: writes a line.
//! `bench-bare calls`: a worker that calls `getJob` again and again.
//! `bench-bare proxy`: passes requests on, as the job of each; prints its URL.
//! `bench-bare relay`: the same without reading HTTP: bytes for bytes.

#![expect(clippy::print_stdout, reason = "it answers on stdout")]

use std::io::Write as _;

use pipefit_bench::{Failure, LARGEST_PAGE, Task, Watch, block_on, client, side_by_side, work};
use reqwest::Client;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

#[derive(Deserialize)]
struct Request {
    inputs: Inputs,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Inputs {
    connection: Connection,
    #[serde(default)]
    job_id: String,
}

#[derive(Deserialize)]
struct Connection {
    fields: Fields,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Fields {
    tenant: String,
    application_key: String,
    client_id: String,
    client_secret: String,
}

#[derive(Deserialize)]
struct Token {
    access_token: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page<'a> {
    has_more: bool,
    #[serde(borrow)]
    data: Vec<&'a RawValue>,
}

#[derive(Serialize)]
struct Reply<'a> {
    data: &'a RawValue,
}

fn main() -> Result<(), Failure> {
    match std::env::args().nth(1).as_deref() {
        Some("job") => block_on(job(client()?)),
        Some("job-with-tls") => block_on(job(client_with_tls()?)),
        Some("jobs") => block_on(jobs()),
        Some("line") => {
            println!("pipefit");
            Ok(())
        }
        Some("calls") => block_on(calls()),
        Some("proxy") => block_on(proxy()),
        Some("relay") => block_on(relay()),
        _ => Err("bench-bare job|job-with-tls|jobs|line|calls|proxy|relay".into()),
    }
}

fn api() -> Result<String, Failure> {
    Ok(std::env::var("PIPEFIT_API_URL")?)
}

/// Reads the request, and fetches a token.
async fn begin(client: &Client) -> Result<(Inputs, String), Failure> {
    let Request { inputs } = serde_json::from_reader(std::io::stdin())?;
    let fields = &inputs.connection.fields;
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", &fields.client_id),
        ("client_secret", &fields.client_secret),
    ];
    let token = client.post(std::env::var("PIPEFIT_TOKEN_URL")?).form(&form).send().await?.error_for_status()?;
    let token: Token = serde_json::from_slice(&token.bytes().await?)?;
    Ok((inputs, token.access_token))
}

fn client_with_tls() -> Result<Client, Failure> {
    rustls::crypto::ring::default_provider().install_default().map_err(|_| "there is a provider already")?;
    Ok(Client::builder().build()?)
}

async fn job(client: Client) -> Result<(), Failure> {
    let (inputs, token) = begin(&client).await?;
    let Fields { tenant, application_key, .. } = &inputs.connection.fields;
    let request = client.get(format!("{}/jpm/v2/tenant/{tenant}/jobs/{}", api()?, inputs.job_id));
    let request = request.bearer_auth(token).header("ST-App-Key", application_key);
    let body = request.send().await?.error_for_status()?.bytes().await?;
    println!("{}", serde_json::to_string(&Reply { data: serde_json::from_slice(&body)? })?);
    Ok(())
}

async fn jobs() -> Result<(), Failure> {
    let client = client()?;
    let (inputs, token) = begin(&client).await?;
    let Fields { tenant, application_key, .. } = &inputs.connection.fields;
    let url = format!("{}/jpm/v2/tenant/{tenant}/jobs?sort=%2BId&pageSize={LARGEST_PAGE}", api()?);
    let mut out = std::io::BufWriter::with_capacity(64 * 1024, std::io::stdout().lock());
    write!(out, r#"{{"data":["#)?;
    for number in 1.. {
        let request = client.get(format!("{url}&page={number}")).bearer_auth(&token);
        let request = request.header("ST-App-Key", application_key);
        let body = request.send().await?.error_for_status()?.bytes().await?;
        let page: Page<'_> = serde_json::from_slice(&body)?;
        for (place, record) in page.data.iter().enumerate() {
            if number > 1 || place > 0 {
                out.write_all(b",")?;
            }
            out.write_all(record.get().as_bytes())?;
        }
        if !page.has_more {
            break;
        }
    }
    writeln!(out, "]}}")?;
    Ok(out.flush()?)
}

async fn calls() -> Result<(), Failure> {
    let (client, url) = (client()?, format!("{}/jpm/v2/tenant/1097/jobs/1", api()?));
    work(async |task: Task| {
        let (client, url) = (client.clone(), url.clone());
        let watch = Watch::start(None)?;
        side_by_side(task.count, task.size, move |_| {
            let (client, url) = (client.clone(), url.clone());
            async move {
                let request = client.get(url).bearer_auth("token").header("ST-App-Key", "ak");
                let response = request.header("accept", "application/json").send().await?.error_for_status()?;
                let body = response.bytes().await?;
                serde_json::from_slice::<&RawValue>(&body)?;
                Ok(())
            }
        })
        .await?;
        watch.stop()
    })
    .await
}

/// Listens on loopback, and prints where.
async fn listen() -> Result<TcpListener, Failure> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("http://{}", listener.local_addr()?);
    Ok(listener)
}

async fn proxy() -> Result<(), Failure> {
    let (client, url) = (client()?, format!("{}/jpm/v2/tenant/1097/jobs/1", api()?));
    let pass_on = move || {
        let request = client.get(&url).bearer_auth("token").header("ST-App-Key", "ak");
        async move {
            let body = async { request.send().await?.error_for_status()?.bytes().await };
            body.await.map_err(|_| axum::http::StatusCode::BAD_GATEWAY)
        }
    };
    let listener = listen().await?;
    Ok(axum::serve(listener, axum::Router::new().fallback(pass_on)).await?)
}

async fn relay() -> Result<(), Failure> {
    let listener = listen().await?;
    let host = api()?.trim_start_matches("http://").to_owned();
    let headers = format!("host: {host}\r\nauthorization: Bearer token\r\nST-App-Key: ak\r\naccept: application/json");
    let request = format!("GET /jpm/v2/tenant/1097/jobs/1 HTTP/1.1\r\n{headers}\r\n\r\n");
    loop {
        let (caller, service) = (listener.accept().await?.0, TcpStream::connect(&host).await?);
        let request = request.clone();
        // It ends when the caller is gone.
        tokio::spawn(async move { exchange(caller, service, request.as_bytes()).await });
    }
}

/// Sends the request for whatever the caller sends, and its response back. Both are so short that they arrive whole.
async fn exchange(mut caller: TcpStream, mut service: TcpStream, request: &[u8]) -> std::io::Result<()> {
    caller.set_nodelay(true)?;
    service.set_nodelay(true)?;
    let mut bytes = vec![0; 8192];
    while caller.read(&mut bytes).await? > 0 {
        service.write_all(request).await?;
        let length = service.read(&mut bytes).await?;
        caller.write_all(&bytes[..length]).await?;
    }
    Ok(())
}
