//! JSON-RPC over a Unix socket.

use std::io;
use std::os::fd::AsFd as _;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::net::UnixStream;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::{Server, hang_up, peer};
use crate::socket;

/// How many programs may be connected.
const MAX_PEERS: usize = 64;

/// A socket that programs of the same user can connect to. Dropping it removes the socket.
#[derive(Debug)]
pub struct Socket {
    listener: socket::Socket,
    server: Server,
}

impl Server {
    /// Listens on a socket at this path. A socket that nobody listens to is replaced. Fails if another process listens
    /// to it, or if there is something else.
    pub async fn bind_socket(self, path: impl Into<PathBuf>) -> io::Result<Socket> {
        Ok(Socket { listener: socket::Socket::bind(path.into()).await?, server: self })
    }
}

impl Socket {
    /// Serves all programs that connect, until `stop` is ready; then until their calls are answered.
    pub async fn serve(self, stop: impl Future<Output = ()>) {
        let places = Arc::new(Semaphore::new(MAX_PEERS));
        let mut peers = JoinSet::new();
        let mut stop = std::pin::pin!(stop);
        loop {
            let accepted = tokio::select! {
                () = &mut stop => break,
                Some(_) = peers.join_next() => continue,
                accepted = self.listener.accept() => accepted,
            };
            let Ok(stream) = accepted else {
                // Without a file descriptor left, accepting fails at once, again and again.
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
                continue;
            };
            let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
                tracing::warn!(target: "pipefit", "a program was refused: {MAX_PEERS} are connected");
                continue;
            };
            let server = self.server.clone();
            peers.spawn(async move {
                serve(server, stream).await;
                drop(place);
            });
        }
        while peers.join_next().await.is_some() {}
    }
}

async fn serve(server: Server, mut stream: UnixStream) {
    let Ok(other_end) = stream.as_fd().try_clone_to_owned() else { return };
    let (input, output) = stream.split();
    // It is logged if the peer did not get all.
    let _ = peer::serve(server, input, output, hang_up::wait(other_end)).await;
}
