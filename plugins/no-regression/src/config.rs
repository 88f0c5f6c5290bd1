//! The config: a budget, how often is looked, and what is compared.

use schemars::JsonSchema;
use serde::Deserialize;
use sluice_arms::{
    Against, Worse, asked, budget_problem, counter_problem, name_problem, role_problem, unsure,
};
use sluice_sdk::{Duration, Problem, Query, Range, Role};

use crate::judge::spent;

/// Compares many metrics, with one budget of false alarms for all of them.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct NoRegression {
    /// The chance that a candidate which is no worse in anything is ever failed by this check.
    #[serde(default = "default_budget")]
    #[schemars(range(min = 0, max = 1))]
    pub false_alarms: f64,
    /// What the candidate is compared with.
    #[serde(default)]
    pub against: Against,
    /// A look is taken this often, at what came since the last one; in between its verdict stands.
    #[serde(default = "default_every")]
    pub every: Duration,
    /// The time between two samples of `values`.
    #[serde(default = "default_step")]
    pub step: Duration,
    /// So many samples of each revision are needed, else a value says nothing.
    #[serde(default = "default_samples")]
    #[schemars(range(min = 4))]
    pub min_samples: u32,
    /// So many events of each revision are needed between two looks, else a share says nothing.
    #[serde(default = "default_events")]
    pub min_events: u64,
    /// Measurements over time, compared by their ranks.
    #[serde(default)]
    #[schemars(length(max = 20))]
    pub values: Vec<Value>,
    /// Shares of bad events, compared exactly.
    #[serde(default)]
    #[schemars(length(max = 20))]
    pub shares: Vec<Share>,
}

/// A measurement over time.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Value {
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
}

/// Bad events among all, by two counters.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Share {
    /// What it is called in verdicts: `errors`.
    pub name: String,
    /// A query of the counter of bad events, without `rate`; `$role` stands for the revision.
    pub bad: String,
    /// A query of the counter of all events, without `rate`; `$role` stands for the revision.
    pub all: String,
}

const MOST: usize = 20;
const MAX_SAMPLES: u64 = 1000;

impl NoRegression {
    /// What the first look may spend on the nearest of all metrics.
    pub fn first_budget(&self) -> f64 {
        spent(self.false_alarms, 1) / self.names().len().max(1) as f64
    }

    /// Every name, in the order of what is compared.
    pub fn names(&self) -> Vec<&str> {
        let values = self.values.iter().map(|one| one.name.as_str());
        values.chain(self.shares.iter().map(|one| one.name.as_str())).collect()
    }
}

/// What a call needs to be measured.
pub fn queries(config: &NoRegression) -> Vec<Query> {
    let range = Some(Range { window: config.every, step: config.step });
    let roles = || [Role::Candidate].iter().chain(config.against.roles());
    let values = config.values.iter().flat_map(|one| asked(&one.name, &one.expr, roles(), range));
    let mut queries: Vec<Query> = values.collect();
    for one in &config.shares {
        for (part, expr) in [("bad", &one.bad), ("all", &one.all)] {
            queries.extend(asked(&format!("{}.{part}", one.name), expr, roles(), None));
        }
    }
    queries
}

/// Everything that is wrong in a config of the right form.
pub fn problems(config: &NoRegression) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut tell = |path: String, message: Option<String>| {
        problems.extend(message.map(|message| Problem::new(path, message)));
    };
    let names = config.names();
    let count = names.len();
    tell(
        "/values".into(),
        (count == 0).then(|| "there is nothing to compare: name a value or a share".into()),
    );
    tell(
        "/values".into(),
        (count > MOST).then(|| format!("{count} metrics are more than the limit of {MOST}")),
    );
    tell("/false-alarms".into(), budget_problem(config.false_alarms));
    tell("/every".into(), window_problem(config));
    for (index, name) in names.iter().enumerate().take(MOST) {
        let place = match index.checked_sub(config.values.len()) {
            None => format!("/values/{index}"),
            Some(index) => format!("/shares/{index}"),
        };
        tell(format!("{place}/name"), name_problem(name, names[..index].iter().copied()));
    }
    for (index, one) in config.values.iter().enumerate().take(MOST) {
        tell(format!("/values/{index}/expr"), role_problem(&one.expr));
        for (part, value) in [("tolerance", one.tolerance), ("slack", one.slack)] {
            let is_good = value >= 0.0 && value.is_finite();
            tell(format!("/values/{index}/{part}"), (!is_good).then(|| format!("`{value}` is below 0")));
        }
    }
    for (index, one) in config.shares.iter().enumerate().take(MOST) {
        for (part, expr) in [("bad", &one.bad), ("all", &one.all)] {
            tell(format!("/shares/{index}/{part}"), role_problem(expr).or_else(|| counter_problem(expr)));
        }
    }
    problems
}

fn window_problem(config: &NoRegression) -> Option<String> {
    let (every, step, least) = (config.every, config.step, u64::from(config.min_samples));
    if every == Duration::ZERO || step == Duration::ZERO {
        return Some("it and the step must be above 0".into());
    }
    let samples = every.as_millis() / step.as_millis();
    if samples > MAX_SAMPLES {
        return Some(format!("{every} with a sample every {step} has over {MAX_SAMPLES} samples"));
    }
    let few = format!("{every} has {samples} samples, one every {step}, and {least} are needed");
    if config.values.is_empty() {
        return None;
    }
    let most = usize::try_from(samples).unwrap_or(usize::MAX);
    (samples < least).then_some(few).or_else(|| {
        let why = unsure(most, most, config.first_budget())?;
        Some(format!(
            "{why}, which is the budget of the first look: look less often, or with a shorter `step`"
        ))
    })
}

fn default_budget() -> f64 {
    0.05
}

fn default_every() -> Duration {
    Duration::minutes(5)
}

fn default_step() -> Duration {
    Duration::seconds(15)
}

fn default_samples() -> u32 {
    10
}

fn default_events() -> u64 {
    50
}
