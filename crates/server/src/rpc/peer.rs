//! A peer: reads its messages, runs its calls, and writes the responses.

use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use pipefit_component::{Code, Error};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::coop;

use super::calls::Calls;
use super::lines::{Line, LineReader};
use super::message::{Fault, Id, Incoming, codes, expectation, response};
use super::methods::{self, Cancel, Grant, Outcome};
use super::{GRACE, Server};
use crate::notes::WriteOutcome;

/// How many messages may wait to be written. Calls wait while as many do.
const OUTGOING: usize = 64;

/// How many bytes are written at a time, if as many wait.
const BATCH: usize = 256 * 1024;

/// The program at the other end. Dropping it cancels its calls.
struct Peer {
    server: Server,
    calls: Calls,
    /// One for each call that may be in flight.
    places: Arc<Semaphore>,
}

/// A message for the peer.
struct Outgoing {
    text: Vec<u8>,
    /// The write whose response it is.
    write: Option<WriteOutcome>,
}

/// Where messages for the peer go.
#[derive(Clone)]
pub(super) struct Outbox {
    messages: mpsc::Sender<Outgoing>,
    /// Whether the peer is known to be gone.
    is_gone: Arc<AtomicBool>,
}

impl Outbox {
    /// Sends a message; waits while too many wait to be written. Returns whether the peer still reads.
    pub(super) async fn send(&self, text: Vec<u8>) -> bool {
        self.send_response(text, None).await
    }

    /// Sends the response to a call, with what is to be noted if it is a write.
    async fn send_response(&self, text: Vec<u8>, write: Option<WriteOutcome>) -> bool {
        let sent = self.messages.send(Outgoing { text, write }).await;
        sent.is_ok() && !self.is_gone.load(Ordering::Acquire)
    }
}

/// Serves a peer until its input ends and all its calls are answered, until the server is stopped, or until the peer is
/// gone. Calls that are still in flight are cancelled then. Fails if the peer cannot be written to; once it writes
/// nothing more, `hang_up` says whether it still reads.
pub(super) async fn serve(
    server: Server,
    mut input: impl AsyncRead + Unpin,
    output: impl AsyncWrite + Unpin,
    hang_up: impl Future<Output = ()>,
) -> io::Result<()> {
    let (sender, mut messages) = mpsc::channel(OUTGOING);
    let is_gone = Arc::new(AtomicBool::new(false));
    // Once it is dropped, the end of all calls ends the messages.
    let mut out = Some(Outbox { messages: sender, is_gone: Arc::clone(&is_gone) });
    let (mut lines, mut writer) = (LineReader::new(server.message_limit), Writer::new(output));
    let stop = server.stop.clone();
    let (mut stopped, mut hang_up) = (pin!(stop.cancelled()), pin!(hang_up));
    let peer = Peer::new(server);
    // Whether nothing is read until refusals are written.
    let mut is_held_up = false;
    let mut outcome = loop {
        tokio::select! {
            biased;
            () = &mut stopped => break Ok(()),
            message = messages.recv(), if !writer.is_full() => {
                let Some(message) = message else { break Ok(()) };
                writer.add(message);
                while !writer.is_full()
                    && let Ok(next) = messages.try_recv()
                {
                    writer.add(next);
                }
            }
            written = writer.write(), if !writer.is_empty() => match written {
                Ok(()) => is_held_up = false,
                failed => break failed,
            },
            read = lines.read(&mut input), if !is_held_up && out.is_some() => {
                let has_ended = !matches!(read, Ok(1..));
                while let Some(to_peer) = &out
                    && let Some(line) = if has_ended { lines.last() } else { lines.next() }
                {
                    if let Some(refusal) = peer.handle(line, to_peer) {
                        writer.add(Outgoing { text: refusal, write: None });
                        is_held_up |= writer.is_full();
                    }
                    // Lets others run between the lines of a flood.
                    coop::consume_budget().await;
                }
                if has_ended {
                    out = None;
                    peer.calls.input_ended();
                }
            }
            () = &mut hang_up, if out.is_none() => break Err(io::ErrorKind::BrokenPipe.into()),
        }
    };
    drop(out);
    is_gone.store(outcome.is_err(), Ordering::Release);
    peer.calls.cancel_all(stop.grace().unwrap_or(GRACE));
    loop {
        if outcome.is_ok() {
            outcome = writer.write().await;
            is_gone.store(outcome.is_err(), Ordering::Release);
        }
        match messages.recv().await {
            Some(message) if outcome.is_ok() => writer.add(message),
            Some(_) => {}
            None => return outcome,
        }
    }
}

/// The id and the error of a message that is refused.
type Refusal = (Id, Fault);

fn without_id(code: i32, message: impl Into<String>) -> Refusal {
    (no_id(), Fault::new(code, message))
}

fn no_id() -> Id {
    Id::from("null")
}

/// Writes messages, as many at a time as are there.
struct Writer<O> {
    output: O,
    bytes: Vec<u8>,
    written: usize,
    /// The writes whose responses are among the bytes.
    writes: Vec<WriteOutcome>,
}

