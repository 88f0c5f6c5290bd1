//! The instance: the smallest service on the same HTTP library, so that the proxy's share shows.

use std::convert::Infallible;
use std::net::Ipv4Addr;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;

use crate::figure::Failure;

/// The variable that names the port to listen on.
pub const PORT: &str = "PORT";
/// Is answered whatever it does otherwise.
pub const READY: &str = "/ready";

/// Tells every request its version, or with `hangs` answers none, until the process is ended.
pub fn serve(version: &str, hangs: bool) -> Result<(), Failure> {
    let port: u16 = std::env::var(PORT)?.parse()?;
    let text = Bytes::from(format!("{{\"version\": \"{version}\"}}\n"));
    Runtime::new()?.block_on(async {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        loop {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            tokio::spawn(connection(stream, text.clone(), hangs));
        }
    })
}

async fn connection(stream: TcpStream, text: Bytes, hangs: bool) {
    let service = service_fn(|request| answer(request, text.clone(), hangs));
    // A client that hangs up is no error of the service.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

async fn answer(
    request: Request<Incoming>,
    text: Bytes,
    hangs: bool,
) -> Result<Response<Full<Bytes>>, Infallible> {
    if hangs && request.uri().path() != READY {
        std::future::pending::<()>().await;
    }
    Ok(Response::new(Full::new(text)))
}
