//! JSON-RPC over stdin and stdout.

use std::io;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::JoinSet;

use super::{Server, peer};

impl Server {
    /// Serves the program at stdin and stdout until its input ends and all its calls are answered, or until it reads
    /// nothing more. Fails if stdout cannot be written, with `BrokenPipe` if nobody reads it. A thread of the event
    /// loop may still wait for a stdin that cannot be polled, such as a terminal: `shutdown_background` leaves it
    /// behind.
    pub async fn serve_stdio(self) -> io::Result<()> {
        #[cfg(unix)]
        let hang_up = super::hang_up::wait(io::stdout());
        #[cfg(not(unix))]
        // A write fails when the reader is gone.
        let hang_up = std::future::pending();
        // In a task, since the event loop polls the system each time before it runs what it blocks on. Dropping the set
        // ends it.
        let mut tasks = JoinSet::new();
        tasks.spawn(peer::serve(self, input(), output(), hang_up));
        tasks.join_next().await.and_then(Result::ok).unwrap_or_else(|| Err(io::Error::other("the server is gone")))
    }
}

fn input() -> Box<dyn AsyncRead + Send + Unpin> {
    #[cfg(target_os = "linux")]
    if let Some(input) = super::polled::input(io::stdin()) {
        return input;
    }
    Box::new(tokio::io::stdin())
}

fn output() -> Box<dyn AsyncWrite + Send + Unpin> {
    #[cfg(target_os = "linux")]
    if let Some(output) = super::polled::output(io::stdout()) {
        return output;
    }
    Box::new(tokio::io::stdout())
}
