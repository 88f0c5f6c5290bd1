//! Bounds that hold whatever happens: verdicts, instances that come late or get lost, and persons' words, by chance.

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};
use sluice_core::model::capabilities::Capabilities;
use sluice_core::model::shape::{Role, Weight};
use sluice_core::model::verdict::Verdict;
use sluice_core::release::decision::{DecisionKind, Outcome};
use sluice_core::release::event::{Event, Proposal, Purpose, Record, Signal};
use sluice_core::release::state::{Phase, State};

use crate::bed::{Bed, Chance};
use crate::fleet::Fleet;
use crate::plan::Setup;

/// What happens, as plain numbers: each question takes the next one of its row.
#[derive(Debug, Clone)]
struct Chances {
    verdicts: Vec<u8>,
    fleet: Vec<u8>,
    signals: Vec<u8>,
    paces: Vec<u16>,
    turn: usize,
    asked: usize,
}

fn chances() -> impl Strategy<Value = Chances> {
    let row = || prop::collection::vec(any::<u8>(), 1..40);
    let paces = prop::collection::vec(100u16..2_000, 1..20);
    // Half of the releases see no failed verdict, so that they come far.
    let verdicts = prop_oneof![row(), prop::collection::vec(0u8..220, 1..40)];
    (verdicts, row(), row(), paces).prop_map(|(verdicts, fleet, signals, paces)| Chances {
        verdicts,
        fleet,
        signals,
        paces,
        turn: 0,
        asked: 0,
    })
}

impl Chance for Chances {
    fn verdict(&mut self, _: &str, _: &State) -> Verdict {
        self.asked += 1;
        match self.verdicts[self.asked % self.verdicts.len()] {
            0..=204 => Verdict::Pass,
            205..=219 => Verdict::Warn,
            220..=231 => Verdict::Inconclusive,
            232..=239 => Verdict::Error,
            240.. => Verdict::Fail,
        }
    }

    fn pace(&mut self, _: &State) -> u64 {
        self.turn += 1;
        u64::from(self.paces[self.turn % self.paces.len()])
    }

    fn fleet(&mut self, fleet: &mut Fleet, _: &State) {
        let chance = self.fleet[self.turn % self.fleet.len()];
        // Instances come late, and come.
        let least = u32::from(self.turn.is_multiple_of(5));
        fleet.starts(u32::from(chance % 4).max(least));
        match chance {
            240..=247 => fleet.loses(Role::Candidate, 1),
            248..=251 => fleet.loses(Role::Stable, 1),
            _ => {}
        }
    }

    fn signal(&mut self, _: &State) -> Option<Signal> {
        match self.signals[self.turn * 7 % self.signals.len()] {
            0..=1 => Some(Signal::Pause),
            2..=5 => Some(Signal::Resume),
            6 if self.turn > 20 => Some(Signal::Abort),
            7..=8 => Some(Signal::Promote),
            9..=10 => Some(Signal::Approve),
            _ => None,
        }
    }
}

/// What a strategy promises, in instances.
#[derive(Debug, Clone, Copy)]
struct Promise {
    low: u32,
    high: u32,
    /// Steps in which nobody is exposed.
    unexposed: u32,
    /// Whether the way back keeps within `high` too.
    way_back: bool,
    /// How many instances of stable stay until the promotion.
    stable: u32,
    /// Whether a step is proposed only while nothing is missing.
    complete: bool,
}

const GATE: &str = r#""hold": "2s", "deadline": "20s""#;

