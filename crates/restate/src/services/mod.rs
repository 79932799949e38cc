//! The services that Restate sees.

pub(crate) mod data_source;
pub(crate) mod invoke;
pub(crate) mod list;
pub(crate) mod rate;
pub(crate) mod token;
pub(crate) mod trigger;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use pipefit_component::{CONNECTION, Error, Problem, Result};
use pipefit_runner::{Invocation, Runtime};
use serde_json::Value;

use crate::ingress::{Call, Ingress};
use crate::outbox::Outbox;
use crate::sink::{Sink, Sinks};

/// How long handing a batch to a service may take.
const HANDING_OVER: Duration = Duration::from_secs(20);

/// The longest that one try of an invocation may take. Restate waits longer: see `inactivity_timeout` of the services.
const LONGEST_TRY: Duration = Duration::from_mins(10);

/// What the services of a worker share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) runtime: Runtime,
    pub(crate) outbox: Arc<Outbox>,
    pub(crate) sinks: Sinks,
    pub(crate) ingress: Arc<Ingress>,
    /// How long an invocation waits at most before it is tried again.
    pub(crate) longest_wait: Duration,
}

impl Shared {
    /// Hands a batch to a sink, under an id by which the sink knows it if it comes again.
    pub(crate) async fn deliver(&self, sink: &Sink, id: &str, batch: Bytes) -> Result<()> {
        let delivered = match sink {
            Sink::Http(sink) => self.sinks.post(sink, id, batch).await,
            Sink::Service(sink) => {
                let path = sink.path();
                let call = Call::new(&path, Some(batch), HANDING_OVER).idempotency_key(id);
                self.ingress.call(&call).await.map(drop)
            }
        };
        delivered.inspect_err(|error| tracing::warn!(target: "pipefit::restate", "{id} was not delivered: {error}"))
    }
}

/// Fails if an invocation contains its connection: what enters Restate is kept on its disks.
pub(crate) fn ensure_named(inputs: &Value) -> Result<()> {
    match inputs.get(CONNECTION.key) {
        None | Some(Value::Null) => Ok(()),
        Some(Value::String(name)) if !name.trim_start().starts_with('{') => Ok(()),
        Some(_) => {
            let message = "`connection` must be the name of a connection that the workers know: an invocation is kept \
                           on the disks of Restate, where no secret may be";
            Err(Error::input(CONNECTION.key, Problem::InvalidValue, message))
        }
    }
}

/// Returns an invocation that ends before Restate gives it to another worker.
pub(crate) fn bounded(invocation: Invocation) -> Invocation {
    let timeout = invocation.timeout.map_or(LONGEST_TRY, |own| own.min(LONGEST_TRY));
    invocation.timeout(timeout)
}
