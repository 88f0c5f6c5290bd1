//! What a record says to people, in one line; nothing for what is only of use to programs.

use sluice_core::model::policy::{Enforcement, RuleResult};
use sluice_core::model::verdict::Verdict;
use sluice_core::plan::Kind;
use sluice_core::release::decision::Reason;
use sluice_core::release::event::{Event, Proposal, Purpose, Record, Signal};
use sluice_core::release::state::State;

use super::style::{BAD, BOLD, CAREFUL, DIM, GOOD, of_decision, of_outcome, of_verdict, painted};
use super::{safe, time};

/// The lines of one record. `every` asks for what a live view shows in its frame anyway.
pub fn tell(record: &Record, state: &State, every: bool) -> Vec<String> {
    let at = painted(DIM, time::of_day(record.at));
    texts(record, state, every).into_iter().map(|text| format!("{at}  {text}")).collect()
}

fn texts(record: &Record, state: &State, every: bool) -> Vec<String> {
    match &record.event {
        Event::Planned { plan, release } => {
            let from = match (plan.kind, &plan.stable) {
                (Kind::Progressive, Some(stable)) => format!("{} → ", stable.version),
                _ => "first deployment of ".to_owned(),
            };
            let what = format!("{}: {from}{}", plan.about.service, plan.candidate.version);
            vec![format!("{}  release {release}", painted(BOLD, what))]
        }
        Event::EngineStarted { .. } if record.seq > 1 => vec!["an engine took the release up".to_owned()],
        Event::PoliciesEvaluated { outcomes, .. } => outcomes.iter().filter_map(policy).collect(),
        Event::StrategyAnswered { proposal: Proposal::Step(step), .. } if every => {
            vec![format!("proposed  step {}: {}", step.name, step.shape)]
        }
        Event::PluginFailed { place, error } => {
            vec![painted(BAD, format!("{place} gave no answer: {}", safe(error)))]
        }
        Event::ShapeIntended { shape, purpose, .. } => vec![format!("{}  {shape}", purpose_word(purpose))],
        Event::ShapeApplied { .. } if every => vec![painted(DIM, format!("in effect  {}", state.shape))],
        Event::ShapeFailed { error, .. } => vec![painted(BAD, format!("target  {}", safe(error)))],
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
            let mut lines = vec![format!("{}  {}", painted(style, decision.kind), decision.about)];
            lines.extend(decision.reasons.iter().map(reason));
            lines
        }
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

/// What a live view shows beside its frame; the rest is in the frame, and in the reasons of decisions.
fn is_bad(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Fail | Verdict::Error)
}

fn reason(reason: &Reason) -> String {
    format!("          {}  {}", painted(DIM, safe(&reason.from)), safe(&reason.text))
}

fn policy(outcome: &sluice_core::model::policy::RuleOutcome) -> Option<String> {
    let style = match (outcome.result, outcome.enforcement) {
        (RuleResult::Pass | RuleResult::Skipped, _) => return None,
        (RuleResult::Waived, _) => DIM,
        (_, Enforcement::Advisory) => CAREFUL,
        _ => BAD,
    };
    let head = painted(style, format!("policy {}/{} {:?}", outcome.policy, outcome.rule, outcome.result));
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
    let refused = state.may_approve(who).err().filter(|_| *signal == Signal::Approve)?;
    Some(painted(CAREFUL, format!("          it does not count: {}", safe(&refused.to_string()))))
}

fn signal_word(signal: &Signal) -> &'static str {
    match signal {
        Signal::Approve => "approve",
        Signal::Pause => "pause",
        Signal::Resume => "resume",
        Signal::Abort => "abort",
        Signal::Abandon => "abandon",
        Signal::Promote => "promote",
    }
}
