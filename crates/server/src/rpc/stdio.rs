//! JSON-RPC over stdin and stdout.

use std::io::{self, Read as _, Write};
use std::thread;

use bytes::Bytes;
use tokio::sync::mpsc;

use super::Server;
use super::lines::{Line, LineReader};
use super::peer::{INCOMING, OUTGOING, Peer};

/// How many bytes are read at a time.
const PIECE: usize = 64 * 1024;

/// How many bytes are written at a time, if as many wait.
const BATCH: usize = 256 * 1024;

impl Server {
    /// Serves the program at stdin and stdout until its input ends and all its calls are answered, or until it reads
    /// nothing more. Fails if a thread cannot be started or stdout cannot be written.
    pub async fn serve_stdio(self) -> io::Result<()> {
        let (to_peer, outgoing) = mpsc::channel(OUTGOING);
        let (lines, incoming) = mpsc::channel(INCOMING);
        let limit = self.message_limit;
        // They are left behind if they wait for a program that neither writes nor reads.
        thread::Builder::new().name("stdin".to_owned()).spawn(move || read(limit, &lines))?;
        let (done, written) = tokio::sync::oneshot::channel();
        thread::Builder::new().name("stdout".to_owned()).spawn(move || done.send(write(outgoing)))?;
        Peer::new(self, to_peer).serve(incoming).await;
        written.await.unwrap_or_else(|_| Err(io::Error::other("stdout is gone")))
    }
}

/// Reads lines until the input ends. Ends itself when nobody reads the output any more: then nobody waits for calls.
fn read(limit: usize, lines: &mpsc::Sender<Line>) {
    let (mut reader, mut piece) = (LineReader::new(limit), vec![0; PIECE]);
    let mut stdin = io::stdin().lock();
    loop {
        let length = match stdin.read(&mut piece) {
            Ok(0) | Err(_) => break,
            Ok(length) => length,
        };
        let mut open = true;
        reader.push(&piece[..length], |line| {
            open = lines.blocking_send(line).is_ok();
            open
        });
        if !open {
            return;
        }
    }
    if let Some(last) = reader.finish() {
        let _ = lines.blocking_send(last);
    }
    let _ = lines.blocking_send(Line::End);
    #[cfg(unix)]
    super::hang_up::wait(io::stdout());
    #[cfg(not(unix))]
    // A write fails when the reader is gone.
    thread::park();
}

/// Writes messages until there are none, as many at a time as are there.
fn write(mut messages: mpsc::Receiver<Bytes>) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    let mut batch = Vec::new();
    while let Some(first) = messages.blocking_recv() {
        batch.extend_from_slice(&first);
        while batch.len() < BATCH
            && let Ok(next) = messages.try_recv()
        {
            batch.extend_from_slice(&next);
        }
        if let Err(error) = stdout.write_all(&batch).and_then(|()| stdout.flush()) {
            tracing::warn!(target: "pipefit", "the peer is gone and did not get the last responses: {error}");
            return Err(error);
        }
        batch.clear();
        batch.shrink_to(BATCH);
    }
    Ok(())
}
