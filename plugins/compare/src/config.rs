//! The config: metrics with their weights, and the scores that pass.

use schemars::JsonSchema;
use serde::Deserialize;
use sluice_arms::{Against, Worse, asked, budget_problem, name_problem, role_problem, unsure};
use sluice_sdk::{Duration, Problem, Query, Range, Role};

/// Compares the candidate's metrics with a baseline's or stable's, into a score.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Compare {
    /// What is compared.
    #[schemars(length(min = 1, max = 30))]
    pub metrics: Vec<Metric>,
    /// What the candidate is compared with.
    #[serde(default)]
    pub against: Against,
    /// How far back samples are taken.
    #[serde(default = "default_window")]
    pub window: Duration,
    /// The time between two samples. Where a query looks back further than this, its samples are not independent.
    #[serde(default = "default_step")]
    pub step: Duration,
    /// So many samples of each revision are needed, else the metric says nothing.
    #[serde(default = "default_samples")]
    #[schemars(range(min = 4))]
    pub min_samples: u32,
    /// How sure a regression must be to count, for one look at one metric.
    #[serde(default = "default_confidence")]
    #[schemars(range(min = 0, max = 1))]
    pub confidence: f64,
    /// The score from which the check passes: the share of the metrics, by weight, that did not regress.
    #[serde(default = "default_pass")]
    #[schemars(range(min = 0, max = 1))]
    pub pass: f64,
    /// The score from which it warns; below it fails.
    #[serde(default = "default_marginal")]
    #[schemars(range(min = 0, max = 1))]
    pub marginal: f64,
}

/// One metric of both revisions.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Metric {
    /// What it is called in verdicts: `p99`.
    pub name: String,
    /// The PromQL expression, with one series as its answer; `$role` stands for the revision.
    pub expr: String,
    /// Which way a difference is a regression.
    #[serde(default)]
    pub worse: Worse,
    /// A difference up to this share of the other's samples is none.
    #[serde(default)]
    #[schemars(range(min = 0))]
    pub tolerance: f64,
    /// A difference up to this is none, in the metric's own unit.
    #[serde(default)]
    #[schemars(range(min = 0))]
    pub slack: f64,
    /// The least effect that counts, by Cliff's delta: 0 (none) to 1 (no overlap at all).
    #[serde(default)]
    #[schemars(range(min = 0, max = 1))]
    pub effect: f64,
    /// How much it counts in the score.
    #[serde(default = "default_weight")]
    #[schemars(range(min = 0))]
    pub weight: f64,
    /// A regression of this one fails the check, whatever the score.
    #[serde(default)]
    pub critical: bool,
}

impl Compare {
    /// The p below which a difference of a metric counts; half of it on each side where either side does.
    pub fn alpha(&self, metric: &Metric) -> f64 {
        let alpha = 1.0 - self.confidence;
        if metric.worse == Worse::Either { alpha / 2.0 } else { alpha }
    }
}

const MOST: usize = 30;
const MAX_SAMPLES: u64 = 1000;

/// What a call needs to be measured.
pub fn queries(config: &Compare) -> Vec<Query> {
    let range = Some(Range { window: config.window, step: config.step });
    let roles = || [Role::Candidate].iter().chain(config.against.roles());
    config.metrics.iter().flat_map(|one| asked(&one.name, &one.expr, roles(), range)).collect()
}

/// Everything that is wrong in a config of the right form.
pub fn problems(config: &Compare) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut tell = |path: String, message: Option<String>| {
        problems.extend(message.map(|message| Problem::new(path, message)));
    };
    let count = config.metrics.len();
    tell("/metrics".into(), (count == 0).then(|| "there is nothing to compare".into()));
    tell(
        "/metrics".into(),
        (count > MOST).then(|| format!("{count} metrics are more than the limit of {MOST}")),
    );
    tell("/confidence".into(), budget_problem(config.confidence));
    tell(
        "/min-samples".into(),
        (config.min_samples < 4).then(|| "fewer than 4 samples can not tell anything".into()),
    );
    for (path, level) in [("/pass", config.pass), ("/marginal", config.marginal)] {
        tell(
            path.into(),
            (!(0.0..=1.0).contains(&level)).then(|| format!("`{level}` is not between 0 and 1")),
        );
    }
    let apart = config.marginal > config.pass;
    tell(
        "/marginal".into(),
        apart.then(|| format!("{} is above the `pass` of {}", config.marginal, config.pass)),
    );
    tell("/window".into(), window_problem(config));
    for (index, one) in config.metrics.iter().enumerate().take(MOST) {
        let place = format!("/metrics/{index}");
        let before = config.metrics[..index].iter().map(|other| other.name.as_str());
        tell(format!("{place}/name"), name_problem(&one.name, before));
        tell(format!("{place}/expr"), role_problem(&one.expr));
        tell("/confidence".into(), never_sure(config, one).filter(|_| index == 0));
        for (part, value) in [("tolerance", one.tolerance), ("slack", one.slack), ("weight", one.weight)] {
            let is_good = value >= 0.0 && value.is_finite();
            tell(format!("{place}/{part}"), (!is_good).then(|| format!("`{value}` is below 0")));
        }
        let is_share = (0.0..=1.0).contains(&one.effect);
        tell(
            format!("{place}/effect"),
            (!is_share).then(|| format!("`{}` is not between 0 and 1", one.effect)),
        );
    }
    let weightless = count > 0 && config.metrics.iter().all(|one| one.weight == 0.0);
    tell("/metrics".into(), weightless.then(|| "no metric has a weight, so there is no score".into()));
    problems
}

fn window_problem(config: &Compare) -> Option<String> {
    let (window, step, least) = (config.window, config.step, u64::from(config.min_samples));
    if step == Duration::ZERO {
        return Some("its step must be above 0".into());
    }
    let samples = window.as_millis() / step.as_millis();
    if samples > MAX_SAMPLES {
        return Some(format!(
            "a window of {window} with a sample every {step} has over {MAX_SAMPLES} samples"
        ));
    }
    let few = format!("a window of {window} has {samples} samples, one every {step}, and {least} are needed");
    (samples < least).then_some(few)
}

/// A window that has never enough samples for the confidence.
fn never_sure(config: &Compare, metric: &Metric) -> Option<String> {
    let samples = config.window.as_millis().checked_div(config.step.as_millis())?;
    let samples = usize::try_from(samples.min(MAX_SAMPLES)).ok()?;
    if samples < 4 || budget_problem(config.confidence).is_some() {
        // Told already.
        return None;
    }
    let why = unsure(samples, samples, config.alpha(metric))?;
    Some(format!(
        "{why}: a longer `window`, a shorter `step` or a smaller `confidence` would let the check fail"
    ))
}

fn default_window() -> Duration {
    Duration::minutes(5)
}

fn default_step() -> Duration {
    Duration::seconds(15)
}

fn default_samples() -> u32 {
    10
}

fn default_confidence() -> f64 {
    0.98
}

fn default_pass() -> f64 {
    0.95
}

fn default_marginal() -> f64 {
    0.75
}

fn default_weight() -> f64 {
    1.0
}
