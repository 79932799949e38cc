//! A service on loopback that costs little: a token for a POST, else a job or a page of jobs. It prints its URL and
//! runs until its stdin ends. `bench-service [RECORDS] [DELAY_MS]`: the records of its list, and how long each reply
//! takes. `GET /requests` returns how many requests came since the last time it was asked.

#![expect(clippy::print_stdout, reason = "it prints its address")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use pipefit_bench::{FIRST_ID, Failure, JOB, block_on};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

const TOKEN: &str = r#"{"access_token":"token","expires_in":900,"token_type":"Bearer"}"#;

struct Service {
    /// All jobs, each with a comma before it.
    jobs: Vec<u8>,
    records: usize,
    /// The bytes of a job and its comma.
    length: usize,
    delay: Duration,
    requests: AtomicU64,
}

fn main() -> Result<(), Failure> {
    let mut numbers = std::env::args().skip(1).map(|number| number.parse::<u64>());
    let records = usize::try_from(numbers.next().transpose()?.unwrap_or(0))?;
    let delay = Duration::from_millis(numbers.next().transpose()?.unwrap_or(0));
    let (first, rest) = JOB.trim().split_once(',').ok_or("a job has fields")?;
    assert_eq!(first, format!(r#"{{"id":{FIRST_ID}"#));
    let jobs: Vec<u8> = (0..records as u64)
        .flat_map(|record| format!(r#",{{"id":{},{rest}"#, FIRST_ID + record).into_bytes())
        .collect();
    let service = Arc::new(Service { length: JOB.trim().len() + 1, jobs, records, delay, requests: AtomicU64::new(0) });
    block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        println!("http://{}", listener.local_addr()?);
        let (mut stdin, mut byte) = (tokio::io::stdin(), [0]);
        loop {
            tokio::select! {
                accepted = listener.accept() => {
                    let (service, stream) = (Arc::clone(&service), accepted?.0);
                    tokio::spawn(async move { service.answer(stream).await });
                }
                read = stdin.read(&mut byte) => if read? == 0 {
                    return Ok(());
                }
            }
        }
    })
}

impl Service {
    async fn answer(&self, mut stream: TcpStream) -> std::io::Result<()> {
        stream.set_nodelay(true)?;
        let (mut seen, mut piece) = (Vec::new(), vec![0; 16 * 1024]);
        loop {
            let read = stream.read(&mut piece).await?;
            if read == 0 {
                return Ok(());
            }
            seen.extend_from_slice(&piece[..read]);
            while let Some(end) = seen.windows(4).position(|part| part == b"\r\n\r\n") {
                let head = String::from_utf8_lossy(&seen[..end]);
                let posted = head.starts_with("POST");
                // The body of the token request may arrive later than its head.
                let whole = end + 4 + if posted { length(&head) } else { 0 };
                if seen.len() < whole {
                    break;
                }
                self.reply(&mut stream, head.split(' ').nth(1).filter(|_| !posted)).await?;
                seen.drain(..whole);
            }
        }
    }

    /// Answers a GET of this path, or a POST.
    async fn reply(&self, stream: &mut TcpStream, path: Option<&str>) -> std::io::Result<()> {
        if path == Some("/requests") {
            let requests = self.requests.swap(0, Ordering::Relaxed).to_string();
            return send(stream, &requests, b"", "").await;
        }
        self.requests.fetch_add(1, Ordering::Relaxed);
        if !self.delay.is_zero() {
            tokio::time::sleep(self.delay).await;
        }
        let Some(path) = path else { return send(stream, TOKEN, b"", "").await };
        if !path.split('?').next().unwrap_or_default().ends_with("/jobs") {
            return send(stream, JOB.trim(), b"", "").await;
        }
        let parameter = |name: &str| {
            let query = path.split(['?', '&']).skip(1);
            query.filter_map(|pair| pair.split_once('=')).find(|pair| pair.0 == name).map(|pair| pair.1)
        };
        let number = |name: &str, default: usize| parameter(name).and_then(|it| it.parse().ok()).unwrap_or(default);
        let (page, size) = (number("page", 1), number("pageSize", 50));
        let (start, end) = (((page - 1) * size).min(self.records), (page * size).min(self.records));
        let total =
            if parameter("includeTotal") == Some("true") { self.records.to_string() } else { "null".to_owned() };
        let more = end < self.records;
        let before = format!(r#"{{"page":{page},"pageSize":{size},"hasMore":{more},"totalCount":{total},"data":["#);
        let jobs = &self.jobs[start * self.length..end * self.length];
        send(stream, &before, jobs.get(1..).unwrap_or_default(), "]}").await
    }
}

/// The length of the body that a head names.
fn length(head: &str) -> usize {
    let head = head.to_lowercase();
    let length = head.split("content-length: ").nth(1).and_then(|rest| rest.split("\r\n").next()?.parse().ok());
    length.unwrap_or(0)
}

/// Writes a reply whose body comes in three parts.
async fn send(stream: &mut TcpStream, before: &str, large: &[u8], after: &str) -> std::io::Result<()> {
    let length = before.len() + large.len() + after.len();
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length:";
    let mut start = format!("{head} {length}\r\n\r\n{before}").into_bytes();
    if large.is_empty() {
        start.extend_from_slice(after.as_bytes());
        return stream.write_all(&start).await;
    }
    stream.write_all(&start).await?;
    stream.write_all(large).await?;
    stream.write_all(after.as_bytes()).await
}
