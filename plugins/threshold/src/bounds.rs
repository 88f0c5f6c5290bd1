//! One number against the bounds of its query.

use sluice_sdk::Verdict;

use crate::config::Bounded;
use sluice_arms::short;

/// How a number stands to its bounds.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    pub verdict: Verdict,
    /// How far beyond the bound it is, relative to the bound, and below 0 within; to tell the worst of several.
    pub excess: f64,
    /// `above 0.05`, or nothing when it is within all bounds.
    pub broken: String,
    /// The bound that decided: `<= 0.05`.
    pub bound: String,
}

/// Holds a number to the bounds: failing ones first, then warning ones.
pub fn stand(value: f64, query: &Bounded) -> Standing {
    let failing = broken(value, query.max, query.min).map(|found| (Verdict::Fail, found));
    let warning = || broken(value, query.warn_max, query.warn_min).map(|found| (Verdict::Warn, found));
    match failing.or_else(warning) {
        Some((verdict, (side, limit, excess))) => Standing {
            verdict,
            excess,
            broken: format!("{} {}", side.beyond(), short(limit)),
            bound: format!("{} {}", side.within(), short(limit)),
        },
        None => {
            let (verdict, broken) = (Verdict::Pass, String::new());
            Standing { verdict, excess: -margin(value, query), broken, bound: whole_bound(query) }
        }
    }
}

/// The bounds of a query as shown to people: the failing ones, or the warning ones when there are no others.
pub fn whole_bound(query: &Bounded) -> String {
    let text = |min: Option<f64>, max: Option<f64>| {
        let min = min.map(|limit| format!("{} {}", Side::Min.within(), short(limit)));
        let max = max.map(|limit| format!("{} {}", Side::Max.within(), short(limit)));
        min.into_iter().chain(max).collect::<Vec<_>>().join(", ")
    };
    let failing = text(query.min, query.max);
    if failing.is_empty() { text(query.warn_min, query.warn_max) } else { failing }
}

/// How many bounds a query has that fail, and how many that warn.
pub fn count(query: &Bounded) -> (usize, usize) {
    let some = |one: Option<f64>| usize::from(one.is_some());
    (some(query.max) + some(query.min), some(query.warn_max) + some(query.warn_min))
}

#[derive(Debug, Clone, Copy)]
enum Side {
    Max,
    Min,
}

impl Side {
    fn beyond(self) -> &'static str {
        match self {
            Self::Max => "above",
            Self::Min => "below",
        }
    }

    fn within(self) -> &'static str {
        match self {
            Self::Max => "<=",
            Self::Min => ">=",
        }
    }
}

fn broken(value: f64, max: Option<f64>, min: Option<f64>) -> Option<(Side, f64, f64)> {
    let above = max.filter(|limit| value > *limit).map(|limit| (Side::Max, limit));
    let below = || min.filter(|limit| value < *limit).map(|limit| (Side::Min, limit));
    above.or_else(below).map(|(side, limit)| (side, limit, distance(value, limit)))
}

/// How far a value within the bounds is from the nearest one.
fn margin(value: f64, query: &Bounded) -> f64 {
    let bounds = [query.max, query.min, query.warn_max, query.warn_min];
    bounds.into_iter().flatten().map(|limit| distance(value, limit)).fold(f64::INFINITY, f64::min)
}

/// Relative to the limit, so that series and bounds of different size can be compared.
fn distance(value: f64, limit: f64) -> f64 {
    let distance = (value - limit).abs();
    if limit == 0.0 { distance } else { distance / limit.abs() }
}
