//! One sample: whether its name, labels, value, time and exemplar are what its family's type allows.

use super::family::{Family, Key};
use super::{Lint, named};
use crate::exposition::page::{Label, Sample};
use crate::exposition::{MetricType, number};

/// The most characters of an exemplar's labels, by the standard.
const EXEMPLAR: usize = 128;

impl Lint<'_, '_> {
    pub(super) fn sample(
        &mut self,
        mut family: Family,
        sample: &Sample<'_>,
        at: usize,
        value_at: usize,
    ) -> Family {
        if !family.typed && !std::mem::replace(&mut family.told_untyped, true) {
            let told = format!("`{}` has no `# TYPE`", named(&family.name));
            self.warning(at, "no-type", told, "say what it is: queries and readers go by it");
        }
        family.samples += 1;
        let suffix = sample.name.strip_prefix(family.name.as_str()).unwrap_or_default().to_owned();
        if !family.suffixes(self.open).contains(&suffix.as_str()) {
            let (kind, ends) = (family.kind.as_str(), family.suffixes(self.open).join("`, `"));
            let told = format!("a sample of the {kind} `{}` ends with one of `{ends}`", named(&family.name));
            self.error(at, "sample-name", told, "name the sample, or the family, otherwise");
        }
        let labels = self.page.labels(sample);
        self.labels(labels, at);
        self.within(&mut family, sample, &suffix, at);
        self.value(&mut family, sample, &suffix, (at, value_at));
        self.exemplar(&family, sample, &suffix, at);
        family
    }

