//! The config of a ladder: steps or a ramp, who comes first, what is compared with, and defaults for all gates.

use schemars::JsonSchema;
use serde::Deserialize;
use sluice_sdk::{Duration, Problem, Watch, Weight};

use crate::{Baseline, Cohort, Ramp, Step};

/// Raises the candidate's share of the traffic step by step.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Ladder {
    /// The steps, with rising weights. A bare weight is a step with the defaults below.
    #[serde(default)]
    #[schemars(length(max = 100))]
    pub steps: Vec<Step>,
    /// In place of steps: a share that rises faster the surer the checks are.
    #[serde(default)]
    pub ramp: Option<Ramp>,
    /// Users known by a header or cookie who come before all others.
    #[serde(default)]
    pub cohort: Option<Cohort>,
    /// A fresh copy of stable with as much traffic as the candidate, to compare with: `true`, or in full.
    #[serde(default, deserialize_with = "crate::baseline::written")]
    pub baseline: Option<Baseline>,
    /// How long each step is held at least.
    #[serde(default = "default_hold")]
    pub hold: Duration,
    /// How many events (requests, as a rule) the candidate must have served in each step.
    #[serde(default)]
    pub min_events: u64,
    /// How long each step may take before the release is rolled back. Without it ten times the hold and 5 minutes.
    #[serde(default)]
    pub deadline: Option<Duration>,
}

/// The most steps that a ladder may have.
const MAX_STEPS: usize = 100;
/// The most instances that a revision may have.
const MAX_INSTANCES: u32 = 1000;

impl Ladder {
    /// What steps leave out.
    pub(crate) fn defaults(&self) -> Watch {
        Watch {
            hold: Some(self.hold),
            min_events: Some(self.min_events),
            deadline: self.deadline,
            ..Watch::default()
        }
    }

    /// Everything that is wrong in a config of the right form, at its place below `place`.
    pub fn problems(&self, place: &str) -> Vec<Problem> {
        let mut problems = self.as_a_whole(place);
        let mut before = Weight::NONE;
        for (index, step) in self.steps.iter().enumerate().take(MAX_STEPS) {
            let place = format!("{place}/steps/{index}");
            if step.weight <= before {
                let message = match before {
                    Weight::NONE => "a step must give the candidate some traffic".to_owned(),
                    before => format!("{} is not above the {before} before it", step.weight),
                };
                problems.push(Problem::new(format!("{place}/weight"), message));
            }
            problems.extend(step.instances.and_then(|count| too_many(count, &place)));
            problems.extend(step.watch.problems_over(&self.defaults(), &place));
            before = before.max(step.weight);
        }
        problems.extend(self.ramp.iter().flat_map(|ramp| ramp.problems(&format!("{place}/ramp"))));
        if let Some(cohort) = &self.cohort {
            let place = format!("{place}/cohort");
            problems.extend(cohort.problems(&place));
            problems.extend(cohort.instances.and_then(|count| too_many(count, &place)));
            problems.extend(cohort.watch().problems_over(&self.defaults(), &place));
        }
        if let Some(baseline) = &self.baseline {
            let place = format!("{place}/baseline");
            problems.extend(baseline.problems(&place));
            problems.extend(baseline.instances.and_then(|count| too_many(count, &place)));
        }
        problems
    }

    fn as_a_whole(&self, place: &str) -> Vec<Problem> {
        let mut problems = Vec::new();
        match (self.steps.len(), &self.ramp) {
            (0, None) => problems.push(Problem::new(place, "there must be `steps` or a `ramp`")),
            (1.., Some(_)) => {
                let message = "there are `steps` already: leave one of both out";
                problems.push(Problem::new(format!("{place}/ramp"), message));
            }
            (count, _) if count > MAX_STEPS => {
                let message = format!("{count} steps are more than the limit of {MAX_STEPS}");
                problems.push(Problem::new(format!("{place}/steps"), message));
            }
            _ => {}
        }
        problems.extend(self.defaults().problems(place));
        problems
    }
}

fn too_many(instances: u32, place: &str) -> Option<Problem> {
    (!(1..=MAX_INSTANCES).contains(&instances)).then(|| {
        let message = format!("{instances} instances are not between 1 and {MAX_INSTANCES}");
        Problem::new(format!("{place}/instances"), message)
    })
}

fn default_hold() -> Duration {
    Duration::minutes(1)
}
