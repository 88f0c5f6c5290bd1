//! Requests through the gateway, beside the same requests straight to the same instance.

mod backend;
pub mod bed;

use std::time::{Duration, Instant};

use end_to_end::load::{Load, Options, Tally};
use tokio::runtime::Runtime;

use crate::figure::{Failure, Figure, Row};
use crate::table::time;
use crate::times::times_longer;
use bed::{Bed, Split};

pub use bed::role;

pub const CLIENTS: usize = 16;
const TURNS: usize = 4;
const TURN: Duration = Duration::from_millis(1500);
/// Requests a second that leave the machine time to spare.
pub const CALM: f64 = 500.0;

/// What came back in all turns, and how long they took together.
#[derive(Debug, Default)]
pub struct Traffic {
    tally: Tally,
    took: Duration,
}

pub fn measure() -> Result<Figure, Failure> {
    Runtime::new()?.block_on(async {
        let bed = Bed::start(Split::default()).await?;
        let measured = tokio::select! {
            measured = both(&bed) => measured,
            interrupt = tokio::signal::ctrl_c() => Err(interrupt.err().map_or("interrupted".into(), Failure::from)),
        };
        bed.stop().await?;
        let (full, calm) = measured?;
        Ok(figure(&full, &calm))
    })
}

async fn both(bed: &Bed) -> Result<([Traffic; 2], [Traffic; 2]), Failure> {
    let addresses = bed.addresses().await?;
    Ok((by_turns(&addresses, None).await?, by_turns(&addresses, Some(CALM)).await?))
}

/// Traffic through the gateway and straight; the first turn of each is not counted.
async fn by_turns(addresses: &[String; 2], rate: Option<f64>) -> Result<[Traffic; 2], Failure> {
    let mut traffic = [Traffic::default(), Traffic::default()];
    for turn in 0..=TURNS {
        for (address, traffic) in addresses.iter().zip(&mut traffic) {
            let options =
                Options { url: format!("http://{address}/"), clients: CLIENTS, rate, ..Options::default() };
            let started = Instant::now();
            let load = Load::start(&options)?;
            tokio::time::sleep(TURN).await;
            let tally = load.stop().await;
            if tally.lost() > 0 || tally.answered() == 0 {
                return Err(format!("not every request was answered: {tally}").into());
            }
            if turn > 0 {
                traffic.add(tally, started.elapsed());
            }
        }
    }
    Ok(traffic)
}

fn figure([gateway, direct]: &[Traffic; 2], [calm, calm_direct]: &[Traffic; 2]) -> Figure {
    let shown = |traffic: &Traffic| format!("{:.0}/s", traffic.rate());
    let latency = |name: &str, share: f64, ours: &Traffic, theirs: &Traffic| {
        let (ours, theirs) = (ours.quantile(share), theirs.quantile(share));
        Row::ratio(name, (time(ours), time(theirs)), times_longer(ours, theirs))
    };
    let rates = (shown(gateway), shown(direct));
    Figure {
        title: format!("gateway: {CLIENTS} clients with a connection each, small answers, on loopback"),
        beside: "the same requests straight to the same instance, with no proxy".to_owned(),
        rows: vec![
            Row::ratio("requests, as many as there can be", rates, gateway.rate() / direct.rate()),
            latency("p50 of these", 0.5, gateway, direct),
            latency("p99 of these", 0.99, gateway, direct),
            latency(&format!("p50 at {CALM} requests a second"), 0.5, calm, calm_direct),
            latency(&format!("p99 at {CALM} requests a second"), 0.99, calm, calm_direct),
        ],
        notes: vec![
            format!(
                "{TURNS} turns of {} s of each, none lost. Clients, gateway and instance share the cores:",
                TURN.as_secs_f64()
            ),
            "a proxy that cost as much as the clients and the instance together would halve the requests."
                .to_owned(),
        ],
    }
}

impl Traffic {
    pub fn add(&mut self, tally: Tally, took: Duration) {
        self.tally.add(tally);
        self.took += took;
    }

    /// Answers a second.
    pub fn rate(&self) -> f64 {
        self.tally.answered() as f64 / self.took.as_secs_f64()
    }

    pub fn quantile(&self, share: f64) -> Duration {
        self.tally.latencies.quantile(share).unwrap_or_default()
    }
}
