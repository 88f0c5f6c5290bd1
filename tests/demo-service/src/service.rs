//! What each path answers.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HOST};
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use http_body_util::Full;

use crate::metrics::{self, Metrics};
use crate::options::Options;

/// The exit code of `--crash-after-requests`.
const CRASHED: i32 = 70;

/// One running service.
#[derive(Debug)]
pub struct Service {
    pub options: Options,
    metrics: Metrics,
    requests: AtomicU64,
    mirrored: AtomicU64,
}

/// The mark that the gateway puts on a mirrored request, and what Envoy appends to its host.
const MARK: &str = "x-sluice-mirrored";
const SHADOW: &str = "-shadow";

impl Service {
    pub fn new(options: Options) -> Self {
        Self { options, metrics: Metrics::new(), requests: AtomicU64::new(0), mirrored: AtomicU64::new(0) }
    }

    /// Answers a request.
    pub async fn answer<B>(&self, request: &Request<B>) -> Response<Full<Bytes>> {
        match request.uri().path() {
            "/" => {
                if is_mirrored(request.headers()) {
                    self.mirrored.fetch_add(1, Ordering::Relaxed);
                }
                self.root().await
            }
            "/health" => self.health(),
            "/metrics" => {
                respond(StatusCode::OK, metrics::CONTENT_TYPE, self.metrics.page(&self.options.version))
            }
            _ => respond(StatusCode::NOT_FOUND, "text/plain", "not found\n".to_owned()),
        }
    }

    /// How many requests to `/` came from users, and how many were copies that a mirror marked.
    pub fn told(&self) -> String {
        let mirrored = self.mirrored.load(Ordering::Relaxed);
        let users = self.requests.load(Ordering::Relaxed).saturating_sub(mirrored);
        format!("{users} requests of users, {mirrored} mirrored")
    }

    async fn root(&self) -> Response<Full<Bytes>> {
        let started = Instant::now();
        let number = self.requests.fetch_add(1, Ordering::Relaxed);
        if self.options.crash_after_requests.is_some_and(|last| number >= last) {
            // A crash is what is asked for: nothing is finished, nobody is answered.
            std::process::exit(CRASHED);
        }
        if self.options.latency_ms > 0 {
            tokio::time::sleep(Duration::from_millis(self.options.latency_ms)).await;
        }
        let failed = self.options.error_percent.takes(number);
        let version = &self.options.version;
        let (status, body) = if failed {
            let body = format!("{{\"version\": \"{version}\", \"error\": \"a fault, as it was told to\"}}\n");
            (StatusCode::INTERNAL_SERVER_ERROR, body)
        } else {
            (StatusCode::OK, format!("{{\"version\": \"{version}\"}}\n"))
        };
        self.metrics.answered(failed, started.elapsed());
        respond(status, "application/json", body)
    }

    fn health(&self) -> Response<Full<Bytes>> {
        if self.options.refuse_ready {
            return respond(StatusCode::SERVICE_UNAVAILABLE, "text/plain", "not ready\n".to_owned());
        }
        respond(StatusCode::OK, "text/plain", "ok\n".to_owned())
    }
}

fn is_mirrored(headers: &HeaderMap) -> bool {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    headers.contains_key(MARK) || host.split(':').next().is_some_and(|name| name.ends_with(SHADOW))
}

fn respond(status: StatusCode, kind: &'static str, body: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}
