//! What a target can do, and what to use instead of what it can not.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::shape::{Shape, Weight};

/// What a target can do, known without reaching it; a plan that needs more is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct Capabilities {
    /// Requests with a header or cookie go to one revision, whatever the weights.
    pub routes: bool,
    /// A share of the requests is copied to a revision.
    pub mirror: bool,
    /// The answers to copied requests are compared with those that users got, and the differences counted.
    pub compares: bool,
    /// Weights in tenths of a percent; without it, in whole percents.
    pub exact_weights: bool,
    /// The candidate can be reached on an address of its own, by no user.
    pub preview: bool,
    /// How many instances it may run at once, over all revisions; nothing for no limit of its own.
    pub capacity: Option<u32>,
}

/// What a shape asks for that the target can not do, as the end of a sentence that begins with the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Lack {
    #[error("does not route by header or cookie")]
    Routes,
    #[error("does not mirror requests")]
    Mirror,
    #[error("does not split by tenths of a percent, as {0} asks")]
    ExactWeights(Weight),
    #[error("may run {limit} instances at once, and {asked} are asked for")]
    Capacity { asked: u32, limit: u32 },
}

impl Default for Capabilities {
    /// Weights in whole percents, and nothing else.
    fn default() -> Self {
        Self {
            routes: false,
            mirror: false,
            compares: false,
            exact_weights: false,
            preview: false,
            capacity: None,
        }
    }
}

impl Capabilities {
    /// All that a target may be asked for, with any number of instances.
    pub const ALL: Self = Self {
        routes: true,
        mirror: true,
        compares: true,
        exact_weights: true,
        preview: true,
        capacity: None,
    };

    /// All that a shape asks for in vain.
    pub fn lacks(&self, shape: &Shape) -> Vec<Lack> {
        self.lacks_at(shape, shape.size())
    }

    /// The same for a shape on whose way there are so many instances at once.
    pub fn lacks_at(&self, shape: &Shape, asked: u32) -> Vec<Lack> {
        let mut lacks = Vec::new();
        if !self.routes && !shape.routes.is_empty() {
            lacks.push(Lack::Routes);
        }
        if !self.mirror && shape.mirror.is_some() {
            lacks.push(Lack::Mirror);
        }
        let weights =
            shape.allocations.iter().map(|one| one.weight).chain(shape.mirror.map(|one| one.weight));
        if let Some(fine) = weights.into_iter().find(|weight| !weight.get().is_multiple_of(10))
            && !self.exact_weights
        {
            lacks.push(Lack::ExactWeights(fine));
        }
        if let Some(limit) = self.capacity.filter(|limit| asked > *limit) {
            lacks.push(Lack::Capacity { asked, limit });
        }
        lacks
    }
}

impl Lack {
    /// What to use instead.
    pub fn instead(self) -> &'static str {
        match self {
            Self::Routes => {
                "use the target `gateway` or `envoy`, which route by header and cookie, or steps by weight alone"
            }
            Self::Mirror => {
                "use the target `gateway` or `envoy`, which mirror, or a canary that begins with a small weight"
            }
            Self::ExactWeights(_) => {
                "write whole percents, or use the target `gateway`, `envoy` or `haproxy`, which split by tenths"
            }
            Self::Capacity { .. } => {
                "raise the target's `capacity`, ask for fewer instances, or replace them in batches by the strategy `rolling`"
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::model::shape::{Allocation, Matcher, Mirror, Role, Route};

    use super::*;

    fn demanding() -> Shape {
        let weight = |value| Weight::per_mille(value).unwrap();
        let one = |role, instances, value| Allocation { role, instances, weight: weight(value) };
        let matcher = Matcher::Header { name: "X-Beta".into(), value: "1".into() };
        Shape {
            allocations: vec![one(Role::Stable, 4, 995), one(Role::Candidate, 4, 5)],
            routes: vec![Route { name: "beta".into(), matcher, role: Role::Candidate }],
            mirror: Some(Mirror { role: Role::Candidate, weight: weight(100) }),
        }
    }

    #[test]
    fn what_a_target_lacks_is_told_with_what_to_use_instead() {
        let small = Capabilities { capacity: Some(6), ..Capabilities::default() };
        let lacks = small.lacks(&demanding());
        let told: Vec<String> = lacks.iter().map(|lack| format!("{lack}: {}", lack.instead())).collect();
        insta::assert_snapshot!(told.join("\n"), @r"
        does not route by header or cookie: use the target `gateway` or `envoy`, which route by header and cookie, or steps by weight alone
        does not mirror requests: use the target `gateway` or `envoy`, which mirror, or a canary that begins with a small weight
        does not split by tenths of a percent, as 99.5 % asks: write whole percents, or use the target `gateway`, `envoy` or `haproxy`, which split by tenths
        may run 6 instances at once, and 8 are asked for: raise the target's `capacity`, ask for fewer instances, or replace them in batches by the strategy `rolling`
        ");
    }

    #[test]
    fn a_target_that_can_do_it_all_lacks_nothing() {
        let all = Capabilities { capacity: Some(8), ..Capabilities::ALL };
        assert_eq!(all.lacks(&demanding()), []);
        assert_eq!(Capabilities::default().lacks(&Shape::only(Role::Stable, 1000)), []);
    }
}
