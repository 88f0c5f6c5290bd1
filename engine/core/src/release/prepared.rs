//! What was found before anything was done, and who was told of what.

use serde::{Deserialize, Serialize};

use crate::plan::Occasion;

use super::decision::{DEADLINE, Decision, DecisionKind, Reason};
use super::effect::Effect;
use super::state::{Phase, Preparing, State};
use super::waiting::On;

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// `tool terraform`, `environment db`, `query error-ratio of check errors`.
    pub of: String,
    pub grade: Grade,
    pub text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Grade {
    Good,
    /// Not as it should be, or not to be known; the release goes on.
    Doubtful,
    /// The release can not begin.
    Bad,
}

/// One of those who were to be told, and whether it could be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    pub name: String,
    /// Why not; empty if it was done.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub error: String,
}

impl State {
    /// Whether to go on is due to be decided: all was looked at, and whoever must know was told.
    pub(super) fn preparation(&self, now: u64) -> Option<Decision> {
        let Phase::Preparing(Preparing { findings, refused, since }) = &self.phase else { return None };
        let about = "preparation".to_owned();
        let overdue = self.clock(now) >= since.saturating_add(self.plan.deadlines.hold_ms);
        let Some(findings) = findings.as_ref().filter(|_| !self.notice_due(Occasion::Started)) else {
            let reasons = vec![Reason::new(DEADLINE, "the preparation did not end in time")];
            return overdue.then_some(Decision { kind: DecisionKind::Abort, about, reasons });
        };
        let bad = |finding: &&Finding| finding.grade == Grade::Bad;
        let told = |finding: &Finding| Reason::new(finding.of.clone(), finding.text.clone());
        let mut reasons: Vec<Reason> = findings.iter().filter(bad).map(told).collect();
        reasons.extend(refused.iter().cloned());
        if !reasons.is_empty() {
            return Some(Decision { kind: DecisionKind::Abort, about, reasons });
        }
        let doubtful = findings.iter().filter(|finding| finding.grade == Grade::Doubtful).count();
        let open =
            if doubtful > 0 { format!("{doubtful} of them could not be told, ") } else { String::new() };
        let text = format!("{} looked at, {open}nothing in the way", findings.len());
        Some(Decision { kind: DecisionKind::Proceed, about, reasons: vec![Reason::new("engine", text)] })
    }

    pub(super) fn prepared(&mut self, findings: &[Finding]) -> Result<(), String> {
        match &mut self.phase {
            Phase::Preparing(Preparing { findings: found @ None, .. }) => {
                *found = Some(findings.to_vec());
                Ok(())
            }
            _ => Err("nothing was to be looked at".to_owned()),
        }
    }

    /// What is to be told now, if anything.
    pub(super) fn notice(&self) -> Option<Effect> {
        let (occasion, text) = match &self.phase {
            Phase::Preparing(_) => (Occasion::Started, self.plan.about.comment.clone()),
            Phase::Finishing { outcome, reason } => (Occasion::Ended, format!("{outcome}: {reason}")),
            Phase::Retreating(back) if self.generation == 0 && back.told => {
                (Occasion::Ended, format!("{}: {}", back.outcome, back.reason))
            }
            _ => {
                let waiting = self.waiting().filter(|waiting| waiting.on == On::Person)?;
                (Occasion::Waiting, waiting.what)
            }
        };
        let told = occasion == Occasion::Waiting && self.told_waiting == text;
        (self.notice_due(occasion) && !told).then_some(Effect::Notify { occasion, text })
    }

    fn notice_due(&self, occasion: Occasion) -> bool {
        self.plan.stages.tells(occasion) && !self.told.contains(&occasion)
    }

    pub(super) fn notified(&mut self, occasion: Occasion, text: &str, told: &[Told]) -> Result<(), String> {
        if !self.notice_due(occasion) {
            return Err("nobody was to be told".to_owned());
        }
        if occasion == Occasion::Waiting {
            text.clone_into(&mut self.told_waiting);
            return Ok(());
        }
        self.told.insert(occasion);
        let must =
            |name: &str| self.plan.stages.prepare.notify.iter().any(|one| one.required && one.name == name);
        let failed = told.iter().filter(|one| !one.error.is_empty() && must(&one.name));
        let reasons: Vec<Reason> =
            failed.map(|one| Reason::new(format!("notifier {}", one.name), one.error.clone())).collect();
        if let Phase::Preparing(Preparing { refused, .. }) = &mut self.phase {
            *refused = reasons;
        }
        Ok(())
    }
}
