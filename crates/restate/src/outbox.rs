//! Writes leave from here, each in a task of its own, so that losing the connection to Restate cuts none off. A later
//! attempt, on this worker or another, asks here what became of a write.
//!
//! A marker is journalled before a write is sent. It names the worker, so that whoever finds it in the journal knows
//! whom to ask, and has a random id, so that nobody else can.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use pipefit_component::{Code, Error, Result};
use pipefit_runner::PreparedInvocation;
use reqwest::Url;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};

use crate::http::{self, Http};
use crate::outcome::Outcome;
use crate::seal::random_id;

/// The path under which workers ask each other.
pub(crate) const PATH: &str = "/pipefit/writes/";

/// How long after its marker was made a write may leave: its permit of the rate was for then, and writes that the
/// journal held up for longer would leave together. It is doubled with each marker, so that a slow journal does not
/// stop writes.
const FRESH: Duration = Duration::from_millis(100);

/// How long that is at the most: a process that was held up must not send what others have given up, which they do
/// after `SILENCE`.
const PROMPT: Duration = Duration::from_secs(5);

/// How long a worker that does not answer is asked.
const SILENCE: Duration = Duration::from_secs(20);

/// How long one question may take, and how long the asked worker waits for the end of a write before it answers.
const QUESTION: Duration = Duration::from_secs(8);
const ON_ITS_WAY: Duration = Duration::from_secs(4);

/// How long one write is asked for: longer than an invocation may take.
const LONGEST: Duration = Duration::from_mins(15);

/// How long the outcome of a write is kept that nobody asked for.
const KEPT: Duration = Duration::from_mins(30);

/// The largest answer of a worker that is read, in bytes.
const LARGEST_ANSWER: usize = 32 * 1024 * 1024;

/// Journalled before a write is sent.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Marker {
    /// Where the worker can be asked.
    url: String,
    /// The process, which a restart changes.
    boot: String,
    /// The write: 128 random bits.
    id: String,
}

/// What became of a write that has a marker.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Fate {
    /// It was sent, and this came of it.
    Answered(Outcome),
    /// It was not sent, and never will be under this marker.
    NotSent,
    /// Nobody is left who knows.
    Unknown,
}

/// What a worker says of a write.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Answer {
    OnItsWay,
    Done(Fate),
}

#[derive(Clone, Debug)]
enum Entry {
    /// The marker was made and may not be in the journal yet.
    Open,
    /// It was sent. The fate is there when it ended.
    Sent(watch::Receiver<Option<Fate>>),
    /// It must not be sent any more.
    Revoked,
}

#[derive(Debug)]
pub(crate) struct Outbox {
    url: String,
    boot: String,
    entries: Mutex<HashMap<String, (Instant, Entry)>>,
    /// The number of writes in flight.
    in_flight: watch::Sender<usize>,
    http: Http,
}

impl Outbox {
    /// Creates the outbox of a worker that others reach at this address.
    pub(crate) fn new(url: &Url) -> Result<Self> {
        Ok(Self {
            url: url.to_string(),
            boot: random_id()?,
            entries: Mutex::default(),
            in_flight: watch::Sender::new(0),
            http: Http::of_peers()?,
        })
    }

    /// Makes the marker of a write that will be sent from here.
    pub(crate) fn open(&self) -> Result<Marker> {
        let id = random_id()?;
        let now = Instant::now();
        let mut entries = self.entries();
        entries.retain(|_, (since, entry)| now - *since < KEPT || entry.is_on_its_way());
        entries.insert(id.clone(), (now, Entry::Open));
        Ok(Marker { url: self.url.clone(), boot: self.boot.clone(), id })
    }

    /// Sends a write whose marker, the first or a later one, is in the journal, unless that took too long or somebody
    /// was told that this will not happen.
    pub(crate) async fn send(self: &Arc<Self>, marker: &Marker, number: u32, write: PreparedInvocation) -> Fate {
        let prompt = (FRESH * 2_u32.pow(number.min(8))).min(PROMPT);
        match self.depart(marker, prompt, write) {
            Some(told) => fate_in(told).await,
            None => Fate::NotSent,
        }
    }

    fn depart(
        self: &Arc<Self>,
        marker: &Marker,
        prompt: Duration,
        write: PreparedInvocation,
    ) -> Option<watch::Receiver<Option<Fate>>> {
        let mut entries = self.entries();
        let (since, entry) = entries.get_mut(&marker.id)?;
        if !matches!(entry, Entry::Open) || since.elapsed() > prompt {
            *entry = Entry::Revoked;
            return None;
        }
        let (tell, told) = watch::channel(None);
        (*since, *entry) = (Instant::now(), Entry::Sent(told.clone()));
        drop(entries);
        self.in_flight.send_modify(|count| *count += 1);
        let own = Arc::clone(self);
        tokio::spawn(async move {
            let outcome = Outcome::of(write).await;
            tell.send_replace(Some(outcome.map_or(Fate::NotSent, Fate::Answered)));
            own.in_flight.send_modify(|count| *count -= 1);
        });
        Some(told)
    }

    /// Forgets a write whose fate is in the journal.
    pub(crate) fn forget(&self, marker: &Marker) {
        self.entries().remove(&marker.id);
    }

    /// Waits until no write is in flight.
    pub(crate) async fn emptied(&self) {
        // The sender belongs to `self`, so this cannot fail.
        let _ = self.in_flight.subscribe().wait_for(|count| *count == 0).await;
    }

    /// Returns what became of a write that some attempt was about to send.
    pub(crate) async fn fate(&self, marker: &Marker) -> Fate {
        if marker.boot == self.boot {
            return match self.known(&marker.id) {
                Ok(told) => fate_in(told).await,
                Err(fate) => fate,
            };
        }
        timeout(LONGEST, self.asked(marker)).await.unwrap_or(Fate::Unknown)
    }

