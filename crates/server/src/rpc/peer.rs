//! A peer: reads its messages, runs its calls, and writes the responses.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use pipefit_component::{Code, Error};
use serde_json::Value;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::task::JoinSet;

use super::calls::{Call, Calls};
use super::lines::Line;
use super::message::{Fault, Incoming, codes, response};
use super::methods::{self, Cancel, Grant};
use super::{GRACE, Server};

/// How many lines may wait to be handled.
pub(super) const INCOMING: usize = 64;

/// How many messages may wait to be written. Calls wait while as many do.
pub(super) const OUTGOING: usize = 64;

/// The program at the other end.
pub(super) struct Peer {
    server: Server,
    out: Outbox,
    calls: Calls,
    /// One for each call that may be in flight.
    places: Arc<Semaphore>,
    tasks: JoinSet<()>,
}

/// Where messages for the peer go.
#[derive(Clone)]
pub(super) struct Outbox {
    messages: mpsc::Sender<Bytes>,
    /// Whether the peer is known to be gone.
    is_gone: Arc<AtomicBool>,
}

impl Outbox {
    /// Sends a message; waits while too many wait to be written. Returns whether the peer still reads.
    pub(super) async fn send(&self, mut line: String) -> bool {
        line.push('\n');
        self.messages.send(Bytes::from(line)).await.is_ok() && !self.is_gone.load(Ordering::Acquire)
    }
}

impl Peer {
    pub(super) fn new(server: Server, out: mpsc::Sender<Bytes>) -> Self {
        let places = Arc::new(Semaphore::new(server.max_calls));
        let calls = Calls::counted(Arc::clone(&server.in_flight));
        Self { server, out: Outbox { messages: out, is_gone: Arc::default() }, calls, places, tasks: JoinSet::new() }
    }

    /// Handles messages until there are no more and all calls are answered, or until the peer is gone: then until its
    /// calls have ended, which are cancelled. The channel is closed when the peer is gone.
    pub(super) async fn serve(mut self, mut incoming: mpsc::Receiver<Line>) {
        let stop = self.server.stop.clone();
        let mut has_ended = false;
        while !(has_ended && self.tasks.is_empty()) {
            tokio::select! {
                biased;
                () = self.out.messages.closed() => break,
                () = stop.cancelled() => break,
                Some(_) = self.tasks.join_next() => {}
                line = incoming.recv() => match line {
                    Some(Line::End) => {
                        has_ended = true;
                        self.calls.input_ended();
                    }
                    Some(line) => self.handle(line).await,
                    None => {
                        self.out.is_gone.store(true, Ordering::Release);
                        break;
                    }
                },
            }
        }
        // What is still in flight was stopped, or nobody waits for it.
        self.calls.cancel_all(stop.grace().unwrap_or(GRACE));
        while self.tasks.join_next().await.is_some() {}
    }

    async fn handle(&mut self, line: Line) {
        let fault = match line {
            Line::Message(text) => match self.take(&text) {
                Ok(()) => return,
                Err(fault) => fault,
            },
            Line::End => return,
            Line::TooLong => {
                let limit = self.server.message_limit;
                (Value::Null, Fault::new(codes::INVALID_REQUEST, format!("the message has more than {limit} bytes")))
            }
        };
        self.out.send(response(&fault.0, Err(fault.1))).await;
    }

    /// Begins a call, or obeys a notification. Fails if the message is neither, with the id for the response.
    fn take(&mut self, text: &[u8]) -> Result<(), (Value, Fault)> {
        let without_id = |code, message: &str| (Value::Null, Fault::new(code, message));
        let Ok(text) = str::from_utf8(text) else {
            return Err(without_id(codes::PARSE_ERROR, "the message is not UTF-8 text"));
        };
        if text.trim_start().starts_with('[') {
            let message = "batches are not supported: send each message on a line of its own";
            return Err(without_id(codes::INVALID_REQUEST, message));
        }
        let message = serde_json::from_str::<Incoming<'_>>(text).map_err(|error| {
            if error.is_data() {
                return without_id(codes::INVALID_REQUEST, "the message is not a call or a notification");
            }
            without_id(codes::PARSE_ERROR, "the message is not JSON")
        })?;
        let id = message.id.clone();
        let is_id = |id: &Value| id.is_string() || id.is_number();
        if id.as_ref().is_some_and(|id| !is_id(id)) {
            return Err(without_id(codes::INVALID_REQUEST, "the id of a call must be text or a number"));
        }
        let refuse = |code, why: &str| (id.clone().unwrap_or_default(), Fault::new(code, why));
        if message.jsonrpc.map(serde_json::value::RawValue::get) != Some(r#""2.0""#) {
            return Err(refuse(codes::INVALID_REQUEST, "the message must have the member `\"jsonrpc\": \"2.0\"`"));
        }
        let Some(method) = message.method.as_deref() else {
            return Err(refuse(codes::INVALID_REQUEST, "the message has no `method`"));
        };
        let Some(id) = message.id.clone() else {
            self.notified(method, &message);
            return Ok(());
        };
        if !methods::is_known(method) {
            return Err((id, methods::unknown(method)));
        }
        let Some(call) = self.calls.begin(&id) else {
            // A response with this id would be taken for that of the first call.
            let message = format!("a call with the id {id} is in flight; this one was not run");
            return Err(without_id(codes::INVALID_REQUEST, &message));
        };
        let Ok(place) = Arc::clone(&self.places).try_acquire_owned() else {
            let message = format!("{} calls are in flight, which is the limit", self.server.max_calls);
            return Err((id, Error::new(Code::Unavailable, message).into()));
        };
        self.spawn(id, call, place, method, &message)
    }

    fn spawn(
        &mut self,
        id: Value,
        call: Call,
        place: OwnedSemaphorePermit,
        method: &str,
        message: &Incoming<'_>,
    ) -> Result<(), (Value, Fault)> {
        let work = methods::prepare(&self.server.runtime, &self.calls, self.out.clone(), &call, method, message);
        let work = work.map_err(|fault| (id.clone(), fault))?;
        let out = self.out.clone();
        self.tasks.spawn(async move {
            let outcome = work.await;
            // The id is free before the peer can know that the call has ended.
            drop(call);
            let writes = outcome.writes;
            if !out.send(response(&id, outcome.result)).await && writes {
                tracing::warn!(target: "pipefit", "the peer is gone and did not get the response to the write {id}");
            }
            // Held until now, so that what a peer does not read cannot grow without end.
            drop(place);
        });
        Ok(())
    }

    /// Obeys a notification. One that is unknown is ignored, as the protocol asks.
    fn notified(&self, method: &str, message: &Incoming<'_>) {
        match method {
            methods::CANCEL => {
                if let Ok(cancel) = message.params::<Cancel>() {
                    self.calls.cancel(&cancel.id, cancel.grace());
                }
            }
            methods::CREDIT => {
                if let Ok(grant) = message.params::<Grant>() {
                    self.calls.add_credit(&grant.token, grant.batches);
                }
            }
            _ => tracing::warn!(target: "pipefit", "a notification was ignored: a call needs an `id`"),
        }
    }
}
