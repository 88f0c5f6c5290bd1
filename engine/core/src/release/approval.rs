//! What an approval is worth: it counts where a step in effect asks for one, by somebody whom it asks.

use thiserror::Error;

use crate::model::shape::Approval;

use super::state::{Move, Phase, State};

/// Why a person's approval does not count.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NotCounted {
    #[error("no step in effect asks for an approval")]
    NotAsked,
    #[error("`{who}` is not in the group `{group}`, whose approval the step `{step}` asks for")]
    NotInGroup { who: String, group: String, step: String, names: Vec<String> },
}

impl NotCounted {
    /// What to do.
    pub fn help(&self) -> String {
        match self {
            Self::NotAsked => "give it once a step asks for it: `sluice show` says what the release waits for".to_owned(),
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
        let step = self.step.as_ref().filter(|_| open).map(|step| &step.step);
        let asked = step.and_then(|step| Some((step, step.gate.approval.as_ref()?)));
        let (step, approval) = asked.ok_or(NotCounted::NotAsked)?;
        if self.is_asked(approval, who) {
            return Ok(());
        }
        let (who, group, step) = (who.to_owned(), approval.group.clone(), step.name.clone());
        let names = self.names_in(&group).map(<[String]>::to_vec).unwrap_or_default();
        Err(NotCounted::NotInGroup { who, group, step, names })
    }

    /// Whether an approval asks this person. One without a group asks anybody.
    pub(super) fn is_asked(&self, approval: &Approval, who: &str) -> bool {
        let anybody = approval.group.is_empty() || self.plan.approvers.is_none();
        let in_group =
            || self.names_in(&approval.group).is_some_and(|names| names.iter().any(|name| name == who));
        anybody || in_group()
    }

    fn names_in(&self, group: &str) -> Option<&[String]> {
        self.plan.approvers.as_ref()?.get(group).map(Vec::as_slice)
    }
}
