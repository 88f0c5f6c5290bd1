//! What answers on each listener: the proxy for clients, the metrics page for scrapers.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{self, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use sluice_runner::ports::target::TargetStatus;
use tokio::sync::watch;

use super::body::ResponseBody;
use super::listener::Handler;
use super::page;
use super::proxy;
use super::routing::{Door, Routing};
use super::stats::Board;

/// Sends clients' requests on.
#[derive(Debug, Clone)]
pub struct Proxy {
    pub routing: Arc<Routing>,
    pub door: Door,
}

/// Shows the metrics page.
#[derive(Debug, Clone)]
pub struct Admin {
    pub routing: Arc<Routing>,
    pub board: Arc<Board>,
    pub status: watch::Receiver<Option<Arc<TargetStatus>>>,
    pub start_seconds: f64,
}

impl Handler<ResponseBody> for Proxy {
    fn handle(
        self,
        request: Request<Incoming>,
        client: SocketAddr,
    ) -> impl Future<Output = Response<ResponseBody>> + Send + 'static {
        proxy::answer(self.routing, self.door, request, client)
    }
}

impl Handler<Full<Bytes>> for Admin {
    fn handle(
        self,
        request: Request<Incoming>,
        _client: SocketAddr,
    ) -> impl Future<Output = Response<Full<Bytes>>> + Send + 'static {
        std::future::ready(self.answer(&request))
    }
}

impl Admin {
    fn answer(&self, request: &Request<Incoming>) -> Response<Full<Bytes>> {
        if request.uri().path() != "/metrics" || request.method() != Method::GET {
            let mut missing = Response::new(Full::from("sluice: the page is at /metrics\n"));
            *missing.status_mut() = StatusCode::NOT_FOUND;
            return missing;
        }
        let status = self.status.borrow().clone();
        let page = page::page(&self.board, status.as_deref(), &self.routing.unserved, self.start_seconds);
        let mut response = Response::new(Full::from(page));
        let kind = HeaderValue::from_static(page::CONTENT_TYPE);
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
        response
    }
}
