//! The methods that a peer can call.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::future::BoxFuture;
use pipefit_component::{Code, Error, Registered, UnitKind};
use pipefit_runner::export::{self, manifest};
use pipefit_runner::{Cancellation, Invocation, PreparedInvocation, Runtime, lookup, suggestion};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Value, json};
use tokio::time::sleep_until;

use super::GRACE;
use super::calls::{Call, Calls, Credit};
use super::message::{Fault, Incoming, codes, progress};
use super::peer::Outbox;
use crate::notes::WriteOutcome;

/// The notification that cancels a call.
pub(super) const CANCEL: &str = "$/cancelRequest";

/// The notification that adds to the credit of a call.
pub(super) const CREDIT: &str = "$/credit";

/// The notification that brings records.
pub(super) const PROGRESS: &str = "$/progress";

pub(super) const INVOKE: &str = "invoke";
pub(super) const LIST: &str = "list";
pub(super) const DESCRIBE: &str = "describe";
pub(super) const SCHEMA: &str = "schema";
pub(super) const CONNECTION_LIST: &str = "connection.list";
pub(super) const CONNECTION_TEST: &str = "connection.test";

const METHODS: [&str; 6] = [INVOKE, LIST, DESCRIBE, SCHEMA, CONNECTION_LIST, CONNECTION_TEST];

/// The most records of one notification.
const MAX_BATCH: u32 = 10_000;

/// Where the records of a list go.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Progress {
    /// The token of the notifications, which tells calls apart: text or a number.
    #[schemars(extend("type" = ["string", "number"]))]
    token: Value,
    /// How many notifications may be sent before `$/credit` allows more.
    #[serde(default = "default_credit")]
    #[schemars(range(min = 1))]
    credit: u32,
    /// The most records of one notification.
    #[serde(default = "default_batch")]
    #[schemars(range(min = 1, max = 10_000))]
    batch_size: u32,
}

fn default_credit() -> u32 {
    8
}

fn default_batch() -> u32 {
    500
}

/// The parameters of `$/cancelRequest`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Cancel {
    /// The id of the call.
    #[schemars(extend("type" = ["string", "number"]))]
    pub(super) id: Value,
    /// How many seconds a write that was sent may wait for its response; 10 if left out.
    #[serde(default)]
    #[schemars(range(min = 0))]
    grace_seconds: Option<f64>,
}

impl Cancel {
    pub(super) fn grace(&self) -> Duration {
        self.grace_seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()).unwrap_or(GRACE)
    }
}

/// The parameters of `$/credit`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Grant {
    /// The progress token of the call.
    #[schemars(extend("type" = ["string", "number"]))]
    pub(super) token: Value,
    /// How many more notifications may be sent.
    pub(super) batches: u32,
}

/// The parameters of `list`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ListParams {
    /// The key of a component; all components if left out.
    #[serde(default)]
    component: Option<String>,
}

/// The parameters of `describe` and `schema`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct UnitParams {
    /// The key of the unit.
    key: String,
    /// The kind of the unit, if several kinds have one with this key.
    #[serde(default)]
    kind: Option<String>,
    /// The key of its component, if several have one with this key.
    #[serde(default)]
    component: Option<String>,
}

/// The parameters of `connection.list`: none.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NoParams {}

/// The parameters of `connection.test`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TestParams {
    /// The connection, or the name of one.
    connection: Value,
    /// The key of its component, if there are several.
    #[serde(default)]
    component: Option<String>,
}

/// The result of `invoke` for a list whose records were sent by `$/progress`.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Streamed {
    /// The number of records that were sent.
    records: u64,
    /// Whether the list has more records than were sent.
    has_more: bool,
}

/// How a call ended.
pub(super) struct Outcome {
    /// What is logged of a write if the peer does not take the response.
    pub(super) write: Option<WriteOutcome>,
    /// The result as JSON text.
    pub(super) result: Result<Vec<u8>, Fault>,
}

impl Outcome {
    fn of_read(result: Result<Vec<u8>, Fault>) -> Self {
        Self { write: None, result }
    }
}

