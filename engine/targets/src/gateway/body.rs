//! Bodies as they stream through, and the account of each request, closed when its response has ended.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::StatusCode;
use hyper::body::{Body, Frame, Incoming, SizeHint};

use super::mirror::Tee;
use super::stats::LaneStats;
use super::upstream::{Sender, Upstream};

/// What goes to an instance.
#[derive(Debug)]
pub enum RequestBody {
    Empty,
    Streaming(Incoming),
    /// Streaming, and copied on its way.
    Copied(Incoming, Tee),
    Whole(Bytes),
}

/// What goes to a client.
#[derive(Debug)]
pub struct ResponseBody {
    source: Source,
    exchange: Option<Exchange>,
    /// Takes a copy of a mirrored request's answer.
    tee: Option<Tee>,
}

/// One request under way at an instance. Dropping it counts it, whatever came of it.
#[derive(Debug)]
pub struct Exchange {
    pub upstream: Arc<Upstream>,
    pub stats: Arc<LaneStats>,
    started: Instant,
    outcome: Outcome,
}

#[derive(Debug)]
enum Source {
    Text(Option<Bytes>),
    Upstream { incoming: Incoming, sender: Option<Sender>, failed: bool },
}

#[derive(Debug)]
enum Outcome {
    /// The client went away before there was an answer.
    Left,
    /// Nothing was sent; the request is counted where it went instead.
    Elsewhere,
    Answered {
        code: u16,
        took: Duration,
    },
}

/// What is counted when the client did not wait for the answer, as nginx has it.
const CLIENT_LEFT: u16 = 499;

impl ResponseBody {
    /// A short text of the gateway's own.
    pub fn text(text: &'static str) -> Self {
        let source = Source::Text(Some(Bytes::from_static(text.as_bytes())));
        Self { source, exchange: None, tee: None }
    }

    pub fn empty() -> Self {
        Self { source: Source::Text(None), exchange: None, tee: None }
    }

    /// An instance's response; its connection is kept when it has ended well.
    pub fn upstream(incoming: Incoming, sender: Sender, exchange: Exchange, mut tee: Option<Tee>) -> Self {
        if incoming.is_end_stream()
            && let Some(tee) = &mut tee
        {
            tee.end();
        }
        let source = Source::Upstream { incoming, sender: Some(sender), failed: false };
        Self { source, exchange: Some(exchange), tee }
    }
}

impl Exchange {
    /// None if the instance takes no new requests.
    pub fn begin(upstream: Arc<Upstream>, stats: Arc<LaneStats>) -> Option<Self> {
        if !upstream.begin() {
            return None;
        }
        stats.in_flight.fetch_add(1, Ordering::Relaxed);
        Some(Self { upstream, stats, started: Instant::now(), outcome: Outcome::Left })
    }

    /// There is a response head, or the gateway's own answer in its place.
    pub fn answered(&mut self, status: StatusCode) {
        self.outcome = Outcome::Answered { code: status.as_u16(), took: self.started.elapsed() };
    }

    /// From handing over the request to the head of its response.
    pub fn took(&self) -> Option<Duration> {
        match self.outcome {
            Outcome::Answered { took, .. } => Some(took),
            Outcome::Left | Outcome::Elsewhere => None,
        }
    }

    /// The instance did not get the request.
    pub fn unsent(&mut self) {
        self.stats.connect_errors.fetch_add(1, Ordering::Relaxed);
        self.outcome = Outcome::Elsewhere;
    }

    /// The instance got the request, and failed: this counts as its 502 even if another one answers.
    pub fn lost(&mut self) {
        self.stats.lost.fetch_add(1, Ordering::Relaxed);
        self.answered(StatusCode::BAD_GATEWAY);
    }

    /// The response broke off after its head: it counts as a 502.
    fn truncated(&mut self) {
        self.stats.truncated.fetch_add(1, Ordering::Relaxed);
        if let Outcome::Answered { code, .. } = &mut self.outcome {
            *code = StatusCode::BAD_GATEWAY.as_u16();
        }
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        match self.outcome {
            Outcome::Left => self.stats.record(CLIENT_LEFT, self.started.elapsed()),
            Outcome::Elsewhere => {}
            Outcome::Answered { code, took } => self.stats.record(code, took),
        }
        self.stats.in_flight.fetch_sub(1, Ordering::Relaxed);
        self.upstream.end();
    }
}

impl Drop for ResponseBody {
    fn drop(&mut self) {
        let Source::Upstream { incoming, sender, failed } = &mut self.source else { return };
        // Without its end, the connection holds the rest of this response: it is closed with the sender.
        if !*failed
            && incoming.is_end_stream()
            && let (Some(sender), Some(exchange)) = (sender.take(), &self.exchange)
        {
            exchange.upstream.keep(sender);
        }
    }
}

/// Whoever sends a body on may not ask for more once its end is known.
fn copy(polled: &Poll<Option<Result<Frame<Bytes>, hyper::Error>>>, ended: bool, tee: &mut Tee) {
    if let Poll::Ready(Some(Ok(frame))) = polled
        && let Some(data) = frame.data_ref()
    {
        tee.data(data);
    }
    if matches!(polled, Poll::Ready(None)) || (ended && matches!(polled, Poll::Ready(Some(Ok(_))))) {
        tee.end();
    }
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let this = &mut *self;
        match &mut this.source {
            Source::Text(text) => Poll::Ready(text.take().map(|text| Ok(Frame::data(text)))),
            Source::Upstream { incoming, failed, sender } => {
                let polled = Pin::new(&mut *incoming).poll_frame(context);
                if let Some(tee) = &mut this.tee {
                    copy(&polled, incoming.is_end_stream(), tee);
                }
                match &polled {
                    Poll::Ready(Some(Err(_))) => {
                        *failed = true;
                        if let Some(exchange) = &mut this.exchange {
                            exchange.truncated();
                        }
                    }
                    Poll::Ready(None) => {
                        if let (Some(sender), Some(exchange)) = (sender.take(), &this.exchange) {
                            exchange.upstream.keep(sender);
                        }
                    }
                    _ => {}
                }
                polled
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.source {
            Source::Text(text) => text.is_none(),
            Source::Upstream { incoming, .. } => incoming.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.source {
            Source::Text(text) => {
                SizeHint::with_exact(text.as_ref().map_or(0, |text| u64::try_from(text.len()).unwrap_or(0)))
            }
            Source::Upstream { incoming, .. } => incoming.size_hint(),
        }
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        match &mut *self {
            Self::Empty => Poll::Ready(None),
            Self::Streaming(incoming) => Pin::new(incoming).poll_frame(context),
            Self::Copied(incoming, tee) => {
                let polled = Pin::new(&mut *incoming).poll_frame(context);
                copy(&polled, incoming.is_end_stream(), tee);
                polled
            }
            Self::Whole(bytes) => {
                let bytes = std::mem::take(bytes);
                Poll::Ready((!bytes.is_empty()).then(|| Ok(Frame::data(bytes))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Empty => true,
            Self::Streaming(incoming) | Self::Copied(incoming, _) => incoming.is_end_stream(),
            Self::Whole(bytes) => bytes.is_empty(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Empty => SizeHint::with_exact(0),
            Self::Streaming(incoming) | Self::Copied(incoming, _) => incoming.size_hint(),
            Self::Whole(bytes) => SizeHint::with_exact(u64::try_from(bytes.len()).unwrap_or(0)),
        }
    }
}
