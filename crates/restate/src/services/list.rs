//! `List`: reads a long list page after page, and hands each to a sink.
//!
//! The journal keeps receipts, not records: of each page, what its reading ended at, how many records it has and their
//! digest. The receipt comes before the delivery, so that a worker that takes over delivers the same records under the
//! same id, which it reads again.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use pipefit_component::{Catalog, Code, Error, FETCH_ALL, Registered, Result};
use pipefit_runner::{Invocation, ListPosition, PreparedInvocation, RawRecord};
use restate_sdk::prelude::*;
use ring::digest::{SHA256, digest};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::json;
use serde_json::value::RawValue;

use super::{Shared, bounded, ensure_named};
use crate::outcome::elsewhere;
use crate::sink::Sink;

/// How often a page is read or delivered before the list fails.
const TRIES: u32 = 100;

/// The waits between these tries: doubled from the first to the longest.
const FIRST_WAIT: Duration = Duration::from_millis(500);
const LONGEST_WAIT: Duration = Duration::from_mins(1);

/// The most pages of a list, and the most without records in a row.
const PAGES: u64 = 200_000;
const EMPTY_PAGES: u32 = 30;

/// The largest page, in bytes: a call of another service may have 32 MiB.
const LARGEST_PAGE: usize = 16 * 1024 * 1024;

pub(crate) struct List(pub(crate) Arc<Shared>);

/// A list to read.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Ask {
    /// The request for the list. It is read whole: `fetchAll` is added.
    request: Box<RawValue>,
    sink: Sink,
}

/// What is journalled of a page.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Receipt {
    count: usize,
    /// SHA-256 of the batch, in hexadecimal.
    digest: String,
    position: ListPosition,
}

/// What is journalled of a try.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Tried<T> {
    Done(T),
    Failed(Error),
}

#[restate_sdk::service(
    name = "List",
    inactivity_timeout = "20m",
    abort_timeout = "1m",
    journal_retention = "0s",
    idempotency_retention = "1 day",
    invocation_retry_policy(initial_interval = "100ms", factor = 2.0, max_interval = "2s", max_attempts = 1_000_000)
)]
impl List {
    /// Reads a whole list and hands each page to the sink. Returns the numbers of pages and records, or the error that
    /// ended it with the numbers of what was delivered.
    #[handler]
    async fn read(&self, ctx: Context<'_>, ask: Json<Box<RawValue>>) -> HandlerResult<Json<Box<RawValue>>> {
        let (invocation, sink) = match read(&ask.into_inner()) {
            Ok(read) => read,
            Err(error) => return reply(&json!({ "error": error })),
        };
        let (mut pages, mut records, mut empty, mut seen) = (0_u64, 0_usize, 0, HashSet::new());
        let mut after: Option<ListPosition> = None;
        while after.as_ref().is_none_or(ListPosition::has_more) {
            let page = Page {
                shared: Arc::clone(&self.0),
                invocation: invocation.clone(),
                sink: sink.clone(),
                after,
                number: pages + 1,
                delivery: format!("{}-{}", ctx.invocation_id(), pages + 1),
                batch: Arc::default(),
            };
            let receipt = match page.handed_over(&ctx).await? {
                Ok(receipt) => receipt,
                Err(error) => return reply(&json!({"error": error, "pages": pages, "records": records})),
            };
            empty = if receipt.count == 0 { empty + 1 } else { 0 };
            (pages, records) = (pages + 1, records + receipt.count);
            // A list whose pages form a loop comes to where it was, with records.
            let is_loop = !seen.insert(digest_of(&receipt.position)?) && receipt.count > 0;
            if empty > EMPTY_PAGES || pages == PAGES || is_loop {
                let error = Error::new(Code::BadReply, "the list has no end");
                return reply(&json!({"error": error, "pages": pages, "records": records}));
            }
            after = Some(receipt.position);
        }
        reply(&json!({"data": {"pages": pages, "records": records}}))
    }
}

fn reply(reply: &serde_json::Value) -> HandlerResult<Json<Box<RawValue>>> {
    Ok(Json(serde_json::value::to_raw_value(reply)?))
}

fn read(ask: &RawValue) -> Result<(Invocation, Sink)> {
    let ask: Ask = serde_json::from_str(ask.get()).map_err(|error| {
        let why = pipefit_component::shown(&error.to_string()).to_string();
        let message = format!("the request is not valid: {why}; expected `{{\"request\": {{…}}, \"sink\": {{…}}}}`");
        Error::new(Code::InvalidRequest, message)
    })?;
    let mut invocation = Invocation::from_json(ask.request.get().as_bytes())?;
    ensure_named(&invocation.inputs)?;
    invocation.inputs_mut().insert(FETCH_ALL.key.to_owned(), true.into());
    Ok((bounded(invocation), ask.sink))
}

