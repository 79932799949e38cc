//! `Token`: the encrypted token of a connection, and who fetches the next. Its key is a digest of the credentials.

use restate_sdk::prelude::*;
use serde::{Deserialize, Serialize};

/// The state: the token, and who fetches the next.
const TOKEN: &str = "token";
const FETCHER: &str = "fetcher";

/// How long a worker may take to fetch a token before another may, in milliseconds.
const FETCHING: u64 = 15_000;

/// A worker asks for a token.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Ask {
    /// Identifies the question, however often it is asked.
    pub(crate) caller: String,
    /// The number of a token that is of no use.
    pub(crate) passed: Option<u64>,
    /// Milliseconds since 1970, by the clock of the worker.
    pub(crate) now: u64,
}

/// A token, encrypted.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Stored {
    pub(crate) number: u64,
    pub(crate) token: String,
    /// Milliseconds since 1970.
    pub(crate) expires: u64,
}

/// What a worker is told.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Given {
    Stored(Stored),
    /// It is the one to fetch the token with this number.
    Fetch {
        number: u64,
    },
    /// Another worker fetches.
    Wait,
}

/// A worker has fetched a token, or failed to.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Put {
    pub(crate) number: u64,
    pub(crate) caller: String,
    pub(crate) token: Option<Stored>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Fetcher {
    caller: String,
    until: u64,
}

pub(crate) struct Token;

#[restate_sdk::object(
    name = "Token",
    journal_retention = "0s",
    idempotency_retention = "0s",
    invocation_retry_policy(initial_interval = "50ms", factor = 2.0, max_interval = "1s", max_attempts = 1_000_000)
)]
impl Token {
    #[handler]
    async fn get(&self, ctx: ObjectContext<'_>, ask: Json<Ask>) -> HandlerResult<Json<Given>> {
        let Json(Ask { caller, passed, now }) = ask;
        let stored = ctx.get::<Json<Stored>>(TOKEN).await?.map(Json::into_inner);
        let number = stored.as_ref().map_or(0, |stored| stored.number);
        if let Some(stored) = stored.filter(|stored| passed.is_none_or(|passed| stored.number > passed)) {
            return Ok(Json(Given::Stored(stored)));
        }
        let fetcher = ctx.get::<Json<Fetcher>>(FETCHER).await?.map(Json::into_inner);
        if fetcher.is_some_and(|other| other.caller != caller && other.until > now) {
            return Ok(Json(Given::Wait));
        }
        ctx.set(FETCHER, Json(Fetcher { caller, until: now + FETCHING }));
        Ok(Json(Given::Fetch { number: number + 1 }))
    }

    #[handler]
    async fn put(&self, ctx: ObjectContext<'_>, put: Json<Put>) -> HandlerResult<()> {
        let Json(Put { number, caller, token }) = put;
        let stored = ctx.get::<Json<Stored>>(TOKEN).await?.map(Json::into_inner);
        if let Some(token) = token.filter(|_| stored.is_none_or(|stored| stored.number < number)) {
            ctx.set(TOKEN, Json(token));
        }
        let fetcher = ctx.get::<Json<Fetcher>>(FETCHER).await?.map(Json::into_inner);
        if fetcher.is_some_and(|fetcher| fetcher.caller == caller) {
            ctx.clear(FETCHER);
        }
        Ok(())
    }
}
