//! Hang-ups: whether the reader at the other end is gone.

use std::os::fd::AsFd;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;

/// Waits until nobody can read what is written to a pipe or socket. Blocks the thread; a file has no reader, so that it
/// waits for ever.
pub(super) fn wait(descriptor: impl AsFd) {
    loop {
        // Errors and hang-ups are reported without being asked for.
        let mut watched = [PollFd::new(&descriptor, PollFlags::empty())];
        match poll(&mut watched, None) {
            Err(Errno::INTR) => {}
            Ok(_) | Err(_) => return,
        }
    }
}
