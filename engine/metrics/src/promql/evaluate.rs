//! The evaluator: one walk over the program for one moment.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use regex::Regex;

use super::program::{Instant, Node, Program, Shift};
use super::reading::Reading;
use super::value::{Columns, Element, Point, Value, Window};
use super::{Options, PromqlError, aggregate, binary, functions};
use crate::series::{HistogramSample, Labels, SeriesView, Source, Standing, is_stale};

pub struct Evaluator<'s> {
    pub program: &'s Program,
    pub options: &'s Options,
    /// The series of each selector, sorted by their labels.
    selected: Vec<Vec<SeriesView<'s>>>,
    /// The bounds of the whole query, which `@ start()` and `@ end()` name.
    pub bounds: (i64, i64),
    /// The time between two steps; zero when there is one moment only.
    pub step_ms: i64,
    touched: usize,
    short_windows: usize,
    omissions: BTreeSet<&'static str>,
    distortion: Option<Cow<'static, str>>,
    /// Selectors of numerators that match nothing.
    zeroed: BTreeSet<usize>,
    source: &'s dyn Source,
    samples: usize,
    coverage: Option<f64>,
    resets: usize,
    /// Which process began anew within a window, and when.
    restarts: BTreeSet<(usize, i64)>,
    /// For each selector the newest sample that was read, and the last moment that was asked about.
    newest: Vec<(Option<i64>, i64)>,
    pub regexes: HashMap<String, Regex>,
}

impl<'s> Evaluator<'s> {
    pub fn new(
        program: &'s Program,
        source: &'s dyn Source,
        options: &'s Options,
        (start, end, step_ms): (i64, i64, i64),
    ) -> Self {
        let select = |selector| {
            let mut series = source.select(selector);
            series.sort_by(|a, b| a.labels.cmp(b.labels));
            series
        };
        let selected: Vec<_> = program.selectors.iter().map(select).collect();
        let newest = vec![(None, i64::MIN); selected.len()];
        let regexes = HashMap::new();
        Self {
            program,
            options,
            selected,
            bounds: (start, end),
            step_ms,
            touched: 0,
            short_windows: 0,
            omissions: BTreeSet::new(),
            distortion: None,
            zeroed: BTreeSet::new(),
            source,
            samples: 0,
            coverage: None,
            resets: 0,
            restarts: BTreeSet::new(),
            newest,
            regexes,
        }
    }

    pub fn into_reading(self) -> Reading {
        let all = || self.selected.iter().flatten();
        Reading {
            series: all().count(),
            lost: all().filter(|series| series.standing == Standing::Lost).count(),
            short_windows: self.short_windows,
            omissions: self.omissions.iter().copied().collect(),
            distortion: self.distortion,
            zeroed: self.zeroed.iter().map(|index| self.program.selectors[*index].shown()).collect(),
            samples: self.samples,
            coverage: self.coverage,
            resets: self.resets,
            restarts: self.restarts.len(),
            newest_age_ms: self.newest.iter().filter_map(|(newest, asked)| Some(asked - (*newest)?)).max(),
        }
    }