/// Fails if the unit is known and has no list that can be read whole. Names one that has, of the same resource if
/// possible.
fn ensure_list(catalog: &Catalog, invocation: &Invocation) -> Result<()> {
    let (kind, key) = invocation.unit()?;
    let is_list = |entry: &&Registered| entry.unit.inputs().iter().any(|input| input.key == FETCH_ALL.key);
    let mut named = catalog.matching(invocation.component.as_deref(), kind, key).peekable();
    let Some(meant) = named.peek().copied() else { return Ok(()) };
    if named.any(|entry| is_list(&entry)) {
        return Ok(());
    }
    let is_near = |entry: &&Registered| entry.unit.about().resource == meant.unit.about().resource;
    let mut lists = catalog.units().iter().filter(is_list).filter(|entry| entry.component.key == meant.component.key);
    let near = lists.clone().find(is_near).or_else(|| lists.next());
    let such_as = near.map_or_else(String::new, |entry| format!(", such as `{}`", entry.unit.about().key));
    let key = meant.unit.about().key;
    let message = format!("`{key}` does not return a list of records: `List` reads an action that does{such_as}");
    Err(Error::new(Code::InvalidRequest, message))
}

/// A page of a list.
#[derive(Clone)]
struct Page {
    shared: Arc<Shared>,
    invocation: Invocation,
    sink: Sink,
    /// Where the page before ended.
    after: Option<ListPosition>,
    /// From 1.
    number: u64,
    /// The id under which it is delivered.
    delivery: String,
    /// What the sink gets, if this attempt has read it.
    batch: Arc<Mutex<Option<Bytes>>>,
}

impl Page {
    /// Reads the page, journals its receipt, and delivers it until the sink takes it.
    async fn handed_over(&self, ctx: &Context<'_>) -> HandlerResult<Result<Receipt>> {
        let receipt = match retried(ctx, "read", || self.clone().read()).await? {
            Ok(receipt) if receipt.count > 0 => receipt,
            other => return Ok(other),
        };
        let delivered = retried(ctx, "deliver", || self.clone().deliver(receipt.position.clone())).await?;
        Ok(delivered.map(|()| receipt))
    }

    async fn read(self) -> Result<Receipt> {
        self.shared.sinks.check(&self.sink)?;
        let read = self.prepared().await?.page_after(self.after.as_ref()).await?;
        let batch = self.batch_of(&read.records)?;
        let digest = hexadecimal(digest(&SHA256, &batch).as_ref());
        *self.batch.lock().unwrap_or_else(PoisonError::into_inner) = Some(batch);
        Ok(Receipt { count: read.records.len(), digest, position: read.position })
    }

    /// Hands the page, whose reading ended here, to the sink. A sink that gets it again under the same id takes it
    /// once.
    async fn deliver(self, end: ListPosition) -> Result<()> {
        let here = self.batch.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let batch = if let Some(batch) = here {
            batch
        } else {
            // Another attempt read it.
            let prepared = self.prepared().await?;
            self.batch_of(&prepared.page_again(self.after.as_ref(), &end).await?)?
        };
        self.shared.deliver(&self.sink, &self.delivery, batch).await
    }

    async fn prepared(&self) -> Result<PreparedInvocation> {
        let runtime = &self.shared.runtime;
        ensure_list(runtime.catalog(), &self.invocation)?;
        runtime.prepare(self.invocation.clone()).await
    }

    /// Returns the page as the sink gets it. Fails if it is too large.
    fn batch_of(&self, records: &[RawRecord]) -> Result<Bytes> {
        #[derive(Serialize)]
        struct Batch<'a> {
            delivery: &'a str,
            page: u64,
            records: &'a [RawRecord],
        }
        let batch = Batch { delivery: &self.delivery, page: self.number, records };
        let batch = serde_json::to_vec(&batch).map_err(Error::internal)?;
        if batch.len() > LARGEST_PAGE {
            let limit = LARGEST_PAGE / 1024 / 1024;
            let message = format!("a page of the list has more than {limit} MiB: request smaller ones with `pageSize`");
            return Err(Error::new(Code::InvalidRequest, message));
        }
        Ok(batch.into())
    }
}

/// Journals what comes of work, which is repeated after a wait, here or on another worker, if that does no harm.
async fn retried<T, F>(ctx: &Context<'_>, name: &str, work: impl Fn() -> F) -> HandlerResult<Result<T>>
where
    T: Serialize + DeserializeOwned + Send + 'static,
    F: Future<Output = Result<T>> + Send + 'static,
{
    for tries in 0.. {
        let work = work();
        let error = match ctx.run(move || async move { tried(work.await) }).name(name).await?.into_inner() {
            Tried::Done(done) => return Ok(Ok(done)),
            Tried::Failed(error) if error.retryable() && tries < TRIES => error,
            Tried::Failed(error) => return Ok(Err(error)),
        };
        let wait = error.retry_after().unwrap_or(FIRST_WAIT * 2_u32.pow(tries.min(10)));
        ctx.sleep(wait.min(LONGEST_WAIT)).await?;
    }
    Err(elsewhere())
}

fn tried<T>(outcome: Result<T>) -> HandlerResult<Json<Tried<T>>> {
    match outcome {
        Ok(done) => Ok(Json(Tried::Done(done))),
        Err(error) if error.code() == Code::Cancelled => Err(elsewhere()),
        Err(error) => Ok(Json(Tried::Failed(error))),
    }
}

fn digest_of(position: &ListPosition) -> serde_json::Result<Vec<u8>> {
    Ok(digest(&SHA256, &serde_json::to_vec(position)?).as_ref().to_vec())
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}
