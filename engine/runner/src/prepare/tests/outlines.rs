//! Outlines: the steps of strategies that are asked beforehand, and what is refused.

use insta::assert_snapshot;
use sluice_core::document::problem::Problems;
use sluice_core::model::capabilities::Capabilities;
use sluice_core::model::shape::{
    Allocation, Approval, Gate, Matcher, Mirror, Role, Route, Shape, Step, Weight,
};
use sluice_core::plan::{Kind, Plan, PluginPin};
use sluice_core::release::event::{Proposal, RollbackAnswer};
use sluice_core::release::outline::{End, Outline};
use sluice_core::snapshot::Snapshot;

use super::{told, workflow};
use crate::ports::plugins::*;
use crate::prepare::outline::outline;

type Answer = fn(&Snapshot, u32) -> Result<Proposal, &'static str>;

/// Answers by the snapshot, and by how many calls there were before, which its state says.
#[derive(Debug)]
struct Scripted(Answer, PluginPin);

impl Plugin for Scripted {
    fn kind(&self) -> PluginKind {
        PluginKind::Strategy
    }

    fn pin(&self) -> &PluginPin {
        &self.1
    }

    fn describe(&self, _: &str) -> Result<Description, DescribeError> {
        panic!("nobody asks for a description")
    }

    fn next(&self, call: Call<'_>) -> Result<Answered<WithState<Proposal>>, PluginError> {
        let calls = u32::try_from(call.state.len()).unwrap();
        let answer = (self.0)(call.snapshot, calls).map_err(|what| PluginError {
            plugin: "strategy".to_owned(),
            code: PluginFailure::Trap,
            what: what.to_owned(),
            help: String::new(),
        })?;
        let state = vec![0; call.state.len() + 1];
        Ok(Answered { answer: WithState { answer, state }, further: Vec::new(), log: Vec::new(), fuel: 0 })
    }

    fn judge(&self, _: Call<'_>) -> Result<Answered<Judged>, PluginError> {
        panic!("a strategy judges nothing")
    }

    fn decide(&self, _: Call<'_>) -> Result<Answered<WithState<RollbackAnswer>>, PluginError> {
        panic!("a strategy rolls nothing back")
    }
}

const WORKFLOW: &str = "\
apiVersion: sluice/v1
kind: Workflow
service: shop
target: {gateway: {listen: 127.0.0.1:8080}}
candidate: {version: v2, command: [./shop], port-env: PORT}
strategy: {plugin: canary, config: {steps: [5, 100]}}
checks: []
";

fn step(snapshot: &Snapshot, weight: u16) -> Step {
    let weight = Weight::per_mille(weight).unwrap();
    let allocations = vec![
        Allocation { role: Role::Stable, instances: 2, weight: weight.rest() },
        Allocation { role: Role::Candidate, instances: 2, weight },
    ];
    let gate = Gate {
        min_time_ms: 60_000,
        min_events: 10,
        checks: Vec::new(),
        unchecked: false,
        approval: None,
        deadline_ms: 600_000,
    };
    let shape = Shape { allocations, ..Shape::default() };
    Step { name: format!("number {}", snapshot.completed + 1), shape, gate, reason: String::new() }
}

fn propose(step: Step) -> Result<Proposal, &'static str> {
    Ok(Proposal::Step(Box::new(step)))
}

fn of(plan: &Plan, answer: Answer) -> (Outline, String) {
    let workflow = workflow(WORKFLOW);
    let mut problems = Problems::new();
    let strategy = Scripted(answer, plan.strategy.pin.clone());
    let outline = outline(&workflow, plan, &strategy, &mut problems);
    (outline, told(&problems))
}

fn plan(capabilities: Capabilities) -> Plan {
    let mut plan = sluice_core::sample::plan();
    plan.target.capabilities = Some(capabilities);
    plan
}

fn able() -> Capabilities {
    Capabilities::ALL
}

fn weights(outline: &Outline) -> Vec<u16> {
    outline.steps.iter().map(|step| step.shape.weight(Role::Candidate).get()).collect()
}

#[test]
fn every_step_is_known_before_the_release() {
    let (outline, problems) = of(&plan(able()), |snapshot, calls| {
        assert_eq!(snapshot.completed, calls, "its state is handed on");
        assert_eq!(snapshot.now, 60_000 * u64::from(calls), "time moves on");
        assert_eq!(snapshot.judgements.len(), if calls == 0 { 0 } else { 2 }, "every check passes");
        assert_eq!(snapshot.capacities[1].ready, if calls == 0 { 0 } else { 2 }, "all are ready");
        match [50, 500, 1000].get(snapshot.completed as usize) {
            Some(weight) => propose(step(snapshot, *weight)),
            None => Ok(Proposal::Complete("done".to_owned())),
        }
    });
    assert_eq!(
        (weights(&outline), &outline.end, problems.as_str()),
        (vec![50, 500, 1000], &End::Promotion, "")
    );
}

