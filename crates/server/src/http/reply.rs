//! Replies as JSON: one that is short has a status of its own; a long one is passed on as it arrives.

use axum::body::Body;
use axum::response::Response;
use bytes::{Bytes, BytesMut};
use futures_util::future::BoxFuture;
use futures_util::{StreamExt as _, stream};
use pipefit_component::{Error, Result};
use pipefit_runner::PreparedInvocation;
use tokio::io::{AsyncReadExt as _, DuplexStream};
use tokio::sync::OwnedSemaphorePermit;

use super::json;

/// The maximum number of bytes of a reply that is held back until its outcome is known.
const HELD: usize = 1024 * 1024;

/// The size of the parts of a longer one, in bytes.
const PART: usize = 64 * 1024;

/// Sends a read and responds with its reply. After a mistake in the midst of a long reply, the connection breaks off.
pub(super) async fn respond(prepared: PreparedInvocation, permit: OwnedSemaphorePermit) -> Result<Response> {
    if !prepared.returns_list() {
        return prepared.send_as_json().await.map(json);
    }
    let mut reply = Reply::new(prepared, permit);
    let mut held = BytesMut::new();
    while held.len() < HELD {
        match reply.next().await {
            Some(part) => held.extend_from_slice(&part?),
            None => return Ok(json(held.freeze())),
        }
    }
    let rest = stream::unfold(reply, async |mut reply| {
        let part = reply.next().await?;
        if let Err(error) = &part {
            tracing::warn!(target: "pipefit::http", "a reply broke off: {error}");
        }
        Some((part, reply))
    });
    Ok(json(Body::from_stream(stream::once(async { Ok::<_, Error>(held.freeze()) }).chain(rest))))
}

/// A reply in parts. It is read while it is asked for; dropping it stops that.
struct Reply {
    work: Option<BoxFuture<'static, Result<()>>>,
    text: DuplexStream,
    _permit: OwnedSemaphorePermit,
}

impl Reply {
    fn new(prepared: PreparedInvocation, permit: OwnedSemaphorePermit) -> Self {
        let (mut writer, text) = tokio::io::duplex(PART);
        let work = async move { prepared.send_to(&mut writer).await };
        Self { work: Some(Box::pin(work)), text, _permit: permit }
    }

    /// Returns the next part, or `None` after the last.
    async fn next(&mut self) -> Option<Result<Bytes>> {
        let mut part = BytesMut::with_capacity(PART);
        loop {
            let Some(work) = &mut self.work else {
                return match self.text.read_buf(&mut part).await {
                    Ok(0) | Err(_) => None,
                    Ok(_) => Some(Ok(part.freeze())),
                };
            };
            tokio::select! {
                biased;
                Ok(1..) = self.text.read_buf(&mut part) => return Some(Ok(part.freeze())),
                done = work => {
                    self.work = None;
                    if let Err(error) = done {
                        return Some(Err(error));
                    }
                }
            }
        }
    }
}
