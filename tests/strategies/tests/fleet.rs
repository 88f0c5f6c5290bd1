//! A target: instances that take their time to start, and get lost. It goes over to a shape as the gateway does,
//! once all of its instances are ready, and keeps what it had until then.

use std::collections::BTreeMap;

use sluice_core::model::observation::{Found, Wrong};
use sluice_core::model::shape::{Role, Shape};

#[derive(Debug, Clone)]
pub struct Fleet {
    /// What users meet.
    pub in_effect: Shape,
    goal: Option<(u64, Shape)>,
    settled: u64,
    ready: BTreeMap<Role, u32>,
    /// The most instances that there ever were at once since this was last asked.
    most: u32,
}

impl Fleet {
    pub fn new(shape: Shape) -> Self {
        let ready = shape.allocations.iter().map(|one| (one.role, one.instances)).collect();
        let most = shape.size();
        Self { in_effect: shape, goal: None, settled: 0, ready, most }
    }

    pub fn apply(&mut self, generation: u64, shape: &Shape) {
        self.goal = Some((generation, shape.clone()));
        self.most = self.most.max(Role::ALL.iter().map(|role| self.wanted(*role)).sum());
    }

    pub fn is_settled(&self, generation: u64) -> bool {
        self.settled == generation
    }

    /// Time passes: so many instances get ready.
    pub fn starts(&mut self, mut count: u32) {
        for role in Role::ALL {
            let (wanted, ready) = (self.wanted(role), self.ready(role));
            let started = count.min(wanted.saturating_sub(ready));
            count -= started;
            self.ready.insert(role, ready + started);
        }
        let lacks = |shape: &Shape| shape.allocations.iter().any(|one| self.ready(one.role) < one.instances);
        if self.goal.as_ref().is_none_or(|(_, shape)| lacks(shape)) {
            return;
        }
        if let Some((generation, shape)) = self.goal.take() {
            for role in Role::ALL {
                self.ready.insert(role, self.ready(role).min(shape.instances(role)));
            }
            (self.settled, self.in_effect) = (generation, shape);
        }
    }

    /// So many instances are gone, and start again.
    pub fn loses(&mut self, role: Role, count: u32) {
        let left = self.ready(role).saturating_sub(count);
        self.ready.insert(role, left);
    }

    pub fn ready(&self, role: Role) -> u32 {
        self.ready.get(&role).copied().unwrap_or(0)
    }

    /// What an observer sees, against the shape that is to be in effect.
    pub fn found(&self) -> Found {
        let short = self.in_effect.allocations.iter().find(|one| self.ready(one.role) < one.instances);
        let wrong = short.filter(|_| self.goal.is_none()).map(|one| Wrong {
            what: format!(
                "{} of {} instances of {} are ready",
                self.ready(one.role),
                one.instances,
                one.role
            ),
            lost: false,
            candidate: None,
        });
        Found { wrong, restarted: Vec::new() }
    }

    pub fn most(&mut self) -> u32 {
        let now = Role::ALL.iter().map(|role| self.wanted(*role)).sum();
        std::mem::replace(&mut self.most, now)
    }

    fn wanted(&self, role: Role) -> u32 {
        let goal = self.goal.as_ref().map_or(0, |(_, shape)| shape.instances(role));
        goal.max(self.in_effect.instances(role))
    }
}
