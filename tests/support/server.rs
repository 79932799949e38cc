//! A server on loopback that stands in for a service whose every byte a test decides.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread;

/// A request as the server saw it.
pub(crate) struct Received<'a> {
    /// Its number, from 1; requests for a token are not counted.
    pub(crate) number: usize,
    /// Head and body, as far as they came at once.
    pub(crate) text: &'a str,
    /// The server's own URL.
    pub(crate) url: &'a str,
}

/// Starts a server that returns a token from `/connect/token`, and for all else what `respond` makes of it. Returns its
/// URL, and the requests that it has seen.
pub(crate) fn serve(respond: impl Fn(&Received<'_>) -> Vec<u8> + Send + 'static) -> (String, Arc<Mutex<Vec<String>>>) {
    serve_with_token(r#"{"access_token":"canary-token","expires_in":900}"#, respond)
}

/// Starts a server that returns this body to requests for a token, and for all else what `respond` makes of it.
pub(crate) fn serve_with_token(
    token: &str,
    respond: impl Fn(&Received<'_>) -> Vec<u8> + Send + 'static,
) -> (String, Arc<Mutex<Vec<String>>>) {
    let token = response("200 OK", &[], token);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let seen = Arc::new(Mutex::new(Vec::new()));
    let (own, kept) = (url.clone(), Arc::clone(&seen));
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut stream, mut bytes) = (stream.unwrap(), [0; 4096]);
            let read = stream.read(&mut bytes).unwrap();
            let text = String::from_utf8_lossy(&bytes[..read]).into_owned();
            let reply = if text.starts_with("POST /connect/token") {
                token.clone()
            } else {
                let mut kept = kept.lock().unwrap();
                kept.push(text.clone());
                respond(&Received { number: kept.len(), text: &text, url: &own })
            };
            // The client may have gone away, as it does when a reply is too large for it.
            let _ = stream.write_all(&reply);
        }
    });
    (url, seen)
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
