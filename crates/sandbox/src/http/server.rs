//! The accept loop and the life of one connection, down to the resets that a fault asks for.

use std::future::poll_fn;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::faults::FaultKind;
use crate::http::api::Api;
use crate::http::payload::{self, Payload, cut_short};
use crate::http::respond::{instead, set_header};

/// Accepts connections until the task is dropped; they end with it.
pub(crate) async fn serve(listener: TcpListener, storage: TcpListener, api: Arc<Api>) {
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            accepted = storage.accept() => accepted,
            Some(_) = connections.join_next() => continue,
        };
        match accepted {
            Ok((stream, _)) if api.faults.refuses() => reset(stream),
            Ok((stream, _)) => {
                connections.spawn(connection(stream, Arc::clone(&api)));
            }
            // There may be no file descriptors left: trying again at once would only keep the processor busy.
            Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
}

async fn connection(stream: TcpStream, api: Arc<Api>) {
    // Without it small responses wait for an acknowledgement; a failure only costs time.
    let _ = stream.set_nodelay(true);
    let resets = Arc::new(AtomicBool::new(false));
    let service = service_fn(|request| {
        let (api, resets) = (Arc::clone(&api), Arc::clone(&resets));
        Box::pin(async move { respond(&api, request, &resets).await })
    });
    let mut connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    // Only a stream that is given back can be reset.
    let outcome = poll_fn(|context| connection.poll_without_shutdown(context)).await;
    let stream = connection.into_parts().io.into_inner();
    if outcome.is_err() && resets.load(Ordering::SeqCst) {
        reset(stream);
    }
}

/// Closes with a reset instead of an orderly end.
fn reset(stream: TcpStream) {
    // If it cannot be set, the connection still closes.
    let _ = stream.set_zero_linger();
    drop(stream);
}

async fn respond(api: &Api, request: Request<Incoming>, resets: &AtomicBool) -> io::Result<Response<Payload>> {
    let (head, body) = request.into_parts();
    let entry = api.record(&head);
    let fault = api.faults.pick(head.method.as_str(), head.uri.path());
    match fault {
        Some(FaultKind::ResetBeforeRead) => {
            resets.store(true, Ordering::SeqCst);
            return Err(cut_short());
        }
        Some(FaultKind::DropBeforeRead) => return Err(cut_short()),
        Some(FaultKind::RevokeToken) => api.gate.revoke(&head.headers),
        _ => {}
    }
    let body = body.collect().await.map_err(|_| cut_short())?.to_bytes();
    api.log.update(entry, |entry| entry.body.clone_from(&body));
    if let Some(response) = fault.as_ref().and_then(instead) {
        api.log.update(entry, |entry| entry.status = Some(response.status().as_u16()));
        return Ok(dated(api, response));
    }
    let response = api.handle(&head, &body, entry);
    match fault {
        Some(FaultKind::ResetAfterCommit) => {
            resets.store(true, Ordering::SeqCst);
            return Err(cut_short());
        }
        Some(FaultKind::SlowFirstByte { delay }) => tokio::time::sleep(delay).await,
        _ => {}
    }
    api.log.update(entry, |entry| entry.status = Some(response.status().as_u16()));
    Ok(dated(api, response).map(|bytes| match fault {
        Some(FaultKind::CutBody { bytes: at }) => payload::cut(&bytes, at),
        Some(FaultKind::SlowTrickle { bytes: size, every }) => payload::trickle(bytes, size, every),
        _ => payload::whole(bytes),
    }))
}

/// Adds the time of the sandbox's clock, which need not be the system's.
fn dated<T>(api: &Api, mut response: Response<T>) -> Response<T> {
    set_header(&mut response, "date", &api.clock.now().http_date());
    response
}
