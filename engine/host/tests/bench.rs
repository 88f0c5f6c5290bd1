//! A host in a folder of its own, and the question asked after every test: does a healthy plugin still answer?

use std::path::PathBuf;
use std::sync::Arc;

use sluice_core::model::observation::{Observation, Quality, Query};
use sluice_core::model::verdict::Verdict;
use sluice_core::snapshot::Snapshot;
use sluice_host::{Host, HostConfig};
use sluice_runner::ports::plugins::{
    Answered, Call, Further, Judged, Plugin, PluginError, PluginFailure, PluginKind, Plugins,
};
use tempfile::TempDir;

use crate::guest::{self, Guest};

/// A host, its folders, and a healthy plugin that was loaded before anything else.
#[derive(Debug)]
pub struct Bench {
    pub dir: TempDir,
    pub host: Host,
    healthy: Arc<dyn Plugin>,
}

/// Answers every further query with no data, under the query's name.
#[derive(Debug)]
pub struct NoData;

impl Bench {
    pub fn new() -> Self {
        Self::with(|_| {})
    }

    pub fn with(change: impl FnOnce(&mut HostConfig)) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut config = HostConfig::new(dir.path().join("cache"), dir.path().join("data"));
        config.limits.fuel = 50_000_000;
        std::fs::write(dir.path().join("healthy.wasm"), guest::health_check().component()).unwrap();
        // Whatever is wrong with a test's compiler, the healthy plugin was compiled before.
        let load = |host: &Host| host.load(PluginKind::HealthCheck, "./healthy.wasm", dir.path()).unwrap();
        load(&Host::new(config.clone()).unwrap());
        change(&mut config);
        let host = Host::new(config).unwrap();
        let healthy = load(&host);
        Self { dir, host, healthy }
    }

    /// Writes a component, or anything else, where it can be loaded from.
    pub fn place(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.dir.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    pub fn load(&self, kind: PluginKind, bytes: &[u8]) -> Result<Arc<dyn Plugin>, PluginError> {
        self.place("guest.wasm", bytes);
        self.host.load(kind, "./guest.wasm", self.dir.path())
    }

    pub fn load_check(&self, guest: &Guest) -> Result<Arc<dyn Plugin>, PluginError> {
        self.load(PluginKind::HealthCheck, &guest.component())
    }

    /// Loads and asks a health check.
    pub fn judge(&self, guest: &Guest) -> Result<Answered<Judged>, PluginError> {
        judge(&*self.load_check(guest)?)
    }

    /// How a health check fails, once it is loaded; the host must have come through it.
    pub fn failure(&self, guest: &Guest) -> PluginError {
        let loaded = self.load_check(guest).expect("the guest can be loaded");
        let error = judge(&*loaded).expect_err("the guest must fail");
        self.assert_well();
        error
    }

    /// How loading fails; the host must have come through it.
    pub fn refusal(&self, kind: PluginKind, bytes: &[u8]) -> PluginError {
        let error = self.load(kind, bytes).expect_err("the guest must not be loaded");
        self.assert_well();
        error
    }

    /// The same host answers: with the plugin loaded before, and with one loaded now.
    pub fn assert_well(&self) {
        let again = self.host.load(PluginKind::HealthCheck, "./healthy.wasm", self.dir.path()).unwrap();
        for plugin in [&self.healthy, &again] {
            let answered = judge(&**plugin).unwrap();
            assert_eq!(answered.answer.verdict, Verdict::Pass);
            assert_eq!(answered.answer.reason, "all is well");
        }
    }
}

impl Further for NoData {
    fn query(&self, query: &Query) -> Result<Observation, String> {
        Ok(Observation {
            query: query.name.clone(),
            expr: query.expr.clone(),
            quality: Quality::NoData,
            series: Vec::new(),
            reason: "nothing to measure".to_owned(),
            newest_age_ms: None,
            evidence: Default::default(),
            histograms: Vec::new(),
        })
    }
}

/// Makes a call with an empty snapshot and no observations.
pub fn call<T>(ask: impl FnOnce(Call<'_>) -> T) -> T {
    let metrics: Arc<dyn Further> = Arc::new(NoData);
    let snapshot = snapshot();
    ask(Call { snapshot: &snapshot, config: "{}", state: b"", observations: &[], metrics: &metrics })
}

pub fn judge(plugin: &dyn Plugin) -> Result<Answered<Judged>, PluginError> {
    call(|call| plugin.judge(call))
}

/// Asserts a failure's kind and its text, which must name the plugin and say what to do.
#[track_caller]
pub fn assert_failure(error: &PluginError, code: PluginFailure, text: &str) {
    assert_eq!((error.code, error.to_string().as_str()), (code, text));
    assert!(!error.help.is_empty());
}

pub fn snapshot() -> Snapshot {
    Snapshot {
        id: "set-1".to_owned(),
        now: 1_700_000_000_000,
        seed: 7,
        service: "shop".to_owned(),
        environment: "test".to_owned(),
        shape: Default::default(),
        completed: 0,
        time_in_step_ms: 0,
        capacities: Vec::new(),
        judgements: Vec::new(),
        attrs: Default::default(),
    }
}
