//! Results of cases, in every form that they are printed in.

pub mod human;
pub mod json;
pub mod junit;
pub mod sarif;
pub mod tap;

use sluice_core::model::policy::RuleResult;
use sluice_policy::PolicySet;
use sluice_policy::testing::{Coverage, Gap, Lack, Mutation, RuleCoverage, Survivor};
use sluice_runner::policies::testing::Ran;

/// What came of a run.
#[derive(Debug)]
pub struct Results {
    pub ran: Vec<Ran>,
    pub coverage: Option<Coverage>,
    pub mutation: Option<Mutation>,
    /// The policies, for the places of their rules.
    pub set: PolicySet,
}

impl Results {
    /// Whether every case passed, and whatever else was asked for is whole.
    pub fn is_good(&self) -> bool {
        self.failed() == 0 && self.remarks().next().is_none()
    }

    pub fn failed(&self) -> usize {
        self.ran.iter().filter(|one| !one.report.passed()).count()
    }

    /// Cases that changes of rules were not tried on, as they do not pass.
    pub fn left_out(&self) -> Option<String> {
        let left_out = self.mutation.as_ref()?.left_out;
        let told = "changes were not tried on what fails as it is";
        (left_out > 0).then(|| format!("{}: {told}", crate::show::counted(left_out, "case", "cases")))
    }

    /// The document in which a rule or a part of a policy stands, and the line.
    pub fn place(&self, policy: &str, part: &str) -> Option<(&str, usize)> {
        self.set.policies().iter().find(|one| one.name == policy)?.place_of(part)
    }

    /// What coverage and mutation found lacking: of which policy and rule, or part of the policy, and in words.
    pub fn remarks(&self) -> impl Iterator<Item = (&str, &str, String)> {
        let covered = self.coverage.iter().flat_map(|coverage| &coverage.rules);
        let lacks = covered.flat_map(|rule| {
            let gaps = rule.gaps.iter().map(gap);
            unseen(rule).into_iter().chain(gaps).map(|text| (rule.policy.as_str(), rule.rule.as_str(), text))
        });
        let parts = self.coverage.iter().flat_map(|coverage| &coverage.parts);
        let parts = parts.flat_map(|part| {
            part.gaps.iter().map(|one| (part.policy.as_str(), part.part.as_str(), gap(one)))
        });
        let survivors = self.mutation.iter().flat_map(|mutation| &mutation.survivors);
        lacks.chain(parts).chain(survivors.map(|one| (one.policy.as_str(), one.rule.as_str(), survivor(one))))
    }
}

/// Whether a rule was seen both to pass and to fail.
pub fn is_covered(rule: &RuleCoverage) -> bool {
    unseen(rule).is_none()
}

fn unseen(rule: &RuleCoverage) -> Option<String> {
    let lacks = |result| !rule.results.contains(&result);
    match (lacks(RuleResult::Pass), lacks(RuleResult::Fail)) {
        (true, true) => Some("no case asks it".to_owned()),
        (true, false) => Some("no case has it pass".to_owned()),
        (false, true) => Some("no case has it fail".to_owned()),
        (false, false) => None,
    }
}

fn gap(gap: &Gap) -> String {
    let lacks = match gap.lacks {
        Lack::Reached => "never looked at",
        Lack::True => "never true",
        Lack::False => "never false",
    };
    let place = if gap.in_message { "in its message " } else { "" };
    format!("{place}{lacks}: `{}`", gap.text.trim())
}

fn survivor(one: &Survivor) -> String {
    let was = one.was.trim();
    let told = match one.now.trim() {
        "" => format!("no case notices when `{was}` is left out"),
        now => format!("no case notices `{now}` in place of `{was}`"),
    };
    if one.within.is_empty() || one.within == one.now { told } else { format!("{told}: `{}`", one.within) }
}
