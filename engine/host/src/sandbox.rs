//! One call's store: what the guest may reach, what it may use, and what it left behind.

use std::sync::Arc;

use sluice_core::model::observation::{Observation, Query};
use sluice_runner::ports::plugins::Further;
use wasmtime::{AsContextMut, Engine, ResourceLimiter, Store, StoreContextMut};

use crate::config::Limits;
use crate::engine::{TABLE_ELEMENTS, TICK};

/// What a store holds beside the guest.
#[derive(Debug)]
pub(crate) struct Sandbox {
    pub(crate) limits: Arc<Limits>,
    /// Nothing where the contract allows no queries: while loading and describing.
    metrics: Option<Arc<dyn Further>>,
    pub(crate) further: Vec<Observation>,
    asked: usize,
    pub(crate) log: Log,
    /// What the guest's panic hook said.
    pub(crate) panic: Option<String>,
    pub(crate) memory: Memory,
}

/// A call's log, bounded in lines and bytes.
#[derive(Debug, Default)]
pub(crate) struct Log {
    lines: Vec<String>,
    bytes: usize,
    dropped: u64,
}

/// All memories and tables of one instance.
#[derive(Debug)]
pub(crate) struct Memory {
    used: usize,
    limit: usize,
    pub(crate) refused: bool,
}

/// A fresh store with its limits armed, before anything of the guest runs.
pub(crate) fn store(
    engine: &Engine,
    limits: &Arc<Limits>,
    metrics: Option<Arc<dyn Further>>,
) -> wasmtime::Result<Store<Sandbox>> {
    let memory = Memory { used: 0, limit: limits.memory, refused: false };
    let sandbox = Sandbox {
        limits: Arc::clone(limits),
        metrics,
        further: Vec::new(),
        asked: 0,
        log: Log::default(),
        panic: None,
        memory,
    };
    let mut store = Store::new(engine, sandbox);
    store.limiter(|sandbox| &mut sandbox.memory);
    store.set_fuel(limits.fuel)?;
    store.set_hostcall_fuel(limits.hostcall_bytes);
    arm_deadline(&mut store.as_context_mut());
    Ok(store)
}

/// Starts the real time anew: at the beginning, and after each query, whose time is the engine's own.
pub(crate) fn arm_deadline(store: &mut StoreContextMut<'_, Sandbox>) {
    // One tick more: the first may come at once.
    let ticks = store.data().limits.deadline.as_millis().div_ceil(TICK.as_millis()) + 1;
    store.set_epoch_deadline(u64::try_from(ticks).unwrap_or(u64::MAX / 2));
}

impl Sandbox {
    /// Asks a further query. What is refused is told to the guest as an error.
    pub(crate) fn query(&mut self, query: &Query) -> Result<&Observation, String> {
        let Some(metrics) = &self.metrics else {
            return Err("there are no further queries while a plugin describes itself".to_owned());
        };
        // Those that fail count too: they took the engine's time.
        if self.asked >= self.limits.queries {
            return Err(format!("a call may ask {} further queries, and no more", self.limits.queries));
        }
        self.asked += 1;
        let observation = metrics.query(query)?;
        self.further.push(observation);
        self.further.last().ok_or_else(String::new)
    }
}

impl Log {
    pub(crate) fn write(&mut self, level: &str, message: &str, limits: &Limits) {
        let room = limits.log_bytes.saturating_sub(self.bytes);
        let line = format!("{level}: {}", one_line(message));
        if self.lines.len() >= limits.log_lines || line.len() > room {
            self.dropped += 1;
            return;
        }
        self.bytes += line.len();
        self.lines.push(line);
    }

    /// The lines, and a last one that says how many are missing.
    pub(crate) fn into_lines(mut self) -> Vec<String> {
        if self.dropped > 0 {
            self.lines.push(format!("({} more lines were dropped)", self.dropped));
        }
        self.lines
    }
}

impl ResourceLimiter for Memory {
    fn memory_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        let total = self.used.saturating_add(desired.saturating_sub(current));
        if total > self.limit {
            self.refused = true;
            return Ok(false);
        }
        self.used = total;
        Ok(true)
    }

    fn table_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        Ok(desired <= TABLE_ELEMENTS)
    }
}

/// A guest's text without what moves a terminal's cursor or colours.
pub(crate) fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' && c != '\t' { '\u{fffd}' } else { c }).collect()
}

/// The same on one line, for what is shown as a line.
pub(crate) fn one_line(text: &str) -> String {
    printable(text).replace('\n', " ")
}
