//! One mirrored request: sent, its answer taken as far as it is compared, and dropped.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use bytes::Bytes;
use http::Request;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use tokio::sync::oneshot;
use tokio::time::timeout_at;

use super::super::body::RequestBody;
use super::super::compare::{Answer, Captured, without};
use super::super::copy::Head;
use super::super::table::Tried;
use super::super::upstream::{Attempt, UnderWay};
use super::{Mirror, Primary, Tee, Ticket};

/// A request's body, once the user has sent it; none if it has none.
pub type Later = Option<oneshot::Receiver<Captured>>;

/// A mirrored request on its way.
#[derive(Debug)]
pub struct Job {
    pub ticket: Ticket,
    pub mirror: Arc<Mirror>,
    pub head: Head,
    pub body: Later,
    pub primary: oneshot::Receiver<Primary>,
    pub came: Instant,
}

impl Job {
    /// Ends within the time that the settings give it, whatever the shadow does.
    pub async fn run(mut self) {
        let mirror = Arc::clone(&self.mirror);
        let timeout = std::time::Duration::from_millis(mirror.settings.timeout_ms);
        let deadline = tokio::time::Instant::from_std(self.came + timeout);
        let routing = Arc::clone(&self.ticket.0);
        let whole = timeout_at(deadline, taken(self.body.take())).await.ok().flatten();
        let (Some(body), Ok(Ok(_under_way))) =
            (whole, timeout_at(deadline, routing.shadows.under_way.acquire()).await)
        else {
            mirror.stats.shed.fetch_add(1, Ordering::Relaxed);
            return;
        };
        let asked = self.ask(&mirror.stats.revision, &body, Tried::default());
        let Some(shadow) = timeout_at(deadline, asked).await.ok().flatten() else {
            mirror.stats.failed.fetch_add(1, Ordering::Relaxed);
            return;
        };
        mirror.stats.answer(shadow.took);
        // Where the user's answer broke off or takes too long, there is nothing to compare with.
        let _ = timeout_at(deadline, self.compare(shadow, &body)).await;
    }

    async fn compare(&mut self, shadow: Answer, body: &Bytes) {
        let Ok(primary) = (&mut self.primary).await else { return };
        let Primary { answer, body: rest, revision, upstream } = primary;
        let Ok(rest) = rest.await else { return };
        let stable = answer.with(rest);
        let Mirror { rules, stats, settings, .. } = &*self.mirror;
        // What others learn meanwhile must not hide from `own` what is in `found`.
        let noise = stats.noise();
        let mut found = rules.differences(&stable, &shadow, &noise);
        if settings.compare.noise && !found.is_empty() && stats.may_ask_again() {
            let mut tried = Tried::default();
            tried.add(upstream);
            if let Some(second) = self.ask(&revision, body, tried).await {
                let own = rules.differences(&stable, &second, &noise);
                stats.learn(&own);
                found = without(found, &own);
            }
        }
        stats.compare(&found);
        let most = usize::try_from(settings.compare.samples).unwrap_or(0);
        stats.keep(self.head.method.as_str(), self.head.uri.path(), &found, most);
    }

    /// Asks an instance of a revision; nothing if it does not answer to the end.
    async fn ask(&self, revision: &str, body: &Bytes, tried: Tried) -> Option<Answer> {
        let routing = &self.ticket.0;
        let upstream = routing.table().instance_of(revision, &tried)?;
        let under_way = UnderWay::begin(upstream)?;
        let request: Request<RequestBody> = self.head.clone().request(body.clone());
        let began = Instant::now();
        let sent = under_way.upstream().send(request, routing.limits.connect).await;
        let Attempt::Answered(response, sender) = sent else { return None };
        let took = began.elapsed();
        let (head, body) = response.into_parts();
        let room = usize::try_from(self.mirror.settings.body_bytes).unwrap_or(usize::MAX);
        let body = read(body, room).await?;
        if matches!(body, Captured::Whole(_)) {
            under_way.upstream().keep(sender);
        }
        Some(self.mirror.rules.answer(head.status.as_u16(), &head.headers, took, body))
    }
}

/// What a request brings; nothing if it broke off or is too large.
async fn taken(later: Later) -> Option<Bytes> {
    match later {
        None => Some(Bytes::new()),
        Some(later) => match later.await {
            Ok(Captured::Whole(body)) => Some(body),
            _ => None,
        },
    }
}

/// Reads no further than is compared: what is left of a flood is cut off with its connection.
async fn read(mut body: Incoming, room: usize) -> Option<Captured> {
    let (mut tee, _nobody) = Tee::new(room);
    while let Some(frame) = body.frame().await {
        if let Some(data) = frame.ok()?.data_ref() {
            tee.data(data);
        }
        if tee.is_cut() {
            break;
        }
    }
    Some(tee.taken())
}
