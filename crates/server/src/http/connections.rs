//! The accept loop: how many connections, for how long, and how they end.

use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
#[cfg(unix)]
use tokio::net::UnixStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_io_timeout::TimeoutStream;

use super::event_loops::EventLoops;
use super::listener::{Accepted, Listener};
use super::{Shared, answer};

/// How long the last responses may be under way.
pub(super) const LAST_WORDS: Duration = Duration::from_secs(1);

/// The maximum number of bytes of the head of a request.
const HEAD_LIMIT: usize = 64 * 1024;

/// Accepts connections until `ended` is ready, and then waits a moment for the last responses.
pub(super) async fn serve(listener: Listener, loops: EventLoops, shared: Arc<Shared>, ended: impl Future<Output = ()>) {
    let slots = Arc::new(Semaphore::new(shared.limits.connections));
    let connections = GracefulShutdown::new();
    let mut ended = pin!(ended);
    loop {
        let (stream, slot) = tokio::select! {
            biased;
            () = &mut ended => break,
            accepted = accept(&listener, &slots) => accepted,
        };
        let (watcher, shared) = (connections.watcher(), Arc::clone(&shared));
        loops.spawn(async move {
            match stream {
                Accepted::Tcp(stream) => {
                    // Without it small responses wait for an acknowledgement; a failure only costs time.
                    let _ = stream.set_nodelay(true);
                    converse(TcpStream::from_std(stream), shared, watcher).await;
                }
                #[cfg(unix)]
                Accepted::Socket(stream) => converse(UnixStream::from_std(stream), shared, watcher).await,
            }
            drop(slot);
        });
    }
    drop(listener);
    let _ = tokio::time::timeout(LAST_WORDS, connections.shutdown()).await;
}

/// Serves a connection until it ends. A client that breaks off, or is too slow, learns nothing of it.
async fn converse(
    stream: io::Result<impl AsyncRead + AsyncWrite + Send + 'static>,
    shared: Arc<Shared>,
    watcher: Watcher,
) {
    let Ok(stream) = stream else { return };
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(shared.limits.write_time));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(shared.limits.head_time)
        .max_buf_size(HEAD_LIMIT)
        .serve_connection(TokioIo::new(Box::pin(stream)), service_fn(|request| answer(Arc::clone(&shared), request)));
    let _ = watcher.watch(connection).await;
}

/// Waits for a connection for which there is room.
async fn accept(listener: &Listener, slots: &Arc<Semaphore>) -> (Accepted, OwnedSemaphorePermit) {
    loop {
        let Ok(slot) = Arc::clone(slots).acquire_owned().await else { std::future::pending().await };
        match listener.accept().await {
            Ok(stream) => return (stream, slot),
            // There may be no file descriptors left: trying again at once would only keep the processor busy.
            Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
}
