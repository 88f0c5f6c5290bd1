//! A target that takes desired states as a good one does, and goes wrong where it is told to.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use sluice_core::model::shape::{Role, Weight};
use sluice_core::plan::{Plan, Revision};
use sluice_core::release::event::Event;

use super::observer::BEGAN_MS;
use crate::clock::Clock;
use crate::journal::JournalStore;
use crate::journal::faulty::FaultyStore;
use crate::journal::sqlite::SqliteStore;
use crate::ports::target::*;

/// How it goes about it.
#[derive(Debug, Clone, Default)]
pub struct Manners {
    /// How long a desired state takes to be in effect.
    pub settle_ms: u64,
    /// When it can not be reached, since the release began.
    pub away_ms: Vec<Range<u64>>,
    /// What goes wrong with an order, by its generation, and how many times it is handed over until it goes well.
    pub trouble: BTreeMap<u64, (Trouble, u32)>,
    /// What happens to it by itself, and when, since the release began.
    pub mishap: Option<(u64, Mishap)>,
    /// When the candidate's first instance ends and is restarted, since the release began.
    pub crashes_ms: Vec<u64>,
}

/// What can happen to a target that nobody asked for anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mishap {
    /// Somebody gives all traffic to stable.
    StableAlone,
    /// It is set back to what it was before the release.
    Forgets,
    /// One instance of stable is not ready for two seconds.
    NotReady,
}

/// What can go wrong with an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    Refuses,
    /// Never hears of it.
    Unreached,
    /// Takes it, and can not bring it about.
    Fails,
    /// Takes it, and knows nothing of it afterwards.
    Loses,
    /// Says that it is in effect, with a tenth more for the candidate.
    OtherWeight,
    /// Says that it is in effect, while all is as before.
    AsBefore,
    /// Never gets it in effect.
    Settles,
}

/// A target that looks for every order's intent in the journal before it takes it.
#[derive(Debug)]
pub struct FakeTarget {
    manners: Manners,
    store: Arc<FaultyStore<SqliteStore>>,
    clock: Arc<dyn Clock>,
    known: Vec<Revision>,
    inner: Mutex<Inner>,
    /// The write at which the journal fails; nothing may be done after it, until another engine is there.
    failing: u64,
    reopened: AtomicBool,
}

#[derive(Debug)]
struct Inner {
    accepted: Option<Desired>,
    in_effect: Option<Desired>,
    settled_at: u64,
    /// Keys in the order in which they were handed over.
    applied: Vec<String>,
    looks: u64,
    /// The mishap is over: it happens once.
    struck: bool,
}

impl FakeTarget {
    /// Serves the plan's stable revision, if there is one.
    pub fn new(
        plan: &Plan,
        manners: Manners,
        (store, failing): (Arc<FaultyStore<SqliteStore>>, u64),
        clock: Arc<dyn Clock>,
    ) -> Self {
        let known: Vec<Revision> = plan.stable.iter().chain([&plan.candidate]).cloned().collect();
        let served = plan.stable.as_ref().map(before);
        let inner = Inner {
            accepted: served.clone(),
            in_effect: served,
            settled_at: 0,
            applied: Vec::new(),
            looks: 0,
            struck: false,
        };
        let (inner, reopened) = (Mutex::new(inner), AtomicBool::new(false));
        Self { manners, store, clock, known, inner, failing, reopened }
    }

    /// What is in effect now.
    pub fn serves(&self) -> Option<Desired> {
        let mut inner = self.inner.lock().unwrap();
        self.settle(&mut inner);
        inner.in_effect.clone()
    }

    /// What is in effect now, in short.
    pub fn serves_shortly(&self) -> String {
        let Some(desired) = self.serves() else { return "nothing".to_owned() };
        let one = |one: &DesiredRevision| format!("{} as {} {}", one.revision.version, one.role, one.weight);
        let revisions: Vec<String> = desired.revisions.iter().map(one).collect();
        let stable = desired.stable.as_ref().map_or("none", |id| id.split('-').next().unwrap());
        format!("{}; stable is {stable}", revisions.join(", "))
    }

