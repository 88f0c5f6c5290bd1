//! A data plane that is another process: told what it is to have, looked at until it has it, and looked at again
//! ever after, as anybody may restart or change it.
//!
//! What differs between such proxies stands behind [`Proxy`]. Each round reads the proxy's own state, so a proxy that
//! lost it gets it back, and nothing is believed that was not read.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use sluice_core::model::shape::{Mirror, Role, Route, Weight};
use sluice_runner::ports::target::{Capabilities, Desired, Endpoint};
use tokio::sync::{Notify, watch};
use tokio::time::timeout;

use super::plane::{DataPlane, Seen, Wanted};
use super::upstream::Upstream;

/// A proxy that is told over its own interface.
#[async_trait]
pub trait Proxy: Send + fmt::Debug {
    /// Brings the proxy nearer to the goal, as far as is safe now, and says what was seen after that.
    async fn bring_about(&mut self, goal: &Goal) -> Result<Round, String>;
}

/// Its metrics pages under a goal; known without a look.
pub type Pages = fn(&Goal, &[String]) -> Vec<Endpoint>;

/// What a proxy is to have.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Goal {
    pub release: String,
    pub lanes: Vec<Lane>,
    pub routes: Vec<Route>,
    pub mirror: Option<Mirror>,
    /// Id of the revision that stands in for one without a server.
    pub stable: Option<String>,
}

/// One revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lane {
    /// The revision's id.
    pub id: String,
    pub role: Role,
    pub weight: Weight,
    pub servers: Vec<Server>,
}

/// One instance that may have traffic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// Unlike any other's that this proxy was ever told.
    pub name: String,
    pub address: SocketAddr,
}

/// What was seen of a proxy after a round.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Round {
    /// What keeps the goal from being in force, for people.
    pub waits_for: Option<String>,
    /// The weights that it has, by revision id.
    pub weights: BTreeMap<String, Weight>,
    /// Names of the servers that may have, or get, requests.
    pub holds: BTreeSet<String>,
}

/// The data plane that a proxy is.
#[derive(Debug)]
pub struct External {
    shared: Arc<Shared>,
    pages: Pages,
    /// Where its own pages are.
    sources: Vec<String>,
    capabilities: Capabilities,
    preview: Option<SocketAddr>,
}

#[derive(Debug)]
struct Shared {
    told: Mutex<Told>,
    changed: Notify,
    seen: watch::Sender<Seen>,
    /// Marks this process's servers among all that the proxy ever had.
    mark: String,
}

#[derive(Debug, Default)]
struct Told {
    goal: Goal,
    /// Rises with every other goal.
    version: u64,
    /// Instances that the proxy may have requests at, by server name.
    held: BTreeMap<String, Arc<Upstream>>,
}

/// Between two looks at a proxy that has what it is to have.
const STEADY: Duration = Duration::from_millis(250);
/// Between two at one on its way.
const ON_THE_WAY: Duration = Duration::from_millis(20);
/// For one round.
const PATIENCE: Duration = Duration::from_secs(10);

impl External {
    /// Begins to look after a proxy. Until it is first told, nothing is changed.
    pub fn start(
        proxy: Box<dyn Proxy>,
        mark: String,
        (pages, sources): (Pages, Vec<String>),
        capabilities: Capabilities,
    ) -> Self {
        let seen =
            Seen { waits_for: Some("a first look at the proxy".to_owned()), weights: Some(BTreeMap::new()) };
        let (seen, _) = watch::channel(seen);
        let shared = Arc::new(Shared { told: Mutex::default(), changed: Notify::new(), seen, mark });
        tokio::spawn(look_after(proxy, Arc::clone(&shared)));
        Self { shared, pages, sources, capabilities, preview: None }
    }

    /// The proxy listens there for the candidate alone.
    pub fn with_preview(self, preview: Option<SocketAddr>) -> Self {
        Self { preview, ..self }
    }
}

impl DataPlane for External {
    fn put(&self, wanted: Wanted<'_>) {
        let shared = &self.shared;
        let mut told = shared.lock();
        let goal = shared.goal(&wanted, &mut told.held);
        if goal == told.goal && told.version > 0 {
            return;
        }
        told.goal = goal;
        told.version += 1;
        shared.seen.send_modify(|seen| seen.waits_for = Some("the proxy to be told".to_owned()));
        shared.changed.notify_one();
    }

