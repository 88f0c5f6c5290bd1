//! How fast counters and gauges change: `rate`, `increase`, `delta`, `irate`, `idelta`, `changes`,
//! `resets`.

use crate::promql::value::Window;

/// Per second, with resets added and the ends of the window extrapolated to.
pub fn rate(window: &Window<'_>) -> Option<f64> {
    Some(extrapolated(window, true)? / seconds(window.end - window.start))
}

pub fn increase(window: &Window<'_>) -> Option<f64> {
    extrapolated(window, true)
}

pub fn delta(window: &Window<'_>) -> Option<f64> {
    extrapolated(window, false)
}

/// Per second, by the last two samples.
pub fn irate(window: &Window<'_>) -> Option<f64> {
    let [(before, first), (after, last)] = last_two(window)?;
    let grown = if last < first { last } else { last - first };
    (after > before).then(|| grown / seconds(after - before))
}

pub fn idelta(window: &Window<'_>) -> Option<f64> {
    let [(before, first), (after, last)] = last_two(window)?;
    (after > before).then_some(last - first)
}

pub fn changes(window: &Window<'_>) -> Option<f64> {
    let differ = |(a, b): &(f64, f64)| a != b && !(a.is_nan() && b.is_nan());
    Some(steps(window).filter(differ).count() as f64)
}

pub fn resets(window: &Window<'_>) -> Option<f64> {
    Some(steps(window).filter(|(before, after)| after < before).count() as f64)
}

/// The change over the window, as Prometheus extrapolates it: to the window's ends when the samples come
/// close to them, else by half the usual distance; and a counter never to before it was zero.
fn extrapolated(window: &Window<'_>, is_counter: bool) -> Option<f64> {
    let (first_at, last_at) = (*window.at.first()?, *window.at.last()?);
    let (first, last) = (*window.value.first()?, *window.value.last()?);
    let mut change = last - first;
    if is_counter {
        change +=
            steps(window).filter(|(before, after)| after < before).map(|(before, _)| before).sum::<f64>();
    }
    let sampled = seconds(last_at - first_at);
    let usual = sampled / (window.at.len() - 1) as f64;
    let threshold = usual * 1.1;
    let reach = |distance: f64| if distance >= threshold { usual / 2.0 } else { distance };
    let mut to_start = reach(seconds(first_at - window.start));
    if is_counter && change > 0.0 && first >= 0.0 {
        to_start = to_start.min(sampled * (first / change));
    }
    let to_end = reach(seconds(window.end - last_at));
    Some(change * ((sampled + to_start + to_end) / sampled))
}

fn steps<'w>(window: &'w Window<'_>) -> impl Iterator<Item = (f64, f64)> + 'w {
    window.value.iter().copied().zip(window.value.iter().copied().skip(1))
}

fn last_two(window: &Window<'_>) -> Option<[(i64, f64); 2]> {
    let mut samples = window.samples().rev();
    let last = samples.next()?;
    Some([samples.next()?, last])
}

fn seconds(millis: i64) -> f64 {
    millis as f64 / 1000.0
}
