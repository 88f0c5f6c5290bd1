//! How fast counters and gauges change: `rate`, `increase`, `delta`, `irate`, `idelta`, `changes`,
//! `resets`.

use super::Outcome;
use crate::histogram::{NativeHistogram, ResetHint};
use crate::promql::value::{Point, Window};

const MIXED: &str = "a series has numbers and histograms in one window";
const NO_CHANGE: &str = "the buckets of the histograms in one window do not go together";

/// Per second, with resets added and the ends of the window extrapolated to.
pub fn rate(window: &Window<'_>) -> Outcome {
    let range = seconds(window.end - window.start);
    Ok(extrapolated(window, true)?.map(|point| match point {
        Point::Float(value) => Point::Float(value / range),
        Point::Histogram(histogram) => histogram.divided(range).into(),
    }))
}

pub fn increase(window: &Window<'_>) -> Outcome {
    extrapolated(window, true)
}

pub fn delta(window: &Window<'_>) -> Outcome {
    extrapolated(window, false)
}

/// Per second, by the last two samples.
pub fn irate(window: &Window<'_>) -> Outcome {
    let Some([(before, first), (after, last)]) = last_two(window) else { return Ok(None) };
    if after <= before {
        return Ok(None);
    }
    let apart = seconds(after - before);
    match (first, last) {
        (Point::Float(first), Point::Float(last)) => {
            let grown = if last < first { last } else { last - first };
            Ok(Some(Point::Float(grown / apart)))
        }
        (Point::Histogram(first), Point::Histogram(last)) => {
            let grown = if last.was_reset_since(&first) {
                last.as_ref().clone().compact()
            } else {
                last.minus(&first).ok_or(NO_CHANGE)?
            };
            Ok(Some(NativeHistogram { reset: ResetHint::Gauge, ..grown }.divided(apart).into()))
        }
        _ => Err(MIXED),
    }
}

pub fn idelta(window: &Window<'_>) -> Outcome {
    let Some([(before, first), (after, last)]) = last_two(window) else { return Ok(None) };
    if after <= before {
        return Ok(None);
    }
    match (first, last) {
        (Point::Float(first), Point::Float(last)) => Ok(Some(Point::Float(last - first))),
        (Point::Histogram(first), Point::Histogram(last)) => {
            Ok(Some(last.minus(&first).ok_or(NO_CHANGE)?.into()))
        }
        _ => Err(MIXED),
    }
}

pub fn changes(window: &Window<'_>) -> Outcome {
    counted(window, |before, after| match (before, after) {
        (Point::Float(a), Point::Float(b)) => a != b && !(a.is_nan() && b.is_nan()),
        (Point::Histogram(a), Point::Histogram(b)) => !a.same_as(b),
        _ => true,
    })
}

pub fn resets(window: &Window<'_>) -> Outcome {
    counted(window, |before, after| match (before, after) {
        (Point::Float(before), Point::Float(after)) => after < before,
        (Point::Histogram(before), Point::Histogram(after)) => after.was_reset_since(before),
        _ => true,
    })
}

fn counted(window: &Window<'_>, happened: impl Fn(&Point, &Point) -> bool) -> Outcome {
    if window.histograms.is_empty() {
        let pairs = steps(window).map(|(before, after)| (Point::Float(before), Point::Float(after)));
        return Ok(Some(
            Point::Float(pairs.filter(|(before, after)| happened(before, after)).count() as f64),
        ));
    }
    let points = window.points();
    let pairs = points.iter().zip(points.iter().skip(1));
    Ok(Some(Point::Float(pairs.filter(|((_, before), (_, after))| happened(before, after)).count() as f64)))
}

