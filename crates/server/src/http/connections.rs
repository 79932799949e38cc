//! The accept loop: how many connections, for how long, and how they end.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_io_timeout::TimeoutStream;

use super::Limits;

/// How long the last responses may be under way.
pub(super) const LAST_WORDS: Duration = Duration::from_secs(1);

/// The maximum number of bytes of the head of a request.
const HEAD_LIMIT: usize = 64 * 1024;

/// Accepts connections until `ended` is ready, and then waits a moment for the last responses.
pub(super) async fn serve(listener: TcpListener, routes: Router, limits: Limits, ended: impl Future<Output = ()>) {
    let slots = Arc::new(Semaphore::new(limits.connections));
    let connections = GracefulShutdown::new();
    let mut ended = pin!(ended);
    loop {
        let (stream, slot) = tokio::select! {
            biased;
            () = &mut ended => break,
            accepted = accept(&listener, &slots) => accepted,
        };
        // Without it small responses wait for an acknowledgement; a failure only costs time.
        let _ = stream.set_nodelay(true);
        let mut stream = TimeoutStream::new(stream);
        stream.set_write_timeout(Some(limits.write_time));
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(limits.head_time)
            .max_buf_size(HEAD_LIMIT)
            .serve_connection(TokioIo::new(Box::pin(stream)), TowerToHyperService::new(routes.clone()));
        let connection = connections.watch(connection);
        tokio::spawn(async move {
            // A client that breaks off, or is too slow, learns nothing of it.
            let _ = connection.await;
            drop(slot);
        });
    }
    drop(listener);
    let _ = tokio::time::timeout(LAST_WORDS, connections.shutdown()).await;
}

/// Waits for a connection for which there is room.
async fn accept(listener: &TcpListener, slots: &Arc<Semaphore>) -> (TcpStream, OwnedSemaphorePermit) {
    loop {
        let Ok(slot) = Arc::clone(slots).acquire_owned().await else { std::future::pending().await };
        match listener.accept().await {
            Ok((stream, _)) => return (stream, slot),
            // There may be no file descriptors left: trying again at once would only keep the processor busy.
            Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
}