    fn seen(&self) -> watch::Receiver<Seen> {
        self.shared.seen.subscribe()
    }

    fn refuses(&self, desired: &Desired) -> Option<String> {
        if !self.capabilities.routes && !desired.routes.is_empty() {
            return Some("this proxy does not route by header or cookie".to_owned());
        }
        if !self.capabilities.mirror && desired.mirror.is_some() {
            return Some("this proxy does not mirror requests".to_owned());
        }
        let asked = desired.revisions.iter().fold(0, |sum: u32, one| sum.saturating_add(one.instances));
        let limit = self.capabilities.capacity.filter(|limit| asked > *limit)?;
        Some(format!("{asked} instances are more than the capacity of {limit}"))
    }

    fn preview(&self) -> Option<SocketAddr> {
        self.preview
    }

    fn endpoints(&self) -> Vec<Endpoint> {
        (self.pages)(&self.shared.lock().goal, &self.sources)
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The goal, with each of its instances held from now on.
    fn goal(&self, wanted: &Wanted<'_>, held: &mut BTreeMap<String, Arc<Upstream>>) -> Goal {
        let Some(desired) = wanted.desired else { return Goal::default() };
        let lanes = desired.revisions.iter().map(|one| {
            let ready = (wanted.ready)(&one.revision.id).into_iter().filter_map(|upstream| {
                let name = format!("{}-{}", self.mark, upstream.id);
                let address = upstream.address;
                // One that is draining gets nothing new.
                if !held.contains_key(&name) {
                    if !upstream.begin() {
                        return None;
                    }
                    held.insert(name.clone(), upstream);
                }
                Some(Server { name, address })
            });
            Lane { id: one.revision.id.clone(), role: one.role, weight: one.weight, servers: ready.collect() }
        });
        Goal {
            release: desired.release.clone(),
            lanes: lanes.collect(),
            routes: desired.routes.clone(),
            mirror: desired.mirror,
            stable: desired.stable.clone(),
        }
    }

    /// Tells what was seen, unless something else was asked for meanwhile; and lets go of what the proxy let go of.
    fn learn(&self, version: u64, round: Result<Round, String>) {
        let mut told = self.lock();
        let round = match round {
            Ok(round) => round,
            Err(error) => {
                self.tell(|seen| seen.waits_for = Some(error));
                return;
            }
        };
        let wanted: BTreeSet<&str> = told.goal.servers().map(|server| server.name.as_str()).collect();
        let gone = |name: &str| !round.holds.contains(name) && !wanted.contains(name);
        let gone: Vec<String> = told.held.keys().filter(|name| gone(name)).cloned().collect();
        for name in gone {
            if let Some(upstream) = told.held.remove(&name) {
                upstream.end();
            }
        }
        if told.version == version {
            self.tell(|seen| (seen.waits_for, seen.weights) = (round.waits_for, Some(round.weights)));
        }
    }

    /// Wakes nobody for what was known.
    fn tell(&self, change: impl FnOnce(&mut Seen)) {
        self.seen.send_if_modified(|seen| {
            let before = seen.clone();
            change(seen);
            *seen != before
        });
    }
}

impl Goal {
    pub fn servers(&self) -> impl Iterator<Item = &Server> {
        self.lanes.iter().flat_map(|lane| &lane.servers)
    }

    pub fn lane(&self, id: &str) -> Option<&Lane> {
        self.lanes.iter().find(|lane| lane.id == id)
    }
}

async fn look_after(mut proxy: Box<dyn Proxy>, shared: Arc<Shared>) {
    loop {
        let (goal, version, held) = {
            let told = shared.lock();
            (told.goal.clone(), told.version, told.held.len())
        };
        if version > 0 {
            let round = timeout(PATIENCE, proxy.bring_about(&goal)).await;
            shared.learn(version, round.unwrap_or_else(|_late| Err("the proxy does not answer".to_owned())));
        }
        let steady = shared.seen.borrow().waits_for.is_none() && goal.servers().count() == held;
        let _ = timeout(if steady { STEADY } else { ON_THE_WAY }, shared.changed.notified()).await;
    }
}
