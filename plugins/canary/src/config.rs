//! The canary's config: steps in full or as bare weights, with defaults for all of them.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use sluice_sdk::{Duration, Problem, Weight};

/// Raises the candidate's share of the traffic step by step.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Canary {
    /// The steps, with rising weights. A bare weight is a step with the defaults below.
    #[schemars(length(min = 1, max = 100))]
    pub steps: Vec<Step>,
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

/// One step. What it leaves out is as at the top level.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    pub weight: Weight,
    pub hold: Option<Duration>,
    pub min_events: Option<u64>,
    pub checks: Vec<String>,
    pub instances: Option<u32>,
    pub pause: Option<Pause>,
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

/// A step of the canary.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "FullStep")]
struct Full {
    /// The candidate's share of the traffic, above that of the step before.
    weight: Weight,
    /// How long the step is held at least.
    hold: Option<Duration>,
    /// How many events the candidate must have served in the step.
    min_events: Option<u64>,
    /// Names of the checks that must pass; empty for all.
    #[serde(default)]
    checks: Vec<String>,
    /// The least number of candidate instances. Without it there are as many as the weight needs.
    #[schemars(range(min = 1, max = 1000))]
    instances: Option<u32>,
    /// Waits for a person's approval before the next step.
    pause: Option<Pause>,
    /// How long the step may take before the release is rolled back.
    deadline: Option<Duration>,
}

struct Written;

/// The most steps that a canary may have.
const MAX_STEPS: usize = 100;
/// The most instances that a revision may have.
const MAX_INSTANCES: u32 = 1000;

/// Everything that is wrong in a config of the right form.
pub fn problems(canary: &Canary) -> Vec<Problem> {
    let mut problems = Vec::new();
    if canary.steps.is_empty() {
        problems.push(Problem::new("/steps", "a canary needs at least one step"));
    }
    if canary.steps.len() > MAX_STEPS {
        let message = format!("{} steps are more than the limit of {MAX_STEPS}", canary.steps.len());
        problems.push(Problem::new("/steps", message));
    }
    if let Some(deadline) = canary.deadline.filter(|deadline| *deadline <= canary.hold) {
        problems.push(Problem::new("/deadline", too_short(deadline, canary.hold)));
    }
    let mut before = Weight::NONE;
    for (index, step) in canary.steps.iter().enumerate().take(MAX_STEPS) {
        step_problems(canary, step, before, &format!("/steps/{index}"), &mut problems);
        before = before.max(step.weight);
    }
    problems
}

fn step_problems(canary: &Canary, step: &Step, before: Weight, place: &str, problems: &mut Vec<Problem>) {
    if step.weight <= before {
        let message = match before {
            Weight::NONE => "a step must give the candidate some traffic".to_owned(),
            before => format!("{} is not above the {before} before it", step.weight),
        };
        problems.push(Problem::new(format!("{place}/weight"), message));
    }
    if let Some(instances) = step.instances.filter(|count| !(1..=MAX_INSTANCES).contains(count)) {
        let message = format!("{instances} instances are not between 1 and {MAX_INSTANCES}");
        problems.push(Problem::new(format!("{place}/instances"), message));
    }
    if step.pause.as_ref().is_some_and(|pause| pause.deadline == Duration::ZERO) {
        problems.push(Problem::new(format!("{place}/pause/deadline"), "nobody can approve in no time"));
    }
    let hold = step.hold.unwrap_or(canary.hold);
    if let Some(deadline) = step.deadline.filter(|deadline| *deadline <= hold) {
        problems.push(Problem::new(format!("{place}/deadline"), too_short(deadline, hold)));
    } else if let (None, Some(hold), Some(deadline)) = (step.deadline, step.hold, canary.deadline)
        && deadline <= hold
    {
        problems.push(Problem::new(format!("{place}/hold"), too_short(deadline, hold)));
    }
}

fn too_short(deadline: Duration, hold: Duration) -> String {
    format!("the deadline of {deadline} leaves no time after the hold of {hold}")
}

fn default_hold() -> Duration {
    Duration::minutes(1)
}

fn default_pause() -> Duration {
    Duration::hours(24)
}

impl Step {
    fn bare(weight: Weight) -> Self {
        Self {
            weight,
            hold: None,
            min_events: None,
            checks: Vec::new(),
            instances: None,
            pause: None,
            deadline: None,
        }
    }
}

impl From<Full> for Step {
    fn from(full: Full) -> Self {
        let Full { weight, hold, min_events, checks, instances, pause, deadline } = full;
        Self { weight, hold, min_events, checks, instances, pause, deadline }
    }
}

// By hand, since an untagged enum would tell of a wrong step only that it is one.
impl<'de> Visitor<'de> for Written {
    type Value = Step;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a weight such as 5, or a step such as {weight: 5, hold: 2m}")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Step, A::Error> {
        Full::deserialize(MapAccessDeserializer::new(map)).map(Into::into)
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Step, E> {
        Weight::deserialize(de::value::F64Deserializer::new(value)).map(Step::bare)
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Step, E> {
        self.visit_f64(value as f64)
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Step, E> {
        self.visit_f64(value as f64)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Step, E> {
        Weight::deserialize(de::value::StrDeserializer::new(text)).map(Step::bare)
    }
}

impl<'de> Deserialize<'de> for Step {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Written)
    }
}

impl JsonSchema for Step {
    fn schema_name() -> Cow<'static, str> {
        "Step".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let bare = generator.subschema_for::<Weight>();
        let full = generator.subschema_for::<Full>();
        json_schema!({ "description": "A bare weight, or a step in full.", "anyOf": [bare, full] })
    }
}