    pub fn node(&mut self, node: &'s Node, now: i64) -> Result<Value<'s>, PromqlError> {
        // Even what touches no sample costs something, and subqueries multiply it.
        self.touch(1)?;
        match node {
            Node::Number(number) => Ok(Value::Scalar(*number)),
            Node::Text(text) => Ok(Value::Text(text.clone())),
            Node::Instant { selector, shift } => {
                let elements = self.instant(*selector, self.shifted(now, *shift))?;
                Ok(Value::Vector(elements.into_iter().map(|(element, _)| element).collect()))
            }
            Node::Window { selector, range_ms, shift } => {
                self.window(*selector, *range_ms, self.shifted(now, *shift), now).map(Value::Windows)
            }
            Node::Subquery { inner, range_ms, step_ms, shift } => {
                let step = step_ms.unwrap_or(self.options.subquery_step_ms).max(1);
                self.subquery(inner, *range_ms, step, self.shifted(now, *shift), now).map(Value::Windows)
            }
            Node::Negate(inner) => self.node(inner, now).and_then(negated),
            Node::Binary(node) => binary::evaluate(self, node, now),
            Node::Aggregate(node) => aggregate::evaluate(self, node, now).map(Value::Vector),
            Node::Call { function, arguments } => functions::call(self, function, arguments, now),
        }
    }

    /// The newest sample of each series, with its time.
    pub fn instant(&mut self, selector: usize, at: i64) -> Result<Vec<(Element<Point>, i64)>, PromqlError> {
        let after = at.saturating_sub(self.options.lookback_ms);
        let mut elements = Vec::new();
        for index in 0..self.selected[selector].len() {
            let series = self.selected[selector][index];
            let (floats, histograms) = inside(&series, after, at);
            self.note(selector, &series, (&floats, histograms), at);
            if let Some((taken_at, point)) = newest(&series, floats, histograms) {
                self.touch(1)?;
                self.samples += usize::from(point.is_some());
                if let Some(point) = point {
                    elements.push((Element::new(series.labels.clone(), point), taken_at));
                }
            }
        }
        Ok(elements)
    }

    pub fn shifted(&self, now: i64, shift: Shift) -> i64 {
        let at = match shift.at {
            None => now,
            Some(Instant::Start) => self.bounds.0,
            Some(Instant::End) => self.bounds.1,
            Some(Instant::At(at)) => at,
        };
        at.saturating_sub(shift.offset_ms)
    }

    /// Tells that a rate was wanted of a window with a single sample.
    pub fn note_short_window(&mut self) {
        self.short_windows += 1;
    }

    /// Whether a selector has a sample, staleness markers aside, of a series that `accepts` takes.
    pub fn was_seen(&self, selector: usize, after: i64, at: i64, accepts: &dyn Fn(&Labels) -> bool) -> bool {
        self.selected[selector].iter().filter(|series| accepts(series.labels)).any(|series| {
            let (floats, histograms) = inside(series, after, at);
            !histograms.is_empty() || series.value[floats].iter().any(|value| !is_stale(*value))
        })
    }

    /// Tells that something has no result, and why.
    pub fn note_omission(&mut self, why: &'static str) {
        self.omissions.insert(why);
    }

    /// Tells that there is a result, and that what it rests on can not be right.
    pub fn note_distortion(&mut self, why: &'static str) {
        self.distortion = Some(why.into());
    }

    /// Tells that a selector matches nothing and was taken as zero; or, where its metric's name looks like a mistake,
    /// that this can not be.
    pub fn note_zero(&mut self, selector: usize) {
        self.zeroed.insert(selector);
        let names = self.program.selectors[selector].metric_names().unwrap_or_default();
        let mistaken = names.into_iter().find_map(|name| Some((name, self.source.meant_by(name)?)));
        if let Some((name, meant)) = mistaken {
            self.distortion =
                Some(format!("there is no metric `{name}` on any page; did you mean `{meant}`?").into());
        }
    }

    fn window(
        &mut self,
        selector: usize,
        range_ms: i64,
        end: i64,
        now: i64,
    ) -> Result<Vec<Window<'s>>, PromqlError> {
        let start = end.saturating_sub(range_ms);
        let mut windows = Vec::new();
        for index in 0..self.selected[selector].len() {
            let series = self.selected[selector][index];
            let (floats, histograms) = inside(&series, start, end);
            self.note(selector, &series, (&floats, histograms), end);
            self.touch(floats.len() + histograms.len())?;
            let (at, value) = without_markers(&series.at[floats.clone()], &series.value[floats]);
            if !at.is_empty() || !histograms.is_empty() {
                let labels = series.labels.clone();
                let histograms = Cow::Borrowed(histograms);
                self.note_window(&at, &histograms, range_ms);
                let within = series.restarts.iter().filter(|at| **at > start && **at <= end);
                self.restarts.extend(within.map(|at| (series.process, *at)));
                windows.push(Window { labels, drop_name: false, at, value, histograms, start, end, now });
            }
        }
        Ok(windows)
    }

    /// How much of a window has samples.
    fn note_window(&mut self, at: &[i64], histograms: &[HistogramSample], range_ms: i64) {
        self.samples += at.len() + histograms.len();
        let first = at.first().copied().into_iter().chain(histograms.first().map(|one| one.0)).min();
        let last = at.last().copied().into_iter().chain(histograms.last().map(|one| one.0)).max();
        if let (Some(first), Some(last)) = (first, last) {
            let share = (last - first) as f64 / range_ms.max(1) as f64;
            self.coverage = Some(self.coverage.map_or(share, |least| least.min(share)));
        }
    }

    /// Tells that a counter fell within its window.
    pub fn note_resets(&mut self, resets: usize) {
        self.resets += resets;
    }

