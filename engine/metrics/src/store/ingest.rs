//! Taking in one scrape: everything is checked first, then everything is written.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::room::More;
use super::{IngestError, Series, Store, Taken, record};
use crate::exposition::{Family, Label, Page};
use crate::histogram::{NativeHistogram, ResetHint};
use crate::series::{Labels, METRIC_NAME, Standing};

/// The gauge by which client libraries tell when their process began.
const PROCESS_START: &str = "process_start_time_seconds";

/// One good scrape of one endpoint.
#[derive(Debug)]
pub struct Scrape<'a> {
    pub endpoint: &'a str,
    /// Added to every series; a label of the page that is in the way is kept as `exported_<name>`.
    pub labels: &'a [(&'a str, &'a str)],
    /// Labels that are added to the series that have this one: name and value, then what is added.
    pub named: &'a HashMap<(&'a str, &'a str), Vec<(&'a str, &'a str)>>,
    /// When it was received.
    pub at_ms: i64,
    pub page: &'a Page<'a>,
}

/// What a scrape changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ingested {
    pub samples: usize,
    pub new_series: usize,
    /// Counters that appeared, and were given a zero at the scrape before.
    pub zeroed: usize,
    /// Series that were in the scrape before and are not in this one.
    pub ended: usize,
    /// Counters that were lower than before.
    pub resets: usize,
    /// The process is another than at the scrape before.
    pub restarted: bool,
}

/// One sample that passed the checks.
#[derive(Debug)]
struct Accepted {
    target: Target,
    value: Taken,
    cumulative: bool,
}

/// What a page says of one series, a number or a histogram.
struct Exposed<'p> {
    name: &'p str,
    labels: &'p [Label<'p>],
    value: Taken,
    cumulative: bool,
}

impl Exposed<'_> {
    /// A count that there can not be. Sums may fall, of what is below zero itself.
    fn below_zero(&self) -> Option<f64> {
        let counts = self.cumulative && !self.name.ends_with("_sum");
        match self.value {
            Taken::Float(value) if counts && value < 0.0 => Some(value),
            _ => None,
        }
    }
}

#[derive(Debug)]
enum Target {
    Known(usize),
    New { hash: u64, labels: Labels },
}

impl Store {
    /// Takes in a scrape, whole or not at all.
    pub fn ingest(&mut self, scrape: &Scrape<'_>) -> Result<Ingested, IngestError> {
        let owner = self.endpoint(scrape.endpoint);
        if self.endpoints[owner].scraped_at.is_some_and(|before| before >= scrape.at_ms) {
            return Err(IngestError::NotLater);
        }
        self.ingestion += 1;
        self.sweep(scrape.at_ms);
        match self.check(scrape, owner) {
            Ok(accepted) => Ok(self.write(scrape, owner, accepted)),
            Err(refusal) => {
                self.stats.refused_scrapes += 1;
                // The strings of a page that was refused must not stay.
                self.symbols.sweep();
                Err(refusal)
            }
        }
    }

    fn check(&mut self, scrape: &Scrape<'_>, owner: usize) -> Result<Vec<Accepted>, IngestError> {
        let mut accepted: Vec<Accepted> = Vec::with_capacity(scrape.page.samples.len());
        // Positions in `accepted`, to find a series that is on the page twice.
        let mut known: HashMap<usize, usize> = HashMap::new();
        let mut new: HashMap<Labels, usize> = HashMap::new();
        let mut pairs = Vec::new();
        let renamed: Vec<_> = scrape.labels.iter().map(|(name, _)| format!("exported_{name}")).collect();
        for exposed in exposed(scrape.page) {
            series_labels(scrape, &exposed, &renamed, &mut pairs)?;
            if let Some(value) = exposed.below_zero() {
                let labels = Labels::from_strs(pairs.iter().copied());
                return Err(IngestError::CountBelowZero {
                    series: labels.to_string(),
                    value: value.to_string(),
                });
            }
            let hash = self.hash(&pairs);
            let (target, before) = match self.find(hash, &pairs) {
                Some(id) => (Target::Known(id), known.insert(id, accepted.len())),
                None => {
                    let symbols = &mut self.symbols;
                    let labels = Labels::new(
                        pairs.iter().map(|(name, value)| (symbols.intern(name), symbols.intern(value))),
                    );
                    let before = new.insert(labels.clone(), accepted.len());
                    (Target::New { hash, labels }, before)
                }
            };
            if let Some(before) = before.and_then(|before| accepted.get(before)) {
                if !before.value.same_as(&exposed.value) {
                    return Err(IngestError::SeriesTwice { series: self.labels_of(&target).to_string() });
                }
                continue;
            }
            if let Target::Known(id) = target {
                self.check_claim(id, owner, scrape.at_ms)?;
            }
            accepted.push(Accepted { target, value: exposed.value, cumulative: exposed.cumulative });
        }
        self.check_room(&accepted)?;
        Ok(accepted)
    }

