//! What a look at the target shows, held against what was asked of it.

use sluice_core::model::observation::{Found, Restarted, Wrong};
use sluice_core::model::shape::{Shape, Weight};
use sluice_core::release::event::{Event, Purpose};
use sluice_core::release::state::Phase;

use super::{Engine, desired};
use crate::ports::target::{Desired, InstanceStatus, Progress, RevisionStatus, TargetError, TargetStatus};

/// Of how many instances it is told how they ended, and with how many characters: it is told in every round.
const EXITS_TOLD: usize = 8;
const EXIT_CHARACTERS: usize = 300;
/// For how long a shape is on its way before it is told what it waits for; it doubles each time.
const WAIT_TOLD_AFTER_MS: u64 = 5_000;
const MOST_DOUBLED: u32 = 16;
const WAIT_CHARACTERS: usize = 300;

impl Engine {
    /// How the target is, for the round's observations. While a shape is on its way, only [`Engine::seen`] judges it.
    pub(super) fn found(&self, status: &Result<TargetStatus, TargetError>) -> Found {
        let moving = matches!(self.state.phase, Phase::Moving(_));
        match status {
            Ok(status) => Found {
                wrong: if moving { None } else { self.wrong(status) },
                restarted: restarted(status, &self.state.plan.candidate.id),
            },
            Err(error) => {
                let wrong = Wrong { what: error.to_string(), lost: false, candidate: None };
                Found { wrong: (!moving).then_some(wrong), restarted: Vec::new() }
            }
        }
    }

    /// Where the target is not as the shape in effect has it.
    fn wrong(&self, status: &TargetStatus) -> Option<Wrong> {
        let candidate = status.revisions.iter().find(|one| one.revision.id == self.state.plan.candidate.id);
        let candidate = Some(candidate.map_or(Weight::NONE, |one| one.weight));
        let lost = |what: String| Some(Wrong { what, lost: true, candidate });
        if let Some(other) = self.other_order(status, self.state.generation) {
            return lost(other);
        }
        match &status.progress {
            Progress::Failed { error } => return lost(error.clone()),
            Progress::Settling { waiting_for } => {
                let what = format!("the target waits for {waiting_for}");
                return Some(Wrong { what, lost: false, candidate });
            }
            Progress::Settled => {}
        }
        let purpose = Purpose::Repair;
        self.differs(status, &self.state.shape, &purpose)
            .and_then(lost)
            .or_else(|| self.short(status).map(|(what, lost)| Wrong { what, lost, candidate }))
    }

    /// A revision with fewer instances than the shape has, and whether they are not even on their way.
    fn short(&self, status: &TargetStatus) -> Option<(String, bool)> {
        let shape = &self.state.shape;
        let wanted = desired(&self.state.plan, &self.release, (0, ""), shape, &Purpose::Repair).ok()?;
        wanted.revisions.iter().find_map(|one| {
            let seen = status.revisions.iter().find(|seen| seen.revision.id == one.revision.id)?;
            let count = |of: fn(&InstanceStatus) -> bool| seen.instances.iter().filter(|one| of(one)).count();
            let (all, ready) = (count(|_| true), count(|instance| instance.ready));
            let missing = usize::try_from(one.instances).unwrap_or(usize::MAX);
            let version = &one.revision.version;
            let what = format!("revision `{version}` has {ready} of {missing} instances ready");
            (ready < missing).then_some((what, all < missing))
        })
    }

    /// What the target has accepted, if it is not what it was asked for.
    fn other_order(&self, status: &TargetStatus, generation: u64) -> Option<String> {
        let asked = (self.release.as_str(), generation);
        ((status.release.as_str(), status.generation) != asked).then(|| {
            format!(
                "the target has generation {} of release `{}`, not what it was asked for",
                status.generation, status.release
            )
        })
    }

