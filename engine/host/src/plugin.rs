//! A loaded plugin: each call in a fresh store, and each failure told for what it is.

use std::sync::Arc;

use sluice_core::plan::PluginPin;
use sluice_core::release::event::{Proposal, RollbackAnswer};
use sluice_runner::ports::plugins::{
    Answered, Call, DescribeError, Description, Further, Judged, Plugin, PluginError, PluginKind, WithState,
};
use wasmtime::{Engine, Store, Trap};

use crate::config::Limits;
use crate::contract::{Contract, Stop};
use crate::engine::Ticker;
use crate::failure::Failure;
use crate::imports::NotThere;
use crate::sandbox::{self, Sandbox, one_line};
use crate::slots::Slots;

/// What all plugins of a host share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) engine: Engine,
    pub(crate) limits: Arc<Limits>,
    pub(crate) slots: Slots,
    pub(crate) _ticker: Ticker,
}

/// A component in one place, under the name that the place gives it.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) kind: PluginKind,
    pub(crate) pin: PluginPin,
    pub(crate) contract: Arc<dyn Contract>,
    pub(crate) shared: Arc<Shared>,
}

impl Shared {
    /// Runs something of a guest in a fresh store.
    pub(crate) fn run<T>(
        &self,
        metrics: Option<Arc<dyn Further>>,
        call: impl FnOnce(&mut Store<Sandbox>) -> Result<T, Stop>,
    ) -> Result<Answered<T>, Failure> {
        let _slot = self.slots.take();
        let mut store = sandbox::store(&self.engine, &self.limits, metrics)
            .map_err(|error| Failure::NoRoom(one_line(&format!("{error:#}"))))?;
        let outcome = call(&mut store);
        let left = store.get_fuel().unwrap_or_default();
        let sandbox = store.into_data();
        match outcome {
            Ok(answer) => Ok(Answered {
                answer,
                further: sandbox.further,
                log: sandbox.log.into_lines(),
                fuel: self.limits.fuel.saturating_sub(left),
            }),
            Err(Stop::Failed(failure)) => Err(failure),
            Err(Stop::Trapped(error)) => Err(explain(&error, sandbox)),
        }
    }
}

impl Loaded {
    fn run<T>(
        &self,
        call: Call<'_>,
        ask: impl FnOnce(&dyn Contract, &mut Store<Sandbox>) -> Result<T, Stop>,
    ) -> Result<Answered<T>, PluginError> {
        let metrics = Some(Arc::clone(call.metrics));
        self.shared
            .run(metrics, |store| ask(&*self.contract, store))
            .map_err(|failure| failure.of(&self.pin.name))
    }
}

impl Plugin for Loaded {
    fn kind(&self) -> PluginKind {
        self.kind
    }

    fn pin(&self) -> &PluginPin {
        &self.pin
    }

    fn describe(&self, config: &str) -> Result<Description, DescribeError> {
        let described = self.shared.run(None, |store| self.contract.describe(store, config));
        match described {
            Ok(answered) => answered.answer.map_err(DescribeError::Config),
            Err(failure) => Err(DescribeError::Plugin(failure.of(&self.pin.name))),
        }
    }

    fn next(&self, call: Call<'_>) -> Result<Answered<WithState<Proposal>>, PluginError> {
        self.run(call, |contract, store| contract.next(store, call))
    }

    fn judge(&self, call: Call<'_>) -> Result<Answered<Judged>, PluginError> {
        self.run(call, |contract, store| contract.judge(store, call))
    }

    fn decide(&self, call: Call<'_>) -> Result<Answered<WithState<RollbackAnswer>>, PluginError> {
        self.run(call, |contract, store| contract.decide(store, call))
    }
}

/// What stopped a guest. What it said itself counts for more than the trap that it ended in.
fn explain(error: &wasmtime::Error, sandbox: Sandbox) -> Failure {
    let limits = &sandbox.limits;
    match error.downcast_ref::<Trap>() {
        Some(Trap::OutOfFuel) => return Failure::OutOfFuel(limits.fuel),
        Some(Trap::Interrupt) => return Failure::TimeOut(limits.deadline.as_millis()),
        Some(Trap::StackOverflow) => return Failure::StackOverflow,
        _ => {}
    }
    if let Some(message) = sandbox.panic {
        return Failure::Panic(message);
    }
    if sandbox.memory.refused {
        return Failure::OutOfMemory(limits.memory);
    }
    if let Some(missing) = error.downcast_ref::<NotThere>() {
        return Failure::Trap(missing.to_string());
    }
    let text = error.root_cause().to_string();
    // Wasmtime has no type for it; a test holds this text in place.
    if text.contains("allocated for hostcalls has been exhausted") {
        return Failure::ResultTooLarge { limit: limits.hostcall_bytes };
    }
    match error.downcast_ref::<Trap>() {
        Some(_) => Failure::Trap(text.trim_start_matches("wasm trap: ").to_owned()),
        None => Failure::BadOutput(format!("what can not be read: {}", one_line(&text))),
    }
}
