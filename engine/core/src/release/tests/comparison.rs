//! Two releases beside one another.

use super::world::{Script, World, plan};
use crate::model::verdict::Verdict;
use crate::release::decision::Outcome;
use crate::report::{Comparison, Report};

fn run(version: &str, script: Script) -> World {
    let mut plan = plan(&["errors"]);
    plan.candidate = crate::sample::revision(version);
    plan.policies.digest = "sha256:".repeat(40);
    let mut world = World::new(plan, script);
    world.run(3_000);
    world
}

#[test]
fn what_differs_is_told_by_place_and_by_step() {
    let good = run("v2", Script::default());
    let fails = Script {
        verdict: Box::new(|number| if number > 3 { Verdict::Fail } else { Verdict::Pass }),
        ..Script::default()
    };
    let bad = run("v3", fails);
    let compared = Comparison::of(&good.records, &bad.records).unwrap();
    let outcomes = compared.releases.each_ref().map(|side| side.outcome);
    assert_eq!(outcomes, [Some(Outcome::Promoted), Some(Outcome::RolledBack)]);

    let version = compared.plan.iter().find(|one| one.place == "candidate.version").unwrap();
    assert_eq!(version.values, [Some("v2".to_owned()), Some("v3".to_owned())]);
    assert!(!compared.plan.iter().any(|one| one.place.starts_with("deadlines")), "{:?}", compared.plan);

    let times: Vec<bool> = compared.steps.iter().map(|one| one.took_ms[0].is_some()).collect();
    assert_eq!(times, [true; 4], "the first went through every step");
    assert!(compared.steps[0].took_ms[1].is_some() && compared.steps[3].took_ms[1].is_none());
    let failed = compared.verdicts.iter().filter(|one| one.counts[1].contains_key("fail"));
    assert_eq!(failed.count(), 1, "it failed in one step: {:?}", compared.verdicts);
    let [first, second] = &compared.decisions;
    assert!(first.iter().all(|one| !one.starts_with("roll back")));
    assert!(second.iter().any(|one| one.starts_with("roll back")));
}

#[test]
fn a_release_beside_itself_differs_in_nothing() {
    let world = run("v2", Script::default());
    let compared = Comparison::of(&world.records, &world.records).unwrap();
    assert_eq!((compared.plan.len(), compared.plan_left_out), (0, 0));
    assert!(compared.steps.iter().all(|one| one.took_ms[0] == one.took_ms[1]));
    assert!(compared.measured.iter().all(|one| one.values[0] == one.values[1]));
    assert_eq!(compared.decisions[0], compared.decisions[1]);
}

#[test]
fn long_values_that_begin_alike_are_told_apart() {
    let (one, mut other) = (run("v2", Script::default()), plan(&["errors"]));
    other.policies.digest = format!("{}x", "sha256:".repeat(40));
    let other = World::new(other, Script::default());
    let compared = Comparison::of(&one.records, &other.records).unwrap();
    let digest = compared.plan.iter().find(|one| one.place == "policies.digest").unwrap();
    assert_ne!(digest.values[0], digest.values[1]);
    assert!(digest.values.iter().flatten().all(|value| value.len() < 60), "{digest:?}");
}

#[test]
fn the_picture_of_a_release_has_its_steps_and_its_end() {
    let picture = Report::of(&run("v2", Script::default()).records).unwrap().timeline();
    for told in ["<title>50: ", "class=\"candidate\"", "class=\"stable\"", ">promoted</text>"] {
        assert!(picture.contains(told), "`{told}` is missing:\n{picture}");
    }
}