/// The names of the kinds of units.
pub(super) fn kinds() -> impl Iterator<Item = &'static str> {
    UnitKind::ALL.into_iter().map(UnitKind::member)
}

pub(super) fn is_known(method: &str) -> bool {
    METHODS.contains(&method)
}

/// The fault of a method that does not exist.
pub(super) fn unknown(method: &str) -> Fault {
    let hint = suggestion(method, METHODS).unwrap_or_else(|| format!("the methods are {}", METHODS.join(", ")));
    Fault::new(codes::METHOD_NOT_FOUND, format!("there is no such method; {hint}"))
}

/// Reads the parameters of a call, and returns what it does.
pub(super) fn prepare(
    runtime: &Runtime,
    calls: &Calls,
    out: Outbox,
    call: &Call,
    method: &str,
    message: &Incoming<'_>,
) -> Result<BoxFuture<'static, Outcome>, Fault> {
    let runtime = runtime.clone();
    match method {
        INVOKE => {
            let (invocation, target) = read_invocation(message, calls)?;
            let invocation = invocation.cancelled_by(&call.cancellation);
            let cancellation = call.cancellation.clone();
            // Boxed each for itself, since one future of all would be several kilobytes.
            let preparation = Box::pin(async move { runtime.prepare(invocation).await });
            Ok(Box::pin(async move {
                match preparation.await {
                    Ok(prepared) => invoke(prepared, target, &out, &cancellation).await,
                    Err(error) => Outcome::of_read(Err(error.into())),
                }
            }))
        }
        LIST => {
            let ListParams { component } = message.params()?;
            Ok(Box::pin(async move { Outcome::of_read(list(&runtime, component.as_deref())) }))
        }
        DESCRIBE => {
            let unit: UnitParams = message.params()?;
            let describe = |entry: &Registered, runtime: &Runtime| manifest::of_unit(entry, runtime.catalog());
            Ok(Box::pin(async move { Outcome::of_read(about(&runtime, &unit, describe)) }))
        }
        SCHEMA => {
            let unit: UnitParams = message.params()?;
            let schemas = |entry: &Registered, runtime: &Runtime| export::schemas_of(entry, runtime.catalog());
            Ok(Box::pin(async move { Outcome::of_read(about(&runtime, &unit, schemas)) }))
        }
        CONNECTION_LIST => {
            let NoParams {} = message.params()?;
            let names: Vec<_> = runtime.connection_names().collect();
            let result = json!({"connections": names}).to_string().into_bytes();
            Ok(Box::pin(async move { Outcome::of_read(Ok(result)) }))
        }
        CONNECTION_TEST => {
            let TestParams { connection, component } = message.params()?;
            let cancellation = call.cancellation.clone();
            Ok(Box::pin(async move {
                let diagnosis = Box::pin(runtime.diagnose(component.as_deref(), connection));
                let diagnosis = cancellation.or_cancelled(diagnosis).await.flatten();
                Outcome::of_read(diagnosis.map_err(Fault::from).and_then(|diagnosis| text(&diagnosis)))
            }))
        }
        other => Err(unknown(other)),
    }
}

fn text(value: &impl Serialize) -> Result<Vec<u8>, Fault> {
    serde_json::to_vec(value).map_err(|error| Error::internal(error).into())
}

/// Where the records of a call go, and how many at a time.
struct Target {
    token: Value,
    credit: Credit,
    batch_size: usize,
}

fn read_invocation(message: &Incoming<'_>, calls: &Calls) -> Result<(Invocation, Option<Box<Target>>), Fault> {
    // Most are valid and have no `progress`: these are read at once.
    if let Ok(invocation) = message.params() {
        return Ok((invocation, None));
    }
    let mut members: BTreeMap<String, Box<RawValue>> = message.params()?;
    let target = members.remove("progress").map(|progress| read_progress(&progress, calls)).transpose()?;
    Ok((Invocation::from_members(&members)?, target.map(Box::new)))
}

