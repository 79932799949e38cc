//! JSON-RPC over a Unix socket.

use std::fs;
use std::io;
use std::os::fd::AsFd as _;
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::net::{UnixListener, UnixStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::{Server, hang_up, peer};

/// How many programs may be connected.
const MAX_PEERS: usize = 64;

/// A socket that programs of the same user can connect to. Dropping it removes the socket.
#[derive(Debug)]
pub struct Socket {
    listener: UnixListener,
    path: PathBuf,
    server: Server,
}

impl Server {
    /// Listens on a socket at this path. A socket that nobody listens to is replaced. Fails if another process listens
    /// to it, or if there is something else.
    pub async fn bind_socket(self, path: impl Into<PathBuf>) -> io::Result<Socket> {
        let path = path.into();
        remove_stale(&path).await?;
        let listener = UnixListener::bind(&path)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600))?;
        Ok(Socket { listener, path, server: self })
    }
}

async fn remove_stale(path: &Path) -> io::Result<()> {
    let Ok(found) = fs::symlink_metadata(path) else { return Ok(()) };
    if !found.file_type().is_socket() {
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, "there is a file that is not a socket"));
    }
    match UnixStream::connect(path).await {
        Ok(_) => Err(io::Error::new(io::ErrorKind::AddrInUse, "another process listens on it")),
        Err(_) => fs::remove_file(path),
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
            let Ok((stream, _)) = accepted else {
                // Without a file descriptor left, accepting fails at once, again and again.
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
                continue;
            };
            if !is_of_same_user(&stream) {
                tracing::warn!(target: "pipefit", "a program of another user was refused");
                continue;
            }
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

fn is_of_same_user(stream: &UnixStream) -> bool {
    let own = rustix::process::geteuid().as_raw();
    stream.peer_cred().is_ok_and(|peer| peer.uid() == own || peer.uid() == 0)
}

async fn serve(server: Server, mut stream: UnixStream) {
    let Ok(other_end) = stream.as_fd().try_clone_to_owned() else { return };
    let (input, output) = stream.split();
    // It is logged if the peer did not get all.
    let _ = peer::serve(server, input, output, hang_up::wait(other_end)).await;
}

impl Drop for Socket {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}
