//! The host functions: further queries, log lines, and comparisons (`computed`). Each is paid from the guest's fuel, by what it costs
//! the host, because an unpaid host call is a way around fuel.

use sluice_core::model::observation::{Query, Range};
use wasmtime::StoreContextMut;
use wasmtime::component::Linker;

use super::bindings::{log, types};
use super::{computed, described, given};
use crate::sandbox::{Sandbox, arm_deadline, one_line};

/// Every interface that a plugin may import.
pub(crate) const INTERFACES: [&str; 4] = [
    "sluice:plugin/types@0.1.0",
    "sluice:plugin/metrics@0.1.0",
    "sluice:plugin/log@0.1.0",
    "sluice:plugin/statistics@0.1.0",
];

const LOG_FUEL: u64 = 2_000;
const QUERY_FUEL: u64 = 100_000;
const BYTE_FUEL: u64 = 4;
const SAMPLE_FUEL: u64 = 100;

/// Longest text of the guest that is kept for a panic.
const PANIC_CHARS: usize = 2_000;

/// Defines the contract's imports.
pub(crate) fn define(linker: &mut Linker<Sandbox>) -> wasmtime::Result<()> {
    linker.instance("sluice:plugin/types@0.1.0")?;
    linker.instance("sluice:plugin/log@0.1.0")?.func_wrap("log", log)?;
    linker.instance("sluice:plugin/metrics@0.1.0")?.func_wrap("query", query)?;
    computed::define(linker)
}

fn log(
    mut store: StoreContextMut<'_, Sandbox>,
    (level, message): (log::Level, String),
) -> wasmtime::Result<()> {
    charge(&mut store, LOG_FUEL + BYTE_FUEL * message.len() as u64)?;
    let sandbox = store.data_mut();
    if matches!(level, log::Level::Panic) {
        let message: String = message.chars().take(PANIC_CHARS).collect();
        sandbox.panic = Some(one_line(&message));
        return Ok(());
    }
    sandbox.log.write(name(level), &message, &sandbox.limits);
    Ok(())
}

fn query(
    mut store: StoreContextMut<'_, Sandbox>,
    (query,): (types::Query,),
) -> wasmtime::Result<(Result<types::Observation, String>,)> {
    let attrs: usize = query.attrs.iter().map(|one| one.key.len() + one.value.len()).sum();
    let text = query.name.len() + query.expr.len() + attrs;
    charge(&mut store, QUERY_FUEL + BYTE_FUEL * text as u64)?;
    let limits = &store.data().limits;
    if query.name.len() > limits.text || query.expr.len() > limits.text {
        return Ok((Err(format!("a query's name and text may have {} bytes each", limits.text)),));
    }
    let range = query.range.map(|range| Range { window_ms: range.window, step_ms: range.step });
    let enough = match described::enough(&query.attrs, limits) {
        Ok(enough) => enough,
        Err(why) => return Ok((Err(why),)),
    };
    let query = Query { name: query.name, expr: query.expr, range, enough };
    let answer = store.data_mut().query(&query).map(given::observation);
    arm_deadline(&mut store);
    let samples = answer.as_ref().map_or(0, |one| one.series.iter().map(|series| series.at.len() + 1).sum());
    charge(&mut store, SAMPLE_FUEL * samples as u64)?;
    Ok((answer,))
}

/// Takes fuel for work of the host; a guest that has too little left is out of fuel.
pub(super) fn charge(store: &mut StoreContextMut<'_, Sandbox>, fuel: u64) -> wasmtime::Result<()> {
    let left = store.get_fuel()?.checked_sub(fuel);
    store.set_fuel(left.unwrap_or(0))?;
    left.map(|_| ()).ok_or_else(|| wasmtime::Trap::OutOfFuel.into())
}

fn name(level: log::Level) -> &'static str {
    match level {
        log::Level::Debug => "debug",
        log::Level::Info => "info",
        log::Level::Warn => "warn",
        log::Level::Error => "error",
        log::Level::Panic => "panic",
    }
}
