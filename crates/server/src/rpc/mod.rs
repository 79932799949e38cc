//! JSON-RPC 2.0, one message a line: over stdin and stdout, or a Unix socket.
//!
//! `docs/json-rpc.md` describes the protocol. A peer is the program at the other end: one task reads its lines, begins
//! its calls, and writes what they have to say.

mod calls;
#[cfg(unix)]
mod hang_up;
mod lines;
mod message;
mod methods;
pub mod openrpc;
mod peer;
#[cfg(target_os = "linux")]
mod polled;
#[cfg(unix)]
mod socket;
mod stdio;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use pipefit_runner::{Cancellation, Runtime};

use crate::notes;

/// How many bytes a message may have, which may have files in it.
const MESSAGE_LIMIT: usize = 64 * 1024 * 1024;

/// How many calls of one peer may be in flight.
const MAX_CALLS: usize = 256;

/// How long a write that was sent waits for its response after it was cancelled.
pub const GRACE: Duration = Duration::from_secs(10);

/// A JSON-RPC server.
#[derive(Clone, Debug)]
pub struct Server {
    runtime: Runtime,
    message_limit: usize,
    max_calls: usize,
    stop: Cancellation,
    /// How many calls of all peers are in flight.
    in_flight: Arc<AtomicUsize>,
}

impl Server {
    /// Creates a server for this runtime.
    pub fn new(runtime: Runtime) -> Self {
        let (stop, in_flight) = (Cancellation::new(), Arc::default());
        Self { runtime, message_limit: MESSAGE_LIMIT, max_calls: MAX_CALLS, stop, in_flight }
    }

    /// Sets how many bytes a message may have. The default is 64 MiB.
    #[must_use]
    pub fn message_limit(self, bytes: usize) -> Self {
        Self { message_limit: bytes, ..self }
    }

    /// Sets how many calls of one peer may be in flight, those among them whose responses it did not read yet. The
    /// default is 256.
    #[must_use]
    pub fn max_calls(self, calls: usize) -> Self {
        Self { max_calls: calls, ..self }
    }

    /// Stops serving: no message is read any more, all calls are cancelled, and their responses are written. A write
    /// that was sent waits this long for its response.
    pub fn stop(&self, grace: Duration) {
        notes::stopping(self.in_flight.load(Ordering::SeqCst));
        self.stop.cancel(grace);
    }

    /// Waits until it is stopped.
    pub fn stopped(&self) -> impl Future<Output = ()> + Send + 'static {
        let stop = self.stop.clone();
        async move { stop.cancelled().await }
    }
}
