//! The HTTP address that triggers deliver to. It keeps every delivery under its `Idempotency-Key`.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, PoisonError};

use http_body_util::{BodyExt as _, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpListener;

use crate::Result;

/// The batches of each key, as they came.
type Deliveries = BTreeMap<String, Vec<Bytes>>;

/// A running sink.
pub(crate) struct Sink {
    pub(crate) url: String,
    deliveries: Arc<Mutex<Deliveries>>,
}

/// What one trigger has delivered.
#[derive(Default)]
pub(crate) struct Delivered {
    /// The ids of records, of each key once.
    pub(crate) ids: Vec<i64>,
    /// The number of keys that came with different batches.
    pub(crate) altered: usize,
}

impl Sink {
    pub(crate) async fn start(port: u16) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let deliveries = Arc::<Mutex<Deliveries>>::default();
        let own = Arc::clone(&deliveries);
        tokio::spawn(async move {
            loop {
                let Ok((stream, _)) = listener.accept().await else { continue };
                let own = Arc::clone(&own);
                let service = service_fn(move |request| take(Arc::clone(&own), request));
                let http = hyper::server::conn::http1::Builder::new();
                tokio::spawn(http.serve_connection(TokioIo::new(stream), service));
            }
        });
        Ok(Self { url: format!("http://127.0.0.1:{port}/"), deliveries })
    }

    /// What a trigger has delivered so far.
    pub(crate) fn delivered(&self, trigger: &str) -> Delivered {
        let deliveries = self.deliveries.lock().unwrap_or_else(PoisonError::into_inner);
        let mut delivered = Delivered::default();
        for batches in deliveries.values() {
            let Ok(batch) = serde_json::from_slice::<Value>(&batches[0]) else { continue };
            if batch["trigger"] == trigger {
                let records = ["created", "updated"].into_iter().filter_map(|kind| batch[kind].as_array()).flatten();
                delivered.ids.extend(records.filter_map(|record| record["id"].as_i64()));
                delivered.altered += usize::from(batches.iter().any(|other| *other != batches[0]));
            }
        }
        delivered
    }
}

async fn take(
    deliveries: Arc<Mutex<Deliveries>>,
    request: Request<Incoming>,
) -> std::result::Result<Response<Empty<Bytes>>, Infallible> {
    let key = request.headers().get("idempotency-key").and_then(|key| key.to_str().ok()).map(ToOwned::to_owned);
    let mut response = Response::default();
    match (key, request.into_body().collect().await) {
        (Some(key), Ok(body)) => {
            let mut deliveries = deliveries.lock().unwrap_or_else(PoisonError::into_inner);
            deliveries.entry(key).or_default().push(body.to_bytes());
        }
        _ => *response.status_mut() = StatusCode::BAD_REQUEST,
    }
    Ok(response)
}
