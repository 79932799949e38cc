//! Inherited pipes and sockets on the event loop. Their flags are left alone: other processes share them.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, AsRawFd as _, OwnedFd};
use std::os::unix::fs::FileTypeExt as _;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use rustix::net::{RecvFlags, SendFlags, recv, send};
use tokio::io::unix::AsyncFd;
use tokio::io::{AsyncRead, AsyncWrite, Interest, ReadBuf};
use tokio::net::unix::pipe;

use super::hang_up::watch;

/// Opens a pipe or socket for reading. Returns nothing if it is neither, or if that fails.
pub(super) fn input(descriptor: impl AsFd) -> Option<Box<dyn AsyncRead + Send + Unpin>> {
    match Inherited::of(descriptor)? {
        Inherited::Pipe(path) => Some(Box::new(pipe::OpenOptions::new().open_receiver(path).ok()?)),
        Inherited::Socket(socket) => Some(Box::new(Socket::of(socket, Interest::READABLE)?)),
    }
}

/// Opens a pipe or socket for writing. Returns nothing if it is neither, or if that fails.
pub(super) fn output(descriptor: impl AsFd) -> Option<Box<dyn AsyncWrite + Send + Unpin>> {
    match Inherited::of(descriptor)? {
        Inherited::Pipe(path) => Some(Box::new(pipe::OpenOptions::new().open_sender(path).ok()?)),
        Inherited::Socket(socket) => Some(Box::new(Socket::of(socket, Interest::WRITABLE)?)),
    }
}

enum Inherited {
    /// The path that opens it once more, with flags of its own.
    Pipe(String),
    Socket(OwnedFd),
}

impl Inherited {
    fn of(descriptor: impl AsFd) -> Option<Self> {
        let file = File::from(descriptor.as_fd().try_clone_to_owned().ok()?);
        let kind = file.metadata().ok()?.file_type();
        if kind.is_socket() {
            return Some(Self::Socket(file.into()));
        }
        kind.is_fifo().then(|| Self::Pipe(format!("/proc/self/fd/{}", descriptor.as_fd().as_raw_fd())))
    }
}

/// A socket, each of whose operations says that it does not wait.
struct Socket(AsyncFd<OwnedFd>);

impl Socket {
    fn of(socket: OwnedFd, interest: Interest) -> Option<Self> {
        watch(socket, interest).ok().map(Self)
    }
}

impl AsyncRead for Socket {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        loop {
            let mut ready = ready!(self.0.poll_read_ready(context))?;
            // Its reader has it initialized once and for all.
            let room = buffer.initialize_unfilled();
            let size = room.len();
            let read = ready.try_io(|socket| Ok(recv(socket, room, RecvFlags::DONTWAIT)?.0));
            let Ok(read) = read else { continue };
            let length = read?;
            if 0 < length && length < size {
                // There was no more.
                ready.clear_ready();
            }
            buffer.advance(length);
            return Poll::Ready(Ok(()));
        }
    }
}

impl AsyncWrite for Socket {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        loop {
            let mut ready = ready!(self.0.poll_write_ready(context))?;
            let flags = SendFlags::DONTWAIT | SendFlags::NOSIGNAL;
            if let Ok(sent) = ready.try_io(|socket| Ok(send(socket, bytes, flags)?)) {
                return Poll::Ready(sent);
            }
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
