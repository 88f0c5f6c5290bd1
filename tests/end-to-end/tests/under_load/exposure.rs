//! What share of the answers the candidate gave, beside what the journal says that it might.

use std::collections::BTreeMap;

use end_to_end::load::Sighting;
use end_to_end::run::Run;
use serde_json::Value;

/// Five standard deviations of a binomial share: by chance one count in three million is beyond it.
const DEVIATIONS: f64 = 5.0;

/// Whose answers are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Users {
    /// Those who are split by weight.
    Weighed,
    /// Those whom a route sends to the candidate, once there is one.
    Cohort,
}

/// What the candidate might have at each time of a release, in tenths of a percent.
#[derive(Debug)]
pub struct Timeline(Vec<Span>);

#[derive(Debug, Clone, Copy)]
struct Span {
    from: u64,
    most: u16,
    /// The target was seen to be so; else it is on its way.
    settled: bool,
}

/// Answers, and those of them that the candidate gave.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Share {
    pub all: u64,
    pub candidates: u64,
}

impl Timeline {
    /// From intended to applied a shape may be in effect or not.
    pub fn of(run: &Run, users: Users) -> Self {
        let mut spans = vec![Span { from: 0, most: 0, settled: true }];
        let mut weight = 0;
        for record in run.records() {
            let (at, event) = (record["at"].as_u64().unwrap(), &record["event"]);
            match event["type"].as_str().unwrap() {
                "shape-intended" => {
                    let next = candidates(&event["shape"], users);
                    spans.push(Span { from: at, most: weight.max(next), settled: false });
                    weight = next;
                }
                "shape-applied" => spans.push(Span { from: at, most: weight, settled: true }),
                _ => {}
            }
        }
        Self(spans)
    }

    /// The most that the candidate might have at any time between these two.
    pub fn most_between(&self, began: u64, ended: u64) -> u16 {
        self.during(&Sighting { version: String::new(), began, ended }).0
    }

    /// The most that a request of that time could have met, and whether the target was settled all the while.
    fn during(&self, seen: &Sighting) -> (u16, bool) {
        let ends = self.0.iter().skip(1).map(|next| next.from).chain([u64::MAX]);
        let met = self.0.iter().zip(ends).filter(|(span, end)| span.from <= seen.ended && seen.began <= *end);
        let met: Vec<Span> = met.map(|(span, _)| *span).collect();
        let most = met.iter().map(|span| span.most).max().unwrap_or(0);
        (most, met.iter().all(|span| span.settled && span.most == most))
    }

    /// Counts the answers of each weight while the target was settled. Panics where the candidate had more of them
    /// than sampling explains, or fewer; and where it had more while the target was on its way.
    pub fn hold(&self, name: &str, seen: &[Sighting], version: &str) -> BTreeMap<u16, Share> {
        let mut shares: BTreeMap<(u16, bool), Share> = BTreeMap::new();
        for one in seen {
            let share = shares.entry(self.during(one)).or_default();
            share.all += 1;
            share.candidates += u64::from(one.version == version);
        }
        for ((weight, settled), share) in &shares {
            let (expected, slack) = share.expected(*weight);
            let off = share.candidates as f64 - expected;
            let told = format!("{name}: {version} gave {share:?} at {weight}: {expected:.1} ± {slack:.1}");
            assert!(off <= slack, "too many: {told}");
            assert!(!settled || -off <= slack, "too few: {told}");
        }
        shares
            .into_iter()
            .filter(|((_, settled), _)| *settled)
            .map(|((weight, _), one)| (weight, one))
            .collect()
    }
}

impl Share {
    /// Nothing and everything are exact.
    fn expected(self, weight: u16) -> (f64, f64) {
        let (n, p) = (self.all as f64, f64::from(weight) / 1000.0);
        let deviation = (n * p * (1.0 - p)).sqrt();
        (n * p, if deviation > 0.0 { DEVIATIONS * deviation + 1.0 } else { 0.0 })
    }
}

fn candidates(shape: &Value, users: Users) -> u16 {
    let routes = shape["routes"].as_array().is_some_and(|routes| !routes.is_empty());
    if users == Users::Cohort && routes {
        return 1000;
    }
    let allocations = shape["allocations"].as_array().into_iter().flatten();
    let weights =
        allocations.filter(|one| one["role"] == "candidate").filter_map(|one| one["weight"].as_u64());
    u16::try_from(weights.sum::<u64>()).unwrap()
}
