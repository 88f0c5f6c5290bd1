//! The plugin's config: the limits, and the way back.

use schemars::JsonSchema;
use serde::Deserialize;
use sluice_batches::Bounds;
use sluice_sdk::{Amount, Duration, Problem, Weight};

/// Rolls back when checks fail in a row, too often, or say nothing for too long.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct OnFailure {
    /// So many failed rounds in a row roll back. A round fails when any check fails.
    #[serde(default = "default_consecutive")]
    #[schemars(range(min = 1))]
    pub consecutive: u32,
    /// So many failed rounds in the whole release roll back, however far apart. Without it there is no such limit.
    #[serde(default)]
    #[schemars(range(min = 1))]
    pub total: Option<u32>,
    /// So many rounds in a row without a verdict roll back. Without it the step holds until its deadline.
    #[serde(default)]
    #[schemars(range(min = 1))]
    pub inconclusive: Option<u32>,
    /// What a check means that could not run: it trapped, ran out of time, or answered nonsense.
    #[serde(default)]
    pub errors: Errors,
    /// The way back.
    #[serde(default)]
    pub how: How,
}

/// What a check means that could not run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Errors {
    /// It counts as a round without a verdict.
    #[default]
    AsInconclusive,
    /// It counts as a failed round.
    AsFailures,
}

/// The way back.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum How {
    /// To stable alone at once.
    #[default]
    Immediate,
    /// By falling weights, for a stable revision that can not take all traffic at once.
    Stepwise(Stepwise),
    /// By batches of instances, for a release that replaced them in batches: stable's are started again before the
    /// candidate's go. It takes at most 60 batches; what is left then goes at once.
    Batches(Batches),
}

/// The weights on the way back.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Stepwise {
    /// The candidate's shares on the way back, falling; those not below its share by then are left out. Without it
    /// the share is halved until it is below 1 %.
    #[serde(default)]
    #[schemars(length(max = 20))]
    pub weights: Vec<Weight>,
    /// How long each of them is held.
    #[serde(default = "default_hold")]
    pub hold: Duration,
}

/// The batches on the way back, as `rolling` has them on the way there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Batches {
    /// How many instances a batch brings back at most, as a number or a share (rounded up); a quarter where it is
    /// not said.
    #[serde(default)]
    pub window: Option<Amount>,
    /// How many instances more than the full size there may be at once, as a number or a share (rounded up); a
    /// quarter where it is not said.
    #[serde(default)]
    pub max_surge: Option<Amount>,
    /// How many instances fewer than the full size there may be at once, as a number or a share (rounded down); none
    /// where it is not said.
    #[serde(default)]
    pub max_unavailable: Option<Amount>,
    /// How long each batch is held.
    #[serde(default = "no_time")]
    pub hold: Duration,
}

impl Batches {
    pub fn bounds(&self) -> Bounds {
        let quarters = Bounds::default();
        Bounds {
            window: self.window.unwrap_or(quarters.window),
            max_surge: self.max_surge.unwrap_or(quarters.max_surge),
            max_unavailable: self.max_unavailable.unwrap_or(quarters.max_unavailable),
        }
    }
}

/// The most weights on the way back.
const MAX_WEIGHTS: usize = 20;

/// Everything that is wrong in a config of the right form.
pub fn problems(config: &OnFailure) -> Vec<Problem> {
    let mut problems = Vec::new();
    let limits = [
        ("/consecutive", Some(config.consecutive)),
        ("/total", config.total),
        ("/inconclusive", config.inconclusive),
    ];
    for (place, _) in limits.iter().filter(|(_, limit)| *limit == Some(0)) {
        problems.push(Problem::new(*place, "must be at least 1"));
    }
    if let Some(total) = config.total.filter(|total| *total < config.consecutive) {
        let message =
            format!("{total} failed rounds in all are reached before {} in a row", config.consecutive);
        problems.push(Problem::new("/total", message));
    }
    match &config.how {
        How::Immediate => {}
        How::Stepwise(stepwise) => stepwise_problems(stepwise, &mut problems),
        How::Batches(batches) => problems.extend(batches.bounds().problems("/how/batches")),
    }
    problems
}

fn stepwise_problems(stepwise: &Stepwise, problems: &mut Vec<Problem>) {
    let weights = &stepwise.weights;
    if weights.len() > MAX_WEIGHTS {
        let message = format!("{} weights are more than the limit of {MAX_WEIGHTS}", weights.len());
        problems.push(Problem::new("/how/stepwise/weights", message));
    }
    for (index, pair) in weights.windows(2).enumerate().take(MAX_WEIGHTS) {
        if let [before, weight] = pair
            && weight >= before
        {
            let message = format!("{weight} is not below the {before} before it");
            problems.push(Problem::new(format!("/how/stepwise/weights/{}", index + 1), message));
        }
    }
}

fn default_consecutive() -> u32 {
    2
}

fn no_time() -> Duration {
    Duration::ZERO
}

fn default_hold() -> Duration {
    Duration::seconds(30)
}
