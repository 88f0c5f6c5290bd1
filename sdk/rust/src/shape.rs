//! Shapes: the whole desired state of a target.

use crate::{Attr, Weight};

/// Which of a release's revisions something is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Role {
    Stable,
    Candidate,
    Baseline,
    Other(String),
}

/// Instances and weight of one revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allocation {
    pub role: Role,
    pub instances: u32,
    pub weight: Weight,
}

/// Requests that carry this go to one revision whatever the weights.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Matcher {
    Header { name: String, value: String },
    Cookie { name: String, value: String },
    Other(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    pub name: String,
    pub matcher: Matcher,
    pub role: Role,
}

/// A share of requests copied to a revision, whose answers are dropped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mirror {
    pub role: Role,
    pub weight: Weight,
}

/// The whole desired state of a target. The weights add up to 100 %.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Shape {
    pub allocations: Vec<Allocation>,
    pub routes: Vec<Route>,
    pub mirror: Option<Mirror>,
    pub attrs: Vec<Attr>,
}

impl Role {
    pub fn name(&self) -> &str {
        match self {
            Self::Stable => "stable",
            Self::Candidate => "candidate",
            Self::Baseline => "baseline",
            Self::Other(name) => name,
        }
    }
}

impl Shape {
    pub fn new() -> Self {
        Self::default()
    }

    /// Gives a revision its instances and weight, in place of what it had.
    #[must_use]
    pub fn with(mut self, role: Role, instances: u32, weight: Weight) -> Self {
        let new = Allocation { role, instances, weight };
        match self.allocations.iter_mut().find(|old| old.role == new.role) {
            Some(old) => *old = new,
            None => self.allocations.push(new),
        }
        self
    }

    /// Sends requests with this header to one revision.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>, role: Role) -> Self {
        let (name, value) = (name.into(), value.into());
        let label = format!("{name}={value}");
        self.routes.push(Route { name: label, matcher: Matcher::Header { name, value }, role });
        self
    }

    /// Sends requests with this cookie to one revision.
    #[must_use]
    pub fn cookie(mut self, name: impl Into<String>, value: impl Into<String>, role: Role) -> Self {
        let (name, value) = (name.into(), value.into());
        let label = format!("{name}={value}");
        self.routes.push(Route { name: label, matcher: Matcher::Cookie { name, value }, role });
        self
    }

    /// Copies a share of the requests to one revision.
    #[must_use]
    pub fn mirror(mut self, role: Role, weight: Weight) -> Self {
        self.mirror = Some(Mirror { role, weight });
        self
    }

    /// Instances of all revisions together.
    pub fn size(&self) -> u32 {
        self.allocations.iter().fold(0, |sum, one| sum.saturating_add(one.instances))
    }

    pub fn weight(&self, role: &Role) -> Weight {
        self.allocation(role).map_or(Weight::NONE, |one| one.weight)
    }

    pub fn instances(&self, role: &Role) -> u32 {
        self.allocation(role).map_or(0, |one| one.instances)
    }

    pub fn allocation(&self, role: &Role) -> Option<&Allocation> {
        self.allocations.iter().find(|one| one.role == *role)
    }
}

#[cfg(test)]
mod tests {
    use super::{Role, Shape};
    use crate::Weight;

    #[test]
    fn the_last_word_on_a_revision_counts() {
        let shape = Shape::new()
            .with(Role::Stable, 2, Weight::ALL)
            .with(Role::Stable, 3, Weight::per_mille(900))
            .with(Role::Candidate, 1, Weight::per_mille(100));
        assert_eq!(shape.allocations.len(), 2);
        assert_eq!((shape.instances(&Role::Stable), shape.weight(&Role::Stable).get()), (3, 900));
        assert_eq!(shape.instances(&Role::Baseline), 0);
    }
}
