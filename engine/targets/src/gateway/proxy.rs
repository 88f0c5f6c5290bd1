//! One request through the gateway: seated, sent, sent elsewhere where that is safe, answered.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use bytes::Bytes;
use http::header::{self, HeaderValue};
use http::{Method, Request, Response, StatusCode, Version};
use hyper::body::{Body, Incoming};
use hyper::upgrade::OnUpgrade;
use tokio::time::timeout;

use super::body::{Exchange, RequestBody, ResponseBody};
use super::config::Sticky;
use super::copy::Head;
use super::headers;
use super::mirror::{self, Fork};
use super::routing::{Door, Place, Routing, Unseated};
use super::table::Tried;
use super::tunnel;
use super::upstream::{Attempt, Sender};

/// An instance's answer.
struct Answer {
    response: Response<Incoming>,
    sender: Sender,
    exchange: Exchange,
}

/// The gateway's own answers.
#[derive(Debug, Clone, Copy)]
enum Refusal {
    NothingServed,
    NoCandidate,
    NoneReady,
    NoTunnels,
    Unreachable,
    Lost,
    Late,
}

/// How often a request is repeated that instances took and lost: one that kills them may not reach them all.
const REPEATS: u32 = 2;

/// Answers one request.
pub async fn answer(
    routing: Arc<Routing>,
    door: Door,
    mut request: Request<Incoming>,
    client: SocketAddr,
) -> Response<ResponseBody> {
    if request.method() == Method::CONNECT {
        return Refusal::NoTunnels.response();
    }
    let place = routing.place(door, request.headers());
    let upgrade = headers::upgrade(request.headers());
    let switch = upgrade.is_some().then(|| hyper::upgrade::on(&mut request));
    let trust = {
        let table = routing.table();
        if let Some(mark) = &table.mark {
            // Only what is mirrored has it.
            request.headers_mut().remove(mark);
        }
        table.settings.trust_forwarded
    };
    headers::strip_hop_by_hop(request.headers_mut(), upgrade);
    headers::forward(request.headers_mut(), client, trust);
    let mut request = prepare(request);
    let is_forked = door == Door::Users && switch.is_none();
    let fork = if is_forked { mirror::fork(&routing, &mut request, place) } else { None };
    match exchange(&routing, request, place).await {
        Ok(answer) => finish(&routing, answer, place, switch, fork),
        Err(refusal) => refusal.response(),
    }
}

/// As an instance takes it. A request without a body is told from one whose body is still to come.
fn prepare(request: Request<Incoming>) -> Request<RequestBody> {
    let (mut parts, body) = request.into_parts();
    parts.uri = headers::origin_form(parts.uri);
    parts.version = Version::HTTP_11;
    let body = if body.is_end_stream() { RequestBody::Empty } else { RequestBody::Streaming(body) };
    Request::from_parts(parts, body)
}

async fn exchange(
    routing: &Routing,
    mut request: Request<RequestBody>,
    place: Place,
) -> Result<Answer, Refusal> {
    let mut tried = Tried::default();
    let mut first_unsent = None;
    let mut lost = 0;
    loop {
        let seated = routing.seat(request.headers(), place, &mut tried).await;
        let mut exchange = seated.map_err(|unseated| unseat(routing, place.door, unseated))?;
        name_host(&mut request, &exchange);
        let repeatable = request.body().is_end_stream() && headers::may_repeat(request.method());
        let spare = repeatable.then(|| Head::of(&request));
        let within =
            if request.body().is_end_stream() { routing.limits.response } else { routing.limits.upload };
        let sending = exchange.upstream.send(request, routing.limits.connect);
        let Ok(attempt) = timeout(within, sending).await else {
            exchange.answered(StatusCode::GATEWAY_TIMEOUT);
            return Err(Refusal::Late);
        };
        tried.add(exchange.upstream.id);
        match attempt {
            Attempt::Answered(response, sender) => {
                exchange.answered(response.status());
                return Ok(Answer { response, sender, exchange });
            }
            Attempt::Unsent(unsent) => {
                exchange.unsent();
                if first_unsent.get_or_insert_with(Instant::now).elapsed() >= routing.limits.wait {
                    exchange.answered(StatusCode::BAD_GATEWAY);
                    return Err(Refusal::Unreachable);
                }
                request = unsent;
            }
            Attempt::Lost => {
                exchange.lost();
                lost += 1;
                request = spare.filter(|_| lost <= REPEATS).ok_or(Refusal::Lost)?.request(Bytes::new());
            }
        }
    }
}