    /// Asks another worker until the write has ended or it is certain that nobody knows.
    async fn asked(&self, marker: &Marker) -> Fate {
        let mut heard = Instant::now();
        loop {
            match timeout(QUESTION, self.ask(marker)).await {
                Ok(Ok(Answer::Done(fate))) => return fate,
                Ok(Ok(Answer::OnItsWay)) => heard = Instant::now(),
                // Its process is gone.
                Ok(Err(error)) if error.code() == Code::NotFound => return Fate::Unknown,
                _ if heard.elapsed() > SILENCE => return Fate::Unknown,
                _ => sleep(Duration::from_millis(500)).await,
            }
        }
    }

    async fn ask(&self, marker: &Marker) -> Result<Answer> {
        let worker = http::base_url("the address of a worker", &marker.url)?;
        let url = http::below(&worker, &format!("{}{}/{}", PATH.trim_start_matches('/'), marker.boot, marker.id))?;
        let response = self.http.client(&url)?.get(url).send().await.map_err(|error| {
            let code = if is_refused(&error) { Code::NotFound } else { Code::Unavailable };
            Error::new(code, "a worker does not answer")
        })?;
        if response.status() == reqwest::StatusCode::NOT_FOUND {
            return Err(Error::new(Code::NotFound, "the worker does not know the write"));
        }
        let body = http::body(response, LARGEST_ANSWER).await?;
        serde_json::from_slice(&body).map_err(|_| Error::new(Code::BadReply, "a worker's answer cannot be read"))
    }

    /// Answers another worker, whose path ends with this: the JSON text, or `None` if the write is not known.
    pub(crate) async fn answer(&self, path: &str) -> Option<String> {
        let (boot, id) = path.split_once('/')?;
        if boot != self.boot {
            return None;
        }
        let answer = match self.known(id) {
            Ok(told) => match timeout(ON_ITS_WAY, fate_in(told)).await {
                Ok(fate) => Answer::Done(fate),
                Err(_) => Answer::OnItsWay,
            },
            Err(Fate::Unknown) => return None,
            Err(fate) => Answer::Done(fate),
        };
        serde_json::to_string(&answer).ok()
    }

    /// Returns where the fate of a write of this process will be told, or its fate. One that was not sent never will
    /// be.
    fn known(&self, id: &str) -> Result<watch::Receiver<Option<Fate>>, Fate> {
        let mut entries = self.entries();
        let Some((_, entry)) = entries.get_mut(id) else { return Err(Fate::Unknown) };
        if let Entry::Sent(told) = entry {
            return Ok(told.clone());
        }
        *entry = Entry::Revoked;
        Err(Fate::NotSent)
    }

    fn entries(&self) -> MutexGuard<'_, HashMap<String, (Instant, Entry)>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entry {
    fn is_on_its_way(&self) -> bool {
        matches!(self, Self::Sent(told) if told.borrow().is_none())
    }
}

async fn fate_in(mut told: watch::Receiver<Option<Fate>>) -> Fate {
    let fate = told.wait_for(Option::is_some).await;
    // Without a sender, its task has panicked.
    fate.ok().and_then(|fate| fate.clone()).unwrap_or(Fate::Unknown)
}

/// Whether nobody listens at the address any more.
fn is_refused(error: &reqwest::Error) -> bool {
    let mut next: Option<&dyn std::error::Error> = Some(error);
    while let Some(error) = next {
        if error.downcast_ref::<std::io::Error>().is_some_and(|it| it.kind() == std::io::ErrorKind::ConnectionRefused) {
            return true;
        }
        next = error.source();
    }
    false
}

#[cfg(test)]
mod tests {
    use pipefit_runner::{Invocation, Runtime};
    use pipefit_sandbox::Sandbox;
    use pipefit_servicetitan::COMPONENT;
    use serde_json::json;

    use super::*;

    async fn prepared(sandbox: &Sandbox) -> PreparedInvocation {
        let credentials = sandbox.credentials();
        let connection = json!({"key": "serviceTitanConnection", "fields": {
            "tenant": credentials.tenant,
            "applicationKey": credentials.application_key,
            "clientId": credentials.client_id,
            "clientSecret": credentials.client_secret,
        }});
        let builder = Runtime::builder().api_url(COMPONENT.key, sandbox.url());
        let builder = builder.token_url(COMPONENT.key, sandbox.token_url()).force_connection(connection);
        let write = Invocation::action("updateJob", json!({"jobId": "10978752986", "summary": "Changed."}));
        builder.build().expect("a runtime").prepare(write).await.expect("a write")
    }

    #[tokio::test]
    async fn a_write_that_the_journal_held_up_is_begun_anew() {
        let sandbox = Sandbox::builder().start().await.expect("a sandbox");
        let url = Url::parse("http://127.0.0.1:9080").expect("a URL");
        let outbox = Arc::new(Outbox::new(&url).expect("an outbox"));
        let sent = || sandbox.requests().iter().filter(|request| request.method == "PATCH").count();

        let marker = outbox.open().expect("a marker");
        sleep(FRESH * 3 / 2).await;
        assert!(matches!(outbox.send(&marker, 0, prepared(&sandbox).await).await, Fate::NotSent));
        assert!(matches!(outbox.fate(&marker).await, Fate::NotSent));
        assert_eq!(sent(), 0);

        // A later marker has longer.
        let marker = outbox.open().expect("a marker");
        sleep(FRESH * 3 / 2).await;
        assert!(matches!(outbox.send(&marker, 6, prepared(&sandbox).await).await, Fate::Answered(_)));
        assert_eq!(sent(), 1);
    }
}
