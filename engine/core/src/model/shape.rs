//! Shapes, steps and gates: what a target is asked to be, and what must hold before the next.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A share of traffic in tenths of a percent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub struct Weight(u16);

/// Which of a release's revisions something is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    Stable,
    Candidate,
    Baseline,
}

/// Instances and weight of one revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allocation {
    pub role: Role,
    pub instances: u32,
    pub weight: Weight,
}

/// Requests that carry this go to one revision whatever the weights.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Matcher {
    Header { name: String, value: String },
    Cookie { name: String, value: String },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    pub name: String,
    pub matcher: Matcher,
    pub role: Role,
}

/// A share of requests copied to a revision, whose answers are dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mirror {
    pub role: Role,
    pub weight: Weight,
}

/// The whole desired state of a target.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Shape {
    pub allocations: Vec<Allocation>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub routes: Vec<Route>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mirror: Option<Mirror>,
}

/// An approval that a gate waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// Who may give it; empty for anybody.
    pub group: String,
    pub message: String,
    pub deadline_ms: u64,
}

/// What must hold before the next step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gate {
    pub min_time_ms: u64,
    pub min_events: u64,
    /// Names of the checks that must pass; empty for all.
    pub checks: Vec<String>,
    /// No check is asked, as nobody is exposed to the candidate. Without effect where somebody is.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unchecked: bool,
    pub approval: Option<Approval>,
    /// From the moment the shape is in effect; past it the release rolls back.
    pub deadline_ms: u64,
}

/// A shape and the gate that must close before the next step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    pub name: String,
    pub shape: Shape,
    pub gate: Gate,
    /// Why this step and no other, where the strategy has a choice; empty where it has none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

/// Why a shape is not one.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ShapeProblem {
    #[error("the weights add up to {0}, not 100 %")]
    Sum(String),
    #[error("`{0}` stands in the shape twice")]
    Twice(Role),
    #[error("`{0}` gets traffic and has no instance")]
    NoInstance(Role),
    #[error("{0} instances are more than the limit of {MAX_INSTANCES}")]
    TooMany(u32),
    #[error("{0} routes are more than the limit of {MAX_ROUTES}")]
    TooManyRoutes(usize),
}

/// A weight that is none.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0} is more than 1000 tenths of a percent")]
pub struct NotAWeight(pub u16);

/// The most instances one revision may have.
pub const MAX_INSTANCES: u32 = 1000;
/// The most routes one shape may have.
pub const MAX_ROUTES: usize = 64;

impl Weight {
    pub const NONE: Self = Self(0);
    pub const ALL: Self = Self(1000);

    /// From tenths of a percent.
    pub fn per_mille(value: u16) -> Result<Self, NotAWeight> {
        if value <= 1000 { Ok(Self(value)) } else { Err(NotAWeight(value)) }
    }

    /// In tenths of a percent.
    pub fn get(self) -> u16 {
        self.0
    }

    /// What is left for the others.
    pub fn rest(self) -> Self {
        Self(1000 - self.0)
    }

    pub fn percent(self) -> f64 {
        f64::from(self.0) / 10.0
    }
}

impl TryFrom<u16> for Weight {
    type Error = NotAWeight;
    fn try_from(value: u16) -> Result<Self, NotAWeight> {
        Self::per_mille(value)
    }
}

impl From<Weight> for u16 {
    fn from(weight: Weight) -> Self {
        weight.0
    }
}

impl fmt::Display for Weight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_multiple_of(10) {
            write!(f, "{} %", self.0 / 10)
        } else {
            write!(f, "{}.{} %", self.0 / 10, self.0 % 10)
        }
    }
}

impl Role {
    pub const ALL: [Self; 3] = [Self::Stable, Self::Candidate, Self::Baseline];

