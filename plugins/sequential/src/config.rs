//! The config: a budget of false alarms, and the shares of bad events that are followed.

use schemars::JsonSchema;
use serde::Deserialize;
use sluice_arms::{
    Against, asked, budget_problem, counter_problem, label_problem, name_problem, role_problem,
};
use sluice_sdk::{Problem, Query, Role};

/// Follows errors and slow requests round by round, within a budget of false alarms.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Sequential {
    /// The chance that a candidate which is no worse is ever failed by this check, over the whole release.
    #[serde(default = "default_budget")]
    #[schemars(range(min = 0, max = 1))]
    pub false_alarms: f64,
    /// What the candidate is compared with.
    #[serde(default)]
    pub against: Against,
    /// So many events must have been counted of each revision, else the check says nothing.
    #[serde(default = "default_events")]
    pub min_events: u64,
    /// Shares of bad events.
    #[serde(default)]
    #[schemars(length(max = 8))]
    pub ratios: Vec<Ratio>,
    /// Shares of slow requests.
    #[serde(default)]
    #[schemars(length(max = 8))]
    pub latencies: Vec<Latency>,
}

/// Bad events among all, by two counters.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Ratio {
    /// What it is called in verdicts: `errors`.
    pub name: String,
    /// A query of the counter of bad events, without `rate`; `$role` stands for the revision.
    pub bad: String,
    /// A query of the counter of all events, without `rate`; `$role` stands for the revision.
    pub all: String,
    /// The candidate may have so many times the bad events of what it is compared with; 1 where it is not said.
    #[serde(default)]
    pub times: Option<f64>,
    /// In place of a comparison: the share that the candidate may have.
    #[serde(default)]
    pub limit: Option<f64>,
}

/// Slow requests among all, by a histogram.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Latency {
    /// What it is called in verdicts: `latency`.
    pub name: String,
    /// The histogram's name, without `_bucket`; its series have the label `role`.
    pub histogram: String,
    /// What takes longer is slow: a bucket's upper bound, in the histogram's unit.
    pub above: f64,
    /// The candidate may have so many times the slow requests of what it is compared with; 1 where it is not said.
    #[serde(default)]
    pub times: Option<f64>,
    /// In place of a comparison: the share of slow requests that the candidate may have.
    #[serde(default)]
    pub limit: Option<f64>,
}

/// One of either kind.
#[derive(Debug, Clone, Copy)]
pub struct Test<'a> {
    pub name: &'a str,
    pub times: Option<f64>,
    pub limit: Option<f64>,
    /// The second query counts what is not bad.
    pub by_good: bool,
}

const MOST: usize = 8;

impl Sequential {
    /// All tests, of errors and of latency.
    pub fn tests(&self) -> impl Iterator<Item = Test<'_>> {
        let ratios = self.ratios.iter();
        let ratios =
            ratios.map(|one| Test { name: &one.name, times: one.times, limit: one.limit, by_good: false });
        let slow = self.latencies.iter();
        let slow =
            slow.map(|one| Test { name: &one.name, times: one.times, limit: one.limit, by_good: true });
        ratios.chain(slow)
    }

    /// The budget of each test: together they keep to the whole.
    pub fn budget(&self) -> f64 {
        self.false_alarms / (self.ratios.len() + self.latencies.len()).max(1) as f64
    }
}

/// What a call needs to be measured.
pub fn queries(config: &Sequential) -> Vec<Query> {
    let mut queries = Vec::new();
    let mut ask = |name: &str, limit: Option<f64>, parts: [(&str, &str); 2]| {
        let others = if limit.is_some() { &[] } else { config.against.roles() };
        for (part, expr) in parts {
            let name = format!("{name}.{part}");
            queries.extend(asked(&name, expr, [Role::Candidate].iter().chain(others), None));
        }
    };
    for one in &config.ratios {
        ask(&one.name, one.limit, [("bad", &one.bad), ("all", &one.all)]);
    }
    for one in &config.latencies {
        let (histogram, bound) = (&one.histogram, bound(one.above));
        let good = format!("sum({histogram}_bucket{{role=\"$role\",le=~\"{bound}\"}})");
        let all = format!("sum({histogram}_count{{role=\"$role\"}})");
        ask(&one.name, one.limit, [("good", &good), ("all", &all)]);
    }
    queries
}

/// A bucket's bound as a page may write it: whole numbers with and without a fraction.
fn bound(above: f64) -> String {
    if above.fract() == 0.0 { format!("{above}|{above}.0") } else { above.to_string() }
}

/// Everything that is wrong in a config of the right form.
pub fn problems(config: &Sequential) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut tell = |path: String, message: Option<String>| {
        problems.extend(message.map(|message| Problem::new(path, message)));
    };
    let count = config.ratios.len() + config.latencies.len();
    tell(
        "/ratios".into(),
        (count == 0).then(|| "there is nothing to follow: name a ratio or a latency".into()),
    );
    tell(
        "/ratios".into(),
        (count > MOST).then(|| format!("{count} tests are more than the limit of {MOST}")),
    );
    tell("/false-alarms".into(), budget_problem(config.false_alarms));
    let names: Vec<&str> = config.tests().map(|one| one.name).collect();
    for (index, test) in config.tests().enumerate().take(MOST) {
        let place = match index.checked_sub(config.ratios.len()) {
            None => format!("/ratios/{index}"),
            Some(index) => format!("/latencies/{index}"),
        };
        tell(format!("{place}/name"), name_problem(test.name, names[..index].iter().copied()));
        tell(format!("{place}/limit"), test.limit.and_then(budget_problem));
        let both = test.limit.is_some() && test.times.is_some();
        tell(format!("{place}/times"), both.then(|| "there is a `limit` in place of a comparison".into()));
        let bad = test.times.filter(|times| !(*times > 0.0 && times.is_finite()));
        tell(format!("{place}/times"), bad.map(|times| format!("`{times}` must be above 0")));
    }
    for (index, one) in config.ratios.iter().enumerate().take(MOST) {
        for (part, expr) in [("bad", &one.bad), ("all", &one.all)] {
            tell(format!("/ratios/{index}/{part}"), role_problem(expr).or_else(|| counter_problem(expr)));
        }
    }
    for (index, one) in config.latencies.iter().enumerate().take(MOST) {
        tell(format!("/latencies/{index}/histogram"), label_problem(&one.histogram));
        let is_bound = one.above > 0.0 && one.above.is_finite();
        tell(format!("/latencies/{index}/above"), (!is_bound).then(|| "must be above 0".into()));
    }
    problems
}

fn default_budget() -> f64 {
    0.05
}

fn default_events() -> u64 {
    100
}
