//! What runs while nodes and workers are lost: invocations, and triggers whose records are inserted meanwhile.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use pipefit::Invocation;
use pipefit::restate::{Client, HttpSink, Sink, Start};
use pipefit::sandbox::{Fault, RecordedRequest, Sandbox};
use serde_json::{Value, json};
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::{interval, sleep};

use crate::secrets::{credentials, random};
use crate::{Failure, Result};

/// A job of the sandbox.
pub(crate) const JOB: &str = "10978752986";

/// The resources that triggers watch, one each. A trigger has the name of its resource.
pub(crate) const WATCHED: [&str; 4] = ["customers", "locations", "appointments", "invoices"];

/// The rate of the account, in requests per second.
pub(crate) const RATE: u32 = 60;

/// How long the response of a job takes once the request is carried out, and that of a list that a trigger reads. So at
/// any time there are writes in flight, and polls that overlap are seen.
pub(crate) const JOB_TAKES: Duration = Duration::from_millis(400);
pub(crate) const POLL_TAKES: Duration = Duration::from_millis(50);

/// How long an invocation is waited for.
const PATIENCE: Duration = Duration::from_mins(2);

/// Connections to nodes: one alone carries too few invocations at once.
const CLIENTS: usize = 6;

/// The time between two invocations that are handed in: they come faster than the rate, so that many wait.
const HAND_IN: Duration = Duration::from_millis(10);

/// The time between two records of a resource.
const INSERT: Duration = Duration::from_millis(250);

/// Every so many invocations one writes.
const WRITES: usize = 5;

/// What came of an invocation, and when.
pub(crate) struct Answer {
    pub(crate) index: usize,
    pub(crate) at: Instant,
    pub(crate) outcome: Outcome,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Data,
    /// The code of its error.
    Error(String),
    /// No node answered.
    None(String),
}

/// Ids of records, by their resource.
pub(crate) type Records = BTreeMap<&'static str, Vec<i64>>;

/// A service with secrets of its own.
pub(crate) async fn sandbox() -> Result<Sandbox> {
    let watched = WATCHED.iter().fold(Sandbox::builder(), |builder, resource| builder.records_of(*resource, 20));
    let builder = watched
        .seed(u64::from_ne_bytes(random()?))
        .credentials(credentials()?)
        .rate_limit(Some(RATE))
        .keep_requests(100_000, 64 * 1024 * 1024)
        .fault(Fault::slow_first_byte(JOB_TAKES).path("/jpm/v2/tenant/{tenant}/jobs/{id}"));
    let lists =
        WATCHED.map(|resource| Fault::slow_first_byte(POLL_TAKES).path(format!("/*/v2/tenant/{{tenant}}/{resource}")));
    Ok(lists.into_iter().fold(builder, pipefit::sandbox::Builder::fault).start().await?)
}

pub(crate) fn writes(index: usize) -> bool {
    index.is_multiple_of(WRITES)
}

/// The invocation that a write comes from; none if it comes from elsewhere.
pub(crate) fn index_of(write: &RecordedRequest) -> Option<usize> {
    let body: Value = serde_json::from_slice(&write.body).ok()?;
    body["summary"].as_str()?.strip_prefix("Change ")?.strip_suffix('.')?.parse().ok()
}

fn invocation(index: usize) -> Invocation {
    if writes(index) {
        Invocation::action("updateJob", json!({"jobId": JOB, "summary": format!("Change {index}.")}))
    } else {
        Invocation::action("getJob", json!({"jobId": JOB}))
    }
}

/// Hands the invocations in, and waits for all of them.
pub(crate) async fn invoke(nodes: &[String], count: usize) -> Result<Vec<Answer>> {
    let clients = (0..CLIENTS).map(|_| Client::new(nodes).map(Arc::new)).collect::<std::result::Result<Vec<_>, _>>()?;
    let mut running = JoinSet::new();
    let mut next = interval(HAND_IN);
    for index in 0..count {
        next.tick().await;
        let client = Arc::clone(&clients[index % CLIENTS]);
        running.spawn(async move {
            let key = format!("invocation-{index}");
            let outcome = match client.invoke(&invocation(index), Some(&key), PATIENCE).await {
                Ok(reply) => outcome(reply.get()),
                Err(error) => Outcome::None(error.to_string()),
            };
            Answer { index, at: Instant::now(), outcome }
        });
    }
    Ok(running.join_all().await)
}

fn outcome(reply: &str) -> Outcome {
    let reply: Value = serde_json::from_str(reply).unwrap_or_default();
    match reply["error"]["code"].as_str() {
        Some(code) => Outcome::Error(code.to_owned()),
        None if reply["data"].is_object() => Outcome::Data,
        None => Outcome::None("a reply without data".to_owned()),
    }
}

/// Starts the triggers, and waits until each has polled: what is inserted from then on is new.
pub(crate) async fn watch(nodes: &[String], sink: &str) -> Result<()> {
    let client = Client::new(nodes)?;
    for resource in WATCHED {
        let start = Start {
            key: "pollChangesTrigger".to_owned(),
            component: None,
            inputs: json!({"resourceType": resource, "showNewRecords": true, "showUpdatedRecords": true}),
            every_seconds: 1.0,
            sink: Sink::Http(HttpSink { http: sink.to_owned() }),
        };
        client.start_trigger(resource, &start).await?;
    }
    for resource in WATCHED {
        while client.trigger_status(resource).await?.last_poll.is_none() {
            sleep(Duration::from_millis(50)).await;
        }
    }
    Ok(())
}

/// Stops the triggers.
pub(crate) async fn unwatch(nodes: &[String]) -> Result<()> {
    let client = Client::new(nodes)?;
    for resource in WATCHED {
        client.stop_trigger(resource).await?;
    }
    Ok(())
}

/// Inserts records of all watched resources until it is told to stop, and returns them.
pub(crate) async fn insert(sandbox: Arc<Sandbox>, mut stop: oneshot::Receiver<()>) -> Records {
    let mut records = Records::new();
    let mut next = interval(INSERT);
    while stop.try_recv() == Err(oneshot::error::TryRecvError::Empty) {
        next.tick().await;
        for resource in WATCHED {
            records.entry(resource).or_default().push(sandbox.insert(resource, json!({})));
        }
    }
    records
}

/// Which resource a request of a poll reads.
pub(crate) fn watched(request: &RecordedRequest) -> Option<&'static str> {
    let last = request.path.rsplit('/').next()?;
    WATCHED.into_iter().find(|resource| request.method == "GET" && *resource == last)
}

/// Ends what must end by itself within this time.
pub(crate) async fn within<T>(what: &str, limit: Duration, done: impl Future<Output = Result<T>>) -> Result<T> {
    let late = |_| Failure::from(format!("{what} takes more than {} s", limit.as_secs()));
    tokio::time::timeout(limit, done).await.map_err(late)?
}
