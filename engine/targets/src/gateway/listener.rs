//! The listeners: clients on the service's address, scrapers on the admin one. Both bounded.

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response};
use hyper::body::{Body, Incoming};
use hyper::server::conn::http1::Builder;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use super::config::Limits;

/// Bounds of one listener, and the word to end.
#[derive(Debug, Clone)]
pub struct Bounds {
    pub connections: usize,
    pub buffer_bytes: usize,
    pub head: Duration,
    /// True once the gateway ends: connections close after the request that they are at.
    pub ending: watch::Receiver<bool>,
}

/// What answers requests.
pub trait Handler<B>: Clone + Send + 'static {
    fn handle(
        self,
        request: Request<Incoming>,
        client: SocketAddr,
    ) -> impl Future<Output = Response<B>> + Send + 'static;
}

impl Bounds {
    pub fn of(limits: &Limits, ending: watch::Receiver<bool>) -> Self {
        let Limits { connections, buffer_bytes, head, .. } = *limits;
        Self { connections, buffer_bytes, head, ending }
    }
}

/// Accepts and serves until the end is said, then returns when the last connection has closed.
pub async fn serve<H, B>(listener: TcpListener, bounds: Bounds, handler: H)
where
    H: Handler<B>,
    B: Body<Error: std::error::Error + Send + Sync> + Send + 'static,
    B::Data: Send,
{
    let places = Arc::new(Semaphore::new(bounds.connections));
    let mut ending = bounds.ending.clone();
    loop {
        // A closed semaphore does not happen: it is never closed.
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = ending.wait_for(|ending| *ending) => break,
        };
        match accepted {
            Ok((stream, client)) => {
                tokio::spawn(connection(stream, client, bounds.clone(), handler.clone(), place));
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                // Out of file descriptors, most likely: trying again at once would only burn time.
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    }
    drop(listener);
    if let Ok(all) = u32::try_from(bounds.connections) {
        let _closed = places.acquire_many(all).await;
    }
}

async fn connection<H, B>(
    stream: TcpStream,
    client: SocketAddr,
    mut bounds: Bounds,
    handler: H,
    place: OwnedSemaphorePermit,
) where
    H: Handler<B>,
    B: Body<Error: std::error::Error + Send + Sync> + Send + 'static,
    B::Data: Send,
{
    // Not fatal: small writes are slower without it.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| {
        let answer = handler.clone().handle(request, client);
        async move { Ok::<_, Infallible>(answer.await) }
    });
    let mut builder = Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(bounds.head).max_buf_size(bounds.buffer_bytes);
    let connection = builder.serve_connection(TokioIo::new(stream), service).with_upgrades();
    tokio::pin!(connection);
    let ending = async {
        let _ = bounds.ending.wait_for(|ending| *ending).await;
    };
    // How a client ends its connection is the client's affair.
    tokio::select! {
        _ = connection.as_mut() => return,
        () = ending => {}
    }
    connection.as_mut().graceful_shutdown();
    let _ = connection.await;
    drop(place);
}