fn json_of(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn setup(strategy: &str, config: Value, rollback: Value, (stable, candidate): (u32, u32)) -> Setup {
    let capabilities = Capabilities::ALL;
    Setup { strategy: strategy.to_owned(), config, rollback, stable, candidate, capabilities }
}

fn rollback() -> impl Strategy<Value = Value> {
    select(vec![
        json!({ "consecutive": 1 }),
        json!({ "consecutive": 2, "total": 3, "inconclusive": 4 }),
        json!({ "consecutive": 1, "errors": "as-failures", "how": { "stepwise": { "hold": "1s" } } }),
    ])
}

fn ladders() -> Vec<String> {
    let cohort = r#""cohort": {"header": {"name": "X-Beta", "value": "1"}}"#;
    vec![
        format!(r#"{{"steps": [5, 25, {{"weight": 50, "checks": ["errors"]}}, 100], {GATE}}}"#),
        format!(r#"{{"steps": [1, 30, 60], "baseline": true, {cohort}, {GATE}}}"#),
        format!(r#"{{"ramp": {{"from": 1, "least": 5, "most": 40}}, {GATE}}}"#),
    ]
}

fn sizes() -> impl Strategy<Value = (u32, u32)> {
    (1u32..8, 1u32..8)
}

/// Walks a release to its end, and holds it to the promise after every record.
fn hold(setup: &Setup, chances: Chances, promise: Promise) -> Result<Bed<Chances>, TestCaseError> {
    let mut bed = Bed::new(setup, chances);
    let mut allowed = Weight::NONE;
    for _ in 0..3_000 {
        let mut broken = None;
        bed.turn(&mut |state, record, fleet| {
            if let (Event::Decided { decision }, Phase::Cleared { shape, .. }) = (&record.event, &state.phase)
                && decision.kind == DecisionKind::Proceed
            {
                allowed = shape.weight(Role::Candidate);
            }
            let found = breach(state, record, fleet, (promise, allowed));
            broken = broken.take().or(found);
        });
        if let Some(broken) = broken {
            return Err(TestCaseError::fail(format!("{broken}\n{setup:?}")));
        }
        match bed.state.outcome() {
            Some(Outcome::Promoted) => {
                prop_assert_eq!(&bed.fleet.in_effect, &bed.state.promoted_shape());
                return Ok(bed);
            }
            Some(_) => {
                prop_assert_eq!(&bed.fleet.in_effect, &bed.state.stable_shape());
                return Ok(bed);
            }
            None => {}
        }
    }
    Err(TestCaseError::fail(format!("it does not end: {:#?}", bed.state.waiting())))
}

/// What a record breaks of a promise.
fn breach(
    state: &State,
    record: &Record,
    fleet: &mut Fleet,
    (promise, allowed): (Promise, Weight),
) -> Option<String> {
    let most = fleet.most();
    if fleet.in_effect.weight(Role::Candidate) > allowed {
        return Some(format!(
            "{} of the traffic in a step of {allowed}",
            fleet.in_effect.weight(Role::Candidate)
        ));
    }
    if state.completed < promise.unexposed
        && fleet.in_effect.exposes_candidate()
        && state.overrides.is_empty()
    {
        return Some(format!("users reach the candidate in step {}", state.completed));
    }
    match (&record.event, &state.phase) {
        (Event::ShapeAccepted { .. }, Phase::Moving(moving)) => {
            let back = matches!(moving.purpose, Purpose::Retreat | Purpose::Restore);
            let bound = !back || (promise.way_back && moving.purpose == Purpose::Retreat);
            (bound && most > promise.high).then(|| format!("{most} instances at once, over {}", promise.high))
        }
        (Event::ShapeApplied { .. }, _) => {
            let (serving, stable) = (state.shape.size(), state.shape.instances(Role::Stable));
            let promoted = matches!(state.phase, Phase::Finishing { outcome: Outcome::Promoted, .. });
            if !promoted && stable < promise.stable {
                return Some(format!("{stable} instances of stable are left of {}", promise.stable));
            }
            (serving < promise.low).then(|| format!("{serving} instances serve, under {}", promise.low))
        }
        (Event::StrategyAnswered { proposal: Proposal::Step(_), .. }, _)
            if promise.complete && state.completed > 0 =>
        {
            let seen = state.round.observed.as_ref()?;
            let short = state
                .shape
                .allocations
                .iter()
                .find(|one| seen.ready.get(one.role.name()).copied().unwrap_or(0) < one.instances)?;
            Some(format!("a step was proposed while instances of {} are missing", short.role))
        }
        _ => None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_canary_keeps_all_of_stable_and_ends(
        config in select(ladders()), rollback in rollback(), sizes in sizes(), chances in chances(),
    ) {
        let setup = setup("canary", json_of(&config), rollback, sizes);
        // Beside stable there are the candidate and a baseline of the same size at the most.
        let (low, high) = (sizes.0.min(sizes.1), sizes.0 + 2 * sizes.1);
        hold(&setup, chances, Promise { low, high, unexposed: 0, way_back: true, complete: false, stable: sizes.0 })?;
    }

    #[test]
    fn blue_stays_beside_green_and_nobody_is_in_the_preview(
        rollback in rollback(), sizes in sizes(), chances in chances(), checks in any::<bool>(),
    ) {
        let checks = if checks { r#", "checks": ["errors"]"# } else { "" };
        let config = format!(r#"{{"preview": {{{GATE}{checks}}}, "warm": {{{GATE}}}}}"#);
        let setup = setup("blue-green", json_of(&config), rollback, sizes);
        let (low, high) = (sizes.0.min(sizes.1), sizes.0 + sizes.1);
        hold(&setup, chances, Promise { low, high, unexposed: 1, way_back: true, complete: false, stable: sizes.0 })?;
    }

    #[test]
    fn a_shadow_exposes_nobody_before_its_canary(
        then in any::<bool>(), rollback in rollback(), sizes in sizes(), chances in chances(),
    ) {
        let then = if then { format!(r#", "then": {{"steps": [10, 100], {GATE}}}"#) } else { String::new() };
        let config = format!(r#"{{"steps": [10, 100], "checks": ["diff"], {GATE}{then}}}"#);
        let setup = setup("shadow", json_of(&config), rollback, sizes);
        let (low, high) = (sizes.0.min(sizes.1), sizes.0 + sizes.1);
        hold(&setup, chances, Promise { low, high, unexposed: 2, way_back: true, complete: false, stable: sizes.0 })?;
    }

    #[test]
    fn rolling_keeps_between_unavailable_and_surge_on_both_ways(
        sizes in sizes(), chances in chances(), window in 1u32..4, surge in 0u32..4, unavailable in 0u32..3,
    ) {
        let unavailable = if surge == 0 { unavailable.max(1) } else { unavailable };
        let bounds = format!(r#""window": {window}, "max-surge": {surge}, "max-unavailable": {unavailable}"#);
        let config = json_of(&format!("{{{bounds}, {GATE}}}"));
        let back = json_of(&format!(r#"{{"consecutive": 1, "how": {{"batches": {{{bounds}}}}}}}"#));
        let setup = setup("rolling", config, back, sizes);
        let low = sizes.0.min(sizes.1).saturating_sub(unavailable).max(1);
        let high = (sizes.0.max(sizes.1) + surge).max(low + 1);
        hold(&setup, chances, Promise { low, high, unexposed: 0, way_back: true, complete: true, stable: 0 })?;
    }

    #[test]
    fn a_target_without_room_never_has_more_than_it_can(
        strategy in select(vec!["canary", "blue-green", "shadow", "rolling"]),
        sizes in sizes(), extra in 0u32..6, chances in chances(),
    ) {
        let config = match strategy {
            "canary" => ladders().remove(0),
            "shadow" => format!(r#"{{"steps": [50], "checks": ["diff"], {GATE}}}"#),
            "blue-green" => format!(r#"{{"preview": {{{GATE}}}, "warm": {{{GATE}}}}}"#),
            _ => format!("{{{GATE}}}"),
        };
        let mut setup = setup(strategy, json_of(&config), json!({ "consecutive": 1 }), sizes);
        let high = sizes.0 + extra;
        setup.capabilities.capacity = Some(high);
        hold(&setup, chances, Promise { low: 0, high, unexposed: 0, way_back: false, complete: false, stable: 0 })?;
    }
}
