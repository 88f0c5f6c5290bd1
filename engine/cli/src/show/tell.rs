//! What a record says to people, in one line; nothing for what is only of use to programs.

use std::borrow::Cow;

use sluice_core::model::policy::{Enforcement, RuleResult};
use sluice_core::model::verdict::Verdict;
use sluice_core::plan::{Kind, Occasion, Plan, Stage};
use sluice_core::release::decision::{Decision, DecisionKind, OVERRIDE, Reason};
use sluice_core::release::event::{Event, Proposal, Purpose, Record, Signal};
use sluice_core::release::jobs::{JobResult, Run, Standing};
use sluice_core::release::prepared::{Finding, Grade, Told};
use sluice_core::release::state::State;

use super::outline::shape;
use super::style::{BAD, BOLD, CAREFUL, DIM, GOOD, of_decision, of_outcome, of_verdict, painted};
use super::{safe, time};

/// What was noticed last: the same, round after round, is told once.
#[derive(Debug, Default)]
pub struct Noticed(Vec<String>);

impl Noticed {
    /// A record without what was noticed in the round before it too.
    pub fn anew<'a>(&mut self, record: &'a Record) -> Cow<'a, Record> {
        let Event::Observed { set } = &record.event else { return Cow::Borrowed(record) };
        let before = std::mem::replace(&mut self.0, set.failures.clone());
        if !set.failures.iter().any(|failure| before.contains(failure)) {
            return Cow::Borrowed(record);
        }
        let mut set = set.clone();
        let known = |failure: &String| before.contains(failure);
        set.failures.retain(|failure| !known(failure));
        Cow::Owned(Record { event: Event::Observed { set }, ..record.clone() })
    }
}

/// The lines of one record. `every` asks for what a live view shows in its frame anyway.
pub fn tell(record: &Record, state: &State, every: bool) -> Vec<String> {
    let at = painted(DIM, time::of_day(record.at));
    texts(record, state, every).into_iter().map(|text| format!("{at}  {text}")).collect()
}

/// A line that a job wrote, behind the job's name.
pub fn said(job: &str, line: &str) -> String {
    format!("          {}  {}", painted(DIM, format!("{job} |")), safe(line))
}

fn texts(record: &Record, state: &State, every: bool) -> Vec<String> {
    match &record.event {
        Event::Planned { plan, release } => vec![planned(plan, release)],
        Event::EngineStarted { .. } if record.seq > 1 => vec!["an engine took the release up".to_owned()],
        Event::PoliciesEvaluated { outcomes, .. } => outcomes.iter().filter_map(policy).collect(),
        Event::StrategyAnswered { proposal: Proposal::Step(step), .. } if every => {
            vec![format!("proposed  step {}: {}", safe(&step.name), shape(&step.shape))]
        }
        Event::PluginFailed { place, error } => {
            vec![painted(BAD, format!("{place} gave no answer: {}", safe(error)))]
        }
        Event::ShapeIntended { shape: to, purpose, .. } => {
            vec![format!("{}  {}", purpose_word(purpose), shape(to))]
        }
        Event::ShapeApplied { .. } if every => {
            vec![painted(DIM, format!("in effect  {}", shape(&state.shape)))]
        }
        Event::ShapeFailed { error, .. } => vec![painted(BAD, format!("target  {}", safe(error)))],
        Event::ShapeAwaited { waits_for, .. } => vec![waits(waits_for)],
        Event::Observed { set } => {
            let noticed = set.failures.iter().map(|failure| format!("noticed  {}", safe(failure)));
            let differs = set.differences.iter().map(|one| format!("differs  {}", safe(&one.to_string())));
            noticed.chain(differs).map(|line| painted(CAREFUL, line)).collect()
        }
        Event::Judged { judgement } if every || is_bad(judgement.verdict) => {
            let (style, sign) = of_verdict(Some(judgement.verdict));
            let head = painted(style, format!("{sign} {}  {}", judgement.check, judgement.verdict));
            vec![format!("{head}  {}", safe(&judgement.reason))]
        }
        Event::Decided { decision } => {
            let style = of_decision(decision.kind).bold();
            let mut lines = vec![format!("{}  {}", painted(style, decision.kind), safe(&decision.about))];
            lines.extend(decision.reasons.iter().map(reason));
            lines.extend(way_by(decision, state));
            lines
        }
        Event::Prepared { findings } => {
            findings.iter().filter(|one| every || is_amiss(one)).map(finding).collect()
        }
        Event::Notified { occasion, told, .. } => told.iter().map(|one| notice(*occasion, one)).collect(),
        Event::JobStarted { stage, job, attempt } => {
            let again = if *attempt > 1 { format!(", try {attempt}") } else { String::new() };
            vec![format!("{stage}  {} begins{again}", painted(BOLD, job))]
        }
        Event::JobEnded { stage, job, result, .. } => ended(*stage, job, result),
        Event::Signalled { signal, who, comment } => {
            let comment = if comment.is_empty() { String::new() } else { format!(": {}", safe(comment)) };
            let mut lines = vec![format!("{} said {}{comment}", safe(who), signal_word(signal))];
            lines.extend(in_vain(signal, who, state));
            lines
        }
        Event::Ended { outcome, reason } => {
            vec![format!("{}  {}", painted(of_outcome(*outcome).bold(), outcome), safe(reason))]
        }
        _ => Vec::new(),
    }
}

fn planned(plan: &Plan, release: &str) -> String {
    let from = match (plan.kind, &plan.stable) {
        (Kind::Progressive, Some(stable)) => format!("{} → ", safe(&stable.version)),
        (Kind::Restore, _) => "back alone: ".to_owned(),
        _ => "first deployment of ".to_owned(),
    };
    let what = format!("{}: {from}{}", plan.about.service, safe(&plan.candidate.version));
    format!("{}  release {release}", painted(BOLD, what))
}

