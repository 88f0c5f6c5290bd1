//! Asks the strategy for all its steps before the release, as if every gate closed, and checks what it says: what
//! the target can not do, what nobody can approve and what no check answers to is told here, and not on the way.

use std::sync::Arc;

use sluice_core::document::problem::{Problems, nearest};
use sluice_core::document::workflow::Workflow;
use sluice_core::model::capabilities::Lack;
use sluice_core::model::observation::{Observation, Quality, Query};
use sluice_core::model::shape::Step;
use sluice_core::plan::{Kind, Plan};
use sluice_core::release::event::Proposal;
use sluice_core::release::outline::{End, Outline, Walk};

use crate::ports::plugins::{Call, Further, Plugin, PluginError};

/// The most steps that are gone through.
const MAX_STEPS: usize = 200;
/// How often a strategy that holds is asked again.
const MAX_HOLDS: u32 = 3;

/// The outline of a plan; what is wrong with it is among the problems.
pub(super) fn outline(
    workflow: &Workflow,
    plan: &Plan,
    strategy: &dyn Plugin,
    problems: &mut Problems,
) -> Outline {
    let mut check = Check { workflow, plan, problems, told: Vec::new(), supposed: false };
    let outline = walked(plan, strategy, &mut check);
    if plan.kind == Kind::First {
        // What a mistake in the strategy would refuse at the next release is refused now.
        let mut later = plan.clone();
        (later.kind, later.stable) = (Kind::Progressive, Some(plan.candidate.clone()));
        check.supposed = true;
        walked(&later, strategy, &mut check);
    }
    outline
}

fn walked(plan: &Plan, strategy: &dyn Plugin, check: &mut Check<'_>) -> Outline {
    let config = plan.strategy.config.to_string();
    let observations: Vec<Observation> = plan.strategy.queries.iter().map(unmeasured).collect();
    let metrics: Arc<dyn Further> = Arc::new(Nothing);
    let mut walk = Walk::new(plan);
    let (mut steps, mut holds) = (Vec::new(), 0);
    while steps.len() < MAX_STEPS {
        let unknown = |why: String| End::Unknown(why);
        let proposal = match walk.unasked() {
            Some(proposal) => proposal,
            None => match ask(&mut walk, strategy, &config, &observations, &metrics) {
                Ok(proposal) => proposal,
                Err(error) => return Outline { steps, end: unknown(error.to_string()) },
            },
        };
        match proposal {
            Proposal::Step(step) => {
                check.step(&walk, &step);
                walk.goes_through(&step);
                (steps, holds) = (with(steps, *step), 0);
            }
            Proposal::Complete(_) => {
                check.lacks("the promotion", walk.promotion_lacks());
                return Outline { steps, end: End::Promotion };
            }
            Proposal::Abort(reason) => {
                check.aborts(&reason);
                return Outline { steps, end: unknown(reason) };
            }
            Proposal::Hold(reason) if holds >= MAX_HOLDS => return Outline { steps, end: unknown(reason) },
            Proposal::Hold(_) => {
                holds += 1;
                walk.waits();
            }
        }
    }
    Outline { steps, end: End::Unknown(format!("there are more than {MAX_STEPS} steps")) }
}

fn with(mut steps: Vec<Step>, step: Step) -> Vec<Step> {
    steps.push(step);
    steps
}

fn ask(
    walk: &mut Walk,
    strategy: &dyn Plugin,
    config: &str,
    observations: &[Observation],
    metrics: &Arc<dyn Further>,
) -> Result<Proposal, PluginError> {
    let snapshot = walk.snapshot();
    let state = walk.strategy_state();
    let answered = strategy.next(Call { snapshot: &snapshot, config, state, observations, metrics })?;
    walk.answered(answered.answer.state);
    Ok(answered.answer.answer)
}

/// Tells each kind of problem once, with the first step that has it.
struct Check<'a> {
    workflow: &'a Workflow,
    plan: &'a Plan,
    problems: &'a mut Problems,
    told: Vec<String>,
    /// Whether a release to come is gone through, of which not all is known.
    supposed: bool,
}

impl Check<'_> {
    fn step(&mut self, walk: &Walk, step: &Step) {
        let name = format!("the step `{}`", step.name);
        for problem in step.shape.problems() {
            self.tell("shape", &name, format!("can not be: {problem}"), "ask the strategy's author");
        }
        self.lacks(&name, walk.lacks(step));
        self.approval(&name, step);
        self.checks(&name, step);
    }

    fn lacks(&mut self, name: &str, lacks: Vec<Lack>) {
        for lack in lacks {
            let kind = &self.plan.target.kind;
            self.tell("target", name, format!("can not be, as the target `{kind}` {lack}"), lack.instead());
        }
    }

    fn approval(&mut self, name: &str, step: &Step) {
        let groups = self.plan.approvers.clone().unwrap_or_default();
        let Some(approval) = step.gate.approval.as_ref().filter(|one| !one.group.is_empty()) else { return };
        let group = &approval.group;
        if groups.contains_key(group) {
            return;
        }
        let what = format!("asks for the approval of `{group}`, a group that `approvers` does not name");
        let help = match nearest(group, groups.keys().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("write who is in it: `approvers: {{{group}: [alice, bob]}}`"),
        };
        self.tell("approver", name, what, &help);
    }

    fn checks(&mut self, name: &str, step: &Step) {
        let known: Vec<&str> = self.plan.checks.iter().map(|check| check.name.as_str()).collect();
        for unknown in step.gate.checks.iter().filter(|check| !known.contains(&check.as_str())) {
            let help = match (nearest(unknown, known.iter().copied()), known.as_slice()) {
                (Some(near), _) => format!("did you mean `{near}`?"),
                (None, []) => "the workflow has no check: name one under `checks`".to_owned(),
                (None, known) => format!("the checks are: {}", known.join(", ")),
            };
            let what = format!("waits for the check `{unknown}`, which there is not");
            self.tell("unknown-check", name, what, &help);
        }
    }

    fn aborts(&mut self, reason: &str) {
        if self.supposed {
            return;
        }
        self.tell(
            "strategy",
            "the strategy",
            format!("can not take this release: {reason}"),
            "change its config, or what it is about",
        );
    }

    fn tell(&mut self, kind: &str, name: &str, what: String, help: &str) {
        if self.told.contains(&what) {
            return;
        }
        let span = self.workflow.strategy.config_span;
        let problem = self.workflow.problem(kind, span, format!("{name} {what}"), "by this strategy");
        self.problems.push(problem.with_help(help));
        self.told.push(what);
    }
}

fn unmeasured(query: &Query) -> Observation {
    Observation {
        query: query.name.clone(),
        expr: query.expr.clone(),
        quality: Quality::NoData,
        series: Vec::new(),
        reason: Nothing::REASON.to_owned(),
        newest_age_ms: None,
        evidence: Default::default(),
        histograms: Vec::new(),
    }
}

/// Nothing is measured before the release.
#[derive(Debug)]
struct Nothing;

impl Nothing {
    const REASON: &str = "nothing is measured before the release";
}

impl Further for Nothing {
    fn query(&self, query: &Query) -> Result<Observation, String> {
        Ok(unmeasured(query))
    }
}
