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
        let revision = revision(plan, allocation.role)?.clone();
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

fn revision(plan: &Plan, role: Role) -> Result<&Revision, String> {
    match role {
        Role::Candidate => Ok(&plan.candidate),
        Role::Stable => plan.stable.as_ref().ok_or_else(|| "there is no stable revision".to_owned()),
        Role::Baseline => Err("this plan has no baseline revision".to_owned()),
    }
}

fn id(revision: &Revision) -> String {
    revision.id.clone()
}
