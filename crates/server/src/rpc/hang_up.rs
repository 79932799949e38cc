//! Hang-ups: whether the reader at the other end is gone.

use std::future::pending;
use std::io;
use std::os::fd::{AsFd, OwnedFd};

use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// Waits until nobody can read what is written to a pipe or socket. A file has no reader, so that it waits for ever.
pub(super) async fn wait(descriptor: impl AsFd) {
    // A descriptor of its own: what is cleared here is cleared for nobody else.
    let watched = descriptor.as_fd().try_clone_to_owned().and_then(|own| watch(own, Interest::WRITABLE));
    // Files cannot be watched.
    let Ok(watched) = watched else { return pending().await };
    while let Ok(mut ready) = watched.writable().await
        && !ready.ready().is_write_closed()
    {
        ready.clear_ready();
    }
}

/// Watches a descriptor on the event loop. Its flags stay as they are.
#[expect(deprecated, reason = "what owns a descriptor keeps it open, which other types might not")]
pub(super) fn watch(descriptor: OwnedFd, interest: Interest) -> io::Result<AsyncFd<OwnedFd>> {
    AsyncFd::with_interest(descriptor, interest)
}
