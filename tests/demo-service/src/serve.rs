//! Listening, and stopping without dropping what is under way.

use std::convert::Infallible;
use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::signal::unix::{SignalKind, signal};

use crate::service::Service;

/// How long requests under way may take after SIGTERM.
const GRACE: Duration = Duration::from_secs(30);

/// Serves until SIGTERM or SIGINT, then finishes the requests under way.
pub async fn serve(service: Arc<Service>) -> io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let starting = tokio::time::sleep(Duration::from_millis(service.options.startup_ms));
    tokio::select! {
        () = starting => {}
        _ = terminate.recv() => return Ok(()),
        _ = interrupt.recv() => return Ok(()),
    }

    let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, service.options.port))).await?;
    tell(&format!("{} listens on {}", service.options.version, listener.local_addr()?));
    let connections = GracefulShutdown::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => spawn_connection(stream, &service, &connections),
                // Out of file descriptors, or a client that left already: neither is a reason to end.
                Err(error) => tell(&format!("a connection was not accepted: {error}")),
            },
            _ = terminate.recv() => break,
            _ = interrupt.recv() => break,
        }
    }
    drop(listener);
    if tokio::time::timeout(GRACE, connections.shutdown()).await.is_err() {
        return Err(io::Error::other("requests were still under way after 30 s"));
    }
    tell(&format!("stopped after every request under way was answered: {}", service.told()));
    Ok(())
}

/// Tells whoever reads the log; a log that nobody reads any more is no reason to end.
pub fn tell(line: &str) {
    let _ = writeln!(io::stderr(), "demo-service: {line}");
}

fn spawn_connection(stream: TcpStream, service: &Arc<Service>, connections: &GracefulShutdown) {
    let _ = stream.set_nodelay(true);
    let service = Arc::clone(service);
    let answer = service_fn(move |request: http::Request<hyper::body::Incoming>| {
        let service = Arc::clone(&service);
        async move { Ok::<_, Infallible>(service.answer(&request).await) }
    });
    let connection =
        http1::Builder::new().timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), answer);
    // What goes wrong on a connection is the client's to know.
    tokio::spawn(connections.watch(connection));
}