    /// A series belongs to the endpoint that exposes it now; times may not go back.
    fn check_claim(&self, id: usize, owner: usize, at_ms: i64) -> Result<(), IngestError> {
        let Some(series) = self.series.get(id).and_then(Option::as_ref) else { return Ok(()) };
        if series.standing == Standing::Live && series.owner != owner {
            let other = self.endpoints.get(series.owner).map_or(String::new(), |other| other.name.clone());
            return Err(IngestError::ExposedTwice { series: series.labels.to_string(), other });
        }
        // A marker that was put at this very time gives way to the sample.
        match series.samples.last_at() {
            Some(last) if last > at_ms || (last == at_ms && !series.samples.has_ended()) => {
                Err(IngestError::NotLater)
            }
            _ => Ok(()),
        }
    }

    fn check_room(&mut self, accepted: &[Accepted]) -> Result<(), IngestError> {
        /// A sample, and a zero or a marker beside it.
        const PER_SAMPLE: usize = 40;
        let own = |one: &Accepted| match &one.value {
            Taken::Float(_) => 0,
            Taken::Histogram(histogram) => histogram.bytes(),
        };
        let cost = |one: &Accepted| match &one.target {
            Target::Known(_) => PER_SAMPLE + own(one),
            Target::New { labels, .. } => PER_SAMPLE * 2 + own(one) + size_of::<Series>() + labels.bytes(),
        };
        let is_new = |one: &&Accepted| matches!(one.target, Target::New { .. });
        let kept: HashSet<usize> = accepted
            .iter()
            .filter_map(|one| if let Target::Known(id) = one.target { Some(id) } else { None })
            .collect();
        let more = More {
            series: accepted.iter().filter(is_new).count(),
            samples: accepted.len(),
            bytes: accepted.iter().map(cost).sum(),
        };
        self.make_room(&more, &kept)
    }

    fn labels_of(&self, target: &Target) -> Labels {
        match target {
            Target::New { labels, .. } => labels.clone(),
            Target::Known(id) => {
                let series = self.series.get(*id).and_then(Option::as_ref);
                series.map(|series| series.labels.clone()).unwrap_or_default()
            }
        }
    }

    fn write(&mut self, scrape: &Scrape<'_>, owner: usize, accepted: Vec<Accepted>) -> Ingested {
        let start =
            scrape.page.samples.iter().find(|sample| sample.name == PROCESS_START).map(|sample| sample.value);
        let endpoint = &mut self.endpoints[owner];
        let mut ingested = Ingested {
            restarted: endpoint.restarted(start, scrape.page.oldest_created),
            ..Ingested::default()
        };
        if ingested.restarted {
            endpoint.note_restart(scrape.at_ms);
        }
        endpoint.declared = scrape.page.families.iter().flat_map(Family::series_names).collect();
        let counters_from = endpoint.new_counters_from(start);
        endpoint.scraped_at = Some(scrape.at_ms);
        endpoint.process_start = start;
        let before = std::mem::take(&mut endpoint.current);
        let mut current = Vec::with_capacity(accepted.len());
        for one in accepted {
            let id = match one.target {
                Target::Known(id) => id,
                Target::New { hash, labels } => {
                    ingested.new_series += 1;
                    self.add(hash, labels, owner)
                }
            };
            let zero_at = counters_from.filter(|_| one.cumulative);
            self.append(id, owner, scrape.at_ms, one.value, zero_at, &mut ingested);
            ingested.resets += usize::from(one.cumulative && self.was_reset(id));
            current.push(id);
        }
        self.endpoints[owner].current = current;
        self.give_up_lost(owner);
        for id in before {
            let unseen = self
                .series
                .get(id)
                .and_then(Option::as_ref)
                .is_some_and(|series| series.seen != self.ingestion);
            if unseen {
                ingested.ended += 1;
                self.end(id, scrape.at_ms, Standing::Gone);
            }
        }
        ingested
    }

