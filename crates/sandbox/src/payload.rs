//! Reply bodies, the well-behaved and the others.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::body::{Body, Bytes, Frame, SizeHint};
use tokio::time::Sleep;

/// The bytes of a reply and the way they leave.
pub(crate) enum Payload {
    Whole(Option<Bytes>),
    /// These bytes, then a broken connection.
    Cut {
        bytes: Option<Bytes>,
        flushed: bool,
    },
    Trickle {
        rest: Bytes,
        piece: usize,
        every: Duration,
        pause: Option<Pin<Box<Sleep>>>,
    },
    Endless {
        first: bool,
    },
}

/// Why a body ends before its time.
#[derive(Debug)]
pub(crate) struct CutShort;

impl std::fmt::Display for CutShort {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("the body was cut short")
    }
}

impl std::error::Error for CutShort {}

impl Payload {
    pub(crate) fn whole(bytes: impl Into<Bytes>) -> Self {
        Self::Whole(Some(bytes.into()))
    }

    pub(crate) fn cut(bytes: &Bytes, at: usize) -> Self {
        Self::Cut { bytes: Some(bytes.slice(..at.min(bytes.len()))), flushed: false }
    }

    pub(crate) fn trickle(rest: Bytes, piece: usize, every: Duration) -> Self {
        Self::Trickle { rest, piece: piece.max(1), every, pause: None }
    }
}

impl Body for Payload {
    type Data = Bytes;
    type Error = CutShort;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, CutShort>>> {
        match self.get_mut() {
            Self::Whole(bytes) => {
                Poll::Ready(bytes.take().filter(|bytes| !bytes.is_empty()).map(|bytes| Ok(Frame::data(bytes))))
            }
            Self::Cut { bytes, flushed } => {
                if let Some(bytes) = bytes.take().filter(|bytes| !bytes.is_empty()) {
                    return Poll::Ready(Some(Ok(Frame::data(bytes))));
                }
                if *flushed {
                    return Poll::Ready(Some(Err(CutShort)));
                }
                // What was handed over leaves only when the body has nothing to give for a moment.
                *flushed = true;
                context.waker().wake_by_ref();
                Poll::Pending
            }
            Self::Trickle { rest, piece, every, pause } => {
                if rest.is_empty() {
                    return Poll::Ready(None);
                }
                let sleep = pause.get_or_insert_with(|| Box::pin(tokio::time::sleep(*every)));
                std::task::ready!(sleep.as_mut().poll(context));
                *pause = None;
                let next = rest.split_to((*piece).min(rest.len()));
                Poll::Ready(Some(Ok(Frame::data(next))))
            }
            Self::Endless { first } => {
                let piece = if std::mem::take(first) {
                    Bytes::from_static(br#"{"page":1,"pageSize":50,"hasMore":true,"totalCount":null,"data":["#)
                } else {
                    Bytes::from_static(&[b' '; 4096])
                };
                Poll::Ready(Some(Ok(Frame::data(piece))))
            }
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, Bytes::len) as u64),
            Self::Trickle { rest, .. } => SizeHint::with_exact(rest.len() as u64),
            Self::Cut { .. } | Self::Endless { .. } => SizeHint::default(),
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Self::Whole(None)) || matches!(self, Self::Whole(Some(bytes)) if bytes.is_empty())
    }
}
