//! What the tests share: a sandbox with a runtime that talks to it, requests as they were seen, samples.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use pipefit::runner::Retries;
use pipefit::sandbox::{RecordedRequest, Sandbox};
use pipefit::{Answer, Error, Invocation, Runtime};
use serde_json::{Map, Value, json};

/// The usual number of tries, without the waits.
pub(crate) const AT_ONCE: Retries =
    Retries { tries: 5, first_wait: Duration::ZERO, longest_wait: Duration::ZERO, within: Duration::from_mins(2) };

/// A sandbox, and a runtime that acts as its account.
pub(crate) struct Bench {
    pub(crate) sandbox: Sandbox,
    pub(crate) runtime: Runtime,
}

impl Bench {
    pub(crate) async fn start() -> Self {
        Self::around(Sandbox::builder().rate_limit(None).start().await.unwrap())
    }

    pub(crate) fn around(sandbox: Sandbox) -> Self {
        let runtime =
            pipefit::sandbox_runtime(&sandbox).retries(AT_ONCE).requests_per_second(u32::MAX).build().unwrap();
        Self { sandbox, runtime }
    }

    pub(crate) async fn action(&self, key: &str, inputs: Value) -> Result<Value, Error> {
        self.runtime.invoke(Invocation::action(key, inputs)).await.map(parsed)
    }

    /// The JSON body of the last request.
    pub(crate) fn body(&self) -> Value {
        serde_json::from_slice(&self.seen().last().unwrap().body).unwrap()
    }

    /// What the API saw, tokens aside, and what the storage saw that it sends downloads to.
    pub(crate) fn seen(&self) -> Vec<RecordedRequest> {
        let aside = |path: &str| path == "/connect/token" || path.starts_with("/storage/");
        self.sandbox.requests().into_iter().filter(|request| !aside(&request.path)).collect()
    }
}

#[expect(clippy::needless_pass_by_value, reason = "handed to `map`")]
pub(crate) fn parsed(answer: Answer) -> Value {
    serde_json::from_str(&answer.to_json()).unwrap()
}

/// JSON text to look at. Not insta's own, which does not know numbers that keep their digits.
pub(crate) fn pretty(value: &impl serde::Serialize) -> String {
    serde_json::to_string_pretty(value).unwrap()
}

/// A connection to the integration environment with credentials that nobody has.
pub(crate) fn connection() -> Value {
    json!({
        "key": "serviceTitanConnection",
        "fields": {
            "tenant": "1097",
            "applicationKey": "canary-application-key",
            "clientId": "canary-client",
            "clientSecret": "canary-client-secret",
            "environment": "integration",
            "tokenUrl": "https://auth-integration.servicetitan.io/connect/token",
        },
    })
}

/// A runtime that acts through that connection, with this server in the place of API and token endpoint.
pub(crate) fn runtime_at(url: &str) -> Runtime {
    let builder = Runtime::builder().api_url(url).token_url(format!("{url}/connect/token"));
    builder.default_connection(connection()).retries(AT_ONCE).requests_per_second(u32::MAX).build().unwrap()
}

/// An action with only its required inputs, and with all of them.
pub(crate) struct Sample {
    pub(crate) action: String,
    pub(crate) required: Value,
    pub(crate) all: Value,
}

/// The samples of `tests/samples`, a file for each resource; a test sees to it that no action is missing.
pub(crate) fn samples() -> Vec<Sample> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/samples");
    let mut files: Vec<_> = folder.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let files = files.iter().map(|path| serde_json::from_slice::<Map<_, _>>(&std::fs::read(path).unwrap()).unwrap());
    files.flatten().map(|(action, sample)| Sample::new(action, &sample)).collect()
}

/// All inputs of an action's sample.
pub(crate) fn sample(action: &str) -> Value {
    samples().into_iter().find(|sample| sample.action == action).unwrap().all
}

impl Sample {
    fn new(action: String, sample: &Value) -> Self {
        let required = sample["required"].clone();
        Self { action, all: merged(&[&required, &sample["optional"]]), required }
    }
}

/// One object with the members of all; later ones win.
pub(crate) fn merged(objects: &[&Value]) -> Value {
    objects.iter().filter_map(|object| object.as_object().cloned()).flatten().collect()
}

/// Answers `/connect/token` with a token, and all else with what `answer` makes of the number of the request and the
/// server's own URL; keeps what it saw.
pub(crate) fn serve(answer: impl Fn(usize, &str) -> String + Send + 'static) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let seen = Arc::new(Mutex::new(Vec::new()));
    let (own, kept) = (url.clone(), Arc::clone(&seen));
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = [0; 4096];
            let read = stream.read(&mut request).unwrap();
            let request = String::from_utf8_lossy(&request[..read]).to_lowercase();
            let reply = if request.starts_with("post /connect/token") {
                let body = r#"{"access_token":"canary-token","expires_in":900}"#;
                format!("200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len())
            } else {
                let mut kept = kept.lock().unwrap();
                kept.push(request);
                answer(kept.len(), &own)
            };
            stream
                .write_all(format!("HTTP/1.1 {reply}").replacen("\r\n", "\r\nconnection: close\r\n", 1).as_bytes())
                .unwrap();
        }
    });
    (url, seen)
}
