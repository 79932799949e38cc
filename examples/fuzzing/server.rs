//! A server on loopback that lives in the event loop of its client, keeps connections open, and returns what a case
//! says.

use std::io;
use std::sync::{Arc, Mutex};

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::canaries;
use super::draw::Draw;
use super::values::Content;

/// What stands for the server's own URL in a header.
const OWN_URL: &str = "{server}";

/// A response as a case describes it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Response {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Content,
}

/// Any status and headers with this body.
pub(super) fn any_response(draw: &mut Draw, body: Content) -> Response {
    const NAMED: [usize; 15] = [301, 302, 307, 308, 400, 401, 403, 404, 408, 409, 429, 500, 502, 503, 504];
    let status = match draw.number(0..11) {
        0 => draw.number(200..300),
        1 | 2 => *draw.pick(&NAMED),
        3 => draw.number(400..600),
        4 => draw.number(100..1000),
        _ => 200,
    };
    let headers = if draw.one_in(4) { draw.list(1..4, any_header) } else { Vec::new() };
    Response { status: u16::try_from(status).unwrap(), headers, body }
}

fn any_header(draw: &mut Draw) -> (String, String) {
    let likely = [
        ("retry-after", "0"),
        ("retry-after", "1"),
        ("retry-after", "99999999999999999999"),
        ("retry-after", "-1"),
        ("retry-after", "Fri, 31 Dec 9999 23:59:59 GMT"),
        ("retry-after", "Thu, 01 Jan 1970 00:00:00 GMT"),
        ("date", "Fri, 31 Dec 9999 23:59:59 GMT"),
        ("date", "Mon, 01 Jan 0000 00:00:00 GMT"),
        ("date", "Thu, 01 Jan 1970 00:00:00 GMT"),
        ("content-type", "application/json; charset=utf-16"),
        ("content-type", "text/html"),
        ("content-length", "0"),
        ("content-length", "3"),
        ("content-length", "18446744073709551615"),
        ("content-length", "-1"),
        ("transfer-encoding", "chunked"),
        ("content-encoding", "gzip"),
        ("location", "{server}/elsewhere"),
        ("location", "/elsewhere?signature=x"),
        ("location", "https://127.0.0.1:1/"),
        ("location", "http://example.invalid/"),
        ("location", "file:///etc/passwd"),
        ("content-disposition", "attachment; filename*=UTF-8''%e2%82%ac.txt; filename=\"../a\\\"b\""),
        ("content-disposition", "attachment; filename*=''%"),
    ];
    let names = ["retry-after", "date", "content-type", "location", "content-disposition", "set-cookie"];
    let (name, value) = match draw.number(0..6) {
        0 => (*draw.pick(&names), draw.text(21)),
        1 => (*draw.pick(&names), canaries::text(draw)),
        _ => {
            let (name, value) = *draw.pick(&likely);
            (name, value.to_owned())
        }
    };
    (name.to_owned(), value)
}

/// A response as it is sent.
#[derive(Clone, Debug, Default)]
struct Wire {
    bytes: Vec<u8>,
    /// Whether it ends with the connection.
    closes: bool,
    is_success: bool,
}

impl Response {
    pub(super) fn ok(body: String) -> Self {
        Self { status: 200, headers: Vec::new(), body: Content::Text(body) }
    }

    fn wire(&self, url: &str) -> Wire {
        let mut head = format!("HTTP/1.1 {} Status\r\n", self.status);
        for (name, value) in &self.headers {
            head.extend([name, ": ", &value.replace(OWN_URL, url), "\r\n"]);
        }
        let body = self.body.bytes();
        let says_length = |(name, _): &(String, String)| matches!(&**name, "content-length" | "transfer-encoding");
        let framed = self.headers.iter().any(says_length);
        if !framed {
            head.extend(["content-length: ", &body.len().to_string(), "\r\n"]);
        }
        let bytes = [head.as_bytes(), b"\r\n", body].concat();
        // A line break in a value may end the head early.
        let broken = self.headers.iter().any(|(_, value)| value.contains('\n'));
        let closes = framed || broken || matches!(self.status, ..200 | 204 | 304);
        Wire { bytes, closes, is_success: (200..300).contains(&self.status) }
    }
}

/// What the server returns, and what it saw.
#[derive(Debug, Default)]
struct Script {
    token: Wire,
    /// One after the other; the last one again and again.
    responses: Vec<Wire>,
    seen: usize,
    accepted: bool,
}

#[derive(Debug)]
pub(super) struct Server {
    pub(super) url: String,
    script: Arc<Mutex<Script>>,
}

impl Server {
    /// Starts a server in the current event loop.
    pub(super) async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let script = Arc::new(Mutex::new(Script::default()));
        let shared = Arc::clone(&script);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let script = Arc::clone(&shared);
                // A client that goes away is none of the server's business.
                tokio::spawn(async move { drop(serve(stream, &script).await) });
            }
        });
        Ok(Self { url, script })
    }

    /// Returns these from now on, and forgets what was seen.
    pub(super) fn play(&self, token: Option<&Response>, responses: &[Response]) {
        let granted = || Response::ok(format!(r#"{{"access_token":"{}","expires_in":900}}"#, canaries::TOKEN));
        let token = token.map_or_else(|| granted().wire(&self.url), |token| token.wire(&self.url));
        let responses = responses.iter().map(|response| response.wire(&self.url)).collect();
        *self.script.lock().unwrap() = Script { token, responses, ..Script::default() };
    }

    /// How many requests were seen, those for a token included.
    pub(super) fn seen(&self) -> usize {
        self.script.lock().unwrap().seen
    }

    /// Whether a request, other than one for a token, was answered with success.
    pub(super) fn has_accepted(&self) -> bool {
        self.script.lock().unwrap().accepted
    }
}

impl Script {
    fn next(&mut self, request: &[u8]) -> Wire {
        self.seen += 1;
        if request.starts_with(b"POST /connect/token") {
            return self.token.clone();
        }
        let next = if self.responses.len() > 1 { self.responses.remove(0) } else { self.responses[0].clone() };
        self.accepted |= next.is_success;
        next
    }
}

async fn serve(mut stream: TcpStream, script: &Mutex<Script>) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut read = Vec::with_capacity(4096);
    loop {
        let Some(length) = length_of(&read) else {
            if stream.read_buf(&mut read).await? == 0 {
                return Ok(());
            }
            continue;
        };
        let wire = script.lock().unwrap().next(&read);
        stream.write_all(&wire.bytes).await?;
        if wire.closes || read.starts_with(b"HEAD") {
            return stream.shutdown().await;
        }
        read.drain(..length);
    }
}

/// The length of the request at the beginning of these bytes, once it is whole.
fn length_of(read: &[u8]) -> Option<usize> {
    let head = read.windows(4).position(|end| end == b"\r\n\r\n")? + 4;
    let text = String::from_utf8_lossy(&read[..head]).to_ascii_lowercase();
    if text.contains("\r\ntransfer-encoding: chunked") {
        let end = read[head..].windows(7).position(|end| end == b"\r\n0\r\n\r\n")? + 7;
        return Some(head + end);
    }
    let length = text.split("\r\ncontent-length: ").nth(1).and_then(|rest| rest.split("\r\n").next());
    let whole = head + length.map_or(0, |length| length.parse().unwrap());
    (read.len() >= whole).then_some(whole)
}