impl<O: AsyncWrite + Unpin> Writer<O> {
    fn new(output: O) -> Self {
        Self { output, bytes: Vec::new(), written: 0, writes: Vec::new() }
    }

    fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    fn is_full(&self) -> bool {
        self.bytes.len() >= BATCH
    }

    fn add(&mut self, Outgoing { text, write }: Outgoing) {
        self.writes.extend(write);
        if self.is_empty() && text.len() > self.bytes.capacity() {
            self.bytes = text;
        } else {
            self.bytes.extend_from_slice(&text);
        }
    }

    /// Writes all there is. If this future is dropped, the next one goes on.
    async fn write(&mut self) -> io::Result<()> {
        let written = self.write_rest().await;
        match &written {
            Ok(()) => self.writes.iter_mut().for_each(WriteOutcome::tell),
            Err(error) => {
                tracing::warn!(target: "pipefit", "the peer is gone and did not get the last responses: {error}");
            }
        }
        self.writes.clear();
        self.written = 0;
        self.bytes.clear();
        self.bytes.shrink_to(BATCH);
        written
    }

    async fn write_rest(&mut self) -> io::Result<()> {
        while self.written < self.bytes.len() {
            match self.output.write(&self.bytes[self.written..]).await? {
                0 => return Err(io::ErrorKind::WriteZero.into()),
                length => self.written += length,
            }
        }
        self.output.flush().await
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.calls.cancel_all(GRACE);
    }
}

impl Peer {
    fn new(server: Server) -> Self {
        let calls = Calls::counted(Arc::clone(&server.in_flight));
        let places = Arc::new(Semaphore::new(server.max_calls));
        Self { server, calls, places }
    }

    /// Handles a line. Returns the response if it is refused.
    fn handle(&self, line: Line<'_>, out: &Outbox) -> Option<Vec<u8>> {
        let (id, fault) = match line {
            Line::Message(text) => self.take(text, out).err()?,
            Line::TooLong => {
                let limit = self.server.message_limit;
                without_id(codes::INVALID_REQUEST, format!("the message has more than {limit} bytes"))
            }
        };
        Some(response(&id, Err(fault)))
    }

    /// Begins a call, or obeys a notification. Fails if the message is neither, with the id for the response.
    fn take(&self, text: &[u8], out: &Outbox) -> Result<(), Refusal> {
        let Ok(text) = str::from_utf8(text) else {
            return Err(without_id(codes::PARSE_ERROR, "the message is not UTF-8 text"));
        };
        if text.trim_start().starts_with('[') {
            let message = "batches are not supported: send each message on a line of its own";
            return Err(without_id(codes::INVALID_REQUEST, message));
        }
        let message = serde_json::from_str::<Incoming<'_>>(text).map_err(|error| {
            // Both say what is wrong without showing any of the message.
            if error.is_data() {
                let message = format!("the message is not a call or a notification: {}", expectation(&error));
                return without_id(codes::INVALID_REQUEST, message);
            }
            without_id(codes::PARSE_ERROR, format!("the message is not JSON: {error}"))
        })?;
        let id = message.id().map_err(|fault| (no_id(), fault))?;
        let refuse = |code, why: &str| (id.clone().unwrap_or_else(no_id), Fault::new(code, why));
        if message.jsonrpc.map(serde_json::value::RawValue::get) != Some(r#""2.0""#) {
            return Err(refuse(codes::INVALID_REQUEST, "the message must have the member `\"jsonrpc\": \"2.0\"`"));
        }
        let Some(method) = message.method.as_deref() else {
            return Err(refuse(codes::INVALID_REQUEST, "the message has no `method`"));
        };
        let Some(id) = id else {
            self.notified(method, &message);
            return Ok(());
        };
        if !methods::is_known(method) {
            return Err((id, methods::unknown(method)));
        }
        let Some(call) = self.calls.begin(&id) else {
            // A response with this id would be taken for that of the first call.
            let message = format!("a call with the id {id} is in flight; this one was not run");
            return Err(without_id(codes::INVALID_REQUEST, message));
        };
        let Ok(place) = Arc::clone(&self.places).try_acquire_owned() else {
            let message = format!("{} calls are in flight, which is the limit", self.server.max_calls);
            return Err((id, Error::new(Code::Unavailable, message).into()));
        };
        let work = methods::prepare(&self.server.runtime, &self.calls, out.clone(), &call, method, &message);
        let work = work.map_err(|fault| (Id::clone(&id), fault))?;
        let (out, stop) = (out.clone(), self.server.stop.clone());
        tokio::spawn(async move {
            let Outcome { write, result } = work.await;
            // The id is free before the peer can know that the call has ended.
            drop(call);
            let result =
                result.map_err(|fault| if stop.is_cancelled() { fault.retryable_if_cancelled() } else { fault });
            out.send_response(response(&id, result), write).await;
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