    pub fn name(self) -> &'static str {
        match self {
            Self::Stable => "stable",
            Self::Candidate => "candidate",
            Self::Baseline => "baseline",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Shape {
    /// One revision alone with all traffic.
    pub fn only(role: Role, instances: u32) -> Self {
        let allocations = vec![Allocation { role, instances, weight: Weight::ALL }];
        Self { allocations, routes: Vec::new(), mirror: None }
    }

    pub fn weight(&self, role: Role) -> Weight {
        self.allocation(role).map_or(Weight::NONE, |allocation| allocation.weight)
    }

    pub fn instances(&self, role: Role) -> u32 {
        self.allocation(role).map_or(0, |allocation| allocation.instances)
    }

    pub fn allocation(&self, role: Role) -> Option<&Allocation> {
        self.allocations.iter().find(|allocation| allocation.role == role)
    }

    /// Whether users of some kind can reach the candidate.
    pub fn exposes_candidate(&self) -> bool {
        self.weight(Role::Candidate) > Weight::NONE || self.candidate_routes().next().is_some()
    }

    /// Whether any user is exposed to the candidate who is not exposed under `before`.
    pub fn exposes_more_than(&self, before: &Self) -> bool {
        self.weight(Role::Candidate) > before.weight(Role::Candidate)
            || self
                .candidate_routes()
                .any(|route| !before.candidate_routes().any(|old| old.matcher == route.matcher))
    }

    /// Instances of all revisions together.
    pub fn size(&self) -> u32 {
        self.allocations.iter().fold(0, |sum, one| sum.saturating_add(one.instances))
    }

    /// This shape with the instances that `next` needs beyond it, and nobody's traffic moved; nothing when there
    /// are enough, or nobody is served yet.
    pub fn grown_for(&self, next: &Self) -> Option<Self> {
        let lacks = |wanted: &&Allocation| wanted.instances > self.instances(wanted.role);
        if self.allocations.is_empty() || !next.allocations.iter().any(|wanted| lacks(&wanted)) {
            return None;
        }
        let mut grown = self.clone();
        for wanted in next.allocations.iter().filter(lacks) {
            match grown.allocations.iter_mut().find(|had| had.role == wanted.role) {
                Some(had) => had.instances = wanted.instances,
                None => grown.allocations.push(Allocation { weight: Weight::NONE, ..*wanted }),
            }
        }
        Some(grown)
    }

    /// Every reason why this shape can not be asked of a target. An empty shape serves nobody, and is one.
    pub fn problems(&self) -> Vec<ShapeProblem> {
        let mut problems = Vec::new();
        let sum: u32 = self.allocations.iter().map(|one| u32::from(one.weight.get())).sum();
        if sum != 1000 && !self.allocations.is_empty() {
            problems.push(ShapeProblem::Sum(format!("{} %", f64::from(sum) / 10.0)));
        }
        for (index, one) in self.allocations.iter().enumerate() {
            if self.allocations[..index].iter().any(|other| other.role == one.role) {
                problems.push(ShapeProblem::Twice(one.role));
            }
            if one.weight > Weight::NONE && one.instances == 0 {
                problems.push(ShapeProblem::NoInstance(one.role));
            }
            if one.instances > MAX_INSTANCES {
                problems.push(ShapeProblem::TooMany(one.instances));
            }
        }
        for role in self.routes.iter().map(|route| route.role).chain(self.mirror.map(|mirror| mirror.role)) {
            if self.instances(role) == 0 {
                problems.push(ShapeProblem::NoInstance(role));
            }
        }
        if self.routes.len() > MAX_ROUTES {
            problems.push(ShapeProblem::TooManyRoutes(self.routes.len()));
        }
        problems
    }

    fn candidate_routes(&self) -> impl Iterator<Item = &Route> {
        self.routes.iter().filter(|route| route.role == Role::Candidate)
    }
}

impl Step {
    /// Whether no check is asked: only where nobody is exposed to the candidate.
    pub fn goes_unchecked(&self) -> bool {
        self.gate.unchecked && !self.shape.exposes_candidate()
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.allocations.is_empty() {
            return f.write_str("nothing");
        }
        for (index, one) in self.allocations.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(f, "{comma}{} {} on {}", one.role, one.weight, one.instances)?;
        }
        Ok(())
    }
}
