//! Connections to hosts: which are used again, which are replaced, and which are let go.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use pipefit::runner::Cancellation;
use pipefit::{Code, Invocation};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::support::{runtime_at, sample};

/// What the host does after each response.
#[derive(Clone, Copy, PartialEq)]
enum Then {
    Keep,
    Close,
    /// Closes its half of the connection, and waits for the other.
    HalfClose,
    /// Sends a part of the first response that is no token, and waits until the connection is closed.
    Stall,
}

#[derive(Debug, PartialEq)]
enum Event {
    /// A request arrived over the connection with this number.
    Request(usize),
    /// The host is about to wait in the middle of a response.
    Stalled,
    /// The connection with this number is closed.
    Closed(usize),
}

struct Host {
    url: String,
    events: UnboundedReceiver<Event>,
}

impl Host {
    /// Starts a host on an event loop of its own.
    fn start(then: Then) -> Self {
        let (note, events) = unbounded_channel();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        std::thread::spawn(move || {
            let event_loop = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            event_loop.block_on(async move {
                let listener = TcpListener::from_std(listener).unwrap();
                let stalls = Arc::new(AtomicUsize::new(usize::from(then == Then::Stall)));
                for number in 1.. {
                    let (stream, _) = listener.accept().await.unwrap();
                    tokio::spawn(serve(stream, number, then, Arc::clone(&stalls), note.clone()));
                }
            });
        });
        Self { url, events }
    }

    /// Waits for an event.
    async fn until(&mut self, awaited: Event) {
        while self.events.recv().await.expect("the host runs") != awaited {}
    }

    /// The numbers of the connections that requests came over until now.
    fn used(&mut self) -> Vec<usize> {
        let mut used = Vec::new();
        while let Ok(event) = self.events.try_recv() {
            if let Event::Request(number) = event {
                used.push(number);
            }
        }
        used
    }
}

async fn serve(
    mut stream: TcpStream,
    number: usize,
    then: Then,
    stalls: Arc<AtomicUsize>,
    note: UnboundedSender<Event>,
) {
    while let Some(head) = read_request(&mut stream).await {
        let is_token = head.starts_with("POST /connect/token");
        let body = if is_token { json!({"access_token": "canary-token", "expires_in": 900}) } else { json!({"id": 1}) };
        let body = body.to_string();
        let _ = note.send(Event::Request(number));
        let response = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len());
        if !is_token && stalls.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok() {
            stream.write_all(&response.as_bytes()[..response.len() - 1]).await.unwrap();
            let _ = note.send(Event::Stalled);
            continue;
        }
        if stream.write_all(response.as_bytes()).await.is_err() {
            break;
        }
        match then {
            Then::Close => break,
            Then::HalfClose => {
                stream.shutdown().await.unwrap();
                let _ = stream.read_to_end(&mut Vec::new()).await;
                break;
            }
            Then::Keep | Then::Stall => {}
        }
    }
    drop(stream);
    let _ = note.send(Event::Closed(number));
}

/// Reads a request, and returns its head; nothing if the connection is closed.
async fn read_request(stream: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(head).unwrap();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap_or("0").parse().unwrap();
    stream.read_exact(&mut vec![0; length]).await.ok()?;
    assert!(head.contains("host: 127.0.0.1:"), "each request names its host: {head}");
    Some(head)
}

fn invocation(action: &str) -> Invocation {
    Invocation::action(action, sample(action).required)
}

#[tokio::test]
async fn one_connection_serves_what_comes_one_after_the_other() {
    let mut host = Host::start(Then::Keep);
    let runtime = runtime_at(&host.url);
    for action in ["getJob", "createJob", "getJob", "getJob"] {
        runtime.invoke(invocation(action)).await.unwrap();
    }
    assert_eq!(host.used(), [1; 5]);
}

#[tokio::test]
async fn a_connection_that_the_host_closed_is_replaced_before_a_write_is_sent() {
    let mut host = Host::start(Then::Close);
    let runtime = runtime_at(&host.url);
    runtime.invoke(invocation("getJob")).await.unwrap();
    host.until(Event::Closed(2)).await;
    for number in 3..8 {
        // The event loop learns that the connection is closed.
        tokio::task::yield_now().await;
        runtime.invoke(invocation("createJob")).await.unwrap();
        host.until(Event::Closed(number)).await;
    }
    assert_eq!(host.used(), [0; 0], "nothing was sent twice");
}

#[tokio::test]
async fn a_connection_that_the_host_closes_is_let_go_although_nobody_needs_it() {
    let mut host = Host::start(Then::HalfClose);
    let runtime = runtime_at(&host.url);
    runtime.invoke(invocation("getJob")).await.unwrap();
    host.until(Event::Closed(1)).await;
    host.until(Event::Closed(2)).await;
}

#[tokio::test]
async fn a_connection_with_the_rest_of_a_response_is_closed() {
    let mut host = Host::start(Then::Stall);
    let runtime = runtime_at(&host.url);
    let cancellation = Cancellation::new();
    let read = runtime.spawn(invocation("getJob").cancelled_by(&cancellation));
    host.until(Event::Stalled).await;
    cancellation.cancel(Duration::ZERO);
    assert_eq!(read.await.unwrap_err().code(), Code::Cancelled);
    host.until(Event::Closed(1)).await;
    runtime.invoke(invocation("getJob")).await.unwrap();
    assert_eq!(host.used(), [2]);
}

#[test]
fn connections_end_with_their_event_loop() {
    let event_loop = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut host = Host::start(Then::Keep);
    let runtime = runtime_at(&host.url);
    for number in 1..4 {
        event_loop().block_on(runtime.invoke(invocation("getJob"))).unwrap();
        event_loop().block_on(host.until(Event::Closed(number)));
    }
}
