//! The cases: `cases/<strategy>/<case>.yaml` says what happens, `<case>.txt` what follows. A new case is a new file.
//!
//! `UPDATE_EXPECT=1 cargo test -p strategies` writes what follows now; the difference is for review.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Value, json};
use sluice_core::document::source::Source;
use sluice_core::document::tree::{Limits, parse};
use sluice_core::model::capabilities::Capabilities;
use sluice_core::model::shape::{Matcher, Role, Shape};
use sluice_core::model::verdict::Verdict;
use sluice_core::release::decision::DecisionKind;
use sluice_core::release::event::{Event, Signal};
use sluice_core::release::state::{Phase, State};

use crate::bed::{Bed, Chance};
use crate::fleet::Fleet;
use crate::plan::Setup;

/// A case as it is written.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Case {
    config: Value,
    #[serde(default = "once")]
    rollback: Value,
    stable: u32,
    candidate: u32,
    #[serde(default = "able")]
    target: Capabilities,
    #[serde(default)]
    happens: Vec<Happening>,
}

/// Something that happens in a step: a verdict of a check (in its first rounds, or all), a person's word, or a loss
/// of instances that lasts for some turns.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Happening {
    r#in: String,
    #[serde(default)]
    check: Option<String>,
    #[serde(default)]
    verdict: Option<Verdict>,
    #[serde(default)]
    rounds: Option<u32>,
    #[serde(default)]
    signal: Option<Signal>,
    #[serde(default)]
    loses: Option<Role>,
    #[serde(default)]
    turns: u32,
    #[serde(skip)]
    seen: u32,
}

struct Scripted(Vec<Happening>);

fn once() -> Value {
    json!({ "consecutive": 1 })
}

fn able() -> Capabilities {
    Capabilities::ALL
}

fn step(state: &State) -> &str {
    state.step.as_ref().map_or("", |step| &step.step.name)
}

impl Chance for Scripted {
    fn verdict(&mut self, check: &str, state: &State) -> Verdict {
        let here = |one: &&mut Happening| {
            one.r#in == step(state)
                && one.check.as_deref().is_none_or(|name| name == check)
                && one.rounds.is_none_or(|rounds| one.seen < rounds)
        };
        let happening = self.0.iter_mut().filter(|one| one.verdict.is_some()).find(here);
        happening.map_or(Verdict::Pass, |one| {
            one.seen += 1;
            one.verdict.unwrap_or(Verdict::Pass)
        })
    }

    fn pace(&mut self, _: &State) -> u64 {
        500
    }

    fn fleet(&mut self, fleet: &mut Fleet, state: &State) {
        let gated = matches!(state.phase, Phase::Gated | Phase::Between(_));
        let mut under_way = false;
        for one in self.0.iter_mut().filter(|one| one.r#in == step(state) && gated) {
            let Some(role) = one.loses.filter(|_| one.seen < one.turns) else { continue };
            one.seen += 1;
            under_way = true;
            if one.seen == 1 {
                fleet.loses(role, 1);
            }
        }
        if !under_way {
            fleet.starts(100);
        }
    }

    fn signal(&mut self, state: &State) -> Option<Signal> {
        let gated = matches!(state.phase, Phase::Gated);
        let here = |one: &&mut Happening| one.signal.is_some() && one.seen == 0 && one.r#in == step(state);
        let happening = self.0.iter_mut().filter(|_| gated).find(here)?;
        happening.seen = 1;
        happening.signal.clone()
    }
}

fn told(shape: &Shape) -> String {
    let mut text = shape.to_string();
    for route in &shape.routes {
        let (kind, name, value) = match &route.matcher {
            Matcher::Header { name, value } => ("header", name, value),
            Matcher::Cookie { name, value } => ("cookie", name, value),
        };
        let _ = write!(text, ", {kind} {name}={value} to {}", route.role);
    }
    if let Some(mirror) = &shape.mirror {
        let _ = write!(text, ", {} mirrored to {}", mirror.weight, mirror.role);
    }
    text
}

fn line(event: &Event) -> Option<String> {
    match event {
        Event::ShapeIntended { shape, purpose, .. } => {
            let purpose = serde_json::to_value(purpose).unwrap();
            Some(format!("{:9} {}", purpose.as_str().unwrap(), told(shape)))
        }
        Event::Decided { decision } if decision.kind == DecisionKind::Proceed => {
            let why = decision.reasons.iter().find(|reason| reason.from == "strategy")?;
            Some(format!("proceed   {}: {}", decision.about, why.text))
        }
        Event::Decided { decision } => {
            let why = decision.reasons.first().map_or(String::new(), ToString::to_string);
            Some(format!("{:9} {}: {why}", decision.kind.name(), decision.about))
        }
        Event::Signalled { signal, .. } => {
            Some(format!("signal    {}", serde_json::to_value(signal).unwrap().as_str().unwrap()))
        }
        Event::Ended { outcome, .. } => Some(format!("ended     {outcome}")),
        _ => None,
    }
}

fn run(strategy: &str, file: &Path) -> String {
    let source = Source::new(file.to_string_lossy(), &std::fs::read_to_string(file).unwrap());
    let node = parse(&source, Limits::default()).unwrap();
    let case: Case =
        serde_json::from_value(node.to_json()).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let setup = Setup {
        strategy: strategy.to_owned(),
        config: case.config,
        rollback: case.rollback,
        stable: case.stable,
        candidate: case.candidate,
        capabilities: case.target,
    };
    let mut text = String::new();
    let mut bed = Bed::new(&setup, Scripted(case.happens));
    for _ in 0..5_000 {
        bed.turn(&mut |_, record, _| text.extend(line(&record.event).map(|line| line + "\n")));
        if bed.state.outcome().is_some() {
            return text;
        }
    }
    panic!("{} does not end\n{text}", file.display())
}

#[test]
fn every_case_goes_as_it_is_told() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases");
    let mut cases = 0;
    for strategy in entries(&folder) {
        let name = strategy.file_name().unwrap().to_string_lossy().into_owned();
        for file in
            entries(&strategy).into_iter().filter(|file| file.extension().is_some_and(|end| end == "yaml"))
        {
            let (text, expected) = (run(&name, &file), file.with_extension("txt"));
            if std::env::var_os("UPDATE_EXPECT").is_some() {
                std::fs::write(&expected, &text).unwrap();
            }
            assert_eq!(text, std::fs::read_to_string(&expected).unwrap_or_default(), "{}", file.display());
            cases += 1;
        }
    }
    assert!(cases >= 15, "only {cases} cases were found");
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut all: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    all.sort();
    all
}
