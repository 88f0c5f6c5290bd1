//! The sandbox's settings, and the thread that counts real time for it.

use std::hash::{Hash, Hasher};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::time::Duration;

use wasmtime::{Config, Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig};

use crate::config::Limits;

/// How often the backstop looks at the clock.
pub(crate) const TICK: Duration = Duration::from_millis(100);

/// Entries of one table.
pub(crate) const TABLE_ELEMENTS: usize = 20_000;

/// Memory that a slot keeps between calls, so that a call touches no fresh page: a Rust plugin fits.
const KEEP_RESIDENT: usize = 2 << 20;
const MEMORIES_PER_INSTANCE: u32 = 4;
const TABLES_PER_INSTANCE: u32 = 8;
const MODULES_PER_INSTANCE: u32 = 64;
const STACK: usize = 512 << 10;

/// Advances the engine's epoch until it is dropped.
#[derive(Debug)]
pub(crate) struct Ticker {
    _stop: Sender<()>,
}

/// An engine that runs plugins, each in a slot that is kept warm.
pub(crate) fn running(limits: &Limits) -> wasmtime::Result<Engine> {
    let mut config = settings();
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(limits.concurrent)
        .total_core_instances(limits.concurrent * MODULES_PER_INSTANCE)
        .total_memories(limits.concurrent * MEMORIES_PER_INSTANCE)
        .total_tables(limits.concurrent * TABLES_PER_INSTANCE)
        .max_core_instances_per_component(MODULES_PER_INSTANCE)
        .max_memories_per_component(MEMORIES_PER_INSTANCE)
        .max_tables_per_component(TABLES_PER_INSTANCE)
        .max_tables_per_module(TABLES_PER_INSTANCE)
        .table_elements(TABLE_ELEMENTS)
        .max_memory_size(limits.memory)
        .linear_memory_keep_resident(KEEP_RESIDENT)
        // Where the kernel can tell, only pages that were written are reset: a quarter off each call.
        .pagemap_scan(Enabled::Auto)
        .table_keep_resident(KEEP_RESIDENT);
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    Engine::new(&config)
}

/// An engine that only compiles, and reserves no memory for instances. What it makes runs on [`running`].
pub(crate) fn compiling() -> wasmtime::Result<Engine> {
    Engine::new(&settings())
}

/// Names everything that compiled code depends on beside the component: compiler, settings, processor.
pub(crate) fn compatibility(engine: &Engine) -> u64 {
    let mut hasher = std::hash::DefaultHasher::new();
    engine.precompile_compatibility_hash().hash(&mut hasher);
    hasher.finish()
}

impl Ticker {
    pub(crate) fn start(engine: &Engine) -> std::io::Result<Self> {
        let (stop, stopped) = mpsc::channel::<()>();
        let engine = engine.weak();
        std::thread::Builder::new().name("plugin-clock".to_owned()).spawn(move || {
            while let Err(RecvTimeoutError::Timeout) = stopped.recv_timeout(TICK) {
                match engine.upgrade() {
                    Some(engine) => engine.increment_epoch(),
                    None => return,
                }
            }
        })?;
        Ok(Self { _stop: stop })
    }
}

/// What both compiled code and the running of it depend on. The same component with the same input gives the
/// same answer and uses the same fuel on every machine: one NaN, no relaxed SIMD, no threads (left out of
/// the build).
fn settings() -> Config {
    let mut config = Config::new();
    config
        .consume_fuel(true)
        .epoch_interruption(true)
        .cranelift_nan_canonicalization(true)
        .wasm_relaxed_simd(false)
        .wasm_memory64(false)
        .max_wasm_stack(STACK)
        // A panic says where it was by itself; frames of optimised code say less, and cost every trap.
        .wasm_backtrace_max_frames(None)
        .native_unwind_info(false)
        .generate_address_map(false);
    config
}
