//! Plugins and rules that answer by a script. An answer depends on nothing but the snapshot, as a real one's would.

use std::path::Path;
use std::sync::Arc;

use serde_json::Value;
use sluice_core::model::policy::{Enforcement, RuleOutcome, RuleResult};
use sluice_core::model::shape::{Role, Weight};
use sluice_core::model::verdict::Verdict;
use sluice_core::plan::PluginPin;
use sluice_core::release::event::{Proposal, Retreat, RollbackAnswer};
use sluice_core::snapshot::Snapshot;

use super::plan::{canary, split};
use crate::ports::plugins::*;
use crate::ports::rules::{Question, Rules};

/// What is answered. A failure is told by the end of its sentence: `trapped`.
#[derive(Debug, Clone, Copy)]
pub struct Script {
    pub strategy: fn(&Snapshot) -> Result<Proposal, &'static str>,
    pub check: fn(&Snapshot) -> Result<Verdict, &'static str>,
    pub rollback: fn(&Snapshot) -> Result<RollbackAnswer, &'static str>,
    /// Whether the rules refuse.
    pub refuses: fn(&Question<'_>) -> bool,
}

#[derive(Debug)]
pub struct FakePlugins(pub Script);

/// No plugin is where it was.
#[derive(Debug)]
pub struct LostPlugins;

#[derive(Debug)]
pub struct FakeRules(pub Script);

#[derive(Debug)]
struct FakePlugin {
    kind: PluginKind,
    pin: PluginPin,
    script: Script,
}

impl Script {
    /// Every step is well.
    pub fn good() -> Self {
        Self {
            strategy: |snapshot| Ok(canary(snapshot)),
            check: |_| Ok(Verdict::Pass),
            rollback: |snapshot| Ok(back_by_a_tenth(snapshot)),
            refuses: |_| false,
        }
    }

    /// The candidate fails as soon as half of the traffic is its own.
    pub fn bad() -> Self {
        let check = |snapshot: &Snapshot| match snapshot.shape.weight(Role::Candidate).get() {
            500.. => Ok(Verdict::Fail),
            _ => Ok(Verdict::Pass),
        };
        Self { check, ..Self::good() }
    }
}

/// Back as soon as one check fails: over a tenth of the traffic for a while, then to stable.
fn back_by_a_tenth(snapshot: &Snapshot) -> RollbackAnswer {
    if snapshot.judgements.iter().all(|one| one.verdict != Verdict::Fail) {
        return RollbackAnswer::Keep(String::new());
    }
    let by = match snapshot.shape.weight(Role::Stable) {
        Weight::NONE => Vec::new(),
        _ => vec![Retreat { shape: split(100), min_time_ms: 300 }],
    };
    RollbackAnswer::RollBack { reason: "a check failed".to_owned(), by }
}

impl Plugins for FakePlugins {
    fn load(&self, _: PluginKind, reference: &str, _: &Path) -> Result<Arc<dyn Plugin>, PluginError> {
        Err(failure(reference, "is loaded by its digest only"))
    }

    fn pinned(&self, kind: PluginKind, pin: &PluginPin) -> Result<Arc<dyn Plugin>, PluginError> {
        Ok(Arc::new(FakePlugin { kind, pin: pin.clone(), script: self.0 }))
    }

    fn bundled(&self) -> Vec<(String, PluginKind)> {
        Vec::new()
    }
}

impl Plugins for LostPlugins {
    fn load(&self, _: PluginKind, reference: &str, _: &Path) -> Result<Arc<dyn Plugin>, PluginError> {
        Err(failure(reference, "was not found"))
    }

    fn pinned(&self, _: PluginKind, pin: &PluginPin) -> Result<Arc<dyn Plugin>, PluginError> {
        Err(failure(&pin.name, "was not found"))
    }

    fn bundled(&self) -> Vec<(String, PluginKind)> {
        Vec::new()
    }
}

impl Plugin for FakePlugin {
    fn kind(&self) -> PluginKind {
        self.kind
    }

    fn pin(&self) -> &PluginPin {
        &self.pin
    }

    fn describe(&self, _: &str) -> Result<Description, DescribeError> {
        let pin = self.pin.clone();
        let (name, version, summary) = (pin.name, pin.version, String::new());
        Ok(Description { name, version, summary, config_schema: Value::Null, queries: Vec::new() })
    }

    fn next(&self, call: Call<'_>) -> Result<Answered<WithState<Proposal>>, PluginError> {
        assert_eq!(self.kind, PluginKind::Strategy);
        let answer = (self.script.strategy)(call.snapshot).map_err(|what| self.failure(what))?;
        Ok(answered(WithState { answer, state: counted(call.state) }))
    }

    fn judge(&self, call: Call<'_>) -> Result<Answered<Judged>, PluginError> {
        assert_eq!(self.kind, PluginKind::HealthCheck);
        let verdict = (self.script.check)(call.snapshot).map_err(|what| self.failure(what))?;
        let reason = "as scripted".to_owned();
        let state = counted(call.state);
        Ok(answered(Judged { verdict, score: None, reason, measurements: Vec::new(), state }))
    }

    fn decide(&self, call: Call<'_>) -> Result<Answered<WithState<RollbackAnswer>>, PluginError> {
        assert_eq!(self.kind, PluginKind::Rollback);
        let answer = (self.script.rollback)(call.snapshot).map_err(|what| self.failure(what))?;
        Ok(answered(WithState { answer, state: counted(call.state) }))
    }
}

impl FakePlugin {
    fn failure(&self, what: &str) -> PluginError {
        failure(&self.pin.name, what)
    }
}

impl Rules for FakeRules {
    fn evaluate(&self, question: Question<'_>) -> Vec<RuleOutcome> {
        let result = if (self.0.refuses)(&question) { RuleResult::Fail } else { RuleResult::Pass };
        let (policy, rule, message) = ("guard".to_owned(), "rule".to_owned(), "no".to_owned());
        vec![RuleOutcome { policy, rule, enforcement: Enforcement::Hard, result, message, awaits: None }]
    }
}

fn failure(plugin: &str, what: &str) -> PluginError {
    let (plugin, what) = (plugin.to_owned(), what.to_owned());
    PluginError { plugin, code: PluginFailure::Trap, what, help: "mend the plugin".to_owned() }
}

fn answered<T>(answer: T) -> Answered<T> {
    Answered { answer, further: Vec::new(), log: Vec::new(), fuel: 0 }
}

/// A state that says how many calls there were.
fn counted(state: &[u8]) -> Vec<u8> {
    let calls: u64 = String::from_utf8_lossy(state).parse().unwrap_or(0);
    (calls + 1).to_string().into_bytes()
}
