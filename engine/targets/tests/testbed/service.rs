//! A service of which each behaviour can be asked for, by its start and by its paths.

use std::convert::Infallible;
use std::error::Error;
use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Empty, Full, combinators::BoxBody};
use hyper::body::Incoming;
use hyper::server::conn::http1::Builder;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

type Answer = Response<BoxBody<Bytes, hyper::Error>>;

/// Fails its readiness check while this is set.
static UNREADY: AtomicBool = AtomicBool::new(false);
/// Requests that wait at `/hold`.
static HELD: AtomicUsize = AtomicUsize::new(0);
static RELEASED: AtomicBool = AtomicBool::new(false);

/// Serves on `$PORT`. Modes: `exit` ends at once, `silent` listens never, `unready` is never ready.
pub fn run(revision: &str, mode: &str) -> Result<(), Box<dyn Error>> {
    match mode {
        "exit" => {
            writeln!(std::io::stderr(), "loading\nno such database: shop")?;
            std::process::exit(3);
        }
        "silent" => loop {
            std::thread::park();
        },
        _ => UNREADY.store(mode == "unready", Ordering::Relaxed),
    }
    let port: u16 = std::env::var("PORT")?.parse()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(listen(revision, port))
}

async fn listen(revision: &str, port: u16) -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await?;
    writeln!(std::io::stdout(), "{revision} listens on {port}")?;
    loop {
        let (stream, _) = listener.accept().await?;
        let revision = revision.to_owned();
        let service = service_fn(move |request| {
            let revision = revision.clone();
            async move { Ok::<_, Infallible>(answer(&revision, request).await) }
        });
        tokio::spawn(Builder::new().serve_connection(TokioIo::new(stream), service).with_upgrades());
    }
}

async fn answer(revision: &str, request: Request<Incoming>) -> Answer {
    let path = request.uri().path().to_owned();
    let mut answer = match path.as_str() {
        "/ready" if UNREADY.load(Ordering::Relaxed) => status(StatusCode::SERVICE_UNAVAILABLE),
        "/unready" => {
            UNREADY.store(true, Ordering::Relaxed);
            text(String::new())
        }
        "/echo" => Response::new(request.into_body().boxed()),
        "/headers" => text(format!("{:?}", request.headers())),
        "/fail" => status(StatusCode::INTERNAL_SERVER_ERROR),
        "/crash" => std::process::exit(7),
        "/hold" => hold().await,
        "/held" => text(HELD.load(Ordering::SeqCst).to_string()),
        "/release" => {
            RELEASED.store(true, Ordering::SeqCst);
            text(String::new())
        }
        "/upgrade" => upgrade(request),
        "/pid" => text(std::process::id().to_string()),
        _ => text(revision.to_owned()),
    };
    if let Ok(value) = revision.parse() {
        answer.headers_mut().insert("x-revision", value);
    }
    answer
}

/// Answers once `/release` was asked for.
async fn hold() -> Answer {
    HELD.fetch_add(1, Ordering::SeqCst);
    while !RELEASED.load(Ordering::SeqCst) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    text("held".to_owned())
}

/// Switches to a protocol that gives back each byte plus one.
fn upgrade(mut request: Request<Incoming>) -> Answer {
    let upgraded = hyper::upgrade::on(&mut request);
    tokio::spawn(async move {
        let Ok(upgraded) = upgraded.await else { return };
        let mut stream = TokioIo::new(upgraded);
        let mut bytes = [0; 1024];
        while let Ok(read @ 1..) = stream.read(&mut bytes).await {
            let more: Vec<u8> = bytes[..read].iter().map(|byte| byte.wrapping_add(1)).collect();
            if stream.write_all(&more).await.is_err() {
                return;
            }
        }
    });
    let mut answer = status(StatusCode::SWITCHING_PROTOCOLS);
    answer.headers_mut().insert(header::CONNECTION, http::HeaderValue::from_static("upgrade"));
    answer.headers_mut().insert(header::UPGRADE, http::HeaderValue::from_static("plus-one"));
    answer
}

fn text(text: String) -> Answer {
    Response::new(Full::from(text).map_err(|never| match never {}).boxed())
}

fn status(status: StatusCode) -> Answer {
    let mut answer = Response::new(Empty::new().map_err(|never| match never {}).boxed());
    *answer.status_mut() = status;
    answer
}
