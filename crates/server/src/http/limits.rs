//! The limits of the HTTP interface.

use std::time::Duration;

/// What one client can ask of the server, and how long it may take to ask.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How many invocations and tests of connections may run at once. The default is 64.
    pub requests: usize,
    /// How many connections may be open at once; further ones wait. The default is 1024.
    pub connections: usize,
    /// The maximum number of bytes of a request, which may have files in it. The default is 16 MiB.
    pub body: usize,
    /// How long the head of a request may take to arrive, and how long a connection may be idle. The default is 30
    /// seconds.
    pub head_time: Duration,
    /// How long the body of a request may take to arrive. The default is 30 seconds.
    pub body_time: Duration,
    /// How long a client may not read its response. The default is a minute.
    pub write_time: Duration,
    /// How long what runs may take to finish once the server is stopped. The default is 10 seconds.
    pub grace: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            requests: 64,
            connections: 1024,
            body: 16 * 1024 * 1024,
            head_time: Duration::from_secs(30),
            body_time: Duration::from_secs(30),
            write_time: Duration::from_mins(1),
            grace: Duration::from_secs(10),
        }
    }
}
