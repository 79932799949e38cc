//! `Trigger`: an instance of a polling trigger. Its key is the name of the instance.
//!
//! Restate runs one handler of a key at a time, so polls never overlap. A poll asks for the next by a delayed call to
//! itself, which carries the number of the run: a start or stop begins another run, and what is left of the last one
//! ends by itself.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use pipefit_component::{Code, Error, Skipped};
use pipefit_runner::{ChangedRecords, Invocation, Reply};
use restate_sdk::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::{Shared, bounded, ensure_named};
use crate::ingress::segment;
use crate::outcome::elsewhere;
use crate::sink::Sink;

/// The state: the number of the run, whether it goes on, what it polls, the state of the trigger, the number of the
/// last delivery, a batch that an HTTP sink has not taken yet, and how the last poll went.
const RUN: &str = "run";
const RUNNING: &str = "running";
const SCHEDULE: &str = "schedule";
const POSITION: &str = "position";
const DELIVERIES: &str = "deliveries";
const PENDING: &str = "pending";
const COURSE: &str = "course";

/// The shortest time between two polls, in seconds, and the longest.
const SHORTEST: f64 = 1.0;
const LONGEST: f64 = 7.0 * 24.0 * 3600.0;

/// The largest batch, in bytes: nodes pass on messages of at most 32 MiB.
const LARGEST_BATCH: usize = 24 * 1024 * 1024;

/// The longest time between two tries to deliver a batch.
const LONGEST_WAIT: Duration = Duration::from_mins(1);

/// What an instance polls, and where the records go.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Start {
    /// The key of the trigger.
    pub key: String,
    /// The key of the component. It may be left out if the key of the trigger is unambiguous.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub component: Option<String>,
    /// The inputs of the trigger, `connection` among them: the name of one.
    #[serde(default)]
    pub inputs: Value,
    /// The number of seconds between two polls: from 1 to a week.
    pub every_seconds: f64,
    /// Where the records go.
    pub sink: Sink,
}

impl Start {
    /// Whether it polls what this one polled.
    fn continues(&self, last: &Self) -> bool {
        self.key == last.key && self.component == last.component && self.inputs == last.inputs
    }

    fn every(&self) -> Duration {
        Duration::from_secs_f64(self.every_seconds.clamp(SHORTEST, LONGEST))
    }

    fn poll(&self, position: Option<Value>) -> Invocation {
        let mut poll = Invocation::trigger(&self.key, self.inputs.clone());
        poll.component.clone_from(&self.component);
        bounded(position.into_iter().fold(poll, Invocation::state))
    }
}

/// How an instance does.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    /// Whether it polls.
    pub running: bool,
    /// What it polls, or polled until it was stopped; none if it was never started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<Start>,
    /// The number of batches that were handed to the sink.
    pub deliveries: u64,
    /// When the last poll succeeded (RFC 3339).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_poll: Option<String>,
    /// Why the last poll, or the delivery of its records, failed; none if it did not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
}

/// A poll or a delivery that failed.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Failure {
    /// Why.
    pub error: Error,
    /// When the last try was (RFC 3339).
    pub at: String,
    /// The number of tries in a row that failed.
    pub count: u32,
}

/// How the last poll went.
#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Course {
    last_poll: Option<String>,
    failure: Option<Failure>,
}

/// What a poll found.
#[derive(Serialize, Deserialize)]
struct Found {
    at: String,
    /// The batch for the sink, unless there are no records.
    batch: Option<Delivery>,
    /// The state for the next poll.
    position: Value,
    /// Whether the next poll can follow at once.
    more: bool,
}

/// What a sink is given.
#[derive(Serialize, Deserialize)]
struct Delivery {
    id: String,
    /// The JSON text of a [`Batch`].
    batch: Box<RawValue>,
}

/// A batch of records.
#[derive(Serialize)]
struct Batch<'a> {
    /// The name of the instance.
    trigger: &'a str,
    /// The id of the delivery, which is the same whenever it is repeated.
    delivery: &'a str,
    #[serde(flatten)]
    records: &'a ChangedRecords,
    /// Records that cannot be read.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    skipped: &'a [Skipped],
}

/// What came of a try, and when.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Tried<T> {
    Done(T),
    Failed { error: Error, at: String },
}

pub(crate) struct Trigger(pub(crate) Arc<Shared>);