fn read_progress(given: &RawValue, calls: &Calls) -> Result<Target, Fault> {
    let invalid = |_| Fault::params("expected `progress` as `{\"token\": …, \"credit\": …, \"batchSize\": …}`");
    let Progress { token, credit, batch_size } = serde_json::from_str(given.get()).map_err(invalid)?;
    if !token.is_string() && !token.is_number() {
        return Err(Fault::params("the `token` of `progress` must be text or a number"));
    }
    if credit == 0 || !(1..=MAX_BATCH).contains(&batch_size) {
        let why = format!("`credit` of `progress` must be at least 1, and `batchSize` 1 to {MAX_BATCH}");
        return Err(Fault::params(&why));
    }
    let Some(credit) = calls.open_credit(&token, credit) else {
        return Err(Fault::params(&format!("a call with the progress token {token} is in flight")));
    };
    Ok(Target { token, credit, batch_size: usize::try_from(batch_size).unwrap_or(usize::MAX) })
}

async fn invoke(
    prepared: PreparedInvocation,
    target: Option<Box<Target>>,
    out: &Outbox,
    cancellation: &Cancellation,
) -> Outcome {
    match target {
        Some(_) if !prepared.returns_list() => {
            let what = if prepared.is_dry_run() { "a dry run of " } else { "" };
            let why = format!("{what}`{}` does not return a list: leave out `progress`", prepared.unit());
            Outcome::of_read(Err(Fault::params(&why)))
        }
        Some(target) => {
            let streamed = Box::pin(stream(prepared, &target, out, cancellation)).await;
            Outcome::of_read(streamed.map_err(Fault::from).and_then(|streamed| text(&streamed)))
        }
        None => {
            let (mut reply, mut write) = (Vec::new(), prepared.writes().then(|| WriteOutcome::of(prepared.unit())));
            let sent = prepared.send_to(&mut reply).await;
            if let Some(write) = &mut write {
                write.end(&sent);
            }
            Outcome { write, result: sent.map(|()| reply).map_err(Fault::from) }
        }
    }
}

/// Sends the records of a list, as many at a time as there is credit for.
async fn stream(
    prepared: PreparedInvocation,
    target: &Target,
    out: &Outbox,
    cancellation: &Cancellation,
) -> Result<Streamed, Error> {
    let deadline = prepared.deadline();
    let mut stream = prepared.into_records()?;
    let mut records = 0;
    while let Some(batch) = stream.next_batch(target.batch_size).await {
        let batch = batch?;
        let sent = async {
            target.credit.take().await;
            out.send(progress(&target.token, &batch)).await
        };
        tokio::select! {
            sent = cancellation.or_cancelled(sent) => if !sent? {
                return Err(Error::new(Code::Cancelled, "the peer reads nothing more"));
            },
            () = sleep_until(deadline) => {
                let message = "the time limit was reached while records waited to be read";
                return Err(Error::new(Code::Timeout, message));
            }
        }
        records += batch.len() as u64;
    }
    Ok(Streamed { records, has_more: stream.has_more() })
}

fn list(runtime: &Runtime, component: Option<&str>) -> Result<Vec<u8>, Fault> {
    let catalog = runtime.catalog();
    let components = match component {
        Some(key) => vec![lookup::component(catalog, key)?],
        None => catalog.components(),
    };
    let components: Vec<_> = components.into_iter().map(|one| manifest::of_component(one, catalog)).collect();
    Ok(json!({"components": components}).to_string().into_bytes())
}

fn about(
    runtime: &Runtime,
    unit: &UnitParams,
    about: impl Fn(&Registered, &Runtime) -> Value,
) -> Result<Vec<u8>, Fault> {
    let kind = match unit.kind.as_deref() {
        None => None,
        Some(name) => {
            let kind = UnitKind::named(name);
            Some(kind.ok_or_else(|| Fault::params("`kind` must be `action`, `dataSource` or `trigger`"))?)
        }
    };
    let entry = lookup::unit(runtime.catalog(), unit.component.as_deref(), kind, &unit.key)?;
    Ok(lookup::identified(entry, about(entry, runtime)).to_string().into_bytes())
}
