//! What an approval is worth: it counts where a step in effect asks for one, by somebody whom it asks.

use thiserror::Error;

use crate::model::shape::Approval;
use crate::plan::Work;

use super::state::{Move, Phase, State, Word};

/// The most approvals that are kept of one step.
const MAX_APPROVALS: usize = 64;

/// Why a person's approval does not count.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NotCounted {
    #[error("nothing asks for such an approval now")]
    NotAsked,
    #[error("`{who}` is not in the group `{group}`, whose approval {step} asks for")]
    NotInGroup { who: String, group: String, step: String, names: Vec<String> },
    #[error("`{who}` is in no group of the workflow's `approvers`, and rules ask for approvals of a group")]
    InNoGroup { who: String, groups: Vec<String> },
}

impl NotCounted {
    /// What to do.
    pub fn help(&self) -> String {
        match self {
            Self::NotAsked => "give it once a step asks for it: `sluice show` says what the release waits for".to_owned(),
            Self::InNoGroup { groups, .. } if groups.is_empty() => {
                "`approvers` names nobody: go back with `sluice abort`, and name somebody".to_owned()
            }
            Self::InNoGroup { groups, .. } => format!("ask somebody in {}", groups.join(" or ")),
            Self::NotInGroup { names, .. } if names.is_empty() => {
                "nobody is in it: go back with `sluice abort`, and name somebody in the workflow's `approvers`".to_owned()
            }
            Self::NotInGroup { names, .. } => {
                let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
                format!("ask one of {}", names.join(", "))
            }
        }
    }
}

impl State {
    /// Whether this person's approval counts now.
    pub fn may_approve(&self, who: &str) -> Result<(), NotCounted> {
        let open = match &self.phase {
            Phase::Gated => true,
            Phase::Moving(Move { then: Some(then), .. }) => matches!(**then, Phase::Gated),
            _ => false,
        };
        if !self.acceptances().is_empty() {
            return self.may_accept(None, who);
        }
        if self.is_held_by_rules() {
            return self.may_approve_rules(who);
        }
        let step = self.step.as_ref().filter(|_| open).map(|step| &step.step);
        let asked = step.and_then(|step| Some((step, step.gate.approval.as_ref()?)));
        let (step, approval) = asked.ok_or(NotCounted::NotAsked)?;
        if self.is_asked(approval, who) {
            return Ok(());
        }
        let step = format!("the step `{}`", step.name);
        let (who, group) = (who.to_owned(), approval.group.clone());
        let names = self.names_in(&group).map(<[String]>::to_vec).unwrap_or_default();
        Err(NotCounted::NotInGroup { who, group, step, names })
    }

    /// The groups that a person approves for.
    pub fn groups_of(&self, who: &str) -> Vec<&str> {
        let approvers = self.plan.approvers.iter().flatten();
        let of = approvers.filter(|(_, names)| names.iter().any(|name| name == who));
        of.map(|(group, _)| group.as_str()).collect()
    }

    /// Whether the next shape waits for rules that refuse it, which approvals may let pass.
    pub fn is_held_by_rules(&self) -> bool {
        matches!(&self.phase, Phase::Between(between) if between.is_refused())
    }

    /// What rules ask for is theirs to say; anybody who approves for some group is heard.
    fn may_approve_rules(&self, who: &str) -> Result<(), NotCounted> {
        let heard = self.plan.approvers.is_none() || !self.groups_of(who).is_empty();
        let groups = self.plan.approvers.iter().flatten().map(|(group, _)| group.clone()).collect();
        if heard { Ok(()) } else { Err(NotCounted::InNoGroup { who: who.to_owned(), groups }) }
    }

    /// Notes how long the approval was waited for: a time that the step need not give account of.
    pub(super) fn no_longer_awaited(&mut self, clock: u64) {
        if let Some(step) = &mut self.step
            && let Some(since) = step.awaiting_since
        {
            step.awaited_ms = clock.saturating_sub(since);
        }
    }

    /// Takes an approval in: by the gate that asks for it, and for the rules, which count people.
    pub(super) fn approved(&mut self, word: Word) {
        let clock = self.clock(word.at);
        if self.may_approve(&word.who).is_err() {
            return;
        }
        let known = self.approvals.iter().any(|one| one.who == word.who);
        if !known && self.approvals.len() < MAX_APPROVALS {
            self.approvals.push(word.clone());
        }
        if let Phase::Between(between) = &mut self.phase {
            // The rules are asked again at once.
            between.retry_at = 0;
            // What is still awaited is theirs to say.
            between.refused.iter_mut().for_each(|rule| rule.awaits = None);
        } else if let Some(step) = &mut self.step {
            step.approved.get_or_insert(word);
            self.no_longer_awaited(clock);
        }
    }

    /// Whether this person's word accepts a job: the one of this name, or the only one that is waited for.
    pub fn may_accept(&self, job: Option<&str>, who: &str) -> Result<(), NotCounted> {
        let open = self.acceptances();
        let named: Vec<_> = open.iter().filter(|(_, one)| job.is_none_or(|name| name == one.name)).collect();
        let [(_, job)] = named.as_slice() else { return Err(NotCounted::NotAsked) };
        let Work::Accept { group, .. } = &job.work else { return Err(NotCounted::NotAsked) };
        if self.is_in(group, who) {
            return Ok(());
        }
        let step = format!("`{}`", job.name);
        let (who, group) = (who.to_owned(), group.clone());
        let names = self.names_in(&group).map(<[String]>::to_vec).unwrap_or_default();
        Err(NotCounted::NotInGroup { who, group, step, names })
    }

    /// Whether an approval asks this person. One without a group asks anybody.
    pub(super) fn is_asked(&self, approval: &Approval, who: &str) -> bool {
        self.is_in(&approval.group, who)
    }

    fn is_in(&self, group: &str, who: &str) -> bool {
        let anybody = group.is_empty() || self.plan.approvers.is_none();
        anybody || self.names_in(group).is_some_and(|names| names.iter().any(|name| name == who))
    }

    fn names_in(&self, group: &str) -> Option<&[String]> {
        self.plan.approvers.as_ref()?.get(group).map(Vec::as_slice)
    }
}
