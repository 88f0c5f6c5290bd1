//! The config: a window, how many answers must have been compared, and bounds for each kind of difference.

use schemars::JsonSchema;
use serde::Deserialize;
use sluice_sdk::{Duration, Problem, Query};

/// Holds the differences between mirrored answers and users' answers to bounds.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Diff {
    /// How far back is looked.
    #[serde(default = "default_window")]
    pub window: Duration,
    /// So many answers must have been compared in the window; with fewer the check says nothing.
    #[serde(default = "default_compared")]
    #[schemars(range(min = 1))]
    pub min_compared: u64,
    /// The largest ratio of each kind that passes. Where it is not said: 0 for status, header and body, 0.01 for
    /// failed, and 1, which is no bound, for latency and shed.
    #[serde(default)]
    pub max: Ratios,
    /// The ratio of each kind above which the check warns. Where it is not said: 0.1 for shed, and none for others.
    #[serde(default)]
    pub warn: Ratios,
}

/// A ratio, 0 to 1, for each kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Ratios {
    /// Answers with another status, of those compared.
    #[schemars(range(min = 0, max = 1))]
    pub status: Option<f64>,
    /// Answers with other headers, of those compared.
    #[schemars(range(min = 0, max = 1))]
    pub header: Option<f64>,
    /// Answers with another body, of those compared.
    #[schemars(range(min = 0, max = 1))]
    pub body: Option<f64>,
    /// Answers that took too long, of those compared.
    #[schemars(range(min = 0, max = 1))]
    pub latency: Option<f64>,
    /// Mirrored requests that the candidate did not answer, of those it was given.
    #[schemars(range(min = 0, max = 1))]
    pub failed: Option<f64>,
    /// Requests that were to be mirrored and were not, as the candidate was too slow; of all.
    #[schemars(range(min = 0, max = 1))]
    pub shed: Option<f64>,
}

/// The kinds, as they are named in configs, queries and measurements.
pub const KINDS: [&str; 6] = ["status", "header", "body", "latency", "failed", "shed"];

impl Diff {
    /// Above it the check fails.
    pub fn max(&self, kind: &str) -> f64 {
        let default = match kind {
            "status" | "header" | "body" => 0.0,
            "failed" => 0.01,
            _ => 1.0,
        };
        self.max.of(kind).unwrap_or(default)
    }

    /// Above it the check warns.
    pub fn warn(&self, kind: &str) -> Option<f64> {
        let default = (kind == "shed").then_some(0.1);
        self.warn.of(kind).or(default).filter(|warn| *warn < self.max(kind))
    }
}

impl Ratios {
    fn of(&self, kind: &str) -> Option<f64> {
        match kind {
            "status" => self.status,
            "header" => self.header,
            "body" => self.body,
            "latency" => self.latency,
            "failed" => self.failed,
            _ => self.shed,
        }
    }
}

/// What a call needs to be measured: one number each.
pub fn queries(diff: &Diff) -> Vec<Query> {
    let window = format!("{}ms", diff.window.as_millis());
    let count = |name: &str, metric: &str, label: String| {
        let expr =
            format!("sum(increase(sluice_gateway_mirror_{metric}{{role=\"candidate\"{label}}}[{window}]))");
        Query::instant(name, expr)
    };
    let compared = count("compared", "compared_total", String::new());
    let difference = |kind: &&str| count(kind, "differences_total", format!(",kind=\"{kind}\""));
    let outcome = |outcome: &str| count(outcome, "requests_total", format!(",outcome=\"{outcome}\""));
    let differences: Vec<_> = KINDS[..4].iter().map(difference).collect();
    [compared].into_iter().chain(differences).chain(["answered", "failed", "shed"].map(outcome)).collect()
}

/// Everything that is wrong in a config of the right form.
pub fn problems(diff: &Diff) -> Vec<Problem> {
    let mut problems = Vec::new();
    if diff.window == Duration::ZERO {
        problems.push(Problem::new("/window", "nothing is seen in no time"));
    }
    if diff.min_compared == 0 {
        problems.push(Problem::new("/min-compared", "must be at least 1"));
    }
    for kind in KINDS {
        for (place, ratios) in [("max", diff.max), ("warn", diff.warn)] {
            if let Some(ratio) = ratios.of(kind).filter(|ratio| !(0.0..=1.0).contains(ratio)) {
                let message = format!("{ratio} is not a ratio: 0 to 1");
                problems.push(Problem::new(format!("/{place}/{kind}"), message));
            }
        }
        let max = diff.max(kind);
        if let Some(warn) = diff.warn.of(kind).filter(|warn| *warn >= max) {
            let message = format!("a ratio fails above {max} before it warns above {warn}");
            problems.push(Problem::new(format!("/warn/{kind}"), message));
        }
    }
    problems
}

fn default_window() -> Duration {
    Duration::minutes(5)
}

fn default_compared() -> u64 {
    100
}
