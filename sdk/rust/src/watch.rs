//! A gate as it stands in a config: how long a step is held, and what must have been seen by then.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::{Approval, Duration, Gate, Problem};

/// How a step is watched.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Watch {
    /// How long the step is held at least.
    #[serde(default)]
    pub hold: Option<Duration>,
    /// How many events (requests, as a rule) the candidate must have served in the step.
    #[serde(default)]
    pub min_events: Option<u64>,
    /// Names of the checks that must pass; empty for all.
    #[serde(default)]
    pub checks: Vec<String>,
    /// Waits for a person's approval before the next step.
    #[serde(default)]
    pub pause: Option<Pause>,
    /// How long the step may take before the release is rolled back. Without it ten times the hold and 5 minutes.
    #[serde(default)]
    pub deadline: Option<Duration>,
}

/// Waits for a person's approval before the next step.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Pause {
    /// What the person is told.
    #[serde(default)]
    pub message: String,
    /// Who may approve; empty for anybody.
    #[serde(default)]
    pub group: String,
    /// How long the approval is waited for, beyond the step's own deadline.
    #[serde(default = "default_pause")]
    pub deadline: Duration,
}

/// How long a step is held that says nothing of it.
const HOLD: Duration = Duration::minutes(1);

impl Watch {
    /// What is left out here is as there; checks and pauses are each step's own.
    #[must_use]
    pub fn or(&self, defaults: &Self) -> Self {
        Self {
            hold: self.hold.or(defaults.hold),
            min_events: self.min_events.or(defaults.min_events),
            deadline: self.deadline.or(defaults.deadline),
            ..self.clone()
        }
    }

    pub fn hold(&self) -> Duration {
        self.hold.unwrap_or(HOLD)
    }

    /// The gate of the step of this name.
    pub fn gate(&self, step: &str) -> Gate {
        let mut gate = Gate::after(self.hold()).min_events(self.min_events.unwrap_or(0)).checks(&self.checks);
        if let Some(deadline) = self.deadline {
            gate = gate.deadline(deadline);
        }
        match &self.pause {
            Some(pause) => gate.approval(pause.approval(step)),
            None => gate,
        }
    }

    /// The gate of a step that exposes nobody: without named checks none is asked.
    pub fn unexposed_gate(&self, step: &str) -> Gate {
        let gate = self.gate(step);
        if self.checks.is_empty() { gate.unchecked() } else { gate }
    }

    /// What is wrong with it, where it stands.
    pub fn problems(&self, place: &str) -> Vec<Problem> {
        self.problems_over(&Self::default(), place)
    }

    /// The same where these defaults stand for what it leaves out; what is wrong in them alone is not told here.
    pub fn problems_over(&self, defaults: &Self, place: &str) -> Vec<Problem> {
        let mut problems = Vec::new();
        if self.pause.as_ref().is_some_and(|pause| pause.deadline == Duration::ZERO) {
            problems.push(Problem::new(format!("{place}/pause/deadline"), "nobody can approve in no time"));
        }
        let hold = self.or(defaults).hold();
        let (key, deadline) = match (self.deadline, self.hold) {
            (Some(deadline), _) => ("deadline", Some(deadline)),
            (None, Some(_)) => ("hold", defaults.deadline),
            (None, None) => ("", None),
        };
        if let Some(deadline) = deadline.filter(|deadline| *deadline <= hold) {
            problems.push(Problem::new(format!("{place}/{key}"), too_short(deadline, hold)));
        }
        problems
    }
}

impl Pause {
    fn approval(&self, step: &str) -> Approval {
        let message = match self.message.as_str() {
            "" => format!("approve the step after {step}"),
            message => message.to_owned(),
        };
        Approval { group: self.group.clone(), message, deadline: self.deadline }
    }
}

/// Why a deadline is none.
fn too_short(deadline: Duration, hold: Duration) -> String {
    format!("the deadline of {deadline} leaves no time after the hold of {hold}")
}

fn default_pause() -> Duration {
    Duration::hours(24)
}

#[cfg(test)]
mod tests {
    use super::Watch;
    use crate::Duration;

    fn read(json: &str) -> Watch {
        serde_json::from_str(json).expect(json)
    }

    #[test]
    fn what_is_left_out_is_as_in_the_defaults() {
        let defaults = read(r#"{"hold": "2m", "min-events": 100, "checks": ["errors"]}"#);
        let gate = read(r#"{"min-events": 7}"#).or(&defaults).gate("5 %");
        assert_eq!((gate.min_time, gate.min_events), (Duration::minutes(2), 7));
        assert_eq!((gate.checks.len(), gate.deadline), (0, Duration::minutes(25)));
    }

    #[test]
    fn a_step_that_exposes_nobody_asks_only_the_checks_that_it_names() {
        assert!(read("{}").unexposed_gate("green").unchecked);
        assert!(!read(r#"{"checks": ["smoke"]}"#).unexposed_gate("green").unchecked);
        assert!(!read("{}").gate("100 %").unchecked);
    }

    #[test]
    fn problems_have_their_place() {
        let wrong = read(r#"{"hold": "5m", "deadline": "5m", "pause": {"deadline": "0s"}}"#);
        let places: Vec<_> = wrong.problems("/preview").into_iter().map(|one| one.path).collect();
        assert_eq!(places, ["/preview/pause/deadline", "/preview/deadline"]);
        assert_eq!(read("{}").problems(""), []);
        let defaults = read(r#"{"deadline": "2m"}"#);
        assert_eq!(read("{}").problems_over(&defaults, ""), []);
        assert_eq!(read(r#"{"hold": "2m"}"#).problems_over(&defaults, "/steps/0")[0].path, "/steps/0/hold");
    }
}
