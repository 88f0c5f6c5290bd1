//! A service of which each behaviour can be asked for, by its start and by its paths.

use std::convert::Infallible;
use std::error::Error;
use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Empty, Full, combinators::BoxBody};
use hyper::body::{Body, Frame, Incoming};
use hyper::server::conn::http1::Builder;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// A body that never ends.
struct Flood;

/// What tests ask for, and not their clients.
const CONTROL: [&str; 7] = ["/ready", "/seen", "/pid", "/held", "/release", "/metrics", "/unready"];

type Answer = Response<BoxBody<Bytes, hyper::Error>>;

/// Fails its readiness check while this is set.
static UNREADY: AtomicBool = AtomicBool::new(false);
/// Requests that wait at `/hold`.
static HELD: AtomicUsize = AtomicUsize::new(0);
static RELEASED: AtomicBool = AtomicBool::new(false);
/// What clients asked for, and how much of it was marked as mirrored.
static SEEN: AtomicUsize = AtomicUsize::new(0);
static MARKED: AtomicUsize = AtomicUsize::new(0);
static MODE: OnceLock<String> = OnceLock::new();

/// Serves on `$PORT`. Modes: `exit` ends at once, `silent` listens never, `unready` is never ready. To what
/// clients ask for, `hang` gives no answer, `flood` one without end, `crash` ends, `other` answers otherwise.
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
    MODE.get_or_init(|| mode.to_owned());
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
    if !CONTROL.contains(&path.as_str()) {
        SEEN.fetch_add(1, Ordering::SeqCst);
        let is_marked = request.headers().contains_key("x-sluice-mirrored");
        MARKED.fetch_add(usize::from(is_marked), Ordering::SeqCst);
        match mode() {
            "hang" => std::future::pending().await,
            "flood" => return Response::new(Flood.map_err(|never| match never {}).boxed()),
            "crash" => std::process::exit(9),
            _ => {}
        }
    }
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
        "/seen" => text(format!("{} {}", SEEN.load(Ordering::SeqCst), MARKED.load(Ordering::SeqCst))),
        "/order" => order(),
        "/log" => {
            // What is written is read by the gateway: a request must not be able to choose it at length.
            let line = request.uri().query().unwrap_or_default().replace('+', " ");
            let _ = writeln!(std::io::stderr(), "{}", line.get(..line.len().min(80)).unwrap_or_default());
            text(String::new())
        }
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

fn mode() -> &'static str {
    MODE.get().map_or("", String::as_str)
}

/// A document with a time and an id that are never the same, and a price that is another in the mode `other`.
fn order() -> Answer {
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    let number = NUMBER.fetch_add(1, Ordering::SeqCst);
    let id = format!("{}-{number}", std::process::id());
    let price = if mode() == "other" { 12 } else { 10 };
    let mut answer = text(format!(r#"{{"id":"{id}","lines":[{{"at":"{id}","price":{price}}}]}}"#));
    let kind = header::HeaderValue::from_static("application/json");
    answer.headers_mut().insert(header::CONTENT_TYPE, kind);
    answer
}

impl Body for Flood {
    type Data = Bytes;
    type Error = Infallible;
    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(&[b'x'; 64 * 1024])))))
    }
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
