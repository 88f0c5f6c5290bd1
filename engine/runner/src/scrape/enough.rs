//! The search for a window with enough events in it: where traffic is thin, the same query is asked over a longer one,
//! up to its limit and not from before the step. What is too little even then is insufficient, and never a value.

use sluice_core::document::measure::show_duration;
use sluice_core::model::observation::{Evidence, Observation, Quality, Query, Series};

/// One search: `next` says what to count, and `counted` takes it, until there is nothing more to count.
#[derive(Debug)]
pub(super) struct Search<'q> {
    query: &'q Query,
    /// Windows that were not asked yet, the longest first.
    left: Vec<Option<u64>>,
    window: Option<u64>,
    found: Option<Count>,
}

/// What was counted in a window.
#[derive(Debug, Clone, PartialEq)]
enum Count {
    Enough(u64),
    TooFew(u64),
    /// Nobody can say how many; there may be an answer over a longer window.
    Unknown(String),
    /// Those who count give no answer.
    Stale(String),
}

/// Counts are made by interpolation: what is closer to a whole number is that number.
const PART_OF_AN_EVENT: f64 = 1e-6;

impl<'q> Search<'q> {
    pub fn new(query: &'q Query, now_ms: u64, since_ms: u64) -> Self {
        let mut left = query.windows(now_ms, since_ms);
        left.reverse();
        let window = left.last().copied().flatten();
        Self { query, left, window, found: None }
    }

    /// What counts the events of the next window; nothing where there are enough, or no longer window.
    pub fn next(&mut self) -> Option<Query> {
        if matches!(self.found, Some(Count::Enough(_) | Count::Stale(_))) {
            return None;
        }
        let window = self.left.pop()?;
        let count = self.query.counting(window)?;
        self.window = window;
        Some(count)
    }

    pub fn counted(&mut self, answer: &Observation) {
        let least = self.query.enough.as_ref().map_or(0, |enough| enough.least);
        self.found = Some(Count::of(answer, least));
    }

    /// What is asked over the window that the search ended with.
    pub fn asked(&self) -> Query {
        self.query.over(self.window)
    }

    /// The answer to what was asked, with what it rests on.
    pub fn settled(&self, answer: Observation) -> Observation {
        let Some(found) = &self.found else { return answer };
        let events = match found {
            Count::Enough(events) | Count::TooFew(events) => Some(*events),
            Count::Unknown(_) | Count::Stale(_) => None,
        };
        let evidence = Evidence { events, window_ms: self.window, ..answer.evidence };
        let doubt = match found {
            Count::Enough(_) => None,
            // What the answer's own source says of itself is worse.
            _ if answer.quality == Quality::Stale => None,
            Count::TooFew(events) => {
                let least = self.query.enough.as_ref().map_or(0, |enough| enough.least);
                let told = format!("rests on {events} of {least} events{}", self.how_far());
                Some((Quality::Insufficient, told))
            }
            Count::Unknown(why) => {
                let told = format!("its events could not be counted{}: {why}", self.how_far());
                Some((Quality::Insufficient, told))
            }
            Count::Stale(why) => Some((Quality::Stale, format!("its events could not be counted: {why}"))),
        };
        match doubt {
            None => Observation { evidence, ..answer },
            Some((quality, reason)) => Observation { quality, reason, evidence, ..answer },
        }
    }

    /// Where the search ended, and why there.
    fn how_far(&self) -> String {
        let (Some(extent), Some(window)) = (self.query.extent(), self.window) else { return String::new() };
        let shown = show_duration(window);
        if window >= extent.most_ms {
            format!(" in {shown}, the longest window")
        } else {
            format!(" in {shown}: the step has not been for longer")
        }
    }
}

impl Count {
    fn of(answer: &Observation, least: u64) -> Self {
        let why = || match answer.reason.as_str() {
            "" => "there is no answer".to_owned(),
            reason => reason.to_owned(),
        };
        match answer.quality {
            Quality::Stale => return Self::Stale(why()),
            Quality::NoData | Quality::Insufficient => return Self::Unknown(why()),
            Quality::Value => {}
        }
        let newest = |series: &Series| series.value.last().copied().unwrap_or(0.0);
        let sum: f64 = answer.series.iter().map(newest).sum();
        if !(sum.is_finite() && sum >= 0.0) {
            return Self::Unknown(format!("{sum} is no count"));
        }
        // As many as fit into the number, and no fewer for what arithmetic loses.
        let events = (sum + PART_OF_AN_EVENT).floor() as u64;
        if events >= least { Self::Enough(events) } else { Self::TooFew(events) }
    }
}
