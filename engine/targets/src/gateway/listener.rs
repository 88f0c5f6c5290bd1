//! The listeners: clients on the service's address, scrapers on the admin one. Both bounded.
//!
//! A client that keeps its connection may send its next request at the very moment in which the other side
//! closes it, and that request is lost. So the end is said first: from then on each response says that its
//! connection closes, and new clients are still let in. Only what is still open after [`FAREWELL`] is closed
//! from here: connections on which nobody asked for anything meanwhile.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use http::header::{self, HeaderValue};
use http::{Request, Response, StatusCode};
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
    /// True once the gateway ends: connections close after their next response.
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

/// From the word to end until connections without a request are closed.
pub const FAREWELL: Duration = Duration::from_secs(1);
/// Of connections that wait to be accepted when the listener is closed; the system keeps no more by default.
const QUEUE: usize = 4096;

impl Bounds {
    pub fn of(limits: &Limits, ending: watch::Receiver<bool>) -> Self {
        let Limits { connections, buffer_bytes, head, .. } = *limits;
        Self { connections, buffer_bytes, head, ending }
    }
}

/// Accepts and serves until the end is said and the clients were told, then returns when the last connection
/// has closed.
pub async fn serve<H, B>(listener: TcpListener, bounds: Bounds, handler: H)
where
    H: Handler<B>,
    B: Body<Error: std::error::Error + Send + Sync> + Send + 'static,
    B::Data: Send,
{
    let places = Arc::new(Semaphore::new(bounds.connections));
    let mut over = std::pin::pin!(over(bounds.ending.clone()));
    let taken = |stream, client, place| {
        tokio::spawn(connection(stream, client, bounds.clone(), handler.clone(), place));
    };
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &places) => accepted,
            () = &mut over => break,
        };
        match accepted {
            Ok((stream, client, place)) => taken(stream, client, place),
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                // Out of file descriptors, most likely: trying again at once would only burn time.
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    }
    for (stream, client) in queued(listener) {
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else { break };
        taken(stream, client, place);
    }
    if let Ok(all) = u32::try_from(bounds.connections) {
        let _closed = places.acquire_many(all).await;
    }
}

async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> io::Result<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    // The semaphore is never closed.
    let place = Arc::clone(places).acquire_owned().await.map_err(io::Error::other)?;
    let (stream, client) = listener.accept().await?;
    Ok((stream, client, place))
}

/// Closes the listener, and gives those who are connected already: closing it would cut them off.
fn queued(listener: TcpListener) -> Vec<(TcpStream, SocketAddr)> {
    let Ok(listener) = listener.into_std() else { return Vec::new() };
    let next = || {
        let (stream, client) = listener.accept().ok()?;
        stream.set_nonblocking(true).ok()?;
        Some((TcpStream::from_std(stream).ok()?, client))
    };
    std::iter::from_fn(next).take(QUEUE).collect()
}

/// Returns once the end was said and clients had the time to hear of it.
async fn over(mut ending: watch::Receiver<bool>) {
    let _ = ending.wait_for(|ending| *ending).await;
    tokio::time::sleep(FAREWELL).await;
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
    let farewell = Arc::new(AtomicBool::new(false));
    let said = Arc::clone(&farewell);
    let service = service_fn(move |request| {
        let (answer, said) = (handler.clone().handle(request, client), Arc::clone(&said));
        async move {
            let mut response = answer.await;
            if said.load(Ordering::Relaxed) && response.status() != StatusCode::SWITCHING_PROTOCOLS {
                response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
            }
            Ok::<_, Infallible>(response)
        }
    });
    let mut builder = Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(bounds.head).max_buf_size(bounds.buffer_bytes);
    let connection = builder.serve_connection(TokioIo::new(stream), service).with_upgrades();
    tokio::pin!(connection);
    let ending = async {
        let _ = bounds.ending.wait_for(|ending| *ending).await;
        farewell.store(true, Ordering::Relaxed);
        tokio::time::sleep(FAREWELL).await;
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
