//! Counting events since a moment.

use crate::promql::Checked;
use crate::series::{SeriesView, Source, is_stale};

/// How much the counters that a plain selector matches grew after `from_ms`, up to and with `now_ms`:
/// what was counted, with resets added, and nothing extrapolated.
///
/// A series counts from its last sample at or before `from_ms`, or else from its first one after. It is
/// nothing when no series has a sample after `from_ms`, or when the expression is more than a selector.
pub fn increase_since(source: &dyn Source, selector: &Checked, from_ms: u64, now_ms: u64) -> Option<f64> {
    let (from, now) = (i64::try_from(from_ms).ok()?, i64::try_from(now_ms).ok()?);
    let series = source.select(selector.plain_selector()?);
    series.iter().filter_map(|series| grown(series, from, now)).reduce(|sum, more| sum + more)
}

fn grown(series: &SeriesView<'_>, from: i64, now: i64) -> Option<f64> {
    let samples =
        || series.at.iter().copied().zip(series.value.iter().copied()).filter(|(_, value)| !is_stale(*value));
    let before = samples().take_while(|(at, _)| *at <= from).last();
    let mut after = samples().skip_while(|(at, _)| *at <= from).take_while(|(at, _)| *at <= now).peekable();
    let (_, mut last) = before.or(after.peek().copied())?;
    after.peek()?;
    let mut sum = 0.0;
    for (_, value) in after {
        sum += if value < last { value } else { value - last };
        last = value;
    }
    Some(sum)
}