    fn labels(&mut self, labels: &[Label<'_>], at: usize) {
        let mut names: Vec<&str> = labels.iter().map(|label| label.name.as_ref()).collect();
        names.sort_unstable();
        if let Some(twice) = names.windows(2).find(|pair| pair[0] == pair[1]) {
            let told = format!("the label `{}` is there twice", named(twice[0]));
            self.error(at, "label-twice", told, "write each label once");
        }
        if let Some(reserved) = names.iter().find(|name| name.starts_with("__")) {
            let told = format!("the label `{}` begins with `__`", named(reserved));
            self.error(at, "label-reserved", told, "such names are for readers themselves; choose another");
        }
        if let Some(empty) = labels.iter().find(|label| label.value.is_empty()) {
            let told = format!("the label `{}` is empty", named(&empty.name));
            self.warning(at, "label-empty", told, "leave it out, which means the same");
        }
    }

    /// Whether the sample stands where the samples of its metric stand, and once.
    fn within(&mut self, family: &mut Family, sample: &Sample<'_>, suffix: &str, at: usize) {
        let labels = self.page.labels(sample);
        let own = own_label(family, suffix);
        let mut key: Key = labels
            .iter()
            .filter(|label| Some(label.name.as_ref()) != own.as_deref())
            .map(|label| (label.name.to_string(), label.value.to_string()))
            .collect();
        key.sort_unstable();
        if family.metric.as_ref() != Some(&key) {
            family.end_metric(self);
            // Elsewhere than in OpenMetrics the order of metrics is free, and each has one line but for histograms.
            if family.left.contains(&key) {
                let told =
                    format!("this metric of `{}` was left before, and comes again", named(&family.name));
                self.error(at, "metric-apart", told, "write the samples of a metric together, and each once");
            }
            family.metric = Some(key);
        }
        let part = labels.iter().find(|label| Some(label.name.as_ref()) == own.as_deref());
        let part = part.map(|label| label.value.to_string()).unwrap_or_default();
        let before = family.seen.insert((suffix.to_owned(), part), sample.timestamp);
        let risen =
            |before: Option<i64>| matches!((before, sample.timestamp), (Some(one), Some(next)) if next > one);
        if before.is_some_and(|before| !risen(before)) {
            let told = format!("this sample of `{}` is there twice", named(&sample.name));
            self.error(at, "sample-twice", told, "write it once, or each time with a later timestamp");
        }
    }

    fn value(
        &mut self,
        family: &mut Family,
        sample: &Sample<'_>,
        suffix: &str,
        (at, value_at): (usize, usize),
    ) {
        let (name, value) = (named(&sample.name), sample.value);
        let counts = match (family.kind, suffix) {
            (_, "_created") => false,
            (MetricType::Counter, _) => true,
            (MetricType::Histogram | MetricType::GaugeHistogram, "_bucket" | "_count" | "_gcount") => true,
            (MetricType::Summary, "_count") => true,
            _ => false,
        };
        if counts && (value.is_nan() || value < 0.0) {
            let told = format!("`{name}` counts, and is {value}");
            self.error(value_at, "count-negative", told, "a count is a number that is not below 0");
        }
        match (family.kind, suffix) {
            (MetricType::Histogram | MetricType::GaugeHistogram, "_bucket") => {
                let bound = self.label_number(sample, "le");
                let Some(bound) = bound.filter(|bound| !bound.is_nan()) else {
                    let told = format!("`{name}` is a bucket without a bound");
                    return self.error(at, "bucket-bound", told, "write a label `le` with a number");
                };
                family.buckets.bucket(bound, value, value_at);
            }
            (MetricType::Histogram | MetricType::GaugeHistogram, "_count" | "_gcount") => {
                family.buckets.count(value, value_at);
            }
            (MetricType::Histogram | MetricType::GaugeHistogram, "_sum" | "_gsum") => {
                family.buckets.sum(value_at)
            }
            (MetricType::Summary, "") => {
                let quantile = self.label_number(sample, "quantile");
                if !quantile.is_some_and(|quantile| (0.0..=1.0).contains(&quantile)) {
                    let told = format!("`{name}` has no quantile from 0 to 1");
                    self.error(at, "quantile", told, "write a label `quantile` with a number from 0 to 1");
                }
            }
            (MetricType::Info, _) if value != 1.0 => {
                self.error(value_at, "info-value", format!("the info `{name}` is {value}"), "it is always 1");
            }
            (MetricType::StateSet, _) => self.state(family, sample, (at, value_at)),
            _ => {}
        }
    }

    fn state(&mut self, family: &Family, sample: &Sample<'_>, (at, value_at): (usize, usize)) {
        let name = named(&family.name);
        if sample.value != 0.0 && sample.value != 1.0 {
            let told = format!("a state of `{name}` is {}", sample.value);
            self.error(value_at, "state-value", told, "a state is 1, or 0");
        }
        if !self.page.labels(sample).iter().any(|label| label.name == family.name.as_str()) {
            let told = format!("a state of `{name}` has no label of that name");
            self.error(
                at,
                "state-label",
                told,
                "the state is named by a label that is called as the family is",
            );
        }
    }

    fn exemplar(&mut self, family: &Family, sample: &Sample<'_>, suffix: &str, at: usize) {
        let Some((_, labels)) = self.page.exemplar(sample) else { return };
        let length: usize =
            labels.iter().map(|label| label.name.chars().count() + label.value.chars().count()).sum();
        let has = match family.kind {
            MetricType::Counter => suffix != "_created",
            MetricType::Histogram | MetricType::GaugeHistogram => suffix == "_bucket",
            _ => false,
        };
        if !has {
            let told = format!("`{}` has an exemplar", named(&sample.name));
            self.error(at, "exemplar-place", told, "only counters and buckets have exemplars");
        }
        if length > EXEMPLAR {
            let told = format!("the exemplar's labels have {length} characters");
            self.error(at, "exemplar-length", told, "they may have 128 together");
        }
    }

    fn label_number(&self, sample: &Sample<'_>, name: &str) -> Option<f64> {
        let label = self.page.labels(sample).iter().find(|label| label.name == name)?;
        number::float(label.value.as_bytes())
    }
}

/// The label by which the samples of one metric differ.
fn own_label(family: &Family, suffix: &str) -> Option<String> {
    match (family.kind, suffix) {
        (MetricType::Histogram | MetricType::GaugeHistogram, "_bucket") => Some("le".to_owned()),
        (MetricType::Summary, "") => Some("quantile".to_owned()),
        (MetricType::StateSet, _) => Some(family.name.clone()),
        _ => None,
    }
}
