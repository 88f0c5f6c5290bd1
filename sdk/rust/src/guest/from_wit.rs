//! From the contract's types to the SDK's: what a plugin is given.

use super::wit;
use crate::{
    Allocation, Attr, Capacity, Duration, Matcher, Mirror, Observation, Quality, Role, Route, Seen, Series,
    Shape, Snapshot, Verdict, Weight,
};

fn each<A, B: From<A>>(list: Vec<A>) -> Vec<B> {
    list.into_iter().map(Into::into).collect()
}

impl From<wit::Attr> for Attr {
    fn from(attr: wit::Attr) -> Self {
        Self { key: attr.key, value: attr.value }
    }
}

impl From<wit::Role> for Role {
    fn from(role: wit::Role) -> Self {
        match role {
            wit::Role::Stable => Self::Stable,
            wit::Role::Candidate => Self::Candidate,
            wit::Role::Baseline => Self::Baseline,
            wit::Role::Other(name) => Self::Other(name),
        }
    }
}

impl From<wit::Shape> for Shape {
    fn from(shape: wit::Shape) -> Self {
        Self {
            allocations: each(shape.allocations),
            routes: each(shape.routes),
            mirror: shape
                .mirror
                .map(|one| Mirror { role: one.role.into(), weight: Weight::per_mille(one.weight) }),
            attrs: each(shape.attrs),
        }
    }
}

impl From<wit::Allocation> for Allocation {
    fn from(one: wit::Allocation) -> Self {
        Self { role: one.role.into(), instances: one.instances, weight: Weight::per_mille(one.weight) }
    }
}

impl From<wit::Route> for Route {
    fn from(route: wit::Route) -> Self {
        let matcher = match route.matcher {
            wit::Matcher::Header((name, value)) => Matcher::Header { name, value },
            wit::Matcher::Cookie((name, value)) => Matcher::Cookie { name, value },
            wit::Matcher::Other(text) => Matcher::Other(text),
        };
        Self { name: route.name, matcher, role: route.role.into() }
    }
}

impl From<wit::Snapshot> for Snapshot {
    fn from(snapshot: wit::Snapshot) -> Self {
        Self {
            id: snapshot.id,
            now: snapshot.now,
            seed: snapshot.seed,
            service: snapshot.service,
            environment: snapshot.environment,
            shape: snapshot.shape.into(),
            completed: snapshot.completed,
            time_in_step: Duration::millis(snapshot.time_in_step),
            capacities: each(snapshot.capacities),
            judgements: each(snapshot.judgements),
            attrs: each(snapshot.attrs),
        }
    }
}

impl From<wit::Capacity> for Capacity {
    fn from(one: wit::Capacity) -> Self {
        Self { role: one.role.into(), version: one.version, full: one.full, ready: one.ready }
    }
}

impl From<wit::Judgement> for Seen {
    fn from(one: wit::Judgement) -> Self {
        Self { check: one.check, verdict: one.verdict.into(), score: one.score, reason: one.reason }
    }
}

impl From<wit::Verdict> for Verdict {
    fn from(verdict: wit::Verdict) -> Self {
        match verdict {
            wit::Verdict::Pass => Self::Pass,
            wit::Verdict::Warn => Self::Warn,
            wit::Verdict::Fail => Self::Fail,
            wit::Verdict::Inconclusive => Self::Inconclusive,
            wit::Verdict::Other(name) => Self::Other(name),
        }
    }
}

impl From<wit::Quality> for Quality {
    fn from(quality: wit::Quality) -> Self {
        match quality {
            wit::Quality::Value => Self::Value,
            wit::Quality::NoData => Self::NoData,
            wit::Quality::Stale => Self::Stale,
            wit::Quality::Insufficient => Self::Insufficient,
            wit::Quality::Other(name) => Self::Other(name),
        }
    }
}

impl From<wit::Series> for Series {
    fn from(series: wit::Series) -> Self {
        Self { labels: each(series.labels), at: series.at, value: series.value }
    }
}

impl From<wit::Observation> for Observation {
    fn from(one: wit::Observation) -> Self {
        Self {
            query: one.query,
            quality: one.quality.into(),
            series: each(one.series),
            reason: one.reason,
            attrs: each(one.attrs),
        }
    }
}