#[restate_sdk::object(
    name = "Trigger",
    inactivity_timeout = "20m",
    abort_timeout = "1m",
    journal_retention = "0s",
    idempotency_retention = "1h",
    invocation_retry_policy(initial_interval = "100ms", factor = 2.0, max_interval = "2s", max_attempts = 1_000_000)
)]
impl Trigger {
    /// Starts polling. With the trigger and inputs of the last start, it goes on where that one stopped.
    #[handler]
    async fn start(&self, ctx: ObjectContext<'_>, start: Json<Value>) -> HandlerResult<Json<Value>> {
        let start = match self.checked(&ctx, start.into_inner()).await? {
            Ok(start) => start,
            Err(error) => return Ok(Json(json!({ "error": error }))),
        };
        let last = ctx.get::<Json<Start>>(SCHEDULE).await?.map(Json::into_inner);
        if !last.is_some_and(|last| start.continues(&last)) {
            ctx.clear(POSITION);
            ctx.clear(PENDING);
        }
        let run = next_run(&ctx).await?;
        ctx.set(SCHEDULE, Json(start));
        ctx.clear(COURSE);
        ctx.set(RUNNING, true);
        ctx.object_client::<TriggerClient<'_>>(ctx.key()).poll(run).send();
        Ok(Json(json!({"data": {"running": true}})))
    }

    /// Stops polling. A poll that runs ends first.
    #[handler]
    async fn stop(&self, ctx: ObjectContext<'_>) -> HandlerResult<Json<Value>> {
        next_run(&ctx).await?;
        ctx.clear(RUNNING);
        Ok(Json(json!({"data": {"running": false}})))
    }

    /// Tells how it does.
    #[handler]
    async fn status(&self, ctx: SharedObjectContext<'_>) -> HandlerResult<Json<Value>> {
        let course = ctx.get::<Json<Course>>(COURSE).await?.map(Json::into_inner).unwrap_or_default();
        let status = Status {
            running: ctx.get::<bool>(RUNNING).await?.unwrap_or_default(),
            schedule: ctx.get::<Json<Start>>(SCHEDULE).await?.map(Json::into_inner),
            deliveries: ctx.get::<u64>(DELIVERIES).await?.unwrap_or_default(),
            last_poll: course.last_poll,
            failure: course.failure,
        };
        Ok(Json(json!({ "data": status })))
    }

    /// Polls once, hands over what was found, and asks for the next poll.
    #[handler(ingress_private)]
    async fn poll(&self, ctx: ObjectContext<'_>, run: u64) -> HandlerResult<()> {
        if ctx.get::<u64>(RUN).await? != Some(run) {
            return Ok(());
        }
        let Some(Json(start)) = ctx.get::<Json<Start>>(SCHEDULE).await? else { return Ok(()) };
        let mut course = ctx.get::<Json<Course>>(COURSE).await?.map(Json::into_inner).unwrap_or_default();
        let wait = self.turn(&ctx, &start, &mut course).await?;
        ctx.set(COURSE, Json(course));
        ctx.object_client::<TriggerClient<'_>>(ctx.key()).poll(run).send_after(wait);
        Ok(())
    }
}

/// Begins another run, and returns its number.
async fn next_run(ctx: &ObjectContext<'_>) -> Result<u64, TerminalError> {
    let run = ctx.get::<u64>(RUN).await?.unwrap_or_default() + 1;
    ctx.set(RUN, run);
    Ok(run)
}

impl Trigger {
    /// Checks what is to be polled: first what needs nothing else, then, in the journal, what the configuration of this
    /// worker decides.
    async fn checked(&self, ctx: &ObjectContext<'_>, given: Value) -> HandlerResult<Result<Start, Error>> {
        let start = match read(given) {
            Ok(start) => start,
            Err(error) => return Ok(Err(error)),
        };
        let (shared, own) = (Arc::clone(&self.0), start.clone());
        let check = move || async move {
            let prepared = match shared.sinks.check(&own.sink) {
                Ok(()) => shared.runtime.prepare(own.poll(None)).await,
                Err(error) => Err(error),
            };
            match prepared {
                Err(error) if error.code() == Code::Cancelled => Err(elsewhere()),
                prepared => Ok(Json(prepared.err())),
            }
        };
        let refused = ctx.run(check).name("check").await?.into_inner();
        Ok(refused.map_or(Ok(start), Err))
    }

