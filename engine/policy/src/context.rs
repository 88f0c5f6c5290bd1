//! The context: everything that rules can see of a release at one moment. It is data, and can be kept.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sluice_core::model::observation::Quality;
use sluice_core::model::shape::{Role, Shape};
use sluice_core::model::verdict::{Judgement, Verdict};

/// The version of what rules can see. Fields may be added to it; none is taken away or changes its kind.
pub const CONTEXT_VERSION: u32 = 1;

/// The facts of one moment.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Context {
    pub release: ReleaseFacts,
    /// The shape in effect.
    pub current: ShapeFacts,
    /// The shape that is asked for; the one in effect where none is.
    pub proposed: ShapeFacts,
    pub step: StepFacts,
    pub plan: PlanFacts,
    /// Releases of the same service that were before, the latest first.
    pub recent: Vec<RecentFacts>,
    /// Releases of other services that are under way.
    pub others: Vec<OtherFacts>,
    /// The last verdict of each check, by its name.
    pub checks: BTreeMap<String, CheckFacts>,
    /// What was measured, as `check.measurement`; nothing where there is no number to go by.
    pub metrics: BTreeMap<String, Option<f64>>,
    /// The approvals that people gave to this release.
    pub approvals: Vec<ApprovalFacts>,
    /// Milliseconds since 1970. One moment for all rules of one decision.
    pub now: u64,
    /// Who overrides the plan; empty at other moments.
    #[serde(rename = "override")]
    pub by: OverrideFacts,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ReleaseFacts {
    pub service: String,
    pub environment: String,
    pub labels: BTreeMap<String, String>,
    /// Version of the candidate.
    pub version: String,
    /// Version of the stable revision; empty for a first deployment.
    pub stable_version: String,
    /// The strategy: the name of a shipped one, the path of another.
    pub strategy: String,
    pub comment: String,
    pub who: String,
    /// What it is made for, as the workflow's `record.tickets` says.
    pub tickets: Vec<String>,
    /// Whether nothing was served before.
    pub first: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ShapeFacts {
    pub stable: RevisionFacts,
    pub candidate: RevisionFacts,
    pub baseline: RevisionFacts,
}

/// A revision that has no part in a shape has no weight and no instances.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RevisionFacts {
    /// Percent of traffic.
    pub weight: f64,
    pub instances: u32,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StepFacts {
    /// Name of the step in effect; empty before the first.
    pub name: String,
    /// How many steps were completed.
    pub index: u32,
    /// Time in this step.
    pub seconds: f64,
    /// Time during which users reached the candidate and it was observed, since the release began.
    pub observed_seconds: f64,
}

/// What the release is going to do beside its steps.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PlanFacts {
    /// Kind of the target.
    pub target: String,
    /// Instances of the candidate at full traffic.
    pub instances: u32,
    /// The candidate's variable `IMAGE`; empty where it has none.
    pub image: String,
    /// Names of the health checks.
    pub checks: Vec<String>,
    /// The rollback plugin: the name of a shipped one, the path of another.
    pub rollback: String,
    /// Names of the approvals before anything is done.
    pub approvals: Vec<String>,
    /// Names of the jobs of the test stage.
    pub tests: Vec<String>,
    /// Names of the smoke tests.
    pub smoke: Vec<String>,
    /// Names of those who are told.
    pub notified: Vec<String>,
    /// Time under watch at full traffic.
    pub monitor_seconds: f64,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RecentFacts {
    pub version: String,
    /// `promoted`, `rolled back`, `aborted`, `refused` or `abandoned`.
    pub outcome: String,
    pub who: String,
    /// Milliseconds since 1970.
    pub began: u64,
    pub ended: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OtherFacts {
    pub service: String,
    pub environment: String,
    pub version: String,
    pub who: String,
    pub labels: BTreeMap<String, String>,
    /// Milliseconds since 1970.
    pub began: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckFacts {
    pub verdict: Verdict,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<f64>,
    #[serde(default)]
    pub reason: String,
    /// What the verdict rests on; nothing where there is no number to go by.
    #[serde(default)]
    pub values: BTreeMap<String, Option<f64>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ApprovalFacts {
    pub who: String,
    /// The group for which they approved; empty where none was asked for.
    pub group: String,
    pub comment: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OverrideFacts {
    pub who: String,
    pub comment: String,
}

impl Context {
    /// Adds the verdicts of a round, and what they rest on as metrics.
    #[must_use]
    pub fn judged<'a>(mut self, judgements: impl IntoIterator<Item = &'a Judgement>) -> Self {
        for judgement in judgements {
            let facts = CheckFacts::from(judgement);
            for (name, value) in &facts.values {
                self.metrics.insert(format!("{}.{name}", judgement.check), *value);
            }
            self.checks.insert(judgement.check.clone(), facts);
        }
        self
    }
}

impl From<&Shape> for ShapeFacts {
    fn from(shape: &Shape) -> Self {
        let of =
            |role| RevisionFacts { weight: shape.weight(role).percent(), instances: shape.instances(role) };
        Self { stable: of(Role::Stable), candidate: of(Role::Candidate), baseline: of(Role::Baseline) }
    }
}

impl From<&Judgement> for CheckFacts {
    fn from(judgement: &Judgement) -> Self {
        let value = |quality: Quality, value: Option<f64>| {
            value.filter(|value| quality == Quality::Value && value.is_finite())
        };
        let measurements = judgement.measurements.iter();
        Self {
            verdict: judgement.verdict,
            score: judgement.score,
            reason: judgement.reason.clone(),
            values: measurements.map(|one| (one.name.clone(), value(one.quality, one.value))).collect(),
        }
    }
}
