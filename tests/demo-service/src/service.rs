//! What each path answers.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Response, StatusCode};
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
}

impl Service {
    pub fn new(options: Options) -> Self {
        Self { options, metrics: Metrics::new(), requests: AtomicU64::new(0) }
    }

    /// Answers a request to this path.
    pub async fn answer(&self, path: &str) -> Response<Full<Bytes>> {
        match path {
            "/" => self.root().await,
            "/health" => self.health(),
            "/metrics" => {
                respond(StatusCode::OK, metrics::CONTENT_TYPE, self.metrics.page(&self.options.version))
            }
            _ => respond(StatusCode::NOT_FOUND, "text/plain", "not found\n".to_owned()),
        }
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

fn respond(status: StatusCode, kind: &'static str, body: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}