    /// What a look at the target says of the shape on its way; nothing while it is still on its way.
    pub(super) fn seen(&self, generation: u64, status: Result<TargetStatus, TargetError>) -> Option<Event> {
        let Phase::Moving(moving) = &self.state.phase else { return None };
        let failed = |error: String, last: bool| Some(Event::ShapeFailed { generation, error, last });
        let status = match status {
            Ok(status) => status,
            Err(error) => return failed(error.to_string(), false),
        };
        if let Some(error) = self.other_order(&status, generation) {
            return failed(error, false);
        }
        match &status.progress {
            Progress::Settling { waiting_for } => self.awaits(generation, waiting_for),
            Progress::Failed { error } => failed(error.clone(), true),
            Progress::Settled => match self.differs(&status, &moving.shape, &moving.purpose) {
                Some(difference) => failed(difference, false),
                None => Some(Event::ShapeApplied { generation }),
            },
        }
    }

    /// What the target waits for, where it has waited for a while and says something new; told ever more rarely.
    fn awaits(&self, generation: u64, waiting_for: &str) -> Option<Event> {
        let Phase::Moving(moving) = &self.state.phase else { return None };
        let (last, told) = moving.waits.as_ref().map_or(("", 0), |(last, told)| (last, *told));
        let waits_for: String = waiting_for.chars().take(WAIT_CHARACTERS).collect();
        let due = moving.since + (WAIT_TOLD_AFTER_MS << told.min(MOST_DOUBLED));
        let new = self.state.clock(self.now()) >= due && last != waits_for;
        new.then_some(Event::ShapeAwaited { generation, waits_for })
    }

    /// Where a settled target is not what was asked for.
    fn differs(&self, status: &TargetStatus, shape: &Shape, purpose: &Purpose) -> Option<String> {
        let wanted =
            desired(&self.state.plan, &self.release, (status.generation, ""), shape, purpose).ok()?;
        let missing = wanted.revisions.iter().find_map(|wanted| {
            let seen = status.revisions.iter().find(|seen| seen.revision.id == wanted.revision.id);
            let version = &wanted.revision.version;
            match seen {
                None if wanted.instances > 0 => Some(format!("revision `{version}` is not there")),
                Some(seen) if seen.weight != wanted.weight => Some(format!(
                    "revision `{version}` has {} of the traffic, not {}",
                    seen.weight, wanted.weight
                )),
                _ => None,
            }
        });
        missing.or_else(|| unwanted(status, &wanted)).or_else(|| other_stable(status, &wanted))
    }
}

/// A revision that users still reach and should not.
fn unwanted(status: &TargetStatus, wanted: &Desired) -> Option<String> {
    let is_wanted = |id: &str| wanted.revisions.iter().any(|one| one.revision.id == id);
    let mut reached = status.revisions.iter().filter(|seen| seen.weight > Weight::NONE);
    let seen = reached.find(|seen| !is_wanted(&seen.revision.id))?;
    Some(format!("revision `{}` still has {} of the traffic", seen.revision.version, seen.weight))
}

/// What the next release would start from, if it is not what this one leaves.
fn other_stable(status: &TargetStatus, wanted: &Desired) -> Option<String> {
    let seen = status.stable.as_ref().map(|revision| revision.id.as_str());
    let named = |id: Option<&str>| id.map_or("nothing".to_owned(), |id| format!("`{id}`"));
    let wanted = wanted.stable.as_deref();
    (seen != wanted).then(|| format!("the target keeps {} as stable, not {}", named(seen), named(wanted)))
}

/// The candidate's instances that ended and were started again.
fn restarted(status: &TargetStatus, candidate: &str) -> Vec<Restarted> {
    let of_candidate = status.revisions.iter().filter(|one| one.revision.id == candidate);
    let instances = of_candidate.flat_map(|one: &RevisionStatus| &one.instances);
    let told = |(index, one): (usize, &InstanceStatus)| {
        let exit = if index < EXITS_TOLD { one.last_exit.as_str() } else { "" };
        let last_exit = exit.chars().take(EXIT_CHARACTERS).collect();
        Restarted { instance: one.id.clone(), times: one.restarts, last_exit }
    };
    instances.filter(|one| one.restarts > 0).enumerate().map(told).collect()
}
