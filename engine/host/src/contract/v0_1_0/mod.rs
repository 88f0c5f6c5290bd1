//! `sluice:plugin@0.1.0`, mapped to the core's types.

mod answered;
mod bindings;
mod computed;
mod described;
mod given;
mod offered;

use sluice_core::release::event::{Proposal, RollbackAnswer};
use sluice_runner::ports::plugins::{Call, ConfigProblem, Description, Judged, PluginKind, WithState};
use wasmtime::component::{Component, Linker};
use wasmtime::{Engine, Store, Trap};

use self::bindings::{HealthCheckPre, RollbackPre, StrategyPre};
use super::{Contract, Stop};
use crate::failure::Failure;
use crate::imports::{self, NotThere};
use crate::sandbox::{Sandbox, one_line};

/// What messages call this version.
pub(crate) const VERSION: &str = "`sluice:plugin@0.1.0`";

/// Checks a component's imports and exports, and resolves them.
pub(crate) fn resolve(
    engine: &Engine,
    component: &Component,
    kind: PluginKind,
) -> Result<Box<dyn Contract>, Failure> {
    let mut linker = Linker::new(engine);
    imports::admit(engine, component, &mut linker, &offered::INTERFACES, VERSION)?;
    offered::define(&mut linker).map_err(broken)?;
    let ready = linker.instantiate_pre(component).map_err(broken)?;
    let guest = match kind {
        PluginKind::Strategy => Guest::Strategy(StrategyPre::new(ready).map_err(broken)?),
        PluginKind::HealthCheck => Guest::HealthCheck(HealthCheckPre::new(ready).map_err(broken)?),
        PluginKind::Rollback => Guest::Rollback(RollbackPre::new(ready).map_err(broken)?),
    };
    Ok(Box::new(guest))
}

enum Guest {
    Strategy(StrategyPre<Sandbox>),
    HealthCheck(HealthCheckPre<Sandbox>),
    Rollback(RollbackPre<Sandbox>),
}

impl Guest {
    fn unasked(&self) -> Stop {
        Stop::Failed(Failure::BadOutput("nothing: it was asked what its kind does not answer".to_owned()))
    }
}

impl std::fmt::Debug for Guest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(VERSION)
    }
}

impl Contract for Guest {
    fn instantiate(&self, store: &mut Store<Sandbox>) -> Result<(), Stop> {
        let ready = match self {
            Self::Strategy(guest) => guest.instance_pre(),
            Self::HealthCheck(guest) => guest.instance_pre(),
            Self::Rollback(guest) => guest.instance_pre(),
        };
        let instance = ready.instantiate(&mut *store).map_err(unready)?;
        // Only now do the types of the exports show.
        let typed = match self {
            Self::Strategy(_) => bindings::Strategy::new(&mut *store, &instance).map(drop),
            Self::HealthCheck(_) => bindings::HealthCheck::new(&mut *store, &instance).map(drop),
            Self::Rollback(_) => bindings::Rollback::new(&mut *store, &instance).map(drop),
        };
        Ok(typed.map_err(broken)?)
    }

    fn describe(
        &self,
        store: &mut Store<Sandbox>,
        config: &str,
    ) -> Result<Result<Description, Vec<ConfigProblem>>, Stop> {
        let described = match self {
            Self::Strategy(guest) => {
                let instance = guest.instantiate(&mut *store)?;
                instance.sluice_plugin_strategy_api().call_describe(&mut *store, config)?
            }
            Self::HealthCheck(guest) => {
                let instance = guest.instantiate(&mut *store)?;
                instance.sluice_plugin_health_check_api().call_describe(&mut *store, config)?
            }
            Self::Rollback(guest) => {
                let instance = guest.instantiate(&mut *store)?;
                instance.sluice_plugin_rollback_api().call_describe(&mut *store, config)?
            }
        };
        let limits = &store.data().limits;
        Ok(match described {
            Ok(description) => Ok(described::description(description, limits)?),
            Err(problems) => Err(described::problems(problems, limits)?),
        })
    }

    fn next(&self, store: &mut Store<Sandbox>, call: Call<'_>) -> Result<WithState<Proposal>, Stop> {
        let Self::Strategy(guest) = self else { return Err(self.unasked()) };
        let input = given::strategy(call);
        let instance = guest.instantiate(&mut *store)?;
        let output = instance.sluice_plugin_strategy_api().call_next(&mut *store, &input)?;
        let limits = &store.data().limits;
        Ok(answered::strategy(answered::answer(output, limits)?, limits)?)
    }

    fn judge(&self, store: &mut Store<Sandbox>, call: Call<'_>) -> Result<Judged, Stop> {
        let Self::HealthCheck(guest) = self else { return Err(self.unasked()) };
        let input = given::health_check(call);
        let instance = guest.instantiate(&mut *store)?;
        let output = instance.sluice_plugin_health_check_api().call_judge(&mut *store, &input)?;
        let limits = &store.data().limits;
        Ok(answered::health_check(answered::answer(output, limits)?, limits)?)
    }

    fn decide(&self, store: &mut Store<Sandbox>, call: Call<'_>) -> Result<WithState<RollbackAnswer>, Stop> {
        let Self::Rollback(guest) = self else { return Err(self.unasked()) };
        let input = given::rollback(call);
        let instance = guest.instantiate(&mut *store)?;
        let output = instance.sluice_plugin_rollback_api().call_decide(&mut *store, &input)?;
        let limits = &store.data().limits;
        Ok(answered::rollback(answered::answer(output, limits)?, limits)?)
    }
}

fn broken(error: wasmtime::Error) -> Failure {
    Failure::NotTheContract { reason: one_line(&format!("{error:#}")) }
}

/// What ran, and stopped, is explained as in any call; what did not even run has no place in the pool.
fn unready(error: wasmtime::Error) -> Stop {
    if error.is::<Trap>() || error.is::<NotThere>() {
        return Stop::Trapped(error);
    }
    Stop::Failed(Failure::NoRoom(one_line(&format!("{error:#}"))))
}
