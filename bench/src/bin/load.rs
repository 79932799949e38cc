//! A worker that calls another process, and measures the processor time of that one: `bench-load rpc|http PIPEFIT` or
//! `bench-load proxy|relay BENCH_BARE`. It writes requests and reads replies without an HTTP client, so that it takes
//! little of the machine from what is measured.

use std::cell::RefCell;
use std::path::Path;
use std::process::Stdio;
use std::rc::Rc;

use pipefit_bench::{Done, Failure, Task, Watch, block_on, connection, side_by_side, work};
use serde_json::json;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::net::TcpStream;
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

const GET_JOB: &str = r#"{"action":"getJob","inputs":{"jobId":1}}"#;

fn main() -> Result<(), Failure> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [how, program] = arguments.as_slice() else { return Err("bench-load rpc|http|proxy|relay PROGRAM".into()) };
    block_on(async {
        let folder = tempfile::tempdir()?;
        let connections = folder.path().join("connections.json");
        std::fs::write(&connections, json!({"main": connection()}).to_string())?;
        std::fs::set_permissions(&connections, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
        match how.as_str() {
            "rpc" => rpc(start(program, &["serve", "--stdio", "--rate", "0"], &connections)?).await,
            "http" => {
                let arguments = ["serve", "--http", "127.0.0.1:0", "--rate", "0"];
                http(start(program, &arguments, &connections)?, "/v1/invoke").await
            }
            // The bare programs are called as what they are.
            _ => http(start(program, &[how], &connections)?, "/").await,
        }
    })
}

fn post(host: &str, path: &str) -> String {
    let length = GET_JOB.len();
    let headers = format!("host: {host}\r\ncontent-type: application/json\r\ncontent-length: {length}");
    format!("POST {path} HTTP/1.1\r\n{headers}\r\n\r\n{GET_JOB}")
}

/// Starts a program that ends with this one.
fn start(program: &str, arguments: &[&str], connections: &Path) -> Result<Child, Failure> {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL", program]).args(arguments).env("PIPEFIT_CONNECTIONS", connections);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
    Ok(command.spawn()?)
}

/// Calls by JSON-RPC: a line for each request and each reply.
async fn rpc(mut child: Child) -> Result<(), Failure> {
    let mut input = child.stdin.take().ok_or("no stdin")?;
    let output = child.stdout.take().ok_or("no stdout")?;
    let mut output = BufReader::with_capacity(256 * 1024, output).lines();
    work(async |task| {
        let watch = Watch::start(child.id())?;
        by_rpc(&mut input, &mut output, task).await?;
        watch.stop()
    })
    .await
}

async fn by_rpc(input: &mut ChildStdin, output: &mut Lines<BufReader<ChildStdout>>, task: Task) -> Result<(), Failure> {
    let (mut sent, mut received) = (0, 0);
    while received < task.count {
        let mut batch = String::new();
        while sent < task.count && sent - received < task.size {
            sent += 1;
            let call = format!("{{\"jsonrpc\":\"2.0\",\"id\":{sent},\"method\":\"invoke\",\"params\":{GET_JOB}}}\n");
            batch.push_str(&call);
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

/// Calls by HTTP, with as many connections as calls at a time. The program prints its URL when it listens.
async fn http(mut child: Child, path: &str) -> Result<(), Failure> {
    let stdout = child.stdout.take().ok_or("no stdout")?;
    let url = BufReader::new(stdout).lines().next_line().await?.ok_or("it printed no URL")?;
    let host = url.trim_start_matches("http://");
    let (request, free) = (Rc::<str>::from(post(host, path)), Connections::default());
    work(async |task| by_http(&child, host, &request, &free, task).await).await
}

/// Connections that are free, each with what was read from it last. They are kept from one task to the next.
type Connections = Rc<RefCell<Vec<(TcpStream, Vec<u8>)>>>;

async fn by_http(
    child: &Child,
    host: &str,
    request: &Rc<str>,
    free: &Connections,
    task: Task,
) -> Result<Done, Failure> {
    free.borrow_mut().truncate(task.size);
    let missing = task.size - free.borrow().len();
    for _ in 0..missing {
        let stream = TcpStream::connect(host).await?;
        stream.set_nodelay(true)?;
        free.borrow_mut().push((stream, Vec::with_capacity(4096)));
    }
    let (free, request) = (Rc::clone(free), Rc::clone(request));
    let watch = Watch::start(child.id())?;
    side_by_side(task.count, task.size, move |_| {
        let (free, request) = (Rc::clone(&free), Rc::clone(&request));
        async move {
            let (mut stream, mut bytes) = free.borrow_mut().pop().ok_or("no connection is free")?;
            stream.write_all(request.as_bytes()).await?;
            read_reply(&mut stream, &mut bytes).await?;
            free.borrow_mut().push((stream, bytes));
            Ok(())
        }
    })
    .await?;
    watch.stop()
}

/// Reads a reply with status 200, whose headers have lower-case names.
async fn read_reply(stream: &mut TcpStream, seen: &mut Vec<u8>) -> Result<(), Failure> {
    let mut whole = None;
    seen.clear();
    while whole.is_none_or(|whole| seen.len() < whole) {
        if stream.read_buf(seen).await? == 0 {
            return Err("the connection ended".into());
        }
        if whole.is_none()
            && let Some(end) = seen.windows(4).position(|part| part == b"\r\n\r\n")
        {
            let head = str::from_utf8(&seen[..end])?;
            if !head.starts_with("HTTP/1.1 200") {
                return Err(head.into());
            }
            let length = head.split("content-length: ").nth(1).and_then(|rest| rest.split("\r\n").next());
            whole = Some(end + 4 + length.ok_or("the reply has no length")?.parse::<usize>()?);
        }
    }
    Ok(())
}
