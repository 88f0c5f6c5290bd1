//! Observations out of the store: every declared query of a plan, under one id, of a bounded size.

use std::collections::{BTreeMap, HashMap};

use sluice_core::model::difference::Difference;
use sluice_core::model::observation::{Found, Observation, ObservationSet, Query};
use sluice_core::plan::{Plan, digest};

use super::SharedStore;
use super::answer::{Rules, events, size, unanswered};
use super::elsewhere::Given;
use super::shared::Scraped;

/// One look at the store.
#[derive(Debug, Clone)]
pub struct Round<'a> {
    pub plan: &'a Plan,
    pub now_ms: u64,
    /// Since when the candidate's events count.
    pub events_since_ms: u64,
    /// Ready instances per role.
    pub ready: BTreeMap<String, u32>,
    pub found: Found,
    /// Sources that could not be read, and why.
    pub failures: Vec<String>,
    /// Examples of differences that were not told before.
    pub differences: Vec<Difference>,
    /// Answers that came from elsewhere.
    pub given: Given,
}

/// Answers as they are given, each question once.
#[derive(Debug)]
struct Answers<'a> {
    scraped: &'a Scraped,
    rules: Rules,
    /// Now, and since when the step is.
    times: (u64, u64),
    /// What is left of the set's size.
    room: usize,
    elsewhere: &'a Given,
    given: HashMap<Query, Observation>,
}

/// What a whole set may at most add to the journal, as an estimate.
const MAX_SET: usize = 2 << 20;
const ID_DIGITS: usize = 16;

/// Answers every declared query of every plugin in the plan, and counts the candidate's events.
pub fn observe_all(store: &SharedStore, round: Round<'_>) -> ObservationSet {
    let scraped = store.read();
    let metrics = &round.plan.metrics;
    let (rules, now_ms) = (Rules::of(metrics), round.now_ms);
    let (room, given, elsewhere) = (MAX_SET, HashMap::new(), &round.given);
    let times = (now_ms, round.events_since_ms);
    let mut answers = Answers { scraped: &scraped, rules, times, room, elsewhere, given };
    let mut observations: BTreeMap<String, Vec<Observation>> = BTreeMap::new();
    for place in round.plan.plugins() {
        let answered = place.queries.iter().map(|query| answers.give(query));
        observations.insert(place.name.clone(), answered.collect());
    }
    let mut set = ObservationSet {
        id: String::new(),
        at: now_ms,
        events: events(&scraped, &metrics.events, round.events_since_ms, now_ms),
        ready: round.ready,
        observations,
        found: Some(round.found),
        failures: round.failures,
        differences: round.differences,
    };
    set.id = content_id(&set);
    set
}

/// The id of a set by its content, whatever id it has: `obs-` and the first digits of its digest.
pub fn content_id(set: &ObservationSet) -> String {
    let without = ObservationSet { id: String::new(), ..set.clone() };
    let whole = digest(&serde_json::to_vec(&without).unwrap_or_default());
    let short: String = whole.chars().skip("sha256:".len()).take(ID_DIGITS).collect();
    format!("obs-{short}")
}

impl<'a> Answers<'a> {
    fn give(&mut self, query: &Query) -> Observation {
        let question = query.unnamed();
        let known = self.elsewhere.get(&question).or_else(|| self.given.get(&question)).cloned();
        let observation = known.unwrap_or_else(|| {
            let answer = self.rules.answer(self.scraped, query, self.times);
            answer.unwrap_or_else(|error| unanswered(query, error.to_string()))
        });
        let observation = Observation { query: query.name.clone(), ..observation };
        let Some(room) = self.room.checked_sub(size(&observation)) else {
            let limit = MAX_SET >> 10;
            return unanswered(
                query,
                format!("the answers of this round take more than {limit} KiB; aggregate them"),
            );
        };
        self.room = room;
        self.given.entry(question).or_insert_with(|| observation.clone());
        observation
    }
}