    /// Delivers what waits or, if nothing does, polls and delivers what was found. Returns how long to wait before the
    /// next turn.
    async fn turn(&self, ctx: &ObjectContext<'_>, start: &Start, course: &mut Course) -> HandlerResult<Duration> {
        let pending = ctx.get::<Json<Found>>(PENDING).await?.map(Json::into_inner);
        let found = match pending {
            Some(found) => found,
            None => match self.polled(ctx, start).await? {
                Tried::Done(found) => found,
                Tried::Failed { error, at } => {
                    course.failed(error, at);
                    return Ok(start.every());
                }
            },
        };
        course.last_poll = Some(found.at.clone());
        if let Some(delivery) = &found.batch
            && let Tried::Failed { error, at } = self.deliver(ctx, &start.sink, delivery).await?
        {
            course.failed(error, at);
            ctx.set(PENDING, Json(found));
            return Ok(course.wait());
        }
        course.failure = None;
        ctx.clear(PENDING);
        ctx.set(POSITION, Json(found.position));
        Ok(if found.more { Duration::ZERO } else { start.every() })
    }

    async fn polled(&self, ctx: &ObjectContext<'_>, start: &Start) -> HandlerResult<Tried<Found>> {
        let position = ctx.get::<Json<Value>>(POSITION).await?.map(Json::into_inner);
        let number = ctx.get::<u64>(DELIVERIES).await?.unwrap_or_default() + 1;
        let (shared, name, poll) = (Arc::clone(&self.0), ctx.key().to_owned(), start.poll(position));
        let poll = move || async move {
            match shared.runtime.invoke(poll).await.and_then(|reply| found(&name, number, reply)) {
                Ok(found) => Ok(Json(Tried::Done(found))),
                Err(error) if error.code() == Code::Cancelled => Err(elsewhere()),
                Err(error) => {
                    tracing::warn!(target: "pipefit::restate", "the trigger {name} did not poll: {error}");
                    Ok(Json(Tried::failed(error)))
                }
            }
        };
        let polled = ctx.run(poll).name("poll").await?.into_inner();
        if matches!(&polled, Tried::Done(Found { batch: Some(_), .. })) {
            ctx.set(DELIVERIES, number);
        }
        Ok(polled)
    }

    async fn deliver(&self, ctx: &ObjectContext<'_>, sink: &Sink, delivery: &Delivery) -> HandlerResult<Tried<()>> {
        let (shared, sink, id) = (Arc::clone(&self.0), sink.clone(), delivery.id.clone());
        let batch = delivery.batch.get().to_owned();
        let deliver = move || async move {
            let delivered = shared.deliver(&sink, &id, batch.into()).await;
            Ok(Json(delivered.map_or_else(Tried::failed, Tried::Done)))
        };
        Ok(ctx.run(deliver).name("deliver").await?.into_inner())
    }
}

fn read(given: Value) -> Result<Start, Error> {
    let refuse = |why: String| Error::new(Code::InvalidRequest, why);
    let start: Start = serde_json::from_value(given).map_err(|error| {
        refuse(format!("what to poll is not valid: {}", pipefit_component::shown(&error.to_string())))
    })?;
    if !(SHORTEST..=LONGEST).contains(&start.every_seconds) {
        return Err(refuse(format!("`everySeconds` must be a number from {SHORTEST} to {LONGEST}")));
    }
    ensure_named(&start.inputs)?;
    Ok(start)
}

/// Returns what a poll found as it is journalled.
fn found(name: &str, number: u64, reply: Reply) -> Result<Found, Error> {
    let Reply::Poll { data, skipped, state, more } = reply else {
        return Err(Error::internal("the reply of a trigger is none"));
    };
    let is_empty = data.created.is_empty() && data.updated.is_empty() && skipped.is_empty();
    let batch = if is_empty {
        None
    } else {
        let id = format!("{}-{number}", segment(name));
        let batch = Batch { trigger: name, delivery: &id, records: &data, skipped: &skipped };
        let batch = serde_json::value::to_raw_value(&batch).map_err(Error::internal)?;
        if batch.get().len() > LARGEST_BATCH {
            let limit = LARGEST_BATCH / 1024 / 1024;
            return Err(Error::new(Code::BadReply, format!("the records of one poll have more than {limit} MiB")));
        }
        Some(Delivery { id, batch })
    };
    Ok(Found { at: Timestamp::now().to_string(), batch, position: state, more })
}

impl<T> Tried<T> {
    fn failed(error: Error) -> Self {
        Self::Failed { error, at: Timestamp::now().to_string() }
    }
}

impl Course {
    fn failed(&mut self, error: Error, at: String) {
        let count = self.failure.take().map_or(0, |failure| failure.count) + 1;
        self.failure = Some(Failure { error, at, count });
    }

    /// How long to wait before the next try to deliver: doubled with each.
    fn wait(&self) -> Duration {
        let tries = self.failure.as_ref().map_or(0, |failure| failure.count).min(7);
        (Duration::from_millis(500) * 2_u32.pow(tries)).min(LONGEST_WAIT)
    }
}
