//! Puts the parts together: journal, plugin host, target, observer, rules.

use std::sync::Arc;
use std::time::Duration;

use sluice_core::plan::Plan;
use sluice_core::release::state::State;
use sluice_host::{BundledPlugin, Compiler, Host, HostConfig};
use sluice_runner::clock::SystemClock;
use sluice_runner::engine::{Engine, Faults, Parts, needs_no_plugin};
use sluice_runner::inspect::WorldInspector;
use sluice_runner::jobs::{self, LocalJobs};
use sluice_runner::journal::sqlite::SqliteStore;
use sluice_runner::journal::{JournalStore, Lease};
use sluice_runner::notify::WorldHerald;
use sluice_runner::ports::plugins::PluginKind;
use sluice_runner::ports::rules::Rules;
use sluice_runner::ports::stages::Workshop;
use sluice_runner::ports::target::{Endpoint, Target};
use sluice_runner::prepare::Documents;
use sluice_runner::rules::{NoRules, PlannedRules};
use sluice_runner::scrape::ScrapingObserver;
use sluice_targets::factory::{self, Glance, Site};
use sluice_targets::gateway::GatewayClient;

use crate::exit::Failure;
use crate::place::Place;

/// The sandbox with the bundled plugins. Foreign ones are compiled by this binary in a process of its own.
pub fn host(place: &Place) -> Result<Host, Failure> {
    let mut config = HostConfig::new(place.cache(), place.state());
    if let Ok(program) = std::env::current_exe() {
        config.compiler = Compiler::Child { program, args: Vec::new() };
    }
    config.bundled = sluice_plugins::all().iter().map(bundled).collect();
    Host::new(config).map_err(|error| {
        Failure::broken(error, "the machine may be out of memory or address space; see `ulimit -v`")
    })
}

fn bundled(plugin: &sluice_plugins::Bundled) -> BundledPlugin {
    let kind = kind(plugin.kind);
    BundledPlugin { name: plugin.name, kind, digest: plugin.digest, wasm: plugin.wasm }
}

/// The bundle's kind in the engine's word.
pub fn kind(kind: sluice_plugins::Kind) -> PluginKind {
    match kind {
        sluice_plugins::Kind::Strategy => PluginKind::Strategy,
        sluice_plugins::Kind::HealthCheck => PluginKind::HealthCheck,
        sluice_plugins::Kind::Rollback => PluginKind::Rollback,
    }
}

/// The journal, made where it is not there.
pub fn journal(place: &Place) -> Result<Arc<SqliteStore>, Failure> {
    SqliteStore::open(place.state()).map(Arc::new).map_err(Failure::internal)
}

/// The journal, if there is one.
pub fn existing_journal(place: &Place) -> Result<Arc<SqliteStore>, Failure> {
    let none = || {
        let told = format!("there is no journal in `{}`", place.state().display());
        Failure::usage(told, "name the state directory that the release was run with: `--state`")
    };
    SqliteStore::open_existing(place.state()).map_err(Failure::internal)?.map(Arc::new).ok_or_else(none)
}

/// What the target of a workflow can do and serves; nothing is started.
pub async fn glance(place: &Place, documents: &Documents) -> Result<Glance, Failure> {
    let workflow = &documents.workflow;
    let target = workflow.target_plan(&documents.base.to_string_lossy());
    factory::glance(&target, &site(place, &workflow.service)?).await.map_err(Failure::internal)
}

/// The target of a plan; what it needs on this machine is started where it is not there.
pub async fn target(place: &Place, plan: &Plan) -> Result<Arc<dyn Target>, Failure> {
    factory::open(&plan.target, &site(place, &plan.about.service)?).await.map_err(Failure::internal)
}

/// For a gateway that serves nobody to end.
const IDLE_WITHIN: Duration = Duration::from_secs(10);

/// Whether the target of a plan can be had without starting anything.
pub async fn is_there(place: &Place, plan: &Plan) -> bool {
    let Ok(site) = site(place, &plan.about.service) else { return false };
    match factory::found(&plan.target, &site).await {
        Ok(target) => target.observe().await.is_ok(),
        Err(_) => false,
    }
}

/// Ends the gateway of a service that was started for a release which did not begin.
pub async fn put_down(place: &Place, service: &str) {
    if let Ok(gateway) = GatewayClient::connect(&place.gateway(service)) {
        // Where it can not be ended it serves nobody all the same.
        let _ = gateway.stop(IDLE_WITHIN).await;
    }
}

/// The pages that the target of a workflow shows now; nothing is started.
pub async fn endpoints(place: &Place, documents: &Documents) -> Result<Vec<Endpoint>, String> {
    let workflow = &documents.workflow;
    let plan = workflow.target_plan(&documents.base.to_string_lossy());
    let site = site(place, &workflow.service).map_err(|failure| failure.report().to_string())?;
    let target = factory::found(&plan, &site).await.map_err(|error| error.to_string())?;
    let status = target.observe().await.map_err(|error| error.to_string())?;
    Ok(status.endpoints)
}

fn site(place: &Place, service: &str) -> Result<Site, Failure> {
    let program = std::env::current_exe()
        .map_err(|error| Failure::broken(error, "start the gateway yourself: `sluice gateway`"))?;
    Ok(Site { service: service.to_owned(), dir: place.gateway(service), program })
}

/// What engines of one service work with, whatever the release.
#[derive(Debug)]
pub struct Bench {
    pub store: Arc<SqliteStore>,
    pub host: Arc<Host>,
    pub lease: Lease,
}

/// Where the jobs of a release run.
fn jobs(place: &Place, release: &str) -> Result<LocalJobs, Failure> {
    let program = std::env::current_exe().map_err(|error| {
        Failure::broken(error, "this program must know where it is to run other workflows")
    })?;
    let (state, release) = (place.state().to_owned(), release.to_owned());
    Ok(LocalJobs::new(jobs::Place { state, release, program }))
}

/// Ends what the jobs of a release left running whose engine was killed.
pub async fn end_jobs(place: &Place, release: &str) -> Result<(), Failure> {
    jobs(place, release)?.clear().await;
    Ok(())
}

/// An engine for one release.
pub fn engine(
    place: &Place,
    bench: Bench,
    target: Arc<dyn Target>,
    release: &str,
    rules: Arc<dyn Rules>,
    faults: &str,
) -> Result<Engine, Failure> {
    let faults = Faults::parse(faults).map_err(|error| Failure::usage(error, "see CONTRIBUTING.md"))?;
    let parts = Parts {
        store: bench.store,
        plugins: bench.host,
        target,
        observer: Arc::new(ScrapingObserver::new().map_err(Failure::internal)?),
        rules,
        clock: Arc::new(SystemClock::new()),
        inspector: Arc::new(WorldInspector::new().map_err(Failure::internal)?),
        herald: Arc::new(WorldHerald::new().map_err(Failure::internal)?),
        workshop: Arc::new(jobs(place, release)?),
        faults,
    };
    Engine::open(parts, bench.lease, release).map_err(Failure::internal)
}

/// The rules of a release that is taken up. One that only goes back needs none.
pub fn rules(state: &State, store: &dyn JournalStore) -> Result<Arc<dyn Rules>, Failure> {
    match PlannedRules::new(&state.plan) {
        Ok(rules) => Ok(Arc::new(rules)),
        Err(_) if needs_no_plugin(state, store) => Ok(Arc::new(NoRules)),
        Err(error) => Err(Failure::internal(error)),
    }
}
