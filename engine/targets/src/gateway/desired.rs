//! What a gateway can be asked: checked as a whole before anything of it is written down.

use std::collections::BTreeSet;

use http::header::HeaderName;
use sluice_core::model::shape::{Allocation, Matcher, Role, Shape, Weight};
use sluice_core::plan::{Port, Revision};
use sluice_runner::ports::target::Desired;

use super::record::{Accepted, Record};

/// What becomes of a desired state that was asked.
#[derive(Debug, PartialEq, Eq)]
pub enum Asked {
    New(Box<Accepted>),
    /// It was accepted before.
    Known,
    Refused(String),
}

/// Compares with what was accepted before, and checks the rest.
pub fn ask(record: &Record, desired: Desired) -> Asked {
    if let Some(before) = &record.accepted {
        let before = &before.desired;
        if before.key == desired.key {
            let told = format!("the key `{}` was used for another desired state", desired.key);
            return if *before == desired { Asked::Known } else { Asked::Refused(told) };
        }
        if before.release == desired.release && desired.generation < before.generation {
            return Asked::Refused(format!(
                "generation {} of `{}` is older than {}, which was accepted",
                desired.generation, desired.release, before.generation
            ));
        }
    }
    match check(&desired).and_then(|()| ports(record, &desired)).and_then(|()| stable(record, &desired)) {
        Ok(stable) => Asked::New(Box::new(Accepted { desired, stable })),
        Err(told) => Asked::Refused(told),
    }
}

/// Whether this gives users nothing of the candidate that `before` does not: then it is a retreat, which
/// must come about even if not every instance does. Where instances of it are asked for beyond those there were,
/// somebody waits for them: that is none.
pub fn only_retreats(desired: &Desired, before: &Desired) -> bool {
    let is_stable = |role: Role| {
        let of_role = desired.revisions.iter().find(|one| one.role == role);
        // A baseline runs what stable runs.
        role == Role::Baseline || of_role.is_some_and(|one| Some(&one.revision.id) == desired.stable.as_ref())
    };
    let weighs_less = desired.revisions.iter().all(|one| {
        let old = before.revisions.iter().find(|old| old.revision.id == one.revision.id);
        is_stable(one.role) || one.weight.get() == 0 || old.is_some_and(|old| old.weight >= one.weight)
    });
    let routes_less =
        desired.routes.iter().all(|route| is_stable(route.role) || before.routes.contains(route));
    let weight = |of: &Desired| of.mirror.map_or(Weight::NONE, |mirror| mirror.weight);
    let mirrors_more = desired.mirror.is_some_and(|mirror| {
        let as_before = before.mirror.is_some_and(|before| before.role == mirror.role);
        mirror.role == Role::Candidate && (!as_before || weight(desired) > weight(before))
    });
    let grows = desired.revisions.iter().any(|one| {
        let old = before.revisions.iter().find(|old| old.revision.id == one.revision.id);
        !is_stable(one.role) && one.instances > old.map_or(0, |old| old.instances)
    });
    desired.stable.is_some()
        && desired.stable == before.stable
        && weighs_less
        && routes_less
        && !grows
        && !mirrors_more
}

fn check(desired: &Desired) -> Result<(), String> {
    let allocation = |one: &sluice_runner::ports::target::DesiredRevision| Allocation {
        role: one.role,
        instances: one.instances,
        weight: one.weight,
    };
    let allocations = desired.revisions.iter().map(allocation).collect();
    let shape = Shape { allocations, routes: desired.routes.clone(), mirror: desired.mirror };
    if let Some(problem) = shape.problems().first() {
        return Err(problem.to_string());
    }
    let mut ids = BTreeSet::new();
    for one in &desired.revisions {
        if !ids.insert(&one.revision.id) {
            return Err(format!("`{}` stands in the desired state twice", one.revision.id));
        }
        revision(&one.revision, one.instances)?;
    }
    for route in &desired.routes {
        if let Matcher::Header { name, .. } = &route.matcher
            && HeaderName::from_bytes(name.as_bytes()).is_err()
        {
            return Err(format!("the route `{}` names the header `{name}`, which can not be", route.name));
        }
    }
    Ok(())
}

fn revision(revision: &Revision, instances: u32) -> Result<(), String> {
    let id = &revision.id;
    let named = |byte: u8| byte.is_ascii_graphic() && byte != b'/';
    if id.is_empty() || id.len() > 200 || !id.bytes().all(named) {
        return Err(format!("`{id}` can not be the id of a revision"));
    }
    if revision.spec.command.is_empty() {
        return Err(format!("`{id}` has an empty command"));
    }
    if matches!(revision.spec.port, Port::Fixed(_)) && instances > 1 {
        return Err(format!("`{id}` has a fixed port, and so can not have {instances} instances"));
    }
    let spec = &revision.spec;
    let paths = [spec.readiness.path.as_ref(), spec.metrics_path.as_ref()];
    for path in paths.into_iter().flatten() {
        if !path.starts_with('/') || !path.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(format!("`{id}` has the path `{path}`, which is none"));
        }
    }
    Ok(())
}

