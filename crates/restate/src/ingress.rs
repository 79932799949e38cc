//! Calls handlers through whichever node of Restate answers.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use pipefit_component::{Code, Error, Result};
use reqwest::{Method, Response, Url};
use tokio::time::{Instant, sleep, timeout_at};

use crate::http::{self, Http};
use crate::slow_start::SlowStart;

/// The largest reply of a handler that is read, in bytes.
const LARGEST_REPLY: usize = 64 * 1024 * 1024;

/// The waits between tries: doubled from the first to the longest.
const FIRST_WAIT: Duration = Duration::from_millis(50);
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// How long a service may be unknown: a node that has just started learns of it after a moment.
const UNKNOWN: Duration = Duration::from_secs(5);

/// What is encoded in a segment of a path.
const SEGMENT: &AsciiSet =
    &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'%').add(b'/').add(b'<').add(b'>').add(b'?').add(b'\\').add(b'`');

/// Returns a segment of a path.
pub(crate) fn segment(text: &str) -> String {
    utf8_percent_encode(text, SEGMENT).to_string()
}

/// The nodes of Restate, as callers see them.
#[derive(Debug)]
pub(crate) struct Ingress {
    nodes: Vec<Url>,
    /// The node that answered last.
    current: AtomicUsize,
    slow_start: SlowStart,
    http: Http,
}

/// A request to a node.
#[derive(Clone, Debug)]
pub(crate) struct Call<'a> {
    /// What follows `/restate/`.
    path: &'a str,
    body: Option<Bytes>,
    idempotency_key: Option<&'a str>,
    /// How long all tries may take.
    patience: Duration,
    /// How long one try may take.
    one_try: Duration,
    /// Whether what it hands in goes on without the caller.
    goes_on: bool,
}

impl<'a> Call<'a> {
    /// Creates one. A handler that takes no input refuses a body.
    pub(crate) fn new(path: &'a str, body: Option<Bytes>, patience: Duration) -> Self {
        Self { path, body, idempotency_key: None, patience, one_try: patience, goes_on: false }
    }

    /// Sets the key by which Restate knows a repeated call.
    pub(crate) fn idempotency_key(self, key: &'a str) -> Self {
        Self { idempotency_key: Some(key), ..self }
    }

    /// Says that what it hands in goes on without the caller. If a node may have it and did not answer, the error is
    /// `outcome_unknown`.
    pub(crate) fn going_on(self) -> Self {
        Self { goes_on: true, ..self }
    }

    /// Sets how long one try may take.
    pub(crate) fn one_try(self, limit: Duration) -> Self {
        Self { one_try: limit, ..self }
    }
}

/// What came of one try.
enum Try {
    Done(u16, Bytes),
    /// The handler failed for good.
    Failed(Error),
    /// The node has not got it.
    Unreached(Error),
    /// The node could not say.
    Again(Error),
    /// The node knows no such service or handler.
    Unknown(Error),
}

impl Ingress {
    /// Creates one for these nodes. Fails if there is none, or if an address is no URL.
    pub(crate) fn new<S: AsRef<str>>(nodes: &[S]) -> Result<Self> {
        let read = |node: &S| http::base_url("the address of a Restate node", node.as_ref().trim());
        let nodes = nodes.iter().map(read).collect::<Result<Vec<_>>>()?;
        if nodes.is_empty() {
            return Err(Error::new(Code::InvalidRequest, "no Restate node is named: `--restate URL` names one"));
        }
        let current = AtomicUsize::new(fastrand::usize(..nodes.len()));
        Ok(Self { nodes, current, slow_start: SlowStart::default(), http: Http::of_peers()? })
    }

