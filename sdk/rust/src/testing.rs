//! Native tests of a plugin: build what a call is given, run it as the engine does, look at the answer.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::marker::PhantomData;

use crate::log::Level;
use crate::{
    Allocation, Attr, Call, Capacity, Description, Duration, HealthCheck, Judged, Observation, Plugin,
    Problem, Proposal, Quality, Role, Rollback, RollbackAnswer, Seen, Series, Shape, Snapshot, Strategy,
    Verdict, Weight, entry,
};

/// A plugin under one config, with its state carried from call to call as the engine carries it.
#[derive(Debug)]
pub struct Tester<P> {
    config: String,
    state: Vec<u8>,
    plugin: PhantomData<P>,
}

/// Builds a [`Call`]. It begins with stable alone, two instances of each revision, and nothing observed.
#[derive(Debug, Clone)]
pub struct Given {
    snapshot: Snapshot,
    observations: Vec<Observation>,
    further: BTreeMap<String, Observation>,
}

/// The moment that calls are made at unless told: 2026-01-01T00:00:00Z.
pub const NOW: u64 = 1_767_225_600_000;

thread_local! {
    static LINES: RefCell<Vec<(Level, String)>> = const { RefCell::new(Vec::new()) };
}

/// All that is wrong with a config; empty when it is right.
pub fn problems<P: Plugin>(config: &str) -> Vec<Problem> {
    entry::configured::<P>(config).err().unwrap_or_default()
}

/// An instant answer with one series without labels.
pub fn value(query: &str, value: f64) -> Observation {
    labelled(query, &[(&[], value)])
}

/// An instant answer with several series: labels and value of each.
pub fn labelled(query: &str, series: &[(&[(&str, &str)], f64)]) -> Observation {
    let series = series.iter().map(|(labels, value)| Series {
        labels: labels.iter().map(|(key, value)| Attr::new(*key, *value)).collect(),
        at: vec![NOW],
        value: vec![*value],
    });
    let series = series.collect();
    Observation {
        query: query.into(),
        quality: Quality::Value,
        series,
        reason: String::new(),
        attrs: Vec::new(),
    }
}

/// An answer to a range query, with one series without labels: its values, the last of them now.
pub fn column(query: &str, step: Duration, values: &[f64]) -> Observation {
    let ago = |index: usize| step.times((values.len() - 1 - index) as u64).as_millis();
    let series = Series {
        labels: Vec::new(),
        at: (0..values.len()).map(|index| NOW.saturating_sub(ago(index))).collect(),
        value: values.to_vec(),
    };
    Observation { series: vec![series], ..value(query, 0.0) }
}

/// An answer that is none.
pub fn missing(query: &str, quality: Quality, reason: &str) -> Observation {
    Observation { query: query.into(), quality, series: Vec::new(), reason: reason.into(), attrs: Vec::new() }
}

/// The lines that plugins logged on this thread since the last time this was asked.
pub fn logged() -> Vec<(Level, String)> {
    LINES.with_borrow_mut(std::mem::take)
}

impl<P: Plugin> Tester<P> {
    /// Takes the config as JSON; what is wrong with it comes back as the engine would get it.
    pub fn new(config: &str) -> Result<Self, Vec<Problem>> {
        entry::configured::<P>(config)?;
        Ok(Self { config: config.into(), state: Vec::new(), plugin: PhantomData })
    }

    pub fn describe(&self) -> Result<Description, Vec<Problem>> {
        entry::describe::<P>(&self.config)
    }

    /// The state after the last call, as the engine keeps it.
    pub fn state(&self) -> &[u8] {
        &self.state
    }

    fn run<A>(&mut self, call: impl FnOnce(&P, &mut P::State) -> Result<A, String>) -> Result<A, String> {
        let (answer, state) = entry::run(&self.config, &self.state, call)?;
        self.state = state;
        Ok(answer)
    }
}

impl<P: Strategy> Tester<P> {
    pub fn next(&mut self, given: &Given) -> Result<Proposal, String> {
        self.run(|plugin: &P, state| plugin.next(&given.call(), state))
    }
}

impl<P: HealthCheck> Tester<P> {
    pub fn judge(&mut self, given: &Given) -> Result<Judged, String> {
        self.run(|plugin: &P, state| plugin.judge(&given.call(), state))
    }
}

