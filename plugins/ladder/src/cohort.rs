//! Users known by a header or cookie who reach the candidate before all others, and keep it.

use schemars::JsonSchema;
use serde::Deserialize;
use sluice_sdk::{Audience, Duration, Marked, Pause, Problem, Watch};

/// Users known by a header or cookie who come before all others.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Cohort {
    /// Users whose requests have this header; or `cookie`.
    #[serde(default)]
    pub header: Option<Marked>,
    /// Users whose requests have this cookie; or `header`.
    #[serde(default)]
    pub cookie: Option<Marked>,
    /// How many candidate instances they have. Without it, one.
    #[serde(default)]
    #[schemars(range(min = 1, max = 1000))]
    pub instances: Option<u32>,
    /// How long they are alone with the candidate at least.
    #[serde(default)]
    pub hold: Option<Duration>,
    /// How many events the candidate must have served meanwhile.
    #[serde(default)]
    pub min_events: Option<u64>,
    /// Names of the checks that must pass; empty for all.
    #[serde(default)]
    pub checks: Vec<String>,
    /// Waits for a person's approval before anybody else follows.
    #[serde(default)]
    pub pause: Option<Pause>,
    /// How long this may take before the release is rolled back.
    #[serde(default)]
    pub deadline: Option<Duration>,
}

impl Cohort {
    /// Who they are; nothing in a config that has problems.
    pub fn audience(&self) -> Option<Audience> {
        let header = self.header.clone().map(Audience::Header);
        header.or_else(|| self.cookie.clone().map(Audience::Cookie))
    }

    pub(crate) fn watch(&self) -> Watch {
        Watch {
            hold: self.hold,
            min_events: self.min_events,
            checks: self.checks.clone(),
            pause: self.pause.clone(),
            deadline: self.deadline,
        }
    }

    pub(crate) fn problems(&self, place: &str) -> Vec<Problem> {
        match (&self.header, &self.cookie) {
            (None, None) => vec![Problem::new(place, "there must be a `header` or a `cookie`")],
            (Some(_), Some(_)) => {
                let message = "there is a `header` already: leave one of both out";
                vec![Problem::new(format!("{place}/cookie"), message)]
            }
            _ => self.audience().map(|audience| audience.problems(place)).unwrap_or_default(),
        }
    }
}
