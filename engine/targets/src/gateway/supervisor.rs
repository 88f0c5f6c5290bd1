//! The supervisor: takes desired states and news of instances, and brings one in line with the other.
//!
//! It is level-triggered: after whatever happened, [`Supervisor::reconcile`] looks at all there is. A desired
//! state is first durably recorded, then answered, then worked on: missing instances are started; once all
//! are ready it is recorded as in effect and the table changes at once; then what is too many is drained and
//! stopped. If a new instance fails, or the time is over, what was in effect stays so, and the new instances
//! are stopped. Only a retreat (see [`desired::only_retreats`]) is put in effect even then, as long as every
//! revision with traffic has a ready instance: users leave a bad candidate also when not all of stable is
//! there yet.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use sluice_runner::ports::target::{Desired, Progress, TargetStatus};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep_until};

use super::config::{Place, Settings};
use super::desired::{self, Asked};
use super::fleet::Fleet;
use super::keeper::Told;
use super::plane::{DataPlane, Wanted};
use super::record::{Accepted, Record, RecordError};
use super::status::{Addresses, Whole};

/// What is asked of the gateway.
#[derive(Debug)]
pub enum Command {
    Apply(Box<Desired>, Reply),
    Configure(Settings, Reply),
    /// Drain, stop and end.
    Stop,
}

/// Where the answer goes: done, or why not.
pub type Reply = oneshot::Sender<Result<(), String>>;

/// Owns the record and the instances; everything that changes either goes through it.
#[derive(Debug)]
pub struct Supervisor {
    pub place: Place,
    pub record: Record,
    pub fleet: Fleet,
    pub plane: Arc<dyn DataPlane>,
    pub addresses: Addresses,
    pub status: watch::Sender<Option<Arc<TargetStatus>>>,
    pub pace: Pace,
}

/// How far the work on the goal is.
#[derive(Debug, Default)]
pub struct Pace {
    /// All of it was seen ready once.
    settled: bool,
    deadline: Option<Instant>,
    /// The record could not be written; when to try again, and what was said.
    blocked: Option<(Instant, String)>,
}

/// On top of what an instance may take, so that its own failure is told rather than a missed deadline.
const SLACK: Duration = Duration::from_secs(2);
const TRY_AGAIN: Duration = Duration::from_secs(1);

impl Supervisor {
    /// Works until it is told to stop. Instances are left to [`Self::end`].
    pub async fn run(
        &mut self,
        commands: &mut mpsc::Receiver<Command>,
        news: &mut mpsc::UnboundedReceiver<Told>,
    ) {
        self.pace.deadline = self.record.accepted.as_ref().map(patience);
        let mut seen = self.plane.seen();
        if let Err(told) = self.plane.configure(&self.record.settings) {
            // Users are served all the same; whoever wants the preview is told that there is none.
            tracing::warn!(told, "a part of the settings could not be taken up");
        }
        self.reconcile().await;
        loop {
            let timer = self.timer();
            tokio::select! {
                command = commands.recv() => match command {
                    Some(Command::Stop) | None => return,
                    Some(Command::Apply(desired, reply)) => {
                        let answer = self.accept(*desired).await;
                        self.reconcile().await;
                        // Who asked may be gone; what was accepted stays so.
                        let _ = reply.send(answer);
                    }
                    Some(Command::Configure(settings, reply)) => {
                        let answer = self.configure(settings).await;
                        self.reconcile().await;
                        let _ = reply.send(answer);
                    }
                },
                Some(told) = news.recv() => {
                    self.fold(told).await;
                    while let Ok(told) = news.try_recv() {
                        self.fold(told).await;
                    }
                    self.reconcile().await;
                }
                Ok(()) = seen.changed() => self.publish(),
                () = sleep_until(timer.unwrap_or_else(Instant::now)), if timer.is_some() => self.reconcile().await,
            }
        }
    }

    /// Drains and stops every instance; the record stays as it is.
    pub async fn end(&mut self, news: &mut mpsc::UnboundedReceiver<Told>) {
        self.plane.put(Wanted { desired: None, settings: &self.record.settings, ready: &|_| Vec::new() });
        self.fleet.drain(&self.fleet.excess(&BTreeMap::new()));
        while !self.fleet.is_empty() {
            let Some(told) = news.recv().await else { return };
            self.fleet.fold(told);
        }
    }