/// Two revisions can not run side by side on one fixed port, and without that a change would drop requests.
fn ports(record: &Record, desired: &Desired) -> Result<(), String> {
    let now = record.in_effect.iter().flat_map(|now| &now.desired.revisions);
    let all: Vec<&Revision> = desired.revisions.iter().chain(now).map(|one| &one.revision).collect();
    for one in &all {
        let Port::Fixed(port) = one.spec.port else { continue };
        let clash = all.iter().find(|other| other.id != one.id && other.spec.port == one.spec.port);
        if let Some(other) = clash {
            return Err(format!(
                "`{}` and `{}` both have the fixed port {port}, so that one can not start while the other serves: give the port by an environment variable instead",
                one.id, other.id
            ));
        }
    }
    Ok(())
}

fn stable(record: &Record, desired: &Desired) -> Result<Option<Revision>, String> {
    let Some(id) = &desired.stable else { return Ok(None) };
    let asked = desired.revisions.iter().map(|one| &one.revision);
    let known = [&record.in_effect, &record.accepted].into_iter().flatten().flat_map(|accepted| {
        let revisions = accepted.desired.revisions.iter().map(|one| &one.revision);
        revisions.chain(&accepted.stable)
    });
    let found = asked.chain(known).find(|revision| revision.id == *id).cloned();
    found.map(Some).ok_or_else(|| format!("`{id}` is to be stable and is not known here"))
}

#[cfg(test)]
mod tests {
    use sluice_core::model::shape::Mirror;

    use super::super::sample;
    use super::*;

    fn accepted(desired: Desired) -> Record {
        let mut record = Record::new("shop");
        let stable = desired.revisions.first().map(|one| one.revision.clone());
        record.accepted = Some(Accepted { desired, stable });
        record.in_effect = record.accepted.clone();
        record
    }

    #[test]
    fn the_same_is_known_an_older_is_refused_and_another_release_takes_over() {
        let record = accepted(sample::split("r-1", 3, 900, 100));
        assert_eq!(ask(&record, sample::split("r-1", 3, 900, 100)), Asked::Known);
        let mut changed = sample::split("r-1", 3, 800, 200);
        insta::assert_debug_snapshot!(ask(&record, changed.clone()), @r#"
        Refused(
            "the key `r-1#3` was used for another desired state",
        )
        "#);
        changed = sample::split("r-1", 2, 800, 200);
        insta::assert_debug_snapshot!(ask(&record, changed), @r#"
        Refused(
            "generation 2 of `r-1` is older than 3, which was accepted",
        )
        "#);
        assert!(matches!(ask(&record, sample::split("r-1", 4, 800, 200)), Asked::New(_)));
        assert!(matches!(ask(&record, sample::split("r-2", 1, 800, 200)), Asked::New(_)));
    }

    #[test]
    fn what_can_not_be_is_refused_as_a_whole() {
        let record = Record::new("shop");
        let refused = |change: fn(&mut Desired)| {
            let mut desired = sample::split("r-1", 1, 900, 100);
            change(&mut desired);
            match ask(&record, desired) {
                Asked::Refused(told) => told,
                other => panic!("{other:?}"),
            }
        };
        let told = [
            refused(|desired| desired.stable = Some("v9".to_owned())),
            refused(|desired| desired.revisions[0].instances = 0),
            refused(|desired| desired.revisions.truncate(1)),
            refused(|desired| desired.revisions[1].revision.id = desired.revisions[0].revision.id.clone()),
            refused(|desired| desired.revisions[1].revision.id = "../v2".to_owned()),
            refused(|desired| desired.revisions[1].revision.spec.command.clear()),
            refused(|desired| {
                desired.revisions.iter_mut().for_each(|one| {
                    one.instances = 1;
                    one.revision.spec.port = Port::Fixed(80);
                });
            }),
            refused(|desired| desired.revisions[1].revision.spec.readiness.path = Some("/a\r\nb".to_owned())),
        ];
        insta::assert_snapshot!(told.join("\n"), @r"
        `v9` is to be stable and is not known here
        `stable` gets traffic and has no instance
        the weights add up to 90 %, not 100 %
        `v1` stands in the desired state twice
        `../v2` can not be the id of a revision
        `v2` has an empty command
        `v1` and `v2` both have the fixed port 80, so that one can not start while the other serves: give the port by an environment variable instead
        `v2` has the path `/a
        b`, which is none
        ");
    }

    #[test]
    fn a_retreat_never_gives_the_candidate_more() {
        let at = |candidate: u16| sample::split("r-1", 1, 1000 - candidate, candidate);
        assert!(only_retreats(&at(50), &at(100)));
        assert!(only_retreats(&at(0), &at(100)));
        assert!(!only_retreats(&at(101), &at(100)));
        let mut grown = at(50);
        grown.revisions[1].instances += 1;
        assert!(!only_retreats(&grown, &at(50)));
        let mirrored = |weight| {
            let weight = Weight::per_mille(weight).unwrap();
            Desired { mirror: Some(Mirror { role: Role::Candidate, weight }), ..at(0) }
        };
        assert!(only_retreats(&at(0), &mirrored(10)) && only_retreats(&mirrored(5), &mirrored(10)));
        assert!(!only_retreats(&mirrored(10), &at(0)) && !only_retreats(&mirrored(11), &mirrored(10)));
        let mut promoted = at(0);
        promoted.stable = Some("v2".to_owned());
        assert!(!only_retreats(&promoted, &at(100)));
        let mut first = at(0);
        first.stable = None;
        assert!(!only_retreats(&first, &at(0)));
    }
}
