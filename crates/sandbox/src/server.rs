//! The accept loop and the life of one connection, down to the resets that a fault asks for.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use hyper::body::{Body, Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::api::Api;
use crate::fault::FaultKind;
use crate::payload::{CutShort, Payload};

/// How a connection ends when a fault has cut it.
const CLOSE: u8 = 0;
const RESET: u8 = 1;

/// Accepts until the task is dropped; the connections go with it.
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
            // Out of file descriptors, for one: trying again at once would only burn the processor.
            Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
}

async fn connection(stream: TcpStream, api: Arc<Api>) {
    // Without it small replies wait for an acknowledgement; failing costs only time.
    let _ = stream.set_nodelay(true);
    let ending = Arc::new(AtomicU8::new(CLOSE));
    let service = service_fn(|request| {
        let (api, ending) = (Arc::clone(&api), Arc::clone(&ending));
        Box::pin(async move { answer(&api, request, &ending).await })
    });
    let mut connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    // The stream has to come back, or it could not be reset.
    let outcome = std::future::poll_fn(|context| connection.poll_without_shutdown(context)).await;
    let stream = connection.into_parts().io.into_inner();
    if outcome.is_err() && ending.load(Ordering::SeqCst) == RESET {
        reset(stream);
    }
}

/// Closes with a reset in place of an orderly end.
fn reset(stream: TcpStream) {
    // When it cannot be set, the connection still closes.
    let _ = stream.set_zero_linger();
    drop(stream);
}

async fn answer(api: &Api, request: Request<Incoming>, ending: &AtomicU8) -> Result<Response<Payload>, CutShort> {
    let (head, body) = request.into_parts();
    let number = api.note(&head);
    let fault = api.faults.pick(head.method.as_str(), head.uri.path());
    match fault {
        Some(FaultKind::ResetBeforeRead) => {
            ending.store(RESET, Ordering::SeqCst);
            return Err(CutShort);
        }
        Some(FaultKind::DropBeforeRead) => return Err(CutShort),
        _ => {}
    }
    let body = read(body).await?;
    api.log.update(number, |entry| entry.body.clone_from(&body));
    if let Some(reply) = fault.as_ref().and_then(|fault| api.instead(fault, &head)) {
        api.log.update(number, |entry| entry.status = Some(reply.status().as_u16()));
        return Ok(dated(api, reply));
    }
    let reply = api.handle(&head, &body, number);
    match fault {
        Some(FaultKind::ResetAfterCommit) => {
            ending.store(RESET, Ordering::SeqCst);
            return Err(CutShort);
        }
        Some(FaultKind::SlowFirstByte { delay }) => tokio::time::sleep(delay).await,
        _ => {}
    }
    api.log.update(number, |entry| entry.status = Some(reply.status().as_u16()));
    let (head, bytes) = dated(api, reply).into_parts();
    let payload = match fault {
        Some(FaultKind::CutBody { bytes: at }) => Payload::cut(&bytes, at),
        Some(FaultKind::SlowTrickle { bytes: piece, every }) => Payload::trickle(bytes, piece, every),
        _ => Payload::whole(bytes),
    };
    Ok(Response::from_parts(head, payload))
}

/// Says what the sandbox's clock shows, which need not be the system's.
fn dated<T>(api: &Api, mut reply: Response<T>) -> Response<T> {
    if let Ok(date) = api.clock.now().http_date().parse() {
        reply.headers_mut().insert("date", date);
    }
    reply
}

async fn read(mut body: Incoming) -> Result<Bytes, CutShort> {
    let mut all: Vec<u8> = Vec::new();
    loop {
        let frame = std::future::poll_fn(|context| std::pin::Pin::new(&mut body).poll_frame(context)).await;
        match frame {
            None => return Ok(all.into()),
            Some(Err(_)) => return Err(CutShort),
            Some(Ok(frame)) => all.extend_from_slice(frame.data_ref().map(Bytes::as_ref).unwrap_or_default()),
        }
    }
}
