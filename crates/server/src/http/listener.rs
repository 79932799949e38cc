//! Where clients connect: a TCP port, or a Unix socket.

use std::io;
use std::net::{SocketAddr, TcpStream};
#[cfg(unix)]
use std::os::unix::net::UnixStream;

use tokio::net::TcpListener;

#[cfg(unix)]
use crate::socket::Socket;

pub(super) enum Listener {
    Tcp(TcpListener),
    #[cfg(unix)]
    Socket(Socket),
}

/// A connection that belongs to no event loop yet.
pub(super) enum Accepted {
    Tcp(TcpStream),
    #[cfg(unix)]
    Socket(UnixStream),
}

impl Listener {
    /// The address of a TCP port.
    pub(super) fn address(&self) -> io::Result<Option<SocketAddr>> {
        match self {
            Self::Tcp(listener) => listener.local_addr().map(Some),
            #[cfg(unix)]
            Self::Socket(_) => Ok(None),
        }
    }

    /// Waits for a client.
    pub(super) async fn accept(&self) -> io::Result<Accepted> {
        match self {
            Self::Tcp(listener) => listener.accept().await.and_then(|(stream, _)| stream.into_std()).map(Accepted::Tcp),
            #[cfg(unix)]
            Self::Socket(socket) => {
                socket.accept().await.and_then(tokio::net::UnixStream::into_std).map(Accepted::Socket)
            }
        }
    }
}