    /// Keys in the order in which they were handed over.
    pub fn applied(&self) -> Vec<String> {
        self.inner.lock().unwrap().applied.clone()
    }

    pub fn looks(&self) -> u64 {
        self.inner.lock().unwrap().looks
    }

    /// Another engine is there: it may act although the journal failed before.
    pub fn reopen(&self) {
        self.reopened.store(true, Ordering::Release);
    }

    fn reached(&self) -> Result<(), TargetError> {
        let since = self.since_ms();
        match self.manners.away_ms.iter().any(|away| away.contains(&since)) {
            true => Err(TargetError::Unreachable("connection refused".to_owned())),
            false => Ok(()),
        }
    }

    /// What goes wrong with the order that was handed over last.
    fn trouble(&self, inner: &Inner, generation: u64, key: &str) -> Option<Trouble> {
        let (trouble, times) = self.manners.trouble.get(&generation)?;
        let handed = inner.applied.iter().filter(|applied| *applied == key).count();
        (handed <= *times as usize).then_some(*trouble)
    }

    fn since_ms(&self) -> u64 {
        self.clock.now_ms() - BEGAN_MS
    }

    fn strike(&self, inner: &mut Inner) {
        let Some((at, mishap)) = self.manners.mishap.filter(|(at, _)| self.since_ms() >= *at) else { return };
        if inner.struck || mishap == Mishap::NotReady {
            return;
        }
        assert!(at > 0);
        inner.struck = true;
        if mishap == Mishap::Forgets {
            let stable = self.known.first().map(before);
            (inner.accepted, inner.in_effect) = (stable.clone(), stable);
        }
        for one in inner.in_effect.iter_mut().flat_map(|now| &mut now.revisions) {
            one.weight = if one.role == Role::Stable { Weight::ALL } else { Weight::NONE };
        }
    }

    /// The instances of a revision as they are now.
    fn instances(&self, one: &DesiredRevision) -> Vec<InstanceStatus> {
        let now = self.since_ms();
        let out = self.manners.mishap.is_some_and(|(at, mishap)| {
            mishap == Mishap::NotReady && (at..at + 2_000).contains(&now) && one.role == Role::Stable
        });
        let crashes = self.manners.crashes_ms.iter().filter(|at| **at <= now).count();
        let restarts = |first| if first && one.role == Role::Candidate { crashes } else { 0 };
        let instance = |number: u32| InstanceStatus {
            id: format!("{}/{number}", one.revision.id),
            address: format!("127.0.0.1:{}", 9000 + number),
            ready: !(out && number == 0),
            restarts: u32::try_from(restarts(number == 0)).unwrap(),
            last_exit: if restarts(number == 0) > 0 { "exited with 1".to_owned() } else { String::new() },
        };
        (0..one.instances).map(instance).collect()
    }

    fn settle(&self, inner: &mut Inner) -> Progress {
        self.strike(inner);
        let Some(accepted) = inner.accepted.clone() else { return Progress::Settled };
        let trouble = self.trouble(inner, accepted.generation, &accepted.key);
        match trouble {
            Some(Trouble::Fails) => return Progress::Failed { error: "v2 exited with 1".to_owned() },
            Some(Trouble::AsBefore) => return Progress::Settled,
            _ => {}
        }
        if trouble == Some(Trouble::Settles) || self.clock.now_ms() < inner.settled_at {
            return Progress::Settling { waiting_for: "v2 to be ready".to_owned() };
        }
        if inner.in_effect.as_ref().map(|now| &now.key) != Some(&accepted.key) {
            inner.in_effect = Some(accepted);
        }
        Progress::Settled
    }

