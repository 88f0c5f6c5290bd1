//! Requests through a gateway that mirrors them, beside the same through one that does not; and what a gateway
//! takes for connections that rest and for a change of weights.

pub mod changes;
pub mod idle;

use std::borrow::Borrow;
use std::time::{Duration, Instant};

use end_to_end::load::{Load, Options};
use tokio::runtime::Runtime;

use crate::figure::{Bar, Failure, Figure, Row};
use crate::table::time;
use crate::times::{Times, times_longer};
use crate::traffic::bed::{Bed, Split};
use crate::traffic::{CALM, CLIENTS, Traffic};

pub const TURNS: usize = 12;
/// At full speed there are thousands of requests in a turn; at the calm rate a turn must be long for its p99 to be more
/// than its few worst.
pub const TURN: Duration = Duration::from_millis(600);
pub const CALM_TURN: Duration = Duration::from_secs(2);
/// How much longer a user's p99 may be while the shadow hangs.
const LONGER: f64 = 1.1;
/// What is mirrored in each run; the first is what the others stand beside.
const RUNS: [Split; 4] = [
    Split { candidate: 0, mirrored: 0, hangs: false },
    Split { candidate: 0, mirrored: 500, hangs: false },
    Split { candidate: 0, mirrored: 1000, hangs: false },
    Split { candidate: 0, mirrored: 1000, hangs: true },
];

/// One run under one kind of load.
#[derive(Debug, Default)]
pub struct Run {
    pub traffic: Traffic,
    /// Of each turn: one turn in which the machine was busy with something else does not decide.
    p99s: Vec<Duration>,
}

type Runs = [Run; RUNS.len()];

pub fn measure() -> Result<Figure, Failure> {
    Runtime::new()?.block_on(async {
        let mut beds = Vec::new();
        for split in RUNS {
            beds.push(Bed::start(split).await?);
        }
        let measured = tokio::select! {
            measured = all(&beds) => measured,
            interrupt = tokio::signal::ctrl_c() => Err(interrupt.err().map_or("interrupted".into(), Failure::from)),
        };
        for bed in beds {
            bed.stop().await?;
        }
        measured
    })
}

async fn all(beds: &[Bed]) -> Result<Figure, Failure> {
    let runs = |runs: Vec<Run>| Runs::try_from(runs).map_err(|_other| "there are not as many runs as beds");
    let full = runs(by_turns(beds, None).await?)?;
    let calm = runs(by_turns(beds, Some(CALM)).await?)?;
    let mut rows = rows(&full, &calm);
    if let Some(bed) = beds.first() {
        rows.push(changes::row(changes::longest(bed).await?));
        rows.push(idle::row(idle::memory(bed).await?));
    }
    Ok(Figure {
        title: format!("shadow: {CLIENTS} clients, requests mirrored to a second instance and compared"),
        beside: "the same requests through the same gateway, with nothing mirrored".to_owned(),
        rows,
        notes: vec![
            format!(
                "{TURNS} turns of {} s ({} s at {CALM}/s) of each, none lost; p99 is the median of the turns'. A mirrored",
                TURN.as_secs_f64(),
                CALM_TURN.as_secs_f64(),
            ),
            "request is a second one on the same cores; what they do not manage is shed.".to_owned(),
        ],
    })
}

/// Each run in its turn; the first turn is not counted.
pub async fn by_turns<B: Borrow<Bed>>(beds: &[B], rate: Option<f64>) -> Result<Vec<Run>, Failure> {
    let mut runs: Vec<Run> = beds.iter().map(|_| Run::default()).collect();
    for turn in 0..=TURNS {
        for (bed, run) in beds.iter().zip(&mut runs) {
            let [address, _] = bed.borrow().addresses().await?;
            let options =
                Options { url: format!("http://{address}/"), clients: CLIENTS, rate, ..Options::default() };
            let started = Instant::now();
            let load = Load::start(&options)?;
            tokio::time::sleep(if rate.is_some() { CALM_TURN } else { TURN }).await;
            let tally = load.stop().await;
            if tally.lost() > 0 || tally.answered() == 0 {
                return Err(format!("not every request was answered: {tally}").into());
            }
            if turn > 0 {
                run.p99s.extend(tally.latencies.quantile(0.99));
                run.traffic.add(tally, started.elapsed());
            }
        }
    }
    Ok(runs)
}

fn rows([none, half, all, hanging]: &Runs, calm: &Runs) -> Vec<Row> {
    let [calm_none, calm_half, calm_all, calm_hanging] = calm;
    let rate = |name: &str, run: &Run| {
        let shown = |run: &Run| format!("{:.0}/s", run.traffic.rate());
        Row::ratio(name, (shown(run), shown(none)), run.traffic.rate() / none.traffic.rate())
    };
    let latency = |name: &str, of: fn(&Run) -> Duration, run: &Run| {
        let (ours, theirs) = (of(run), of(calm_none));
        Row::ratio(name, (time(ours), time(theirs)), times_longer(ours, theirs))
    };
    let hangs = latency("p99, 100 % to one that hangs", Run::p99, calm_hanging);
    let bar = Bar::at_most(LONGER, hangs.ratio.unwrap_or(f64::NAN), "x");
    vec![
        rate("requests, 50 % mirrored", half),
        rate("requests, 100 % mirrored", all),
        rate("requests, 100 % to one that hangs", hanging),
        latency(&format!("p50 at {CALM}/s, 50 % mirrored"), Run::p50, calm_half),
        latency("p99, 50 % mirrored", Run::p99, calm_half),
        latency(&format!("p50 at {CALM}/s, 100 % mirrored"), Run::p50, calm_all),
        latency("p99, 100 % mirrored", Run::p99, calm_all),
        hangs.with(bar),
    ]
}

impl Run {
    pub fn p50(&self) -> Duration {
        self.traffic.quantile(0.5)
    }

    /// The median of the turns.
    pub fn p99(&self) -> Duration {
        Times::new(self.p99s.clone()).median()
    }
}
