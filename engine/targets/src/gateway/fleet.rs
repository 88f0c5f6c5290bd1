//! All instances: which there are, which are ready, which are too many.

use std::collections::BTreeMap;
use std::sync::Arc;

use sluice_core::plan::Revision;
use sluice_runner::ports::target::InstanceStatus;
use tokio::sync::watch;

use super::keeper::{Keeper, Key, Means, News, Told, Want};
use super::upstream::Upstream;

/// The instances by revision and number.
#[derive(Debug)]
pub struct Fleet {
    instances: BTreeMap<Key, Instance>,
    means: Means,
}

/// A new instance that did not get ready.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedStart {
    pub error: String,
}

#[derive(Debug)]
struct Instance {
    want: watch::Sender<Want>,
    state: State,
    address: String,
    restarts: u32,
    last_exit: String,
    /// Started for a desired state that is not in effect yet, and never ready so far.
    fresh: bool,
}

#[derive(Debug)]
enum State {
    Starting,
    Ready(Arc<Upstream>),
    /// Runs, and fails its readiness checks.
    NotReady,
    /// Between two incarnations.
    Down,
    Stopping,
}

impl Fleet {
    pub fn new(means: Means) -> Self {
        Self { instances: BTreeMap::new(), means }
    }

    /// Starts what is missing of a revision; what was about to be drained is taken back first.
    pub fn start_missing(&mut self, revision: &Revision, count: u32, fresh: bool) {
        let mut missing = usize::try_from(count).unwrap_or(usize::MAX);
        missing = missing.saturating_sub(self.running(&revision.id).count());
        let of_revision = self.instances.iter_mut().filter(|((id, _), _)| *id == revision.id);
        for (_, instance) in of_revision.filter(|(_, instance)| !matches!(instance.state, State::Stopping)) {
            if missing == 0 {
                return;
            }
            if *instance.want.borrow() == Want::Drain {
                instance.want.send_replace(Want::Run);
                missing -= 1;
            }
        }
        for _ in 0..missing {
            self.start(revision, fresh);
        }
    }

    /// The instances that are more than wanted: the least useful ones of each revision.
    pub fn excess(&self, wanted: &BTreeMap<&str, u32>) -> Vec<Key> {
        let mut by_revision: BTreeMap<&str, Vec<(&Key, &Instance)>> = BTreeMap::new();
        for (key, instance) in self.instances.iter().filter(|(_, instance)| instance.is_wanted()) {
            by_revision.entry(&key.0).or_default().push((key, instance));
        }
        let mut excess = Vec::new();
        for (revision, mut instances) in by_revision {
            instances.sort_by_key(|(key, instance)| (!instance.is_ready(), instance.fresh, key.1));
            let keep = wanted.get(revision).copied().unwrap_or(0);
            let keep = usize::try_from(keep).unwrap_or(usize::MAX);
            excess.extend(instances.into_iter().skip(keep).map(|(key, _)| key.clone()));
        }
        excess
    }

    /// To be called once the table has no traffic for them.
    pub fn drain(&self, excess: &[Key]) {
        for instance in excess.iter().filter_map(|key| self.instances.get(key)) {
            instance.want.send_replace(Want::Drain);
        }
    }

    /// What may have traffic of a revision, without those that are too many.
    pub fn ready(&self, revision: &str, excess: &[Key]) -> Vec<Arc<Upstream>> {
        self.running(revision)
            .filter(|(key, _)| !excess.contains(key))
            .filter_map(|(_, instance)| match &instance.state {
                State::Ready(upstream) => Some(Arc::clone(upstream)),
                _ => None,
            })
            .collect()
    }

    /// Takes news in. A new instance that did not get ready is returned.
    pub fn fold(&mut self, told: Told) -> Option<FailedStart> {
        let instance = self.instances.get_mut(&told.key)?;
        match told.news {
            News::Ready(upstream) => {
                instance.address = upstream.address.to_string();
                instance.fresh = false;
                instance.state = State::Ready(upstream);
            }
            News::NotReady => instance.state = State::NotReady,
            News::Gone { was_ready, told: how } => {
                instance.state = State::Down;
                instance.restarts = instance.restarts.saturating_add(1);
                instance.last_exit.clone_from(&how);
                let failed = instance.fresh && !was_ready && instance.is_wanted();
                let before = if was_ready { "" } else { " before it was ready" };
                let (id, number) = &told.key;
                // `was not ready within` says it by itself.
                let before =
                    if how.starts_with("exited") || how.starts_with("was killed") { before } else { "" };
                let (how, last) = how.split_once("; ").unwrap_or((&how, ""));
                let last = if last.is_empty() { String::new() } else { format!("; {last}") };
                return failed.then(|| FailedStart { error: format!("{id}/{number} {how}{before}{last}") });
            }
            News::Stopping => instance.state = State::Stopping,
            News::Ended => {
                self.instances.remove(&told.key);
            }
        }
        None
    }

    /// Nothing is new any more: what fails from here on is restarted.
    pub fn settle(&mut self) {
        self.instances.values_mut().for_each(|instance| instance.fresh = false);
    }

    pub fn status(&self, revision: &str) -> Vec<InstanceStatus> {
        let shown = |((id, number), instance): (&Key, &Instance)| InstanceStatus {
            id: format!("{id}/{number}"),
            address: instance.address.clone(),
            ready: instance.is_ready(),
            restarts: instance.restarts,
            last_exit: instance.last_exit.clone(),
        };
        self.running(revision).map(shown).collect()
    }

    pub fn is_empty(&self) -> bool {
        self.instances.is_empty()
    }

    /// The instances of a revision that are to run.
    fn running(&self, revision: &str) -> impl Iterator<Item = (&Key, &Instance)> {
        self.instances.iter().filter(move |((id, _), instance)| id == revision && instance.is_wanted())
    }

    fn start(&mut self, revision: &Revision, fresh: bool) {
        let taken = |number: &u32| self.instances.contains_key(&(revision.id.clone(), *number));
        let Some(number) = (1..=u32::MAX).find(|number| !taken(number)) else { return };
        let key = (revision.id.clone(), number);
        let (want, wanted) = watch::channel(Want::Run);
        let (means, revision) = (self.means.clone(), revision.clone());
        let (news, lost) = (means.news.clone(), key.clone());
        let kept = tokio::spawn(Keeper { key: key.clone(), revision, means, want: wanted }.run());
        tokio::spawn(async move {
            // One that broke says nothing any more: its instance is over, and another takes its place.
            if kept.await.is_err() {
                let _ = news.send(Told { key: lost, news: News::Ended });
            }
        });
        let instance = Instance {
            want,
            state: State::Starting,
            address: String::new(),
            restarts: 0,
            last_exit: String::new(),
            fresh,
        };
        self.instances.insert(key, instance);
    }
}

impl Instance {
    fn is_wanted(&self) -> bool {
        *self.want.borrow() == Want::Run && !matches!(self.state, State::Stopping)
    }

    fn is_ready(&self) -> bool {
        matches!(self.state, State::Ready(_))
    }
}