impl<P: Rollback> Tester<P> {
    pub fn decide(&mut self, given: &Given) -> Result<RollbackAnswer, String> {
        self.run(|plugin: &P, state| plugin.decide(&given.call(), state))
    }
}

impl Default for Given {
    fn default() -> Self {
        let capacity =
            |role, version: &str, ready| Capacity { role, version: version.into(), full: 2, ready };
        let snapshot = Snapshot {
            now: NOW,
            seed: 1,
            service: "shop".into(),
            environment: "test".into(),
            shape: Shape::new().with(Role::Stable, 2, Weight::ALL),
            capacities: vec![capacity(Role::Stable, "v1", 2), capacity(Role::Candidate, "v2", 0)],
            ..Snapshot::default()
        };
        Self { snapshot, observations: Vec::new(), further: BTreeMap::new() }
    }
}

impl Given {
    pub fn new() -> Self {
        Self::default()
    }

    /// The shape in effect. Its instances are ready.
    #[must_use]
    pub fn shape(mut self, shape: Shape) -> Self {
        for Allocation { role, instances, .. } in &shape.allocations {
            if let Some(capacity) = self.snapshot.capacities.iter_mut().find(|one| one.role == *role) {
                capacity.ready = *instances;
            }
        }
        self.snapshot.shape = shape;
        self
    }

    /// How many instances a revision has at full traffic; 0 takes the revision away.
    #[must_use]
    pub fn full(mut self, role: &Role, instances: u32) -> Self {
        self.snapshot.capacities.retain(|one| one.role != *role || instances > 0);
        if let Some(capacity) = self.snapshot.capacities.iter_mut().find(|one| one.role == *role) {
            capacity.full = instances;
        }
        self
    }

    #[must_use]
    pub fn completed(mut self, steps: u32) -> Self {
        self.snapshot.completed = steps;
        self
    }

    #[must_use]
    pub fn time_in_step(mut self, time: Duration) -> Self {
        self.snapshot.time_in_step = time;
        self
    }

    /// How many instances of a revision are ready.
    #[must_use]
    pub fn ready(mut self, role: &Role, instances: u32) -> Self {
        if let Some(capacity) = self.snapshot.capacities.iter_mut().find(|one| one.role == *role) {
            capacity.ready = instances;
        }
        self
    }

    /// The moment of the call, in milliseconds since 1970.
    #[must_use]
    pub fn at(mut self, now: u64) -> Self {
        self.snapshot.now = now;
        self
    }

    /// The observation set that the verdicts of the last round rest on.
    #[must_use]
    pub fn id(mut self, id: &str) -> Self {
        self.snapshot.id = id.into();
        self
    }

    /// A fact such as `target.mirror`.
    #[must_use]
    pub fn attr(mut self, key: &str, value: &str) -> Self {
        self.snapshot.attrs.push(Attr::new(key, value));
        self
    }

    /// A verdict of the last round.
    #[must_use]
    pub fn judged(self, check: &str, verdict: Verdict, reason: &str) -> Self {
        self.scored(check, verdict, None, reason)
    }

    /// A verdict of the last round with its score.
    #[must_use]
    pub fn scored(mut self, check: &str, verdict: Verdict, score: Option<f64>, reason: &str) -> Self {
        let (check, reason) = (check.into(), reason.into());
        self.snapshot.judgements.push(Seen { check, verdict, score, reason });
        self
    }

    /// The answer to a declared query: see [`value`], [`labelled`] and [`missing`].
    #[must_use]
    pub fn observed(mut self, observation: Observation) -> Self {
        self.observations.push(observation);
        self
    }

    /// The answer to a further query, by its expression. Any other is refused.
    #[must_use]
    pub fn answers(mut self, expr: &str, observation: Observation) -> Self {
        self.further.insert(expr.into(), observation);
        self
    }

    /// What the plugin is given.
    pub fn call(&self) -> Call {
        let further = self.further.clone();
        Call::new(self.snapshot.clone(), self.observations.clone(), move |query| {
            further
                .get(&query.expr)
                .cloned()
                .ok_or_else(|| format!("the test has no answer to `{}`", query.expr))
        })
    }
}

#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn record(level: Level, message: &str) {
    LINES.with_borrow_mut(|lines| lines.push((level, message.into())));
}