    fn subquery(
        &mut self,
        inner: &'s Node,
        range_ms: i64,
        step: i64,
        end: i64,
        now: i64,
    ) -> Result<Vec<Window<'s>>, PromqlError> {
        let start = end.saturating_sub(range_ms);
        // Steps are multiples of the step itself, whenever the query is made.
        let mut at = start / step * step;
        if at <= start {
            at += step;
        }
        let mut series: BTreeMap<Labels, (bool, Columns)> = BTreeMap::new();
        while at <= end {
            let elements = match self.node(inner, at)? {
                Value::Scalar(value) => vec![Element::new(Labels::default(), Point::Float(value))],
                other => other.into_vector()?,
            };
            self.touch(elements.len())?;
            for element in elements {
                let (drop_name, columns) = series.entry(element.labels).or_default();
                if columns.last_at() == Some(at) {
                    return Err(PromqlError::SameLabels("of a subquery".into()));
                }
                *drop_name = element.drop_name;
                columns.push(at, element.value);
            }
            match at.checked_add(step) {
                Some(next) => at = next,
                None => break,
            }
        }
        let window = |(labels, (drop_name, columns)): (Labels, (bool, Columns))| Window {
            labels,
            drop_name,
            at: Cow::Owned(columns.at),
            value: Cow::Owned(columns.value),
            histograms: Cow::Owned(columns.histograms),
            start,
            end,
            now,
        };
        Ok(series.into_iter().map(window).collect())
    }

    fn touch(&mut self, samples: usize) -> Result<(), PromqlError> {
        self.touched = self.touched.saturating_add(samples);
        if self.touched > self.options.max_samples {
            return Err(PromqlError::TooManySamples { limit: self.options.max_samples });
        }
        Ok(())
    }

    /// Notes how new the samples of a series are.
    fn note(
        &mut self,
        selector: usize,
        series: &SeriesView<'_>,
        (floats, histograms): (&std::ops::Range<usize>, &[HistogramSample]),
        at: i64,
    ) {
        let float =
            floats.clone().rev().find(|index| !is_stale(series.value[*index])).map(|index| series.at[index]);
        let (known, asked) = &mut self.newest[selector];
        *known = float.max(histograms.last().map(|(at, _)| *at)).max(*known);
        *asked = at.max(*asked);
    }
}

fn negated(value: Value<'_>) -> Result<Value<'_>, PromqlError> {
    if let Value::Scalar(value) = value {
        return Ok(Value::Scalar(-value));
    }
    let one = |element: Element<Point>| {
        let value = match &element.value {
            Point::Float(value) => Point::Float(-value),
            Point::Histogram(histogram) => histogram.times(-1.0).into(),
        };
        element.changed(value)
    };
    Ok(Value::Vector(value.into_vector()?.into_iter().map(one).collect()))
}

/// The newest of a series' samples, and when it was taken; no point when it marks the end.
fn newest(
    series: &SeriesView<'_>,
    floats: std::ops::Range<usize>,
    histograms: &[HistogramSample],
) -> Option<(i64, Option<Point>)> {
    let float = floats.last().map(|last| (series.at[last], series.value[last]));
    match (float, histograms.last()) {
        (float, Some((at, histogram))) if float.is_none_or(|(float_at, _)| float_at < *at) => {
            Some((*at, Some(Point::Histogram(histogram.clone()))))
        }
        (Some((at, value)), _) => Some((at, (!is_stale(value)).then_some(Point::Float(value)))),
        (None, _) => None,
    }
}

/// The samples of a series after `after`, up to and with `until`.
fn inside<'s>(
    series: &SeriesView<'s>,
    after: i64,
    until: i64,
) -> (std::ops::Range<usize>, &'s [HistogramSample]) {
    let start = series.histograms.partition_point(|(at, _)| *at <= after);
    let end = series.histograms.partition_point(|(at, _)| *at <= until).max(start);
    (within(series.at, after, until), &series.histograms[start..end])
}

/// The indices of the times after `after`, up to and with `until`.
fn within(at: &[i64], after: i64, until: i64) -> std::ops::Range<usize> {
    let end = count_until(at, until);
    count_until(&at[..end], after)..end
}

/// How many of the times are up to and with `until`. Sought from the end in growing steps, as what is asked
/// for is mostly new, and what lies before it need not be brought in from memory.
fn count_until(at: &[i64], until: i64) -> usize {
    let (mut high, mut step) = (at.len(), 1);
    while let Some(probe) = high.checked_sub(step) {
        if at[probe] <= until {
            return probe + at[probe..high].partition_point(|at| *at <= until);
        }
        high = probe;
        step *= 2;
    }
    at[..high].partition_point(|at| *at <= until)
}

fn without_markers<'s>(at: &'s [i64], value: &'s [f64]) -> (Cow<'s, [i64]>, Cow<'s, [f64]>) {
    if !value.iter().any(|value| is_stale(*value)) {
        return (Cow::Borrowed(at), Cow::Borrowed(value));
    }
    let kept = at.iter().zip(value).filter(|(_, value)| !is_stale(**value));
    let (at, value): (Vec<i64>, Vec<f64>) = kept.map(|(at, value)| (*at, *value)).unzip();
    (Cow::Owned(at), Cow::Owned(value))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn seeking_from_the_end_finds_the_same(
            mut at in proptest::collection::vec(-50i64..50, 0..40),
            after in -60i64..60,
            until in -60i64..60,
        ) {
            at.sort_unstable();
            at.dedup();
            let found = within(&at, after.min(until), until);
            let wanted: Vec<i64> =
                at.iter().copied().filter(|at| *at > after.min(until) && *at <= until).collect();
            prop_assert_eq!(&at[found], wanted.as_slice());
        }
    }
}