/// The change over the window, as Prometheus extrapolates it: to the window's ends when the samples come
/// close to them, else by half the usual distance; and a counter never to before it was zero.
fn extrapolated(window: &Window<'_>, is_counter: bool) -> Outcome {
    if window.is_mixed() {
        return Err(MIXED);
    }
    let Some(first) = window.value.first().copied() else {
        return extrapolated_histogram(window, is_counter);
    };
    let (Some(last), Some(span)) = (window.value.last(), Span::of(window.at.iter().copied())) else {
        return Ok(None);
    };
    let mut change = last - first;
    if is_counter {
        change +=
            steps(window).filter(|(before, after)| after < before).map(|(before, _)| before).sum::<f64>();
    }
    let from_zero = (is_counter && change > 0.0 && first >= 0.0).then(|| first / change);
    Ok(Some(Point::Float(change * span.factor(window, from_zero))))
}

fn extrapolated_histogram(window: &Window<'_>, is_counter: bool) -> Outcome {
    let histograms: Vec<&NativeHistogram> = window.histograms.iter().map(|(_, one)| one.as_ref()).collect();
    let (Some(first), Some(span)) =
        (histograms.first(), Span::of(window.histograms.iter().map(|(at, _)| *at)))
    else {
        return Ok(None);
    };
    let change = if is_counter { grown(&histograms) } else { difference(&histograms) }.ok_or(NO_CHANGE)?;
    let from_zero =
        (is_counter && change.count > 0.0 && first.count >= 0.0).then(|| first.count / change.count);
    let change = NativeHistogram { reset: ResetHint::Gauge, ..change };
    Ok(Some(change.times(span.factor(window, from_zero)).into()))
}

fn difference(histograms: &[&NativeHistogram]) -> Option<NativeHistogram> {
    histograms.last()?.minus(histograms.first()?)
}

/// What a counter counted, over its resets. What came before a reset right after the first sample need
/// not even have the same kind of buckets.
fn grown(histograms: &[&NativeHistogram]) -> Option<NativeHistogram> {
    let (first, last) = (*histograms.first()?, *histograms.last()?);
    let mut parts = vec![(last, 1.0)];
    for (index, pair) in histograms.windows(2).enumerate() {
        let &[before, after] = pair else { continue };
        let reset = after.was_reset_since(before);
        match (index, reset) {
            (0, true) => {}
            (0, false) => parts.push((first, -1.0)),
            (_, true) => parts.push((before, 1.0)),
            (_, false) => {}
        }
    }
    NativeHistogram::combined(parts.into_iter())
}

/// The times of the samples of a window.
struct Span {
    first: i64,
    last: i64,
    count: usize,
}

impl Span {
    /// Of two or more times, in their order.
    fn of(mut times: impl DoubleEndedIterator<Item = i64> + ExactSizeIterator) -> Option<Self> {
        let count = times.len();
        Some(Self { first: times.next()?, last: times.next_back()?, count })
    }

    /// By how much the window's change is more than that between its samples. `from_zero` is how long
    /// ago a counter was zero, as a share of the time between first and last sample.
    fn factor(&self, window: &Window<'_>, from_zero: Option<f64>) -> f64 {
        let sampled = seconds(self.last - self.first);
        let usual = sampled / (self.count - 1) as f64;
        let threshold = usual * 1.1;
        let reach = |distance: f64| if distance >= threshold { usual / 2.0 } else { distance };
        let mut to_start = reach(seconds(self.first - window.start));
        if let Some(share) = from_zero {
            to_start = to_start.min(sampled * share);
        }
        let to_end = reach(seconds(window.end - self.last));
        (sampled + to_start + to_end) / sampled
    }
}

fn steps<'w>(window: &'w Window<'_>) -> impl Iterator<Item = (f64, f64)> + 'w {
    window.value.iter().copied().zip(window.value.iter().copied().skip(1))
}

fn last_two(window: &Window<'_>) -> Option<[(i64, Point); 2]> {
    if window.histograms.is_empty() {
        let mut samples = window.samples().rev().map(|(at, value)| (at, Point::Float(value)));
        let last = samples.next()?;
        return Some([samples.next()?, last]);
    }
    let mut points = window.points();
    let last = points.pop()?;
    Some([points.pop()?, last])
}

fn seconds(millis: i64) -> f64 {
    millis as f64 / 1000.0
}