#[test]
fn what_the_target_lacks_is_told_once_with_what_to_use_instead() {
    let small = Capabilities { exact_weights: true, capacity: Some(3), ..Capabilities::default() };
    let (_, problems) = of(&plan(small), |snapshot, calls| {
        let mut step = step(snapshot, 50);
        let matcher = Matcher::Header { name: "X-Beta".to_owned(), value: "1".to_owned() };
        step.shape.routes.push(Route { name: "beta".to_owned(), matcher, role: Role::Candidate });
        step.shape.mirror = Some(Mirror { role: Role::Candidate, weight: Weight::ALL });
        if calls < 5 { propose(step) } else { Ok(Proposal::Complete(String::new())) }
    });
    assert_snapshot!(problems, @r"
    the step `number 1` can not be, as the target `fake` does not route by header or cookie (use the target `gateway` or `envoy`, which route by header and cookie, or steps by weight alone)
    the step `number 1` can not be, as the target `fake` does not mirror requests (use the target `gateway` or `envoy`, which mirror, or a canary that begins with a small weight)
    the step `number 1` can not be, as the target `fake` may run 3 instances at once, and 4 are asked for (raise the target's `capacity`, ask for fewer instances, or replace them in batches by the strategy `rolling`)
    ");
}

#[test]
fn a_group_and_a_check_that_there_are_not_are_refused_with_the_nearest() {
    let (_, problems) = of(&plan(able()), |snapshot, calls| {
        let mut step = step(snapshot, 50);
        let group = ["leeds", "security", "leads", ""].get(calls as usize).copied();
        let Some(group) = group else { return Ok(Proposal::Complete(String::new())) };
        step.gate.approval =
            Some(Approval { group: group.to_owned(), message: String::new(), deadline_ms: 1_000 });
        step.gate.checks =
            vec!["latency".to_owned(), ["erors", "memory", "errors", "errors"][calls as usize].to_owned()];
        propose(step)
    });
    assert_snapshot!(problems, @r"
    the step `number 1` asks for the approval of `leeds`, a group that `approvers` does not name (did you mean `leads`?)
    the step `number 1` waits for the check `erors`, which there is not (did you mean `errors`?)
    the step `number 2` asks for the approval of `security`, a group that `approvers` does not name (write who is in it: `approvers: {security: [alice, bob]}`)
    the step `number 2` waits for the check `memory`, which there is not (the checks are: errors, latency)
    ");
}

#[test]
fn a_strategy_that_aborts_beforehand_is_why_the_release_can_not_start() {
    let (_, problems) =
        of(&plan(able()), |_, _| Ok(Proposal::Abort("there is no stable to compare with".to_owned())));
    assert_snapshot!(problems, @"the strategy can not take this release: there is no stable to compare with (change its config, or what it is about)");
}

#[test]
fn what_can_not_be_known_is_said_and_refuses_nothing() {
    let ends = [
        of(&plan(able()), |_, _| Ok(Proposal::Hold("waits for traffic".to_owned()))),
        of(&plan(able()), |_, _| Err("trapped")),
        of(&plan(able()), |snapshot, _| propose(step(snapshot, 50))),
    ];
    let said =
        ends.iter().map(|(outline, problems)| format!("{} {:?}{problems}", outline.steps.len(), outline.end));
    assert_snapshot!(said.collect::<Vec<_>>().join("\n"), @r#"
    0 Unknown("waits for traffic")
    0 Unknown("plugin `strategy` trapped")
    200 Unknown("there are more than 200 steps")
    "#);
}

#[test]
fn a_strategy_that_only_waits_for_time_goes_on() {
    let (outline, problems) = of(&plan(able()), |snapshot, calls| match (snapshot.completed, calls % 3) {
        (2.., _) => Ok(Proposal::Complete(String::new())),
        (_, 2) => propose(step(snapshot, 50)),
        _ => Ok(Proposal::Hold("a moment".to_owned())),
    });
    assert_eq!((outline.steps.len(), outline.end, problems.as_str()), (2, End::Promotion, ""));
}

#[test]
fn a_first_deployment_has_one_step_that_no_strategy_is_asked_for() {
    let first = Plan { kind: Kind::First, stable: None, ..plan(able()) };
    let (outline, problems) = of(&first, |_, _| Ok(Proposal::Abort("stable is too small".to_owned())));
    assert_eq!((weights(&outline), outline.end, problems.as_str()), (vec![1000], End::Promotion, ""));
}

#[test]
fn what_would_refuse_the_next_release_is_told_at_the_first_deployment() {
    let first = Plan { kind: Kind::First, stable: None, ..plan(able()) };
    let (_, problems) = of(&first, |snapshot, calls| {
        let mut step = step(snapshot, 50);
        step.gate.checks = vec!["erors".to_owned()];
        if calls == 0 { propose(step) } else { Ok(Proposal::Complete(String::new())) }
    });
    assert_snapshot!(problems, @"the step `number 1` waits for the check `erors`, which there is not (did you mean `errors`?)");
}
