//! `Rate`: the slots of an account's rate, each given once. Its key is the digest that identifies the account.

use std::time::{SystemTime, UNIX_EPOCH};

use restate_sdk::prelude::*;
use serde::{Deserialize, Serialize};

/// The state: the first free slot, and when a pause ends. Both in microseconds since 1970.
const FREE: &str = "free";
const HELD: &str = "held";

/// The longest pause, and how far ahead slots are given at most, in microseconds: no caller and no wrong clock stops an
/// account for longer.
const LONGEST_PAUSE: u64 = 15 * 60 * 1_000_000;
const FARTHEST: u64 = 60 * 1_000_000;

/// A worker asks for slots.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Ask {
    pub(crate) slots: u32,
    /// When the worker can use the first, in microseconds since 1970 by its clock.
    pub(crate) now: u64,
    pub(crate) per_second: u32,
}

/// Slots of time, one after the other. None during a pause.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Lease {
    /// Microseconds from `now` of the question to the first slot or to the end of the pause.
    pub(crate) wait: u64,
    pub(crate) slots: u32,
}

/// Holds all workers back.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Hold {
    /// Until when, in microseconds since 1970.
    pub(crate) until: u64,
}

/// Microseconds since 1970.
pub(crate) fn unix_micros() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_micros()).unwrap_or_default()
}

pub(crate) struct Rate;

#[restate_sdk::object(
    name = "Rate",
    journal_retention = "0s",
    idempotency_retention = "0s",
    invocation_retry_policy(initial_interval = "50ms", factor = 2.0, max_interval = "1s", max_attempts = 1_000_000)
)]
impl Rate {
    #[handler]
    async fn lease(&self, ctx: ObjectContext<'_>, ask: Json<Ask>) -> HandlerResult<Json<Lease>> {
        let Json(Ask { slots, now, per_second }) = ask;
        let held = ctx.get::<u64>(HELD).await?.unwrap_or_default();
        if held > now + LONGEST_PAUSE {
            ctx.set(HELD, now + LONGEST_PAUSE);
        }
        if held > now {
            return Ok(Json(Lease { wait: (held - now).min(LONGEST_PAUSE), slots: 0 }));
        }
        let start = ctx.get::<u64>(FREE).await?.unwrap_or_default().clamp(now, now + FARTHEST);
        let interval = 1_000_000 / u64::from(per_second.max(1));
        ctx.set(FREE, start + u64::from(slots) * interval);
        Ok(Json(Lease { wait: start - now, slots }))
    }

    #[handler]
    async fn hold(&self, ctx: ObjectContext<'_>, pause: Json<Hold>) -> HandlerResult<()> {
        let held = ctx.get::<u64>(HELD).await?.unwrap_or_default();
        ctx.set(HELD, held.max(pause.into_inner().until));
        Ok(())
    }
}
