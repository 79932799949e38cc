//! The client: hands invocations in, and asks what came of them.

use std::time::Duration;

use bytes::Bytes;
use pipefit_component::{Code, Error, Result};
use pipefit_runner::Invocation;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::ingress::{Call, Ingress, NOT_READY, segment};
use crate::seal::random_id;
use crate::services::ensure_named;
use crate::services::trigger::{Start, Status};
use crate::sink::Sink;

/// How long handing in, and a question about a trigger, may take.
const PATIENCE: Duration = Duration::from_mins(1);

/// How long one try of these may take.
const ONE_TRY: Duration = Duration::from_secs(10);

/// Hands invocations in to Restate, through whichever node answers.
#[derive(Debug)]
pub struct Client(Ingress);

/// An invocation that was handed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Handed {
    /// The id by which it can be asked for, for a day.
    #[serde(rename = "invocationId")]
    pub id: String,
}

impl Client {
    /// Creates a client of the nodes with these addresses, such as `http://127.0.0.1:8080`. Fails if one is not a URL.
    pub fn new<S: AsRef<str>>(nodes: &[S]) -> Result<Self> {
        Ingress::new(nodes).map(Self)
    }

    /// Runs an invocation and returns the JSON text of its reply or error, as `pipefit run` prints it. Waits this long;
    /// if there is no reply by then, it goes on, and the error is `outcome_unknown`.
    ///
    /// With a key, Restate runs it once for a day, and a repeated call returns the same reply. Without one, the call
    /// gets a key of its own, so that it can be repeated at another node if one is lost.
    pub async fn invoke(
        &self,
        invocation: &Invocation,
        key: Option<&str>,
        patience: Duration,
    ) -> Result<Box<RawValue>> {
        let (body, key) = (body_of(invocation)?, key_or_new(key)?);
        let call = Call::new("call/Invoke/run", Some(body), patience).idempotency_key(&key).going_on();
        parsed(&self.0.call(&call).await?.1)
    }

    /// Hands an invocation in and does not wait for it. The error is `outcome_unknown` if Restate may have it.
    pub async fn submit(&self, invocation: &Invocation, key: Option<&str>) -> Result<Handed> {
        let (body, key) = (body_of(invocation)?, key_or_new(key)?);
        let call = Call::new("send/Invoke/run", Some(body), PATIENCE).idempotency_key(&key).one_try(ONE_TRY);
        let call = call.going_on();
        parsed(&self.0.call(&call).await?.1)
    }

    /// Returns what came of an invocation that was handed in; `None` if it still runs.
    pub async fn outcome(&self, id: &str) -> Result<Option<Box<RawValue>>> {
        let path = format!("output/{}", segment(id));
        let (status, body) = self.0.call(&Call::new(&path, None, PATIENCE).one_try(ONE_TRY)).await?;
        if status == NOT_READY { Ok(None) } else { parsed(&body).map(Some) }
    }

    /// Waits this long for an invocation that was handed in, and returns what came of it. If it still runs, the error
    /// is `outcome_unknown`.
    pub async fn attach(&self, id: &str, patience: Duration) -> Result<Box<RawValue>> {
        let path = format!("attach/{}", segment(id));
        parsed(&self.0.call(&Call::new(&path, None, patience).going_on()).await?.1)
    }

    /// Hands in the reading of a whole list: each page goes to the sink. What comes of it are the numbers of pages and
    /// records.
    pub async fn read_list(&self, invocation: &Invocation, sink: &Sink, key: Option<&str>) -> Result<Handed> {
        ensure_named(&invocation.inputs)?;
        let key = key_or_new(key)?;
        let body = serde_json::to_vec(&json!({"request": invocation, "sink": sink})).map_err(Error::internal)?;
        let call = Call::new("send/List/read", Some(body.into()), PATIENCE).idempotency_key(&key).one_try(ONE_TRY);
        let call = call.going_on();
        parsed(&self.0.call(&call).await?.1)
    }

    /// Starts the instance of a trigger with this name.
    pub async fn start_trigger(&self, name: &str, start: &Start) -> Result<()> {
        ensure_named(&start.inputs)?;
        let body = serde_json::to_vec(start).map_err(Error::internal)?;
        self.trigger::<Value>(name, "start", Some(body.into())).await.map(drop)
    }

    /// Stops the instance of a trigger with this name.
    pub async fn stop_trigger(&self, name: &str) -> Result<()> {
        self.trigger::<Value>(name, "stop", None).await.map(drop)
    }

    /// Returns how the instance of a trigger with this name does.
    pub async fn trigger_status(&self, name: &str) -> Result<Status> {
        self.trigger(name, "status", None).await
    }

    async fn trigger<T: DeserializeOwned>(&self, name: &str, handler: &str, body: Option<Bytes>) -> Result<T> {
        let path = format!("call/Trigger/{}/{handler}", segment(name));
        let (_, reply) = self.0.call(&Call::new(&path, body, PATIENCE)).await?;
        match parsed(&reply)? {
            Answer { error: Some(error), .. } => Err(error),
            Answer { data: Some(data), .. } => Ok(data),
            _ => Err(unreadable()),
        }
    }
}

/// The reply of a handler.
#[derive(Deserialize)]
struct Answer<T> {
    data: Option<T>,
    error: Option<Error>,
}

fn body_of(invocation: &Invocation) -> Result<Bytes> {
    ensure_named(&invocation.inputs)?;
    serde_json::to_vec(invocation).map(Bytes::from).map_err(Error::internal)
}

fn key_or_new(key: Option<&str>) -> Result<String> {
    key.map_or_else(random_id, |key| Ok(key.to_owned()))
}

fn parsed<T: DeserializeOwned>(body: &[u8]) -> Result<T> {
    serde_json::from_slice(body).map_err(|_| unreadable())
}

fn unreadable() -> Error {
    Error::new(Code::BadReply, "the reply of Restate cannot be read")
}
