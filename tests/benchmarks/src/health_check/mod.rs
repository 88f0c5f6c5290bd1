//! A health-check call through the host, beside the same call by bare wasmtime.

mod bare;
mod question;

use std::hint::black_box;
use std::path::Path;

use sluice_core::model::verdict::Verdict;
use sluice_runner::ports::plugins::{PluginKind, Plugins};
use wasmtime::{Config, InstanceAllocationStrategy, PoolingAllocationConfig};

use crate::bundled;
use crate::figure::{Bar, Failure, Figure, Row};
use crate::table::time;
use crate::times::{Times, by_turns, times_longer};
use bare::Bare;
use question::Question;

const PLUGIN: &str = "threshold";
const SAMPLES: usize = 20;
const TURNS: usize = 40;
const CALLS: usize = 50;
/// Bytes of a slot's memory that are kept between calls.
const KEPT: usize = 2 << 20;
/// The bar, in bare calls.
const MOST: f64 = 4.0;

pub fn measure() -> Result<Figure, Failure> {
    let dir = tempfile::tempdir()?;
    let host = bundled::host(dir.path())?;
    let plugin = host.load(PluginKind::HealthCheck, PLUGIN, Path::new("/"))?;
    let component = bundled::component(PLUGIN).ok_or("the plugin is not shipped")?;
    let (bare, pooled) = (Bare::new(&Config::new(), component)?, Bare::new(&pooled(), component)?);
    let question = Question::of(SAMPLES);
    let input = question.input();

    let mut through_host = || {
        let answered = plugin.judge(question.call())?;
        expect(answered.answer.verdict == Verdict::Pass, &answered.answer.reason)?;
        black_box(answered);
        Ok(())
    };
    let mut by_bare = || bare.judge(&input);
    let mut by_pooled = || pooled.judge(&input);
    let times = by_turns(TURNS, CALLS, [&mut through_host, &mut by_bare, &mut by_pooled])?;
    Ok(figure(&times))
}

/// Slots that are used again, with their memory kept, as the host has them.
fn pooled() -> Config {
    let mut pool = PoolingAllocationConfig::new();
    pool.linear_memory_keep_resident(KEPT).table_keep_resident(KEPT);
    let mut config = Config::new();
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    config
}

fn figure([ours, bare, pooled]: &[Times; 3]) -> Figure {
    let row = |name: &str, share: f64, theirs: &Times| {
        let (ours, theirs) = (ours.quantile(share), theirs.quantile(share));
        let ratio = times_longer(ours, theirs);
        (Row::ratio(name, (time(ours), time(theirs)), ratio), ratio)
    };
    let (median, ratio) = row("median", 0.5, bare);
    Figure {
        title: format!("health-check call: `{PLUGIN}`, {SAMPLES} samples, a fresh store for every call"),
        beside: "wasmtime's own instantiate-and-call of the same component, default settings, no limits"
            .to_owned(),
        rows: vec![
            median.with(Bar::at_most(MOST, ratio, "x")),
            row("p99", 0.99, bare).0,
            row("median, beside a pooled bare call", 0.5, pooled).0,
        ],
        notes: vec![
            format!("{} calls of each by turns of {CALLS}. Ours has limits of fuel, time and memory, translates", TURNS * CALLS),
            "from and to the core's types, and checks the answer. The pooled bare call has the host's allocator.".to_owned(),
        ],
    }
}

/// What is measured must be a call that works.
fn expect(holds: bool, told: &str) -> Result<(), Failure> {
    if holds { Ok(()) } else { Err(format!("the plugin did not pass: {told}").into()) }
}
