//! TLS and proxies: which certificates are trusted, and how connections go through a proxy.

use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::Command;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::thread;

use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::{Value, json};

use crate::support::command::{Outcome, command, run};
use crate::support::{connection, response};

/// A service that speaks TLS, with a certificate that is only trusted where `authority` is.
struct SecureService {
    port: u16,
    /// The file with the certificate.
    authority: PathBuf,
    /// The heads of the requests that it answered.
    seen: Arc<Mutex<Vec<String>>>,
    _folder: tempfile::TempDir,
}

impl SecureService {
    fn start() -> Self {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let authority = folder.path().join("authority.pem");
        std::fs::write(&authority, made.cert.pem()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let key = PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
        let settings = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .unwrap();
        let (settings, listener) = (Arc::new(settings), TcpListener::bind("127.0.0.1:0").unwrap());
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&seen);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let session = ServerConnection::new(Arc::clone(&settings)).unwrap();
                // A client that does not trust the certificate ends the connection.
                let _ = answer(StreamOwned::new(session, stream.unwrap()), &kept);
            }
        });
        Self { port, authority, seen, _folder: folder }
    }

    /// The command that reads a job from this service.
    fn get_job(&self) -> Command {
        let url = format!("https://localhost:{}", self.port);
        let mut command = command(&["run"]);
        for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"] {
            command.env_remove(name);
        }
        command.env("PIPEFIT_API_URL", &url).env("PIPEFIT_TOKEN_URL", format!("{url}/connect/token"));
        command.env("SSL_CERT_FILE", &self.authority);
        command
    }
}

fn answer(mut stream: StreamOwned<ServerConnection, TcpStream>, seen: &Mutex<Vec<String>>) -> std::io::Result<()> {
    let head = head_of(&mut stream)?;
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap_or("0").parse().unwrap();
    stream.read_exact(&mut vec![0; length])?;
    let body = if head.starts_with("POST") {
        json!({"access_token": "canary-token", "expires_in": 900})
    } else {
        json!({"id": 1})
    };
    seen.lock().unwrap().push(head);
    stream.write_all(&response("200 OK", &[], body.to_string()))?;
    stream.conn.send_close_notify();
    stream.flush()
}

/// Reads the head of a request.
fn head_of(stream: &mut impl Read) -> std::io::Result<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        head.extend(byte);
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}

/// Starts a proxy that asks for this answer to `CONNECT`, and connects if it is a success. Returns its address, and
/// what it saw: the head of each `CONNECT`, and the bytes that the client sent afterwards.
fn proxy(status: &'static str) -> (String, Receiver<(String, Vec<u8>)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (told, seen) = channel();
    thread::spawn(move || {
        for client in listener.incoming() {
            let (mut client, told) = (client.unwrap(), told.clone());
            thread::spawn(move || {
                let head = head_of(&mut client).unwrap();
                let target = head.split(' ').nth(1).unwrap().to_owned();
                client.write_all(format!("HTTP/1.1 {status}\r\n\r\n").as_bytes()).unwrap();
                let passed = if status.starts_with("200") { tunnel(&client, &target) } else { Vec::new() };
                told.send((head, passed)).unwrap();
            });
        }
    });
    (address, seen)
}

/// Passes bytes on in both directions until the target is done. Returns those of the client.
fn tunnel(client: &TcpStream, target: &str) -> Vec<u8> {
    let target = TcpStream::connect(target).unwrap();
    let (mut to_target, mut from_client) = (target.try_clone().unwrap(), BufReader::new(client.try_clone().unwrap()));
    let sent = thread::spawn(move || {
        let mut passed = Vec::new();
        while let Ok(bytes) = from_client.fill_buf()
            && !bytes.is_empty()
            && to_target.write_all(bytes).is_ok()
        {
            let length = bytes.len();
            passed.extend_from_slice(bytes);
            from_client.consume(length);
        }
        passed
    });
    let _ = std::io::copy(&mut &target, &mut &*client);
    let _ = client.shutdown(std::net::Shutdown::Both);
    sent.join().unwrap()
}

fn invoke(command: Command) -> Outcome {
    let request = json!({"action": "getJob", "inputs": {"connection": connection(), "jobId": "1"}});
    run(command, &request.to_string())
}

fn data_of(outcome: &Outcome) -> Value {
    outcome.json()["data"].clone()
}

#[test]
fn a_trusted_certificate_is_accepted() {
    let service = SecureService::start();
    let outcome = invoke(service.get_job());
    assert_eq!(data_of(&outcome), json!({"id": 1}), "{outcome:?}");
    let seen = service.seen.lock().unwrap();
    assert!(seen[0].starts_with("POST /connect/token ") && seen[1].starts_with("GET /jpm/v2/tenant/1097/jobs/1 "));
    assert!(seen[1].to_lowercase().contains(&format!("host: localhost:{}\r\n", service.port)), "{}", seen[1]);
}

#[test]
fn an_untrusted_certificate_is_refused_before_anything_is_sent() {
    let (service, other) = (SecureService::start(), SecureService::start());
    let mut command = service.get_job();
    command.env("SSL_CERT_FILE", &other.authority).args(["--tries", "1"]);
    let outcome = invoke(command);
    let error = &outcome.json()["error"];
    assert_eq!(error["code"], "unavailable", "{outcome:?}");
    let message = error["message"].as_str().unwrap();
    assert!(message.contains("cannot connect to localhost") && message.contains("certificate"), "{message}");
    assert!(service.seen.lock().unwrap().is_empty());
}

#[test]
fn a_proxy_of_the_environment_passes_on_what_it_cannot_read() {
    let service = SecureService::start();
    let (address, seen) = proxy("200 OK");
    let mut command = service.get_job();
    command.env("HTTPS_PROXY", format!("http://canary-user:canary-password@{address}"));
    let outcome = invoke(command);
    assert_eq!(data_of(&outcome), json!({"id": 1}), "{outcome:?}");
    for _ in 0..2 {
        let (head, passed) = seen.recv().unwrap();
        assert!(head.starts_with(&format!("CONNECT localhost:{} ", service.port)), "{head}");
        assert!(head.to_lowercase().contains("proxy-authorization: basic "), "{head}");
        let canary = b"canary";
        assert!(!passed.is_empty() && !passed.windows(canary.len()).any(|part| part == canary));
    }
}

#[test]
fn hosts_that_need_no_proxy_are_reached_without_one() {
    let service = SecureService::start();
    let (address, seen) = proxy("200 OK");
    let mut command = service.get_job();
    command.env("HTTPS_PROXY", format!("http://{address}")).env("NO_PROXY", "localhost");
    let outcome = invoke(command);
    assert_eq!(data_of(&outcome), json!({"id": 1}), "{outcome:?}");
    assert!(seen.try_recv().is_err());
}

#[test]
fn a_proxy_that_refuses_is_named_without_its_password() {
    let service = SecureService::start();
    let (address, _seen) = proxy("407 Proxy Authentication Required");
    let mut command = service.get_job();
    command.env("HTTPS_PROXY", format!("http://user:canary-password@{address}")).args(["--tries", "1"]);
    let outcome = invoke(command);
    let error = &outcome.json()["error"];
    assert_eq!(error["code"], "unavailable", "{outcome:?}");
    assert!(error["message"].as_str().unwrap().contains("proxy"), "{error}");
    assert!(!format!("{outcome:?}").contains("canary-password"), "{outcome:?}");
    assert!(service.seen.lock().unwrap().is_empty());
}