    /// The longest time that requests of what is served may take to end.
    pub fn longest_drain(&self) -> Duration {
        let served = self.record.in_effect.iter().flat_map(|now| &now.desired.revisions);
        let longest = served.map(|one| one.revision.spec.drain_ms).max().unwrap_or(0);
        Duration::from_millis(longest)
    }

    async fn accept(&mut self, desired: Desired) -> Result<(), String> {
        if let Some(told) = self.plane.refuses(&desired) {
            return Err(told);
        }
        let accepted = match desired::ask(&self.record, desired) {
            Asked::Known => return self.try_again().await,
            Asked::Refused(told) => return Err(told),
            Asked::New(accepted) => *accepted,
        };
        let deadline = patience(&accepted);
        let record = Record { accepted: Some(accepted), failed: None, ..self.record.clone() };
        self.write(record).await.map_err(|error| error.to_string())?;
        self.pace = Pace { settled: false, deadline: Some(deadline), blocked: None };
        Ok(())
    }

    /// What failed is asked for once more: what it lacked may be there by now.
    async fn try_again(&mut self) -> Result<(), String> {
        let Some(accepted) = self.record.accepted.as_ref().filter(|_| self.record.failed.is_some()) else {
            return Ok(());
        };
        let deadline = patience(accepted);
        let record = Record { failed: None, ..self.record.clone() };
        self.write(record).await.map_err(|error| error.to_string())?;
        self.pace = Pace { settled: false, deadline: Some(deadline), blocked: None };
        Ok(())
    }

    async fn configure(&mut self, settings: Settings) -> Result<(), String> {
        self.plane.configure(&settings)?;
        if self.record.settings == settings {
            return Ok(());
        }
        let record = Record { settings, ..self.record.clone() };
        self.write(record).await.map_err(|error| error.to_string())
    }

    async fn fold(&mut self, told: Told) {
        if let Some(failed) = self.fleet.fold(told)
            && !self.is_switched()
        {
            self.give_up(failed.error).await;
        }
    }

    /// Brings what there is in line with what is wanted, one step or several.
    async fn reconcile(&mut self) {
        self.start_missing();
        if !self.is_switched()
            && let Some(goal) = self.goal().cloned()
        {
            let overdue = self.pace.deadline.is_some_and(|deadline| Instant::now() >= deadline);
            if self.missing(&goal).is_empty() {
                self.switch(goal).await;
            } else if overdue {
                let missing = self.missing(&goal).join(", ");
                self.give_up(format!("not ready in time: {missing}")).await;
            }
        }
        if self.is_switched() {
            self.pace.deadline = None;
            self.pace.settled |= self.goal().is_none_or(|goal| self.missing(goal).is_empty());
        }
        self.route();
        self.publish();
    }

    /// What is to be in effect.
    fn goal(&self) -> Option<&Accepted> {
        let accepted = self.record.accepted.as_ref().filter(|_| self.record.failed.is_none());
        accepted.or(self.record.in_effect.as_ref())
    }

    fn is_switched(&self) -> bool {
        self.goal() == self.record.in_effect.as_ref()
    }

    fn start_missing(&mut self) {
        let in_effect = self.record.in_effect.iter().flat_map(|now| &now.desired.revisions);
        for one in in_effect {
            let count = self.wanted().get(one.revision.id.as_str()).copied().unwrap_or(0);
            self.fleet.start_missing(&one.revision, one.instances.min(count), false);
        }
        if !self.is_switched() {
            let goal = self.goal().map(|goal| goal.desired.revisions.clone()).unwrap_or_default();
            for one in &goal {
                self.fleet.start_missing(&one.revision, one.instances, true);
            }
        }
    }

    /// Instances per revision: what is in effect keeps its own until the goal takes its place.
    fn wanted(&self) -> BTreeMap<&str, u32> {
        let mut wanted = BTreeMap::new();
        for accepted in [self.goal(), self.record.in_effect.as_ref()].into_iter().flatten() {
            for one in &accepted.desired.revisions {
                let count: &mut u32 = wanted.entry(one.revision.id.as_str()).or_default();
                *count = (*count).max(one.instances);
            }
        }
        wanted
    }

