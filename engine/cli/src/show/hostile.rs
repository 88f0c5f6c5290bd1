//! Text from outside in every view of a release: it forges no line and breaks none.

use std::collections::BTreeMap;
use std::sync::Arc;

use sluice_core::model::observation::ObservationSet;
use sluice_core::model::policy::{Awaited, Enforcement, Moment, RuleOutcome, RuleResult};
use sluice_core::model::shape::{Gate, Shape, Step};
use sluice_core::model::verdict::{Judgement, Measurement, Verdict};
use sluice_core::plan::{Occasion, Plan, Stage};
use sluice_core::release::decision::{Decision, DecisionKind, Outcome, Reason};
use sluice_core::release::event::{Event, Proposal, Record, Signal};
use sluice_core::release::jobs::JobResult;
use sluice_core::release::prepared::{Finding, Grade, Told};
use sluice_core::release::state::{Phase, Restarts, State, StepState};

use super::{frame, style, tell};

/// Breaks, a forged line, a colour that is none of ours, the cursor, and letters that turn the rest around.
const HOSTILE: &str = "x\n12:00:00  promoted\r\ty\u{1b}[35;1mz\u{1b}[2J\u{9b}3A\u{7}\u{2028}\u{202e}";

fn hostile() -> String {
    HOSTILE.to_owned()
}

fn plan() -> Plan {
    let mut plan = sluice_core::sample::plan();
    plan.candidate.version = hostile();
    if let Some(stable) = &mut plan.stable {
        stable.version = hostile();
    }
    (plan.about.comment, plan.about.who) = (hostile(), hostile());
    plan
}

fn step() -> Step {
    let (min_time_ms, min_events, deadline_ms) = (1_000, 0, 60_000);
    let (checks, unchecked, approval) = (Vec::new(), false, None);
    let gate = Gate { min_time_ms, min_events, checks, unchecked, approval, deadline_ms };
    Step { name: hostile(), shape: Shape::default(), gate, reason: hostile() }
}

fn judgement() -> Judgement {
    let measurement = Measurement {
        name: hostile(),
        value: Some(1.0),
        quality: sluice_core::model::observation::Quality::Value,
        bound: hostile(),
        verdict: Verdict::Fail,
    };
    Judgement {
        check: "errors".to_owned(),
        verdict: Verdict::Fail,
        score: None,
        reason: hostile(),
        measurements: vec![measurement],
        observed: "obs-1".to_owned(),
        further: Vec::new(),
        state: Vec::new(),
    }
}

fn events() -> Vec<Event> {
    let reasons = vec![Reason::new(hostile(), hostile())];
    let outcome = RuleOutcome {
        policy: hostile(),
        rule: hostile(),
        enforcement: Enforcement::Hard,
        result: RuleResult::Fail,
        message: hostile(),
        awaits: Some(Awaited { approvals: 2, group: hostile() }),
    };
    let told =
        vec![Told { name: hostile(), error: hostile() }, Told { name: hostile(), error: String::new() }];
    let result = JobResult { how: hostile(), last: vec![hostile()], ..JobResult::default() };
    vec![
        Event::Planned { release: "shop-1".to_owned(), plan: Box::new(plan()) },
        Event::PoliciesEvaluated { moment: Moment::Shape, outcomes: vec![outcome], seen: None },
        Event::StrategyAnswered { proposal: Proposal::Step(Box::new(step())), state: Vec::new() },
        Event::PluginFailed { place: "strategy".to_owned(), error: hostile() },
        Event::ShapeFailed { generation: 1, error: hostile(), last: false },
        Event::Judged { judgement: judgement() },
        Event::Decided { decision: Decision { kind: DecisionKind::Hold, about: hostile(), reasons } },
        Event::Prepared { findings: vec![Finding { of: hostile(), grade: Grade::Bad, text: hostile() }] },
        Event::Notified { occasion: Occasion::Started, text: hostile(), told },
        Event::JobStarted { stage: Stage::Test, job: hostile(), attempt: 1 },
        Event::JobEnded { stage: Stage::Test, job: hostile(), attempt: 1, result: Box::new(result) },
        Event::Signalled { signal: Signal::Accept { job: hostile() }, who: hostile(), comment: hostile() },
        Event::Ended { outcome: Outcome::RolledBack, reason: hostile() },
    ]
}

/// A release in a step, judged.
fn state() -> State {
    let event = Event::Planned { release: "shop-1".to_owned(), plan: Box::new(plan()) };
    let mut state = State::begin(&Record { seq: 0, at: 1, event }).unwrap();
    state.phase = Phase::Gated;
    state.step = Some(StepState {
        step: step(),
        entered_at: 1,
        entered_clock: 1,
        watched_ms: 0,
        watched_until: 1,
        events_before: 0,
        events: None,
        restarts: Restarts::default(),
        repaired_at: None,
        approved: None,
        awaiting_since: None,
        awaited_ms: 0,
    });
    let set = ObservationSet {
        id: "obs-1".to_owned(),
        at: 1,
        events: None,
        ready: BTreeMap::new(),
        observations: BTreeMap::new(),
        found: None,
        failures: Vec::new(),
        differences: Vec::new(),
    };
    state.round.observed = Some(Arc::new(set));
    let checks: Vec<String> = state.plan.checks.iter().map(|check| check.name.clone()).collect();
    for check in checks {
        state.round.judged.insert(check.clone(), Judgement { check, ..judgement() });
    }
    state
}

fn is_harmless(line: &str) {
    for bad in ["\n", "\r", "\t", "\u{1b}[35;1m", "\u{1b}[2J", "\u{9b}", "\u{7}", "\u{2028}", "\u{202e}"] {
        assert!(!line.contains(bad), "{bad:?} is in {line:?}");
    }
    assert_eq!(style::coloured(line), line);
}

#[test]
fn nobody_forges_or_breaks_a_line_of_a_view() {
    let state = state();
    let mut lines = frame::frame(&state, &frame::Seen::default(), 2, 80);
    assert!(lines.iter().any(|line| line.contains("promoted")), "the hostile text is shown: {lines:#?}");
    for (seq, event) in (1..).zip(events()) {
        let told = tell::tell(&Record { seq, at: 1, event: event.clone() }, &state, true);
        assert!(!told.is_empty(), "{event:?} is told");
        lines.extend(told);
    }
    lines.push(tell::said("unit", HOSTILE));
    lines.iter().for_each(|line| is_harmless(line));
}
