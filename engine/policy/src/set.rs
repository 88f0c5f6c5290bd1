//! Policy sets: the policies that bind a release, loaded together and known by one digest.

use std::collections::BTreeMap;

use sluice_core::document::problem::Problems;
use sluice_core::document::problem::{Problem, listed};
use sluice_core::document::source::Source;
use sluice_core::model::policy::{Enforcement, Moment, RuleOutcome, RuleResult};
use sluice_core::plan::digest;

use crate::Watch;
use crate::cel::with_room;
use crate::context::Context;
use crate::document::{self, Policy};
use crate::evaluate;
use crate::explain::Explanation;
use crate::{unapproved, unmeasured};

/// Policies, in the order of their names.
#[derive(Debug, Clone, PartialEq)]
pub struct PolicySet {
    policies: Vec<Policy>,
    digest: String,
}

/// A waiver that somebody should look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaiverNote {
    pub policy: String,
    pub rule: String,
    pub approver: String,
    /// Its last day.
    pub expires: String,
    pub state: WaiverState,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WaiverState {
    Ended,
    EndsSoon,
}

/// The version of what the digest is taken of.
const DIGEST_FORMAT: u32 = 1;

impl PolicySet {
    /// Loads documents, given as the name that people know each by and its text. Their order says nothing.
    pub fn load<'a>(documents: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, Problems> {
        let sources = documents.into_iter().map(|(name, text)| Source::new(name, text)).collect();
        with_room(|| Self::read(sources)).unwrap_or_else(|error| {
            let message = format!("there is no thread to read policies on: {error}");
            Err(Problem::new("sluice::policy::no-thread", message).into())
        })
    }

    fn read(mut sources: Vec<Source>) -> Result<Self, Problems> {
        let mut problems = Problems::new();
        let mut policies: BTreeMap<String, (Source, Policy)> = BTreeMap::new();
        sources.sort_by(|one, other| (&one.name, &one.text).cmp(&(&other.name, &other.text)));
        for source in sources {
            match document::read(&source) {
                Err(found) => problems.extend(found),
                Ok(policy) => match policies.get(&policy.name) {
                    Some((first, same)) => problems.push(named_twice(&policy, &source, same, first)),
                    None => drop(policies.insert(policy.name.clone(), (source, policy))),
                },
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let policies: Vec<Policy> = policies.into_values().map(|(_, policy)| policy).collect();
        Ok(Self::of(policies))
    }

    /// Of policies in the order of their names.
    fn of(policies: Vec<Policy>) -> Self {
        let canonical = serde_json::to_vec(&(DIGEST_FORMAT, &policies)).unwrap_or_default();
        Self { policies, digest: digest(&canonical) }
    }

    /// This set with other values of its policies' parameters; or of which policy and parameter, and why not.
    pub fn with_params(
        self,
        given: &BTreeMap<String, BTreeMap<String, serde_json::Value>>,
    ) -> Result<Self, (String, String, String)> {
        let mut policies = self.policies;
        for (name, values) in given {
            let Some(policy) = policies.iter_mut().find(|policy| policy.name == *name) else {
                let known = listed(policies.iter().map(|policy| policy.name.as_str()));
                let why = format!("there is no such policy; there are {known}");
                return Err((name.clone(), String::new(), why));
            };
            let refused = |(param, why)| (name.clone(), param, why);
            *policy = policy.with_params(values).map_err(refused)?;
        }
        Ok(Self::of(policies))
    }

    /// `sha256:<hex>` of what the policies say. Comments, layout and the order of documents do not change it.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    pub fn policies(&self) -> &[Policy] {
        &self.policies
    }

    /// What is not wrong with the policies, and surely not meant.
    pub fn hints(&self) -> impl Iterator<Item = &Problem> {
        self.policies.iter().flat_map(|policy| &policy.hints)
    }

    /// What rules for this release read of health checks that are not among these.
    pub fn unmeasured(&self, context: &Context, checks: &[&str]) -> Vec<Problem> {
        unmeasured::told(&self.policies, context, checks)
    }

    /// Which approvals rules for this release require that these groups can never give.
    pub fn unapproved(&self, context: &Context, approvers: &BTreeMap<String, Vec<String>>) -> Vec<Problem> {
        unapproved::told(&self.policies, context, approvers)
    }

    /// This set with another: in any order, the same. A policy that stands in both must say the same in both.
    pub fn merged(self, other: Self) -> Result<Self, Problems> {
        let mut problems = Problems::new();
        let mut policies: BTreeMap<String, Policy> =
            self.policies.into_iter().map(|policy| (policy.name.clone(), policy)).collect();
        for policy in other.policies {
            match policies.get(&policy.name) {
                Some(same) if same.says_the_same(&policy) => {}
                Some(_) => {
                    let message =
                        format!("the policy `{}` stands in two sets, and says two things", policy.name);
                    let problem = Problem::new("sluice::policy::duplicate-policy", message);
                    problems.push(problem.with_help("give one of the two another `name`"));
                }
                None => drop(policies.insert(policy.name.clone(), policy)),
            }
        }
        if problems.is_empty() { Ok(Self::of(policies.into_values().collect())) } else { Err(problems) }
    }

    /// Asks every rule that is for this moment. None keeps another from being asked, and the order is always
    /// the same: policies by name, rules as they are written.
    pub fn evaluate(&self, moment: Moment, context: &Context) -> Vec<RuleOutcome> {
        self.evaluate_within(moment, context, Watch::none())
    }

    /// As [`evaluate`](Self::evaluate), within a time.
    pub fn evaluate_within(&self, moment: Moment, context: &Context, watch: Watch<'_>) -> Vec<RuleOutcome> {
        evaluate::all(&self.policies, moment, context, watch)
    }

    /// As [`evaluate`](Self::evaluate), where no policy for the release is a refusal too.
    pub fn evaluate_required(&self, moment: Moment, context: &Context) -> Vec<RuleOutcome> {
        self.evaluate_required_within(moment, context, Watch::none())
    }

    /// As [`evaluate_required`](Self::evaluate_required), within a time.
    pub fn evaluate_required_within(
        &self,
        moment: Moment,
        context: &Context,
        watch: Watch<'_>,
    ) -> Vec<RuleOutcome> {
        let mut outcomes = self.evaluate_within(moment, context, watch);
        let skipped = outcomes.iter().all(|outcome| outcome.result == RuleResult::Skipped);
        if skipped && !self.binds_within(context, watch) {
            outcomes.push(RuleOutcome {
                policy: String::from("required"),
                rule: String::from("a-policy-matches"),
                enforcement: Enforcement::Hard,
                result: RuleResult::Fail,
                message: String::from("a policy is required, and none is for this release"),
                awaits: None,
            });
        }
        outcomes
    }

    /// Asks the rules of one policy alone.
    pub fn evaluate_one(&self, policy: &str, moment: Moment, context: &Context) -> Vec<RuleOutcome> {
        evaluate::all(self.one(policy), moment, context, Watch::none())
    }

    /// Asks every rule, and keeps what each part of it came to.
    pub fn explain(&self, moment: Moment, context: &Context) -> Vec<Explanation> {
        evaluate::explained(&self.policies, moment, context)
    }

    /// Explains the rules of one policy alone.
    pub fn explain_one(&self, policy: &str, moment: Moment, context: &Context) -> Vec<Explanation> {
        evaluate::explained(self.one(policy), moment, context)
    }

    /// Waivers that have ended, or end soon.
    pub fn waiver_notes(&self, context: &Context) -> Vec<WaiverNote> {
        evaluate::notes(&self.policies, context)
    }

    /// Whether any policy is for this release, at whatever moment.
    pub fn binds(&self, context: &Context) -> bool {
        self.binds_within(context, Watch::none())
    }

    fn binds_within(&self, context: &Context, watch: Watch<'_>) -> bool {
        let moments =
            [Moment::Admission, Moment::Shape, Moment::Promotion, Moment::Rollback, Moment::Override];
        moments
            .iter()
            .flat_map(|moment| self.evaluate_within(*moment, context, watch))
            .any(|outcome| outcome.result != RuleResult::Skipped)
    }

    fn one(&self, policy: &str) -> &[Policy] {
        let at = self.policies.iter().position(|one| one.name == policy);
        at.map_or(&[], |at| &self.policies[at..=at])
    }
}

fn named_twice(policy: &Policy, source: &Source, first: &Policy, elsewhere: &Source) -> Problem {
    let (line, column) = elsewhere.position(first.name_span.start);
    let message = format!("the policy `{}` stands twice", policy.name);
    Problem::new("sluice::policy::duplicate-policy", message)
        .at(
            source,
            policy.name_span,
            format!("first named so in `{}`, line {line}, column {column}", elsewhere.name),
        )
        .with_help("give one of the two another `name`, or load only one of them")
}