/// A client of HTTP/1.0 may leave the host out; an instance of HTTP/1.1 may insist on it.
fn name_host(request: &mut Request<RequestBody>, exchange: &Exchange) {
    if !request.headers().contains_key(header::HOST)
        && let Ok(host) = HeaderValue::try_from(exchange.upstream.address.to_string())
    {
        request.headers_mut().insert(header::HOST, host);
    }
}

fn unseat(routing: &Routing, door: Door, unseated: Unseated) -> Refusal {
    match unseated {
        Unseated::Empty if door == Door::Preview => Refusal::NoCandidate,
        Unseated::Empty => {
            routing.unserved.fetch_add(1, Ordering::Relaxed);
            Refusal::NothingServed
        }
        Unseated::NotReady(stats) => {
            stats.record(StatusCode::SERVICE_UNAVAILABLE.as_u16(), routing.limits.wait);
            Refusal::NoneReady
        }
    }
}

fn finish(
    routing: &Routing,
    answer: Answer,
    place: Place,
    switch: Option<OnUpgrade>,
    fork: Option<Fork>,
) -> Response<ResponseBody> {
    let Answer { mut response, sender, exchange } = answer;
    let switched = response.status() == StatusCode::SWITCHING_PROTOCOLS;
    let protocol = if switched { response.headers().get(header::UPGRADE).cloned() } else { None };
    headers::strip_hop_by_hop(response.headers_mut(), protocol);
    let tee = fork.map(|fork| fork.answered(response.status().as_u16(), response.headers(), &exchange));
    let instance = exchange.upstream.id;
    if place.door == Door::Users
        && (place.new || place.instance != Some(instance))
        && let Some(sticky) = &routing.table().settings.sticky
        && let Some(cookie) = seat_cookie(sticky, place.number, instance)
    {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    match (switched, switch) {
        (true, Some(client)) => {
            let instance = hyper::upgrade::on(&mut response);
            tokio::spawn(tunnel::join(client, instance, exchange));
            response.map(|_| ResponseBody::empty())
        }
        // Nobody asked for a switch: the instance breaks the protocol.
        (true, None) => Refusal::Lost.response(),
        (false, _) => response.map(|incoming| ResponseBody::upstream(incoming, sender, exchange, tee)),
    }
}

fn seat_cookie(sticky: &Sticky, place: u16, instance: u64) -> Option<HeaderValue> {
    let Sticky { cookie, max_age_s } = sticky;
    let written = format!("{cookie}={place}.{instance}; Path=/; Max-Age={max_age_s}; HttpOnly; SameSite=Lax");
    HeaderValue::try_from(written).ok()
}

impl Refusal {
    fn response(self) -> Response<ResponseBody> {
        let (status, text) = match self {
            Self::NothingServed => (StatusCode::SERVICE_UNAVAILABLE, "sluice: no revision is served yet\n"),
            Self::NoCandidate => (StatusCode::SERVICE_UNAVAILABLE, "sluice: there is no candidate\n"),
            Self::NoneReady => (StatusCode::SERVICE_UNAVAILABLE, "sluice: no instance is ready\n"),
            Self::NoTunnels => (StatusCode::NOT_IMPLEMENTED, "sluice: CONNECT is not served\n"),
            Self::Unreachable => (StatusCode::BAD_GATEWAY, "sluice: no instance took the connection\n"),
            Self::Lost => (StatusCode::BAD_GATEWAY, "sluice: the instance broke off before it answered\n"),
            Self::Late => (StatusCode::GATEWAY_TIMEOUT, "sluice: the instance did not answer in time\n"),
        };
        let mut response = Response::new(ResponseBody::text(text));
        *response.status_mut() = status;
        let plain = HeaderValue::from_static("text/plain; charset=utf-8");
        response.headers_mut().insert(header::CONTENT_TYPE, plain);
        response
    }
}