    fn append(
        &mut self,
        id: usize,
        owner: usize,
        at_ms: i64,
        value: Taken,
        zero_at: Option<i64>,
        ingested: &mut Ingested,
    ) {
        let Some(series) = self.series.get_mut(id).and_then(Option::as_mut) else { return };
        series.owner = owner;
        series.standing = Standing::Live;
        series.seen = self.ingestion;
        ingested.samples += 1;
        let retention = self.limits.retention_ms;
        let last = series.samples.last_at();
        if let Some(zero_at) = zero_at.filter(|zero_at| last.is_none_or(|last| last < *zero_at)) {
            ingested.zeroed += 1;
            record(series, &mut self.stats, (zero_at, value.zero()), retention);
        }
        if last == Some(at_ms) {
            // A marker of this very time, as was checked.
            series.samples.drop_marker();
            self.stats.samples -= 1;
        }
        record(series, &mut self.stats, (at_ms, value), retention);
    }

    /// Whether the last value of a counter is lower than the one before, markers aside.
    fn was_reset(&self, id: usize) -> bool {
        self.series.get(id).and_then(Option::as_ref).is_some_and(|series| series.samples.was_reset())
    }
}

impl Taken {
    /// What a counter was before it counted anything.
    fn zero(&self) -> Self {
        match self {
            Self::Float(_) => Self::Float(0.0),
            Self::Histogram(histogram) => {
                Self::Histogram(Arc::new(NativeHistogram::empty(histogram.layout.clone())))
            }
        }
    }

    fn same_as(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Float(own), Self::Float(other)) => own.to_bits() == other.to_bits(),
            (Self::Histogram(own), Self::Histogram(other)) => own.same_as(other),
            _ => false,
        }
    }
}

fn exposed<'p>(page: &'p Page<'p>) -> impl Iterator<Item = Exposed<'p>> {
    let floats = page.samples.iter().map(|sample| Exposed {
        name: &sample.name,
        labels: page.labels(sample),
        value: Taken::Float(sample.value),
        cumulative: sample.cumulative,
    });
    let histograms = page.histograms.iter().map(|sample| Exposed {
        name: &sample.name,
        labels: page.histogram_labels(sample),
        value: Taken::Histogram(sample.histogram.clone()),
        cumulative: sample.histogram.reset != ResetHint::Gauge,
    });
    floats.chain(histograms)
}

/// The labels of a sample as the store keeps them: sorted, with the metric name and the scrape's own.
fn series_labels<'s>(
    scrape: &'s Scrape<'_>,
    exposed: &Exposed<'s>,
    renamed: &'s [String],
    pairs: &mut Vec<(&'s str, &'s str)>,
) -> Result<(), IngestError> {
    pairs.clear();
    pairs.push((METRIC_NAME, exposed.name));
    for label in exposed.labels {
        let in_the_way = scrape.labels.iter().position(|(name, _)| *name == label.name);
        let name = in_the_way.and_then(|at| renamed.get(at)).map_or(label.name.as_ref(), String::as_str);
        pairs.push((name, &label.value));
        if let Some(more) = scrape.named.get(&(label.name.as_ref(), label.value.as_ref())) {
            pairs.extend_from_slice(more);
        }
    }
    pairs.extend_from_slice(scrape.labels);
    pairs.sort_unstable();
    let twice = pairs.windows(2).find(|two| matches!(two, [(a, _), (b, _)] if a == b));
    if let Some([(label, _), ..]) = twice {
        return Err(IngestError::LabelTwice { series: exposed.name.to_owned(), label: (*label).to_owned() });
    }
    pairs.retain(|(_, value)| !value.is_empty());
    Ok(())
}
