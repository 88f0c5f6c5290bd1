//! Whether a target is as it was before a rehearsal.

use std::collections::BTreeMap;

use crate::ports::target::{InstanceStatus, RevisionStatus, TargetStatus};

/// Everything in which the target is not as it was, for people; nothing where it is.
pub fn changes(before: &TargetStatus, after: &TargetStatus) -> Vec<String> {
    let mut changes = Vec::new();
    let id = |status: &TargetStatus| status.stable.as_ref().map(|stable| stable.id.clone());
    if id(before) != id(after) {
        let named = |id: Option<String>| id.map_or_else(|| "nothing".to_owned(), |id| format!("`{id}`"));
        changes.push(format!("what counts as stable was {}, and is {}", named(id(before)), named(id(after))));
    }
    let (was, is) = (revisions(before), revisions(after));
    for (id, one) in &was {
        match is.get(id) {
            None => changes.push(format!("revision `{}` is gone", one.revision.version)),
            Some(now) => changes.extend(of_revision(one, now)),
        }
    }
    let new = is.iter().filter(|(id, _)| !was.contains_key(*id));
    changes.extend(new.map(|(_, one)| {
        format!("revision `{}` is still there (instances: {})", one.revision.version, one.instances.len())
    }));
    changes
}

/// Revisions that are there at all.
fn revisions(status: &TargetStatus) -> BTreeMap<&str, &RevisionStatus> {
    let there = status.revisions.iter().filter(|one| !one.instances.is_empty());
    there.map(|one| (one.revision.id.as_str(), one)).collect()
}

fn of_revision(was: &RevisionStatus, is: &RevisionStatus) -> Vec<String> {
    let version = &was.revision.version;
    let mut changes = Vec::new();
    if was.weight != is.weight {
        changes
            .push(format!("revision `{version}` had {} of the traffic, and has {}", was.weight, is.weight));
    }
    let by_id = |one: &RevisionStatus| -> BTreeMap<String, InstanceStatus> {
        one.instances.iter().map(|instance| (instance.id.clone(), instance.clone())).collect()
    };
    let (before, after) = (by_id(was), by_id(is));
    for (id, one) in &before {
        match after.get(id) {
            None => changes.push(format!("instance `{id}` is gone")),
            Some(now) if now.restarts > one.restarts => {
                changes.push(format!("instance `{id}` was restarted: {}", now.last_exit));
            }
            Some(now) if one.ready && !now.ready => {
                changes.push(format!("instance `{id}` is not ready any more"))
            }
            Some(_) => {}
        }
    }
    changes.extend(
        after.keys().filter(|id| !before.contains_key(*id)).map(|id| format!("instance `{id}` is new")),
    );
    changes
}

#[cfg(test)]
mod tests {
    use sluice_core::model::shape::{Role, Weight};
    use sluice_core::sample;

    use super::*;
    use crate::ports::target::Progress;

    fn revision(version: &str, weight: Weight, restarts: u32, ids: &[u32]) -> RevisionStatus {
        let instance = |number: &u32| InstanceStatus {
            id: format!("{version}/{number}"),
            address: String::new(),
            ready: true,
            restarts,
            last_exit: "killed".to_owned(),
        };
        let (revision, instances) = (sample::revision(version), ids.iter().map(instance).collect());
        RevisionStatus { revision, role: Role::Stable, weight, instances }
    }

    fn status(stable: &str, revisions: Vec<RevisionStatus>) -> TargetStatus {
        TargetStatus {
            release: "shop-1".to_owned(),
            generation: 2,
            key: String::new(),
            progress: Progress::Settled,
            stable: Some(sample::revision(stable)),
            revisions,
            endpoints: Vec::new(),
            address: String::new(),
            preview: None,
            differences: Vec::new(),
            started_again: 0,
        }
    }

    #[test]
    fn a_target_that_is_as_before_has_no_changes() {
        let before = status("v1", vec![revision("v1", Weight::ALL, 1, &[1, 2])]);
        let after = TargetStatus { generation: 9, key: "other".to_owned(), ..before.clone() };
        assert_eq!(changes(&before, &after), Vec::<String>::new());
    }

    #[test]
    fn everything_that_was_left_is_told() {
        let before = status("v1", vec![revision("v1", Weight::ALL, 0, &[1, 2])]);
        let left = revision("v2", Weight::NONE, 0, &[1]);
        let after = status("v2", vec![revision("v1", Weight::NONE, 1, &[2, 3]), left]);
        let told = changes(&before, &after).join("\n");
        insta::assert_snapshot!(told, @r"
        what counts as stable was `v1-c281ec67`, and is `v2-ecf57e16`
        revision `v1` had 100 % of the traffic, and has 0 %
        instance `v1/1` is gone
        instance `v1/2` was restarted: killed
        instance `v1/3` is new
        revision `v2` is still there (instances: 1)
        ");
        assert_eq!(changes(&before, &status("v1", Vec::new())), ["revision `v1` is gone"]);
    }
}
