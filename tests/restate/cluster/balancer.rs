//! A balancer on the level of TCP: each connection goes to the next worker that accepts it.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::Result;

/// A running balancer. It ends when this is dropped.
pub(crate) struct Balancer(JoinHandle<()>);

impl Balancer {
    pub(crate) async fn start(port: u16, workers: Vec<u16>) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let (workers, next) = (Arc::new(workers), Arc::new(AtomicUsize::new(0)));
        Ok(Self(tokio::spawn(async move {
            loop {
                let Ok((inbound, _)) = listener.accept().await else { continue };
                tokio::spawn(forward(inbound, Arc::clone(&workers), Arc::clone(&next)));
            }
        })))
    }
}

impl Drop for Balancer {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn forward(mut inbound: TcpStream, workers: Arc<Vec<u16>>, next: Arc<AtomicUsize>) {
    for _ in 0..workers.len() {
        let worker = workers[next.fetch_add(1, Ordering::Relaxed) % workers.len()];
        let Ok(mut outbound) = TcpStream::connect(SocketAddr::from((Ipv4Addr::LOCALHOST, worker))).await else {
            continue;
        };
        // Small messages must not wait for acknowledgements.
        let _ = (inbound.set_nodelay(true), outbound.set_nodelay(true));
        // How a connection ends is for the ends to tell.
        let _ = copy_bidirectional(&mut inbound, &mut outbound).await;
        return;
    }
}