    /// Calls until a node answers. Returns the status, of those that mean success or that there is no result yet, and
    /// the body. The call must be one that may be repeated.
    pub(crate) async fn call(&self, call: &Call<'_>) -> Result<(u16, Bytes)> {
        let began = Instant::now();
        let deadline = began + call.patience;
        let (mut wait, mut reached) = (FIRST_WAIT, false);
        loop {
            let Ok(under_way) = timeout_at(deadline, self.slow_start.enter()).await else {
                let error = Error::new(Code::Unavailable, "earlier calls wait for the nodes, too");
                return Err(unanswered(call.goes_on && reached, &error));
            };
            let current = self.current.load(Ordering::Relaxed);
            let limit = deadline.min(Instant::now() + call.one_try);
            let late = || Try::Again(Error::new(Code::Unavailable, "the node did not answer in time"));
            let tried = timeout_at(limit, self.try_at(&self.nodes[current % self.nodes.len()], call)).await;
            drop(under_way);
            match &tried {
                Ok(Try::Done(..) | Try::Failed(_)) => self.slow_start.answered(),
                // The caller does not wait any longer, which says nothing of the node.
                Err(_) if limit == deadline => {}
                _ => self.slow_start.failed(),
            }
            let tried = tried.unwrap_or_else(|_| late());
            reached |= matches!(tried, Try::Again(_));
            let error = match tried {
                Try::Done(status, body) => return Ok((status, body)),
                Try::Failed(error) => return Err(error),
                Try::Unknown(error) if began.elapsed() > UNKNOWN => return Err(error),
                Try::Unknown(error) | Try::Unreached(error) | Try::Again(error) => error,
            };
            let _ =
                self.current.compare_exchange(current, current.wrapping_add(1), Ordering::Relaxed, Ordering::Relaxed);
            if Instant::now() + wait >= deadline {
                return Err(unanswered(call.goes_on && reached, &error));
            }
            sleep(wait.mul_f64(0.5 + fastrand::f64() / 2.0)).await;
            wait = (wait * 2).min(LONGEST_WAIT);
        }
    }

    async fn try_at(&self, node: &Url, call: &Call<'_>) -> Try {
        let response = match self.send(node, call).await {
            Ok(response) => response,
            Err(tried) => return tried,
        };
        let status = response.status().as_u16();
        let from_ingress = response.headers().get("x-restate-error-source").is_some_and(|source| source == "ingress");
        let body = match http::body(response, LARGEST_REPLY).await {
            Ok(body) => body,
            Err(error) if error.code() == Code::BadReply => return Try::Failed(error),
            Err(error) => return Try::Again(error),
        };
        match status {
            200..300 | NOT_READY => Try::Done(status, body),
            404 if from_ingress => Try::Unknown(Error::new(Code::InvalidRequest, told(status, &body))),
            408 | 429 | 500.. if from_ingress => Try::Again(Error::new(Code::Unavailable, told(status, &body))),
            502..=504 => Try::Again(Error::new(Code::Unavailable, told(status, &body))),
            404 => Try::Failed(Error::new(Code::NotFound, told(status, &body))),
            400..500 => Try::Failed(Error::new(Code::InvalidRequest, told(status, &body))),
            _ => Try::Failed(Error::new(Code::Internal, told(status, &body))),
        }
    }

    async fn send(&self, node: &Url, call: &Call<'_>) -> Result<Response, Try> {
        let url = http::below(node, &format!("restate/{}", call.path)).map_err(Try::Failed)?;
        let client = self.http.client(&url).map_err(Try::Failed)?;
        let mut request = match &call.body {
            Some(body) => {
                client.request(Method::POST, url).header("content-type", "application/json").body(body.clone())
            }
            None if call.path.starts_with("call/") || call.path.starts_with("send/") => client.post(url),
            None => client.get(url),
        };
        if let Some(key) = call.idempotency_key {
            request = request.header("idempotency-key", key);
        }
        // The text of the error without its URL: the path has the caller's key in it.
        request.send().await.map_err(|error| {
            let message = format!("{} cannot be reached: {}", shown_host(node), cause(&error));
            let failed = Error::new(Code::Unavailable, message);
            if error.is_connect() { Try::Unreached(failed) } else { Try::Again(failed) }
        })
    }
}

/// The error if no node answered. `goes_on` means that one may have what was handed in.
fn unanswered(goes_on: bool, last: &Error) -> Error {
    if !goes_on {
        return Error::new(Code::Unavailable, format!("no Restate node answered: {}", last.message()));
    }
    let message = format!(
        "Restate has not said in time what came of the request, which may go on: {}; repeat it with the same \
         idempotency key, or not at all",
        last.message()
    );
    Error::new(Code::OutcomeUnknown, message)
}

/// The status of an invocation that has no result yet.
pub(crate) const NOT_READY: u16 = 470;

fn shown_host(node: &Url) -> String {
    let port = node.port_or_known_default().unwrap_or_default();
    format!("{}:{port}", node.host_str().unwrap_or_default())
}

/// The innermost cause of an error.
pub(crate) fn cause(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

/// What Restate says of a failure.
pub(crate) fn told(status: u16, body: &[u8]) -> String {
    #[derive(serde::Deserialize)]
    struct Failure {
        message: String,
    }
    match serde_json::from_slice::<Failure>(body) {
        Ok(failure) => format!("Restate answered {status}: {}", pipefit_component::shown(&failure.message)),
        Err(_) => format!("Restate answered {status}"),
    }
}
