//! `List`: reads a long list page after page, and hands each to a sink.
//!
//! The journal keeps receipts, not records: of each page, what its reading ended at, how many records it has and their
//! digest. The receipt comes before the delivery, so that a worker that takes over delivers the same records under the
//! same id, which it reads again.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use pipefit_component::{Code, Error, FETCH_ALL, Result};
use pipefit_runner::{Invocation, ListPosition, PreparedInvocation, RawRecord};
use restate_sdk::prelude::*;
use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};
use serde_json::json;
use serde_json::value::RawValue;

use super::{Shared, bounded, ensure_named};
use crate::ingress::Call;
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

/// How long handing a page to a service may take.
const PATIENCE: Duration = Duration::from_secs(30);

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

/// A page as this attempt read it.
type Slot = Arc<Mutex<Option<Bytes>>>;

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
        let reading = Reading { shared: &self.0, ctx: &ctx, invocation, sink };
        let (mut pages, mut records, mut empty) = (0_u64, 0_usize, 0);
        let mut position: Option<ListPosition> = None;
        while position.as_ref().is_none_or(ListPosition::has_more) {
            let slot = Slot::default();
            let outcome = match reading.page(position.as_ref(), pages + 1, &slot).await? {
                Ok(receipt) if receipt.count == 0 => Ok(receipt),
                Ok(receipt) => reading.deliver(position.as_ref(), pages + 1, &receipt, &slot).await?.map(|()| receipt),
                Err(error) => Err(error),
            };
            let receipt = match outcome {
                Ok(receipt) => receipt,
                Err(error) => return reply(&json!({"error": error, "pages": pages, "records": records})),
            };
            empty = if receipt.count == 0 { empty + 1 } else { 0 };
            (pages, records) = (pages + 1, records + receipt.count);
            if empty > EMPTY_PAGES || pages == PAGES {
                let error = Error::new(Code::BadReply, "the list has no end");
                return reply(&json!({"error": error, "pages": pages, "records": records}));
            }
            position = Some(receipt.position);
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

/// The reading of one list.
struct Reading<'a, 'ctx> {
    shared: &'a Arc<Shared>,
    ctx: &'a Context<'ctx>,
    invocation: Invocation,
    sink: Sink,
}

impl Reading<'_, '_> {
    /// The id under which a page is delivered.
    fn delivery(&self, page: u64) -> String {
        format!("{}-{page}", self.ctx.invocation_id())
    }

    /// Reads a page into the slot, and journals its receipt.
    async fn page(&self, after: Option<&ListPosition>, page: u64, slot: &Slot) -> HandlerResult<Result<Receipt>> {
        for tries in 0.. {
            let (shared, invocation, sink) = (Arc::clone(self.shared), self.invocation.clone(), self.sink.clone());
            let (after, slot, id) = (after.cloned(), Arc::clone(slot), self.delivery(page));
            let read = move || async move {
                let read = async {
                    shared.sinks.check(&sink)?;
                    let read = shared.runtime.prepare(invocation).await?.page_after(after.as_ref()).await?;
                    let batch = batch(&id, page, &read.records)?;
                    let digest = hexadecimal(digest(&SHA256, &batch).as_ref());
                    *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(batch);
                    Ok(Receipt { count: read.records.len(), digest, position: read.position })
                };
                tried(read.await)
            };
            match self.ctx.run(read).name("read").await?.into_inner() {
                Tried::Done(receipt) => return Ok(Ok(receipt)),
                Tried::Failed(error) if error.retryable() && tries < TRIES => self.pause(tries, &error).await?,
                Tried::Failed(error) => return Ok(Err(error)),
            }
        }
        Err(elsewhere())
    }

    /// Delivers a page whose receipt is journalled, until the sink takes it.
    async fn deliver(
        &self,
        after: Option<&ListPosition>,
        page: u64,
        receipt: &Receipt,
        slot: &Slot,
    ) -> HandlerResult<Result<()>> {
        for tries in 0.. {
            let (shared, invocation, sink) = (Arc::clone(self.shared), self.invocation.clone(), self.sink.clone());
            let (after, at, slot, id) =
                (after.cloned(), receipt.position.clone(), Arc::clone(slot), self.delivery(page));
            let deliver = move || async move {
                let here = slot.lock().unwrap_or_else(PoisonError::into_inner).clone();
                let deliver = async {
                    let batch = match here {
                        Some(batch) => batch,
                        // Another attempt read it: the records between the same two positions.
                        None => {
                            let prepared: PreparedInvocation = shared.runtime.prepare(invocation).await?;
                            batch(&id, page, &prepared.page_again(after.as_ref(), &at).await?)?
                        }
                    };
                    shared.hand_over(&sink, &id, batch).await
                };
                tried(deliver.await)
            };
            match self.ctx.run(deliver).name("deliver").await?.into_inner() {
                Tried::Done(()) => return Ok(Ok(())),
                Tried::Failed(error) if error.retryable() && tries < TRIES => self.pause(tries, &error).await?,
                Tried::Failed(error) => return Ok(Err(error)),
            }
        }
        Err(elsewhere())
    }

    /// Waits before the next try, which may be on another worker.
    async fn pause(&self, tries: u32, error: &Error) -> HandlerResult<()> {
        let wait = error.retry_after().unwrap_or(FIRST_WAIT * 2_u32.pow(tries.min(10))).min(LONGEST_WAIT);
        Ok(self.ctx.sleep(wait).await?)
    }
}

impl Shared {
    /// Hands a batch to a sink once. A service that gets it again under the same id takes it once.
    async fn hand_over(&self, sink: &Sink, id: &str, batch: Bytes) -> Result<()> {
        match sink {
            Sink::Http(sink) => self.sinks.post(sink, id, batch).await,
            Sink::Service(sink) => {
                let path = sink.path();
                self.ingress.call(&Call::new(&path, Some(batch), PATIENCE).idempotency_key(id)).await.map(drop)
            }
        }
    }
}

fn tried<T>(outcome: Result<T>) -> HandlerResult<Json<Tried<T>>> {
    match outcome {
        Ok(done) => Ok(Json(Tried::Done(done))),
        Err(error) if error.code() == Code::Cancelled => Err(elsewhere()),
        Err(error) => Ok(Json(Tried::Failed(error))),
    }
}

/// Returns a page as the sink gets it. Fails if it is too large.
fn batch(id: &str, page: u64, records: &[RawRecord]) -> Result<Bytes> {
    #[derive(Serialize)]
    struct Batch<'a> {
        delivery: &'a str,
        page: u64,
        records: &'a [RawRecord],
    }
    let batch = serde_json::to_vec(&Batch { delivery: id, page, records }).map_err(Error::internal)?;
    if batch.len() > LARGEST_PAGE {
        let message = format!(
            "a page of the list has more than {} MiB: request smaller pages, such as with `pageSize`",
            LARGEST_PAGE / 1024 / 1024
        );
        return Err(Error::new(Code::InvalidRequest, message));
    }
    Ok(batch.into())
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}
