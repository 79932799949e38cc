//! `Invoke`: runs an action, data source or trigger, whatever happens to the worker that runs it.

use std::sync::{Arc, Mutex, PoisonError};

use pipefit_component::Code;
use pipefit_runner::{Invocation, PreparedInvocation};
use restate_sdk::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{Shared, bounded, ensure_named};
use crate::outbox::{Fate, Marker};
use crate::outcome::{Outcome, elsewhere};

/// How often a write may be begun anew because it was not sent under the last marker.
const MARKERS: u32 = 100;

pub(crate) struct Invoke(pub(crate) Arc<Shared>);

/// How an invocation begins.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Begun {
    /// Nothing was sent, or it reads: this came of it.
    Ended(Outcome),
    /// It writes, and this worker is about to send it.
    Writes(Marker),
}

#[restate_sdk::service(
    name = "Invoke",
    inactivity_timeout = "20m",
    abort_timeout = "1m",
    journal_retention = "0s",
    idempotency_retention = "1 day",
    invocation_retry_policy(initial_interval = "100ms", factor = 2.0, max_interval = "2s", max_attempts = 1_000_000)
)]
impl Invoke {
    /// Runs one request, as `pipefit run` reads it from stdin, and returns its reply or error.
    #[handler]
    async fn run(&self, ctx: Context<'_>, request: Json<Box<RawValue>>) -> HandlerResult<Json<Box<RawValue>>> {
        let request = request.into_inner();
        let id = Invocation::id_of(request.get().as_bytes());
        let read = Invocation::from_json(request.get().as_bytes());
        let invocation = match read.and_then(|read| ensure_named(&read.inputs).map(|()| bounded(read))) {
            Ok(invocation) => invocation,
            Err(error) => return Ok(Json(Outcome::failed(id.as_ref(), &error).text)),
        };
        self.0.run(&ctx, &invocation).await.map(Json)
    }
}

impl Shared {
    /// Runs an invocation until it succeeds or must not be repeated.
    pub(super) async fn run(
        self: &Arc<Self>,
        ctx: &Context<'_>,
        invocation: &Invocation,
    ) -> HandlerResult<Box<RawValue>> {
        for tries in 1_u32.. {
            let outcome = self.once(ctx, invocation).await?;
            match outcome.wait(tries) {
                // It outlives this worker.
                Some(wait) => ctx.sleep(wait.min(self.longest_wait)).await?,
                None => return Ok(outcome.text),
            }
        }
        Err(elsewhere())
    }

    async fn once(self: &Arc<Self>, ctx: &Context<'_>, invocation: &Invocation) -> HandlerResult<Outcome> {
        for number in 0..MARKERS {
            let slot = Arc::new(Mutex::new(None));
            let marker = match self.begin(ctx, invocation, &slot).await? {
                Begun::Ended(outcome) => return Ok(outcome),
                Begun::Writes(marker) => marker,
            };
            let write = slot.lock().unwrap_or_else(PoisonError::into_inner).take();
            match self.send(ctx, &marker, number, write).await? {
                Fate::Answered(outcome) => return Ok(outcome),
                Fate::Unknown => return Ok(Outcome::failed(invocation.id.as_ref(), &invocation.lost())),
                Fate::NotSent => {}
            }
        }
        Err(TerminalError::new("the write was begun and not sent too often").into())
    }

    /// Checks an invocation. Runs it if it reads. If it writes, waits until it may be sent, and journals that it will
    /// be: what is lost before has certainly not been sent. It is left in the slot.
    async fn begin(
        self: &Arc<Self>,
        ctx: &Context<'_>,
        invocation: &Invocation,
        slot: &Arc<Mutex<Option<PreparedInvocation>>>,
    ) -> HandlerResult<Begun> {
        let (shared, invocation, slot) = (Arc::clone(self), invocation.clone(), Arc::clone(slot));
        let begin = move || async move {
            let id = invocation.id.clone();
            let failed = |error: pipefit_component::Error| match error.code() {
                Code::Cancelled => Err(elsewhere()),
                _ => Ok(Json(Begun::Ended(Outcome::failed(id.as_ref(), &error)))),
            };
            let prepared = match shared.runtime.prepare(invocation).await {
                Ok(prepared) => prepared,
                Err(error) => return failed(error),
            };
            if !prepared.writes() {
                return Outcome::of(prepared).await.map(|outcome| Json(Begun::Ended(outcome))).ok_or_else(elsewhere);
            }
            if let Err(error) = prepared.reserve().await {
                return failed(error);
            }
            let marker = shared.outbox.open()?;
            *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(prepared);
            Ok(Json(Begun::Writes(marker)))
        };
        Ok(ctx.run(begin).name("begin").await?.into_inner())
    }

    /// Sends a write whose marker is journalled or, if an earlier attempt may have sent it, finds out what became of
    /// it.
    async fn send(
        self: &Arc<Self>,
        ctx: &Context<'_>,
        marker: &Marker,
        number: u32,
        write: Option<PreparedInvocation>,
    ) -> HandlerResult<Fate> {
        let (shared, own) = (Arc::clone(self), marker.clone());
        let send = move || async move {
            let fate = match write {
                Some(write) => shared.outbox.send(&own, number, write).await,
                None => shared.outbox.fate(&own).await,
            };
            if matches!(fate, Fate::Unknown) {
                tracing::warn!(target: "pipefit::restate", "a write was lost with its worker: it may have happened");
            }
            Ok(Json(fate))
        };
        let fate = ctx.run(send).name("send").await?.into_inner();
        self.outbox.forget(marker);
        Ok(fate)
    }
}