    /// The engine's first duty: nothing is done whose intent is not on disk.
    fn assert_intended(&self, desired: &Desired) {
        let failed = self.failing > 0 && self.store.writes() >= self.failing;
        assert!(!failed || self.reopened.load(Ordering::Acquire), "an action after the journal failed");
        let records = self.store.read(&desired.release).unwrap();
        let intended = records.iter().any(|record| {
            matches!(&record.event, Event::ShapeIntended { generation, key, .. }
                if (*generation, key) == (desired.generation, &desired.key))
        });
        assert!(intended, "no intent in the journal of {desired:?}");
    }
}

#[async_trait]
impl Target for FakeTarget {
    fn capabilities(&self) -> Capabilities {
        Capabilities::ALL
    }

    async fn observe(&self) -> Result<TargetStatus, TargetError> {
        self.reached()?;
        let mut inner = self.inner.lock().unwrap();
        inner.looks += 1;
        let progress = self.settle(&mut inner);
        let accepted = inner.accepted.as_ref();
        let generation = accepted.map_or(0, |one| one.generation);
        let key = accepted.map_or(String::new(), |one| one.key.clone());
        let more = self.trouble(&inner, generation, &key) == Some(Trouble::OtherWeight);
        let in_effect = inner.in_effect.as_ref();
        let stable = in_effect.and_then(|one| one.stable.as_ref());
        Ok(TargetStatus {
            release: accepted.map_or(String::new(), |one| one.release.clone()),
            generation,
            key,
            progress,
            stable: stable.and_then(|id| self.known.iter().find(|known| known.id == *id)).cloned(),
            revisions: in_effect.map_or(Vec::new(), |one| {
                one.revisions.iter().map(|one| status(one, self.instances(one), more)).collect()
            }),
            endpoints: Vec::new(),
            address: "http://127.0.0.1:8080".to_owned(),
            preview: Some("http://127.0.0.1:8081".to_owned()),
            differences: Vec::new(),
            started_again: 0,
        })
    }

    async fn apply(&self, desired: &Desired) -> Result<(), TargetError> {
        self.assert_intended(desired);
        self.reached()?;
        let mut inner = self.inner.lock().unwrap();
        inner.applied.push(desired.key.clone());
        let refused = |why: &str| Err(TargetError::Refused(why.to_owned()));
        if let Some(accepted) = &inner.accepted {
            if accepted.release == desired.release && desired.generation < accepted.generation {
                return refused("an older generation");
            }
            if accepted.key == desired.key && accepted != desired {
                return refused("the key was used for another desired state");
            }
        }
        match self.trouble(&inner, desired.generation, &desired.key) {
            Some(Trouble::Refuses) => return refused("there is no room"),
            Some(Trouble::Unreached) => return Err(TargetError::Unreachable("no answer".to_owned())),
            Some(Trouble::Loses) => return Ok(()),
            _ => {}
        }
        if inner.accepted.as_ref() != Some(desired) {
            inner.accepted = Some(desired.clone());
            inner.settled_at = self.clock.now_ms() + self.manners.settle_ms;
        }
        Ok(())
    }
}

/// What an earlier release left.
fn before(stable: &Revision) -> Desired {
    let (instances, weight) = (stable.instances, Weight::ALL);
    Desired {
        release: "shop-0".to_owned(),
        generation: 9,
        key: "shop-0/9".to_owned(),
        revisions: vec![DesiredRevision { revision: stable.clone(), role: Role::Stable, instances, weight }],
        routes: Vec::new(),
        mirror: None,
        stable: Some(stable.id.clone()),
    }
}

fn status(one: &DesiredRevision, instances: Vec<InstanceStatus>, more: bool) -> RevisionStatus {
    let tenth = if more { 100 } else { 0 };
    let weight = match one.role {
        Role::Candidate => one.weight.get() + tenth,
        _ => one.weight.get() - tenth,
    };
    RevisionStatus {
        revision: one.revision.clone(),
        role: one.role,
        weight: Weight::per_mille(weight).unwrap(),
        instances,
    }
}
