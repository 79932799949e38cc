//! The accept loop: how many connections, for how long, and how they end.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_io_timeout::TimeoutStream;

use super::event_loops::EventLoops;
use super::{Shared, answer};

/// How long the last responses may be under way.
pub(super) const LAST_WORDS: Duration = Duration::from_secs(1);

/// The maximum number of bytes of the head of a request.
const HEAD_LIMIT: usize = 64 * 1024;

/// Accepts connections until `ended` is ready, and then waits a moment for the last responses.
pub(super) async fn serve(
    listener: TcpListener,
    loops: EventLoops,
    shared: Arc<Shared>,
    ended: impl Future<Output = ()>,
) {
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
            converse(stream, shared, watcher).await;
            drop(slot);
        });
    }
    drop(listener);
    let _ = tokio::time::timeout(LAST_WORDS, connections.shutdown()).await;
}

/// Serves a connection until it ends. A client that breaks off, or is too slow, learns nothing of it.
async fn converse(stream: std::net::TcpStream, shared: Arc<Shared>, watcher: Watcher) {
    // Without it small responses wait for an acknowledgement; a failure only costs time.
    let _ = stream.set_nodelay(true);
    let Ok(stream) = TcpStream::from_std(stream) else { return };
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(shared.limits.write_time));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(shared.limits.head_time)
        .max_buf_size(HEAD_LIMIT)
        .serve_connection(TokioIo::new(Box::pin(stream)), service_fn(|request| answer(Arc::clone(&shared), request)));
    let _ = watcher.watch(connection).await;
}

/// Waits for a connection for which there is room. It belongs to no event loop yet.
async fn accept(listener: &TcpListener, slots: &Arc<Semaphore>) -> (std::net::TcpStream, OwnedSemaphorePermit) {
    loop {
        let Ok(slot) = Arc::clone(slots).acquire_owned().await else { std::future::pending().await };
        match listener.accept().await.and_then(|(stream, _)| stream.into_std()) {
            Ok(stream) => return (stream, slot),
            // There may be no file descriptors left: trying again at once would only keep the processor busy.
            Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
}
