//! Policies asked in the loop: what they see of persons' words, and what a word goes by.

use std::sync::Arc;
use std::time::Duration;

use insta::assert_snapshot;
use sluice_core::model::policy::RuleOutcome;
use sluice_core::release::event::{Event, Record, Signal};
use sluice_core::release::state::State;
use sluice_policy::set::PolicySet;

use super::desk::{Desk, OnRecord};
use super::plugins::Script;
use crate::engine::Until;
use crate::policies::replay::replay;
use crate::rules::PlannedRules;

const SOFT: &str = "
apiVersion: sluice/v1
kind: DeploymentPolicy
name: guard
rules:
  - {id: small, on: [shape], enforcement: soft, expr: proposed.candidate.weight <= 10.0, message: too far at once}
  - {id: late, on: [promotion], enforcement: soft, expr: release.comment != '', message: nothing says why}
";

const TELLS: &str = "
apiVersion: sluice/v1
kind: DeploymentPolicy
name: tells
rules:
  - {id: back, on: [rollback], enforcement: advisory, expr: 'override.who == \"\"', message: \"'back by ' + override.who\"}
";

const LATE: &str = "
apiVersion: sluice/v1
kind: DeploymentPolicy
name: late
rules:
  - {id: never, on: [shape], expr: step.index >= 0 || release.first}
";

fn under(policy: &str) -> Desk {
    let rules: PlannedRules = PolicySet::load([("guard.yaml", policy)]).unwrap().into();
    Desk::new(Script::good()).under(Arc::new(rules))
}

/// What rules said that did not pass, the first time of each.
fn said(desk: &Desk) -> Vec<String> {
    let mut all = Vec::new();
    let told = |one: &RuleOutcome| format!("{} {:?}: {}", one.rule, one.result, one.message);
    for record in desk.records() {
        let Event::PoliciesEvaluated { outcomes, .. } = record.event else { continue };
        for text in outcomes.iter().filter(|one| !one.message.is_empty()).map(told) {
            if !all.contains(&text) {
                all.push(text);
            }
        }
    }
    all
}

#[tokio::test(start_paused = true)]
async fn a_step_that_soft_rules_alone_refuse_goes_on_with_a_persons_reason() {
    let desk = under(SOFT);
    let mut listener = OnRecord(|record: &Record, state: &State| {
        let held = matches!(record.event, Event::Decided { .. }) && state.soft_refusals().count() > 0;
        if held {
            desk.say_as("lea", Signal::Promote);
        }
    });
    desk.run_until(Until::default(), &mut listener).await;
    assert_snapshot!(said(&desk).join("\n"), @r"
    small Fail: too far at once
    small Waived: overridden by lea: so be it; it says: too far at once
    late Fail: nothing says why
    late Waived: overridden by lea: so be it; it says: nothing says why
    ");
    assert_snapshot!(desk.told(), @r"
    proceed admission: policy
    proceed 50: policy
      Grow: stable 100 % on 2, candidate 0 % on 2
      Step: stable 95 % on 2, candidate 5 % on 2
    proceed 50: check errors, check latency, gate
    hold 500: policy guard/small
    lea says Promote: so be it
    proceed 500: check errors, check latency, policy, policy guard/small
      Step: stable 50 % on 2, candidate 50 % on 2
    proceed 500: check errors, check latency, gate
    hold 1000: policy guard/small
    lea says Promote: so be it
    proceed 1000: check errors, check latency, policy, policy guard/small
      Step: stable 0 % on 2, candidate 100 % on 2
    proceed 1000: check errors, check latency, gate
    hold promotion: policy guard/late
    lea says Promote: so be it
    proceed promotion: check errors, check latency, policy, policy guard/late
      Promote: candidate 100 % on 2
    ended promoted: every gate closed, over a rule by the word of lea
    ");
}

#[tokio::test(start_paused = true)]
async fn rules_see_whose_word_turned_a_release_back() {
    let desk = under(TELLS);
    let mut listener = OnRecord(|record: &Record, _: &State| {
        if matches!(record.event, Event::ShapeApplied { generation: 2 }) {
            desk.say_as("lea", Signal::Promote);
            desk.say_as("anna", Signal::Abort);
        }
    });
    desk.run_until(Until::default(), &mut listener).await;
    assert_eq!(said(&desk), ["back Fail: back by anna"]);
}

#[tokio::test(start_paused = true)]
async fn a_decision_that_takes_too_long_refuses_and_a_replay_does_not_depend_on_it() {
    let set = PolicySet::load([("tells.yaml", TELLS.replace("[rollback]", "[shape]").as_str())]).unwrap();
    let set = PolicySet::load([("late.yaml", LATE)]).unwrap().merged(set).unwrap();
    let rules = PlannedRules::from(set.clone()).within(Duration::ZERO);
    let desk = Desk::new(Script::good()).under(Arc::new(rules));
    desk.run_until(Until::default(), &mut OnRecord(|_: &Record, _: &State| {})).await;
    let told = said(&desk);
    assert!(
        told.iter().all(|one| one.contains("Error: the rule can not be asked: the machine is overloaded"))
    );
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(desk.told().contains("hold 50: policy late/never"), "{}", desk.told());
    // What was said is on record; asked again, the rules say what they say.
    let replayed = replay(&desk.records(), Some(&set)).unwrap();
    let [change] = replayed.changes.as_slice() else { panic!("{:?}", replayed.changes) };
    assert!(change.was_refused, "{change:?}");
}
