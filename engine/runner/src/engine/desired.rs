//! From a shape, which speaks of roles, to a desired state, which names revisions.

use sluice_core::model::shape::{Role, Shape};
use sluice_core::plan::{Plan, Revision};
use sluice_core::release::event::Purpose;

use crate::ports::target::{Desired, DesiredRevision};

/// The desired state of a shape; `Err` says which part of it this plan has no revision for.
pub fn desired(
    plan: &Plan,
    release: &str,
    (generation, key): (u64, &str),
    shape: &Shape,
    purpose: &Purpose,
) -> Result<Desired, String> {
    let promotes = *purpose == Purpose::Promote;
    let mut revisions = Vec::new();
    for allocation in &shape.allocations {
        let revision = revision(plan, allocation.role)?;
        // Once promoted, the candidate is what everybody calls stable.
        let role = if promotes { Role::Stable } else { allocation.role };
        let (instances, weight) = (allocation.instances, allocation.weight);
        revisions.push(DesiredRevision { revision, role, instances, weight });
    }
    let stable = if promotes { Some(plan.candidate.id.clone()) } else { plan.stable.as_ref().map(id) };
    Ok(Desired {
        release: release.to_owned(),
        generation,
        key: key.to_owned(),
        revisions,
        routes: shape.routes.clone(),
        mirror: shape.mirror,
        stable,
    })
}

fn revision(plan: &Plan, role: Role) -> Result<Revision, String> {
    let stable = || plan.stable.clone().ok_or_else(|| format!("there is no stable revision to be `{role}`"));
    match role {
        Role::Candidate => Ok(plan.candidate.clone()),
        Role::Stable => stable(),
        Role::Baseline => stable().map(baseline),
    }
}

/// What stable runs, as a revision of its own: it starts when the candidate does, so that the two can be
/// compared fairly, and is counted apart.
fn baseline(stable: Revision) -> Revision {
    Revision { id: format!("{}~baseline", stable.id), ..stable }
}

fn id(revision: &Revision) -> String {
    revision.id.clone()
}

#[cfg(test)]
mod tests {
    use sluice_core::model::shape::{Allocation, Weight};

    use super::super::tests::plan::plan;
    use super::*;

    fn arms(plan: &Plan) -> Result<Vec<(String, Role)>, String> {
        let of = |role, weight| Allocation { role, instances: 1, weight: Weight::per_mille(weight).unwrap() };
        let allocations = vec![of(Role::Stable, 900), of(Role::Baseline, 50), of(Role::Candidate, 50)];
        let shape = Shape { allocations, ..Shape::default() };
        let desired = desired(plan, "r", (1, "r/1"), &shape, &Purpose::Step)?;
        assert_eq!(desired.stable, plan.stable.as_ref().map(id));
        Ok(desired.revisions.into_iter().map(|one| (one.revision.id, one.role)).collect())
    }

    #[test]
    fn a_baseline_is_a_fresh_copy_of_stable_with_an_id_of_its_own() {
        let plan = plan();
        let (stable, candidate) = (id(plan.stable.as_ref().unwrap()), id(&plan.candidate));
        let baseline = format!("{stable}~baseline");
        let expected = [(stable, Role::Stable), (baseline, Role::Baseline), (candidate, Role::Candidate)];
        assert_eq!(arms(&plan).unwrap(), expected);
        let copy = revision(&plan, Role::Baseline).unwrap();
        assert_eq!(Some(copy.spec), plan.stable.map(|stable| stable.spec));
    }

    #[test]
    fn without_stable_there_is_no_baseline() {
        let plan = Plan { stable: None, ..plan() };
        assert_eq!(
            revision(&plan, Role::Baseline).unwrap_err(),
            "there is no stable revision to be `baseline`"
        );
    }
}
