//! From the SDK's types to the contract's: what a plugin answers.

use super::bindings::health_check::exports::sluice::plugin::health_check_api as health_check;
use super::bindings::rollback::exports::sluice::plugin::rollback_api as rollback;
use super::bindings::strategy::exports::sluice::plugin::strategy_api as strategy;
use super::wit;
use crate::{
    Allocation, Approval, Attr, Description, Gate, Matcher, Measurement, Problem, Proposal, Quality, Query,
    Retreat, Role, RollbackAnswer, Route, Shape, Step, Verdict,
};

fn each<A, B: From<A>>(list: Vec<A>) -> Vec<B> {
    list.into_iter().map(Into::into).collect()
}

impl From<Attr> for wit::Attr {
    fn from(attr: Attr) -> Self {
        Self { key: attr.key, value: attr.value }
    }
}

impl From<Problem> for wit::ConfigError {
    fn from(problem: Problem) -> Self {
        Self { path: problem.path, message: problem.message }
    }
}

impl From<Description> for wit::Description {
    fn from(one: Description) -> Self {
        Self {
            name: one.name,
            version: one.version,
            summary: one.summary,
            config_schema: one.config_schema,
            queries: one.queries.iter().map(Into::into).collect(),
            attrs: Vec::new(),
        }
    }
}

impl From<&Query> for wit::Query {
    fn from(query: &Query) -> Self {
        let range = query
            .range
            .map(|range| wit::Range { window: range.window.as_millis(), step: range.step.as_millis() });
        let attrs = query.attrs.iter().cloned().map(Into::into).collect();
        Self { name: query.name.clone(), expr: query.expr.clone(), range, attrs }
    }
}

impl From<Role> for wit::Role {
    fn from(role: Role) -> Self {
        match role {
            Role::Stable => Self::Stable,
            Role::Candidate => Self::Candidate,
            Role::Baseline => Self::Baseline,
            Role::Other(name) => Self::Other(name),
        }
    }
}

impl From<Shape> for wit::Shape {
    fn from(shape: Shape) -> Self {
        Self {
            allocations: each(shape.allocations),
            routes: each(shape.routes),
            mirror: shape.mirror.map(|one| wit::Mirror { role: one.role.into(), weight: one.weight.get() }),
            attrs: each(shape.attrs),
        }
    }
}

impl From<Allocation> for wit::Allocation {
    fn from(one: Allocation) -> Self {
        Self { role: one.role.into(), instances: one.instances, weight: one.weight.get() }
    }
}

impl From<Route> for wit::Route {
    fn from(route: Route) -> Self {
        let matcher = match route.matcher {
            Matcher::Header { name, value } => wit::Matcher::Header((name, value)),
            Matcher::Cookie { name, value } => wit::Matcher::Cookie((name, value)),
            Matcher::Other(text) => wit::Matcher::Other(text),
        };
        Self { name: route.name, matcher, role: route.role.into() }
    }
}

impl From<Gate> for wit::Gate {
    fn from(gate: Gate) -> Self {
        let approval = |one: Approval| wit::Approval {
            group: one.group,
            message: one.message,
            deadline: one.deadline.as_millis(),
        };
        Self {
            min_time: gate.min_time.as_millis(),
            min_events: gate.min_events,
            checks: gate.checks,
            approval: gate.approval.map(approval),
            deadline: gate.deadline.as_millis(),
        }
    }
}

impl From<Step> for wit::Step {
    fn from(step: Step) -> Self {
        let mut attrs = each(step.attrs);
        if step.gate.unchecked {
            attrs.push(wit::Attr { key: "gate.unchecked".into(), value: "true".into() });
        }
        Self { name: step.name, shape: step.shape.into(), gate: step.gate.into(), attrs }
    }
}

impl From<Proposal> for strategy::Proposal {
    fn from(proposal: Proposal) -> Self {
        match proposal {
            Proposal::Step(step) => Self::Step((*step).into()),
            Proposal::Hold(reason) => Self::Hold(reason),
            Proposal::Complete(reason) => Self::Complete(reason),
            Proposal::Abort(reason) => Self::Abort(reason),
        }
    }
}

impl From<Verdict> for wit::Verdict {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Pass => Self::Pass,
            Verdict::Warn => Self::Warn,
            Verdict::Fail => Self::Fail,
            Verdict::Inconclusive => Self::Inconclusive,
            Verdict::Other(name) => Self::Other(name),
        }
    }
}

impl From<Quality> for wit::Quality {
    fn from(quality: Quality) -> Self {
        match quality {
            Quality::Value => Self::Value,
            Quality::NoData => Self::NoData,
            Quality::Stale => Self::Stale,
            Quality::Insufficient => Self::Insufficient,
            Quality::Other(name) => Self::Other(name),
        }
    }
}

impl From<Measurement> for health_check::Measurement {
    fn from(one: Measurement) -> Self {
        Self {
            name: one.name,
            value: one.value,
            quality: one.quality.into(),
            bound: one.bound,
            verdict: one.verdict.into(),
            attrs: each(one.attrs),
        }
    }
}

impl From<Retreat> for rollback::Retreat {
    fn from(one: Retreat) -> Self {
        Self { shape: one.shape.into(), min_time: one.min_time.as_millis() }
    }
}

impl From<RollbackAnswer> for rollback::Answer {
    fn from(answer: RollbackAnswer) -> Self {
        match answer {
            RollbackAnswer::Keep(reason) => Self::Keep(reason),
            RollbackAnswer::Hold(reason) => Self::Hold(reason),
            RollbackAnswer::RollBack { reason, by } => Self::RollBack((reason, each(by))),
        }
    }
}