fn waits(waits_for: &str) -> String {
    painted(CAREFUL, format!("target  waits for {}", safe(waits_for)))
}

fn is_bad(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Fail | Verdict::Error)
}

fn is_amiss(finding: &Finding) -> bool {
    finding.grade != Grade::Good
}

fn finding(finding: &Finding) -> String {
    let (style, sign) = match finding.grade {
        Grade::Good => (GOOD, "✓"),
        Grade::Doubtful => (CAREFUL, "?"),
        Grade::Bad => (BAD, "✗"),
    };
    format!("{}  {}", painted(style, format!("{sign} {}", safe(&finding.of))), safe(&finding.text))
}

fn notice(occasion: Occasion, told: &Told) -> String {
    let of = match occasion {
        Occasion::Started => "the start",
        Occasion::Waiting => "the wait",
        Occasion::Ended => "the end",
    };
    match told.error.is_empty() {
        true => painted(DIM, format!("told {} of {of}", told.name)),
        false => painted(CAREFUL, format!("could not tell {} of {of}: {}", told.name, safe(&told.error))),
    }
}

fn ended(stage: Stage, job: &str, result: &JobResult) -> Vec<String> {
    let (style, sign) = if result.passed { (GOOD, "✓") } else { (BAD, "✗") };
    let took = time::span(result.took_ms);
    let head = painted(style, format!("{sign} {job}"));
    let mut lines = vec![format!("{stage}  {head}  {}  {}", safe(&result.told()), painted(DIM, took))];
    if !result.passed {
        let failures = result.tests.iter().flat_map(|tests| &tests.failures);
        lines.extend(
            failures.chain(&result.last).map(|line| format!("          {}", painted(DIM, safe(line)))),
        );
    }
    lines
}

fn reason(reason: &Reason) -> String {
    format!("          {}  {}", painted(DIM, safe(&reason.from)), safe(&reason.text))
}

/// How to go by the rules that hold the release, where somebody may.
fn way_by(decision: &Decision, state: &State) -> Option<String> {
    let may = state.soft_refusals().next().is_some() && state.hard_refusals().next().is_none();
    let how = format!("          sluice promote {} --comment \"why\"  goes by it", state.release);
    let held = decision.kind == DecisionKind::Hold && decision.about != OVERRIDE;
    (may && held).then(|| painted(DIM, how))
}

fn policy(outcome: &sluice_core::model::policy::RuleOutcome) -> Option<String> {
    let style = match (outcome.result, outcome.enforcement) {
        (RuleResult::Pass | RuleResult::Skipped, _) => return None,
        (RuleResult::Waived, _) => DIM,
        (_, Enforcement::Advisory) => CAREFUL,
        _ => BAD,
    };
    let head = painted(style, format!("{} {}", outcome.name(), outcome.result.name()));
    Some(format!("{head}  {}", safe(&outcome.message)))
}

fn purpose_word(purpose: &Purpose) -> String {
    match purpose {
        Purpose::Grow => painted(GOOD, "start"),
        Purpose::Step => painted(GOOD, "shift"),
        Purpose::Promote => painted(GOOD, "promote"),
        Purpose::Retreat => painted(BAD, "retreat"),
        Purpose::Repair => painted(CAREFUL, "repair"),
        Purpose::Restore => painted(BAD, "restore"),
    }
}

/// That an approval does not count, and why.
fn in_vain(signal: &Signal, who: &str, state: &State) -> Option<String> {
    let now = |run: &Run| matches!(&run.standing, Standing::Accepted(word) if word.at == state.at);
    let accepted = state.jobs.values().flat_map(|runs| runs.values()).any(now);
    let refused = match signal {
        Signal::Approve => state.may_approve(who).err(),
        Signal::Accept { job } => state.may_accept(Some(job), who).err(),
        _ => None,
    };
    let refused = refused.filter(|_| !accepted)?;
    Some(painted(CAREFUL, format!("          it does not count: {}", safe(&refused.to_string()))))
}

fn signal_word(signal: &Signal) -> String {
    let word = match signal {
        Signal::Accept { job } => return format!("accept {}", safe(job)),
        Signal::Approve => "approve",
        Signal::Pause => "pause",
        Signal::Resume => "resume",
        Signal::Abort => "abort",
        Signal::Abandon => "abandon",
        Signal::Promote => "promote",
        Signal::PromoteFull => "promote fully",
    };
    word.to_owned()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use sluice_core::model::observation::ObservationSet;

    use super::*;

    fn nothing() -> ObservationSet {
        ObservationSet {
            id: String::new(),
            at: 0,
            events: None,
            ready: BTreeMap::new(),
            observations: BTreeMap::new(),
            found: None,
            differences: Vec::new(),
            failures: Vec::new(),
        }
    }

    #[test]
    fn what_is_noticed_round_after_round_is_told_once() {
        let mut noticed = Noticed::default();
        let mut told = |failures: &[&str]| {
            let failures = failures.iter().map(|one| (*one).to_owned()).collect();
            let set = Box::new(ObservationSet { failures, ..nothing() });
            let record = Record { seq: 1, at: 1, event: Event::Observed { set } };
            match &noticed.anew(&record).event {
                Event::Observed { set } => set.failures.join(", "),
                other => panic!("{other:?}"),
            }
        };
        let rounds = [told(&["a"]), told(&["a", "b"]), told(&["b"]), told(&[]), told(&["b"])];
        assert_eq!(rounds, ["a", "b", "", "", "b"]);
    }
}
