//! A server on loopback that stands in for a service whose every byte a test decides, and that misbehaves as told.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// How much of a request is shown to the test.
const SHOWN: usize = 64 * 1024;

/// A request as the server saw it.
pub(crate) struct Received<'a> {
    /// Its number, from 1; requests for a token are not counted.
    pub(crate) number: usize,
    /// Head and body; of a large body the beginning.
    pub(crate) text: &'a str,
    /// The server's own URL.
    pub(crate) url: &'a str,
}

/// What follows a request.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// These bytes, after which the connection is closed.
    Send(Vec<u8>),
    /// The connection is reset.
    Reset,
    /// These bytes, and then nothing: the connection stays open.
    Stall(Vec<u8>),
    /// The first bytes, then the others again and again, with a pause before each.
    Repeat(Vec<u8>, Vec<u8>, Duration),
}

impl From<Vec<u8>> for Act {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Send(bytes)
    }
}

/// Starts a server that returns a token from `/connect/token`, and for all else what `respond` makes of it. Returns its
/// URL, and the requests that it has seen.
pub(crate) fn serve<A: Into<Act>>(
    respond: impl Fn(&Received<'_>) -> A + Send + 'static,
) -> (String, Arc<Mutex<Vec<String>>>) {
    serve_with_token(r#"{"access_token":"canary-token","expires_in":900}"#, respond)
}

/// Starts a server that returns this body to requests for a token, and for all else what `respond` makes of it.
pub(crate) fn serve_with_token<A: Into<Act>>(
    token: &str,
    respond: impl Fn(&Received<'_>) -> A + Send + 'static,
) -> (String, Arc<Mutex<Vec<String>>>) {
    let token = response("200 OK", &[], token);
    let seen = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&seen);
    let url = serve_all(move |text, url| {
        if text.starts_with("POST /connect/token") {
            return Act::Send(token.clone());
        }
        let mut kept = kept.lock().unwrap();
        kept.push(text.to_owned());
        respond(&Received { number: kept.len(), text, url }).into()
    });
    (url, seen)
}

/// Starts a server that does what `act` makes of each request, one after the other, and of its own URL, which it
/// returns.
pub(crate) fn serve_all(act: impl Fn(&str, &str) -> Act + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let own = url.clone();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let (text, length) = received(&stream);
            if text.is_empty() {
                // The client gave up before it sent anything.
                continue;
            }
            let act = act(&text, &own);
            if !matches!(act, Act::Reset) {
                // What is not read resets the connection when it is closed.
                let _ = std::io::copy(&mut (&mut stream).take(length), &mut std::io::sink());
            }
            match act {
                Act::Reset => {}
                // The client may have gone away, as it does when a reply is too large for it.
                Act::Send(bytes) => drop(stream.write_all(&bytes)),
                Act::Stall(bytes) => {
                    let _ = stream.write_all(&bytes);
                    thread::spawn(move || stream.read(&mut [0]));
                }
                Act::Repeat(first, again, pause) => {
                    thread::spawn(move || {
                        let mut sent = stream.write_all(&first);
                        while sent.is_ok() {
                            thread::sleep(pause);
                            sent = stream.write_all(&again);
                        }
                    });
                }
            }
        }
    });
    url
}

/// The URL of a port that nobody listens to.
pub(crate) fn unreachable_url() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

/// Returns the text of a request and its length, without reading it, once all of it or enough to show has arrived.
fn received(stream: &TcpStream) -> (String, u64) {
    let mut bytes = vec![0; SHOWN];
    loop {
        let arrived = stream.peek(&mut bytes).unwrap_or(0);
        let text = String::from_utf8_lossy(&bytes[..arrived]);
        let (head, body) = text.split_once("\r\n\r\n").map_or((0, 0), |(head, _)| (head.len() + 4, length_of(head)));
        let length = head + body;
        if arrived == 0 || arrived == SHOWN || (head > 0 && arrived >= length) {
            return (text.into_owned(), length as u64);
        }
        thread::yield_now();
    }
}

/// Returns the length of the body according to the head of a request.
fn length_of(head: &str) -> usize {
    let headers = head.lines().filter_map(|line| line.split_once(':'));
    let mut lengths = headers.filter(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    lengths.next().and_then(|(_, length)| length.trim().parse().ok()).unwrap_or(0)
}

/// Starts a server that returns this body to every request but those for a token.
pub(crate) fn serve_body(status: u16, body: impl AsRef<[u8]>) -> String {
    let reply = response(&format!("{status} OK"), &[], body);
    serve(move |_| reply.clone()).0
}

/// The bytes of a response, after which the connection is closed.
pub(crate) fn response(status: &str, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Vec<u8> {
    let headers: Vec<_> = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let headers = headers.concat();
    let length = body.as_ref().len();
    let head = format!("HTTP/1.1 {status}\r\nconnection: close\r\n{headers}content-length: {length}\r\n\r\n");
    [head.as_bytes(), body.as_ref()].concat()
}
