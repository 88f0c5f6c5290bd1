//! From the core's types to the guest's: what a call takes.

use sluice_core::model::observation::{Observation, Quality, Series};
use sluice_core::model::shape::{Matcher, Mirror, Role, Route, Shape};
use sluice_core::model::verdict::Verdict;
use sluice_core::snapshot::{Capacity, Seen, Snapshot};
use sluice_runner::ports::plugins::Call;

use super::bindings::{health_check_api, rollback_api, strategy_api, types};

pub(crate) fn strategy(call: Call<'_>) -> strategy_api::Input {
    strategy_api::Input {
        snapshot: snapshot(call.snapshot),
        config: call.config.to_owned(),
        state: call.state.to_vec(),
        observations: call.observations.iter().map(observation).collect(),
    }
}

pub(crate) fn health_check(call: Call<'_>) -> health_check_api::Input {
    health_check_api::Input {
        snapshot: snapshot(call.snapshot),
        config: call.config.to_owned(),
        state: call.state.to_vec(),
        observations: call.observations.iter().map(observation).collect(),
    }
}

pub(crate) fn rollback(call: Call<'_>) -> rollback_api::Input {
    rollback_api::Input {
        snapshot: snapshot(call.snapshot),
        config: call.config.to_owned(),
        state: call.state.to_vec(),
        observations: call.observations.iter().map(observation).collect(),
    }
}

pub(crate) fn observation(one: &Observation) -> types::Observation {
    types::Observation {
        query: one.query.clone(),
        quality: quality(one.quality),
        series: one.series.iter().map(series).collect(),
        reason: one.reason.clone(),
        attrs: rests_on(one),
    }
}

/// How much an answer rests on, as far as it is known.
fn rests_on(one: &Observation) -> Vec<types::Attr> {
    let evidence = &one.evidence;
    let known = [
        ("newest-age-ms", one.newest_age_ms),
        ("samples", evidence.samples),
        ("coverage-percent", evidence.coverage.map(u64::from)),
        ("resets", evidence.resets),
        ("restarts", evidence.restarts),
        ("events", evidence.events),
        ("window-ms", evidence.window_ms),
    ];
    let known = known.into_iter().filter_map(|(key, value)| Some(attr(key, &value?.to_string())));
    // The contract's series are of numbers.
    let histograms = Some(&one.histograms).filter(|all| !all.is_empty());
    let histograms = histograms.and_then(|all| serde_json::to_string(all).ok());
    known.chain(histograms.map(|all| attr("histograms", &all))).collect()
}

fn series(one: &Series) -> types::Series {
    let labels = one.labels.iter().map(|(key, value)| attr(key, value)).collect();
    types::Series { labels, at: one.at.clone(), value: one.value.clone() }
}

fn attr(key: &str, value: &str) -> types::Attr {
    types::Attr { key: key.to_owned(), value: value.to_owned() }
}

fn quality(quality: Quality) -> types::Quality {
    match quality {
        Quality::Value => types::Quality::Value,
        Quality::NoData => types::Quality::NoData,
        Quality::Stale => types::Quality::Stale,
        Quality::Insufficient => types::Quality::Insufficient,
    }
}

fn snapshot(one: &Snapshot) -> types::Snapshot {
    types::Snapshot {
        id: one.id.clone(),
        now: one.now,
        seed: one.seed,
        service: one.service.clone(),
        environment: one.environment.clone(),
        shape: shape(&one.shape),
        completed: one.completed,
        time_in_step: one.time_in_step_ms,
        capacities: one.capacities.iter().map(capacity).collect(),
        judgements: one.judgements.iter().map(judgement).collect(),
        attrs: one.attrs.iter().map(|(key, value)| attr(key, value)).collect(),
    }
}

fn capacity(one: &Capacity) -> types::Capacity {
    types::Capacity { role: role(one.role), version: one.version.clone(), full: one.full, ready: one.ready }
}

fn judgement(one: &Seen) -> types::Judgement {
    types::Judgement {
        check: one.check.clone(),
        verdict: verdict(one.verdict),
        score: one.score,
        reason: one.reason.clone(),
    }
}

/// The engine's own verdict `error` is one that this version of the contract has no case for.
fn verdict(verdict: Verdict) -> types::Verdict {
    match verdict {
        Verdict::Pass => types::Verdict::Pass,
        Verdict::Warn => types::Verdict::Warn,
        Verdict::Inconclusive => types::Verdict::Inconclusive,
        Verdict::Error => types::Verdict::Other("error".to_owned()),
        Verdict::Fail => types::Verdict::Fail,
    }
}

fn shape(one: &Shape) -> types::Shape {
    let allocations = one.allocations.iter().map(|one| types::Allocation {
        role: role(one.role),
        instances: one.instances,
        weight: one.weight.get(),
    });
    types::Shape {
        allocations: allocations.collect(),
        routes: one.routes.iter().map(route).collect(),
        mirror: one.mirror.map(mirror),
        attrs: Vec::new(),
    }
}

fn route(one: &Route) -> types::Route {
    let matcher = match &one.matcher {
        Matcher::Header { name, value } => types::Matcher::Header((name.clone(), value.clone())),
        Matcher::Cookie { name, value } => types::Matcher::Cookie((name.clone(), value.clone())),
    };
    types::Route { name: one.name.clone(), matcher, role: role(one.role) }
}

fn mirror(one: Mirror) -> types::Mirror {
    types::Mirror { role: role(one.role), weight: one.weight.get() }
}

fn role(role: Role) -> types::Role {
    match role {
        Role::Stable => types::Role::Stable,
        Role::Candidate => types::Role::Candidate,
        Role::Baseline => types::Role::Baseline,
    }
}

#[cfg(test)]
mod tests {
    use sluice_core::model::histogram::{Histogram, Histograms};
    use sluice_core::model::observation::Evidence;

    use super::*;

    #[test]
    fn a_plugin_gets_native_histograms_as_an_attribute() {
        let (lower, upper, counts) = (vec![0.25], vec![f64::INFINITY], vec![2.0]);
        let sample = Histogram { at: 7, count: 2.0, sum: 0.75, lower, upper, counts };
        let histograms = Histograms { labels: Default::default(), samples: vec![sample] };
        let mut one = Observation {
            query: "q".to_owned(),
            expr: "seconds".to_owned(),
            quality: Quality::NoData,
            series: Vec::new(),
            reason: String::new(),
            newest_age_ms: None,
            evidence: Evidence::default(),
            histograms: vec![histograms],
        };
        let given = observation(&one).attrs;
        assert_eq!((given.len(), given[0].key.as_str()), (1, "histograms"));
        let read: Vec<Histograms> = serde_json::from_str(&given[0].value).unwrap();
        assert_eq!(read, one.histograms, "{}", given[0].value);
        one.histograms.clear();
        assert!(observation(&one).attrs.is_empty());
    }
}
