//! What the traffic is like, and how a check fares with it.

use crate::MINUTES;
use crate::check::Check;
use crate::traffic::Traffic;

/// What the traffic is like.
#[derive(Debug, Clone, Copy)]
pub struct Scenario {
    pub name: &'static str,
    /// Requests a minute to the candidate; stable has nine times as many.
    pub rate: f64,
    /// The candidate's errors, as a multiple of stable's.
    pub errors: f64,
    /// The candidate's durations, as a multiple of stable's.
    pub latency: f64,
    /// How far each revision strays by itself, in waves of some minutes.
    pub strays: f64,
    /// How far the candidate's machine is from stable's.
    pub bias: f64,
}

/// In which minute each trial failed, if it did.
#[derive(Debug, Clone)]
pub struct Found(pub Vec<Option<usize>>);

const SAME: Scenario =
    Scenario { name: "the same", rate: 100.0, errors: 1.0, latency: 1.0, strays: 0.0, bias: 0.0 };
const WAVES: Scenario = Scenario { name: "the same, in waves", strays: 0.2, ..SAME };
const BIASED: Scenario = Scenario { name: "the same, on another machine", bias: 0.1, ..SAME };
/// So little that a check which allows for half as much again has to let it pass.
const ERRORS_HALF: Scenario = Scenario { name: "errors x 1.5", errors: 1.5, ..SAME };
const ERRORS_3: Scenario = Scenario { name: "errors x 3", errors: 3.0, ..SAME };
const ERRORS_10: Scenario = Scenario { name: "errors x 10", errors: 10.0, ..SAME };
const SLOWER: Scenario = Scenario { name: "latency + 50 %", latency: 1.5, ..SAME };

pub const SCENARIOS: [Scenario; 21] = {
    let kinds = [SAME, WAVES, BIASED, ERRORS_HALF, ERRORS_3, ERRORS_10, SLOWER];
    let mut all = [SAME; 21];
    let mut at = 0;
    while at < 21 {
        all[at] = kinds[at / 3];
        all[at].rate = [10.0, 100.0, 1000.0][at % 3];
        at += 1;
    }
    all
};

/// Runs so many trials, each with a seed of its own.
pub fn run(check: &Check, scenario: &Scenario, trials: u64) -> Found {
    Found(
        (0..trials)
            .map(|seed| (check.watch)(Traffic::new(scenario, seed.wrapping_mul(0x5851_f42d)), MINUTES))
            .collect(),
    )
}

impl Scenario {
    pub fn at(name: &str, rate: f64) -> Option<Self> {
        SCENARIOS.into_iter().find(|one| one.name == name && one.rate == rate)
    }

    /// Whether the candidate is no worse.
    pub fn is_fine(&self) -> bool {
        self.errors <= 1.0 && self.latency <= 1.0
    }
}

impl Found {
    /// The share of trials that failed by a minute.
    pub fn by(&self, minute: usize) -> f64 {
        let found = self.0.iter().flatten().filter(|at| **at <= minute).count();
        found as f64 / self.0.len().max(1) as f64
    }

    /// The minute by which half of all trials had failed.
    pub fn half(&self) -> Option<usize> {
        let mut all: Vec<usize> = self.0.iter().map(|at| at.unwrap_or(usize::MAX)).collect();
        all.sort_unstable();
        all.get(all.len() / 2).copied().filter(|at| *at != usize::MAX)
    }
}
