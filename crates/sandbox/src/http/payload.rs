//! Response bodies, the well-behaved and the others.

use std::io;
use std::task::Poll;
use std::time::Duration;

use futures_util::{FutureExt, StreamExt, future, stream};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Bytes, Frame};

/// The bytes of a response and the way they leave.
pub(crate) type Payload = UnsyncBoxBody<Bytes, io::Error>;

/// Why a response ends early, or does not begin.
pub(crate) fn cut_short() -> io::Error {
    io::ErrorKind::ConnectionAborted.into()
}

pub(crate) fn whole(bytes: Bytes) -> Payload {
    Full::new(bytes).map_err(|never| match never {}).boxed_unsync()
}

/// This many bytes, then a broken connection.
pub(crate) fn cut(bytes: &Bytes, at: usize) -> Payload {
    let start = bytes.slice(..at.min(bytes.len()));
    // Bytes that were handed over leave only when the body has nothing to give for a moment.
    let mut flushed = false;
    let end = future::poll_fn(move |context| {
        if flushed {
            return Poll::Ready(Err(cut_short()));
        }
        flushed = true;
        context.waker().wake_by_ref();
        Poll::Pending
    });
    let frames = stream::iter(Some(start).filter(|start| !start.is_empty()))
        .map(|start| Ok(Frame::data(start)))
        .chain(end.into_stream());
    StreamBody::new(frames).boxed_unsync()
}

/// Pieces of this size with a pause before each.
pub(crate) fn trickle(bytes: Bytes, size: usize, every: Duration) -> Payload {
    let frames = stream::unfold(bytes, move |mut rest| async move {
        if rest.is_empty() {
            return None;
        }
        tokio::time::sleep(every).await;
        let piece = rest.split_to(size.max(1).min(rest.len()));
        Some((Ok(Frame::data(piece)), rest))
    });
    StreamBody::new(frames).boxed_unsync()
}

/// The start of a list, then blanks without end.
pub(crate) fn endless() -> Payload {
    let start = Bytes::from_static(br#"{"page":1,"pageSize":50,"hasMore":true,"totalCount":null,"data":["#);
    let blanks = stream::repeat_with(|| Bytes::from_static(&[b' '; 4096]));
    StreamBody::new(stream::iter([start]).chain(blanks).map(|piece| Ok(Frame::data(piece)))).boxed_unsync()
}
