//! The config: an objective, two queries, and pairs of windows.

use schemars::JsonSchema;
use serde::Deserialize;
use sluice_arms::budget_problem;
use sluice_sdk::{Duration, Problem, Query};

/// Holds how fast an error budget is used up to bounds, in two windows at once.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct BurnRate {
    /// The share of good events that is promised: `0.999`.
    #[schemars(range(min = 0, max = 1))]
    pub objective: f64,
    /// The PromQL expression that counts bad events in a window; `$window` stands for its length.
    pub bad: String,
    /// The PromQL expression that counts all events in a window; `$window` stands for its length.
    pub all: String,
    /// Pairs of windows. Where none is named: an hour and 5 minutes at 14.4 times fail, 6 hours and 30 minutes at 6
    /// times warn.
    #[serde(default = "default_windows")]
    #[schemars(length(min = 1, max = 8))]
    pub windows: Vec<Pair>,
    /// So many events must have been in a pair's long window, else it says nothing.
    #[serde(default = "default_events")]
    pub min_events: u64,
}

/// A long window and a short one.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Pair {
    /// Says that it matters.
    pub long: Duration,
    /// Says that it still goes on.
    pub short: Duration,
    /// Fires where both burn at least so many times as fast as the objective allows.
    pub factor: f64,
    /// What firing means.
    #[serde(default)]
    pub then: Then,
}

/// What firing means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Then {
    /// The check fails.
    #[default]
    Fail,
    /// It warns.
    Warn,
}

const WINDOW: &str = "$window";
const MOST: usize = 8;

/// What the count of one kind in one window is called.
pub fn name_of(kind: &str, window: Duration) -> String {
    format!("{kind}.{window}")
}

/// What a call needs to be measured: each window once.
pub fn queries(config: &BurnRate) -> Vec<Query> {
    let mut queries: Vec<Query> = Vec::new();
    for window in config.windows.iter().flat_map(|pair| [pair.long, pair.short]) {
        for (kind, expr) in [("bad", &config.bad), ("all", &config.all)] {
            let name = name_of(kind, window);
            if queries.iter().all(|query| query.name != name) {
                queries.push(Query::instant(name, expr.replace(WINDOW, &window.to_string())));
            }
        }
    }
    queries
}

/// Everything that is wrong in a config of the right form.
pub fn problems(config: &BurnRate) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut tell = |path: String, message: Option<String>| {
        problems.extend(message.map(|message| Problem::new(path, message)));
    };
    tell("/objective".into(), budget_problem(config.objective));
    for (part, expr) in [("bad", &config.bad), ("all", &config.all)] {
        let lacks = !expr.contains(WINDOW);
        let help = "does not say how far it looks back: write `sum(increase(...[$window]))`";
        tell(format!("/{part}"), lacks.then(|| help.into()));
    }
    let count = config.windows.len();
    tell("/windows".into(), (count == 0).then(|| "there is no window to look at".into()));
    tell(
        "/windows".into(),
        (count > MOST).then(|| format!("{count} pairs are more than the limit of {MOST}")),
    );
    for (index, pair) in config.windows.iter().enumerate().take(MOST) {
        let place = format!("/windows/{index}");
        let is_short = pair.short < pair.long && pair.short > Duration::ZERO;
        tell(format!("{place}/short"), (!is_short).then(|| short_problem(pair)));
        let is_factor = pair.factor > 0.0 && pair.factor.is_finite();
        tell(format!("{place}/factor"), (!is_factor).then(|| "must be above 0".into()));
        let most = 1.0 / (1.0 - config.objective);
        let never = is_factor && pair.factor > most * (1.0 + 1e-9) && config.objective < 1.0;
        let why = || format!("never fires: with nothing but errors the budget burns {most:.1} times as fast");
        tell(format!("{place}/factor"), never.then(why));
    }
    problems
}

fn short_problem(pair: &Pair) -> String {
    format!("a short window of {} is not between 0 and its long one of {}", pair.short, pair.long)
}

fn default_windows() -> Vec<Pair> {
    let pair = |long, short, factor, then| Pair { long, short, factor, then };
    vec![
        pair(Duration::hours(1), Duration::minutes(5), 14.4, Then::Fail),
        pair(Duration::hours(6), Duration::minutes(30), 6.0, Then::Warn),
    ]
}

fn default_events() -> u64 {
    100
}
