//! The check's config: named queries with their bounds.

use schemars::JsonSchema;
use serde::Deserialize;
use sluice_sdk::{Duration, Problem, Query, Range};

/// Holds the answers of named queries to bounds.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Threshold {
    /// The queries, each with at least one bound.
    #[schemars(length(min = 1, max = 50))]
    pub queries: Vec<Bounded>,
}

/// A query with the bounds that its answer is held to.
///
/// Of an answer with several series each is held to the bounds, and the worst counts.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Bounded {
    /// What the value is called in verdicts: `error-ratio`.
    pub name: String,
    /// The PromQL expression.
    pub expr: String,
    /// Looks at a window of samples, each held to the bounds, and not only at the newest one.
    #[serde(default)]
    pub range: Option<Window>,
    /// A value above this fails.
    #[serde(default)]
    pub max: Option<f64>,
    /// A value below this fails.
    #[serde(default)]
    pub min: Option<f64>,
    /// A value above this warns.
    #[serde(default)]
    pub warn_max: Option<f64>,
    /// A value below this warns.
    #[serde(default)]
    pub warn_min: Option<f64>,
    /// A PromQL expression that counts the events which the value rests on; several series are added up.
    #[serde(default)]
    pub events: Option<String>,
    /// With fewer events than this the value says nothing, and the check is inconclusive.
    #[serde(default)]
    #[schemars(range(min = 1))]
    pub min_events: Option<u64>,
    /// What `$window` in `expr` and `events` stands for: `1m`.
    #[serde(default)]
    pub window: Option<Duration>,
    /// How long the window may become while there are fewer events in it than `min-events`. It doubles, and never
    /// reaches back to before the step.
    #[serde(default)]
    pub max_window: Option<Duration>,
    /// What it means when there is no value. It never means a pass.
    #[serde(default)]
    pub when_missing: WhenMissing,
}

/// A window of samples.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Window {
    /// How far it looks back.
    pub window: Duration,
    /// The time between two samples.
    pub step: Duration,
}

/// What it means when there is no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum WhenMissing {
    /// The release holds until there is one.
    #[default]
    Inconclusive,
    /// The check fails.
    Fail,
}

const MAX_QUERIES: usize = 50;
const MAX_SAMPLES: u64 = 1000;

/// Where the window stands in a query.
const WINDOW: &str = "$window";
const MAX_WINDOW: Duration = Duration::hours(24 * 30);

/// What the check wants to be measured.
pub fn queries(threshold: &Threshold) -> Vec<Query> {
    threshold.queries.iter().map(query).collect()
}

fn query(one: &Bounded) -> Query {
    let query = match one.range {
        Some(Window { window, step }) => Query::range(&one.name, &one.expr, Range { window, step }),
        None => Query::instant(&one.name, &one.expr),
    };
    let Some(events) = &one.events else { return query };
    let query = query.of_at_least(one.min_events.unwrap_or(1), events);
    match one.window {
        Some(window) => query.over(window, one.max_window.unwrap_or(window)),
        None => query,
    }
}

/// Everything that is wrong in a config of the right form.
pub fn problems(threshold: &Threshold) -> Vec<Problem> {
    let mut problems = Vec::new();
    let count = threshold.queries.len();
    if count == 0 {
        problems.push(Problem::new("/queries", "a threshold check needs at least one query"));
    }
    if count > MAX_QUERIES {
        problems.push(Problem::new(
            "/queries",
            format!("{count} queries are more than the limit of {MAX_QUERIES}"),
        ));
    }
    for (index, one) in threshold.queries.iter().enumerate().take(MAX_QUERIES) {
        let mut tell = |part: &str, message: String| {
            problems.push(Problem::new(format!("/queries/{index}{part}"), message));
        };
        name_problem(one, &threshold.queries[..index], &mut tell);
        bound_problems(one, &mut tell);
        range_problems(one, &mut tell);
        window_problems(one, &mut tell);
    }
    problems
}

fn name_problem(one: &Bounded, before: &[Bounded], tell: &mut impl FnMut(&str, String)) {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if one.name.is_empty() || one.name.len() > 63 || !one.name.chars().all(plain) {
        tell("/name", format!("`{}` is not a name: letters, digits, `-` and `_`, at most 63", one.name));
    } else if before.iter().any(|other| other.name == one.name) {
        tell("/name", format!("there is another query `{}`", one.name));
    }
    if one.expr.trim().is_empty() {
        tell("/expr", "the expression is empty".into());
    }
}

fn bound_problems(one: &Bounded, tell: &mut impl FnMut(&str, String)) {
    if [one.max, one.min, one.warn_max, one.warn_min].iter().all(Option::is_none) {
        tell("", format!("`{}` needs a bound: max, min, warn-max or warn-min", one.name));
    }
    let lower = |one: Option<f64>, other: Option<f64>| matches!((one, other), (Some(one), Some(other)) if one < other);
    if lower(one.max, one.min) {
        tell("/min", "every value is below min or above max".into());
    }
    if lower(one.max, one.warn_max) {
        tell("/warn-max", "a value fails above max before it warns above warn-max".into());
    }
    if lower(one.warn_min, one.min) {
        tell("/warn-min", "a value fails below min before it warns below warn-min".into());
    }
    if lower(one.warn_max, one.warn_min) {
        tell("/warn-min", "every value is below warn-min or above warn-max".into());
    }
    match (&one.events, one.min_events) {
        (None, Some(_)) => tell("/min-events", "there is no `events` expression that counts them".into()),
        (Some(_), None) => tell("/events", "there is no `min-events` that they are held to".into()),
        (Some(_), Some(0)) => tell("/min-events", "must be above 0".into()),
        _ => {}
    }
}

fn window_problems(one: &Bounded, tell: &mut impl FnMut(&str, String)) {
    let says = |expr: &str| expr.contains(WINDOW);
    let (Some(window), events) = (one.window, one.events.as_deref()) else {
        if one.max_window.is_some() {
            tell("/max-window", "there is no `window` that it begins with".into());
        }
        if says(&one.expr) || one.events.as_deref().is_some_and(says) {
            tell("/window", "`$window` stands in the query: say how long it is, `window: 1m`".into());
        }
        return;
    };
    if window == Duration::ZERO {
        tell("/window", "must be above 0".into());
    }
    if !says(&one.expr) {
        tell("/expr", "does not say where its window goes: write `[$window]`".into());
    }
    match events {
        None => tell("/window", "nothing tells when it is long enough: add `events` and `min-events`".into()),
        Some(events) if !says(events) => {
            tell("/events", "does not say where its window goes: write `[$window]`".into());
        }
        Some(_) => {}
    }
    if let Some(most) = one.max_window.filter(|most| *most < window || *most > MAX_WINDOW) {
        tell("/max-window", format!("{most} is not between the window of {window} and 30 days"));
    }
}

fn range_problems(one: &Bounded, tell: &mut impl FnMut(&str, String)) {
    let Some(Window { window, step }) = one.range else { return };
    if step == Duration::ZERO {
        tell("/range/step", "must be above 0".into());
    } else if window < step {
        tell("/range/window", format!("the window of {window} is shorter than its step of {step}"));
    } else if window.as_millis() / step.as_millis() > MAX_SAMPLES {
        tell(
            "/range",
            format!("a window of {window} with a sample every {step} has over {MAX_SAMPLES} samples"),
        );
    }
}
