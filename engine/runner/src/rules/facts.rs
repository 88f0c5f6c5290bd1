//! What rules see of the plan, of people, and of other releases.

use std::collections::BTreeSet;

use sluice_core::model::policy::Other;
use sluice_core::plan::{Job, Plan, Stage, Work};
use sluice_core::release::jobs::Standing;
use sluice_core::release::state::{State, Word};
use sluice_policy::context::{ApprovalFacts, OtherFacts, PlanFacts, RecentFacts};

use super::pinned;

pub(super) fn plan(plan: &Plan) -> PlanFacts {
    let stages = &plan.stages;
    let names = |jobs: &[Job]| jobs.iter().map(|job| job.name.clone()).collect::<Vec<_>>();
    let smoke = stages.smoke.preview.iter().chain(&stages.smoke.promoted);
    let seconds = |ms: u64| std::time::Duration::from_millis(ms).as_secs_f64();
    PlanFacts {
        target: plan.target.kind.clone(),
        instances: plan.candidate.instances,
        image: plan.candidate.spec.env.get("IMAGE").cloned().unwrap_or_default(),
        checks: plan.checks.iter().map(|check| check.name.clone()).collect(),
        rollback: pinned(&plan.rollback.pin),
        approvals: names(&stages.prepare.approvals),
        tests: names(&stages.test.jobs),
        smoke: smoke.map(|job| job.name.clone()).collect(),
        notified: stages.prepare.notify.iter().map(|one| one.name.clone()).collect(),
        monitor_seconds: stages.monitor.as_ref().map_or(0.0, |monitor| seconds(monitor.for_ms)),
    }
}

pub(super) fn recent(state: &State) -> Vec<RecentFacts> {
    let facts = |past: &sluice_core::model::policy::Past| RecentFacts {
        version: past.version.clone(),
        outcome: past.outcome.clone(),
        who: past.who.clone(),
        began: past.began,
        ended: past.ended,
    };
    state.recent.iter().map(facts).collect()
}

pub(super) fn other(other: &Other) -> OtherFacts {
    OtherFacts {
        service: other.service.clone(),
        environment: other.environment.clone(),
        version: other.version.clone(),
        who: other.who.clone(),
        labels: other.labels.clone(),
        began: other.began,
    }
}

/// The named approvals before anything was done, for their groups; and those since the step in effect began, for each
/// group that whoever gave one is in.
pub(super) fn approvals(state: &State) -> Vec<ApprovalFacts> {
    let jobs = &state.plan.stages.prepare.approvals;
    let runs = state.jobs.get(&Stage::Approvals);
    let named = jobs.iter().filter_map(|job| {
        let Standing::Accepted(word) = &runs?.get(&job.name)?.standing else { return None };
        let Work::Accept { group, .. } = &job.work else { return None };
        Some(one(word, group))
    });
    named.chain(state.approvals.iter().flat_map(|word| of_step(state, word))).collect()
}

fn of_step(state: &State, word: &Word) -> Vec<ApprovalFacts> {
    let asked = state.step.as_ref().and_then(|step| step.step.gate.approval.as_ref());
    let mut groups: BTreeSet<&str> = state.groups_of(&word.who).into_iter().collect();
    // A gate that asks for one may be content with anybody, or its plan with any group.
    groups.extend(asked.map(|approval| approval.group.as_str()));
    if groups.is_empty() {
        groups.insert("");
    }
    groups.into_iter().map(|group| one(word, group)).collect()
}

fn one(word: &Word, group: &str) -> ApprovalFacts {
    ApprovalFacts { who: word.who.clone(), group: group.to_owned(), comment: word.comment.clone() }
}
