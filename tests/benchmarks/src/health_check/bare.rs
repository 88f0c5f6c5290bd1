//! The least that wasmtime needs to call the component: bindings, a store, an instance, a call.

use std::hint::black_box;

use wasmtime::component::{Component, Linker};
use wasmtime::{Config, Engine, Store};

use super::expect;
use crate::figure::Failure;
use bindings::exports::sluice::plugin::health_check_api::{Input, Verdict};

pub mod bindings {
    wasmtime::component::bindgen!({ path: "../../sdk/wit/0.1.0", world: "health-check" });
}

/// A component that is compiled and linked, with nothing around it.
pub struct Bare {
    engine: Engine,
    ready: bindings::HealthCheckPre<()>,
}

impl Bare {
    pub fn new(config: &Config, component: &[u8]) -> Result<Self, Failure> {
        let engine = Engine::new(config)?;
        let component = Component::from_binary(&engine, component)?;
        let mut linker = Linker::new(&engine);
        // The call that is measured needs none of them.
        linker.define_unknown_imports_as_traps(&component)?;
        let ready = bindings::HealthCheckPre::new(linker.instantiate_pre(&component)?)?;
        Ok(Self { engine, ready })
    }

    /// One call, from a new store to the answer.
    pub fn judge(&self, input: &Input) -> Result<(), Failure> {
        let mut store = Store::new(&self.engine, ());
        let instance = self.ready.instantiate(&mut store)?;
        let output = instance.sluice_plugin_health_check_api().call_judge(&mut store, input)??;
        expect(matches!(output.verdict, Verdict::Pass), &output.reason)?;
        black_box(output);
        Ok(())
    }
}