    /// What is not ready yet, for people.
    fn missing(&self, goal: &Accepted) -> Vec<String> {
        let short = |one: &sluice_runner::ports::target::DesiredRevision| {
            let ready = self.fleet.ready(&one.revision.id, &[]).len();
            let wanted = usize::try_from(one.instances).unwrap_or(usize::MAX);
            (ready < wanted)
                .then(|| format!("{} of {wanted} instances of {}", wanted - ready, one.revision.id))
        };
        goal.desired.revisions.iter().filter_map(short).collect()
    }

    async fn switch(&mut self, goal: Accepted) {
        if self.pace.blocked.as_ref().is_some_and(|(until, _)| Instant::now() < *until) {
            return;
        }
        let record = Record { in_effect: Some(goal), ..self.record.clone() };
        self.pace.blocked = None;
        match self.write(record).await {
            Ok(()) => self.fleet.settle(),
            Err(error) => self.pace.blocked = Some((Instant::now() + TRY_AGAIN, error.to_string())),
        }
    }

    async fn give_up(&mut self, error: String) {
        let Some(goal) = self.goal().cloned() else { return };
        let served = |one: &sluice_runner::ports::target::DesiredRevision| {
            one.weight.get() == 0 || !self.fleet.ready(&one.revision.id, &[]).is_empty()
        };
        let retreats = self
            .record
            .in_effect
            .as_ref()
            .is_some_and(|now| desired::only_retreats(&goal.desired, &now.desired));
        if retreats && goal.desired.revisions.iter().all(served) {
            tracing::warn!(%error, "a retreat takes effect with fewer instances");
            return self.switch(goal).await;
        }
        let record = Record { failed: Some(error), ..self.record.clone() };
        if let Err(unwritten) = self.write(record.clone()).await {
            // What failed is tried again after a restart, which does no harm.
            tracing::warn!(error = %unwritten, "a failure can not be recorded");
            self.record = record;
        }
    }

    /// Tells the data plane what is in effect, then lets go of what has no traffic any more.
    fn route(&mut self) {
        let excess = self.fleet.excess(&self.wanted());
        let ready = |id: &str| self.fleet.ready(id, &excess);
        let desired = self.record.in_effect.as_ref().map(|now| &now.desired);
        self.plane.put(Wanted { desired, settings: &self.record.settings, ready: &ready });
        self.fleet.drain(&excess);
    }

    fn publish(&self) {
        let whole = Whole {
            record: &self.record,
            goal: self.goal(),
            fleet: &self.fleet,
            addresses: &self.addresses,
            weights: self.plane.seen().borrow().weights.clone(),
            pages: self.plane.endpoints(),
            preview: self.plane.preview(),
        };
        let status = whole.status(self.progress());
        self.status.send_replace(Some(Arc::new(status)));
    }

    fn progress(&self) -> Progress {
        if let Some(error) = &self.record.failed {
            return Progress::Failed { error: error.clone() };
        }
        if let Some((_, error)) = &self.pace.blocked {
            return Progress::Settling { waiting_for: error.clone() };
        }
        match self.goal() {
            Some(goal) if !(self.is_switched() && self.pace.settled) => {
                Progress::Settling { waiting_for: self.missing(goal).join(", ") }
            }
            _ => match self.plane.seen().borrow().waits_for.clone() {
                Some(waiting_for) => Progress::Settling { waiting_for },
                None => Progress::Settled,
            },
        }
    }

    fn timer(&self) -> Option<Instant> {
        let blocked = self.pace.blocked.as_ref().map(|(until, _)| *until);
        blocked.or(self.pace.deadline)
    }

    async fn write(&mut self, record: Record) -> Result<(), RecordError> {
        let path = self.place.record();
        let written = record.clone();
        let wrote = spawn_blocking(move || written.write(&path)).await;
        wrote.unwrap_or_else(|error| {
            let source = std::io::Error::other(error);
            Err(RecordError::Unwritable { path: self.place.record(), source })
        })?;
        self.record = record;
        Ok(())
    }
}

fn patience(accepted: &Accepted) -> Instant {
    let within = accepted.desired.revisions.iter().map(|one| one.revision.spec.readiness.within_ms);
    Instant::now() + Duration::from_millis(within.max().unwrap_or(0)) + SLACK
}
