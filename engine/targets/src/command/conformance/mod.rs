//! What every command must hold to be a target: tried on the real one, under a service's name that nobody uses.
//!
//! The checks build on one another: after the first shape that can not be brought about, the rest is not tried.

mod bench;
mod protocol;
mod shapes;

use std::time::Duration;

use sluice_core::plan::RevisionSpec;
use sluice_runner::ports::target::TargetError;

use super::CommandOptions;
use bench::Bench;

/// What is examined.
#[derive(Debug, Clone)]
pub struct Subject {
    pub options: CommandOptions,
    /// The name under which the platform is used; it should serve nobody.
    pub service: String,
    /// What the two revisions run that are tried.
    pub spec: RevisionSpec,
    /// Unlike that of any examination before.
    pub release: String,
    /// For a shape to be in effect.
    pub within: Duration,
}

/// One requirement, and whether it is met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub requirement: &'static str,
    pub result: Outcome,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Met,
    /// How it was not.
    Broken(String),
    /// Something before it was broken.
    NotTried,
}

/// Every requirement, in the order in which they are tried.
pub const REQUIREMENTS: [&str; 18] = [
    "describes what it can do, the same each time",
    "observes without changing anything",
    "takes a first shape, and is seen to have it",
    "takes the same again and changes nothing",
    "refuses a key that was used for another shape",
    "splits by weight, and says so exactly",
    "splits by tenths of a percent, or refuses to",
    "takes routes by header and cookie (whether they work is not tried), or refuses to",
    "takes a mirror (whether it works is not tried), or refuses to",
    "refuses more instances than its capacity",
    "refuses weights that do not add up",
    "refuses an older generation of the same release",
    "stays as it was after all it refused",
    "takes another release's first generation",
    "promotes: stable is the one that it was told",
    "ignores fields that it does not know",
    "refuses other versions, unknown operations and what is no JSON",
    "bears a question of a megabyte",
];

/// Tries everything, then leaves the platform with nothing.
pub async fn examine(subject: Subject) -> Result<Vec<Finding>, TargetError> {
    let mut bench = Bench::open(subject).await?;
    let mut findings: Vec<Finding> = Vec::new();
    let mut go_on = true;
    for (number, requirement) in REQUIREMENTS.into_iter().enumerate() {
        let result = match go_on {
            true => bench.try_one(number).await.map_or_else(Outcome::Broken, |()| Outcome::Met),
            false => Outcome::NotTried,
        };
        // Without a first shape there is nothing to split.
        go_on &= number != 2 || result == Outcome::Met;
        findings.push(Finding { requirement, result });
    }
    bench.clear().await;
    Ok(findings)
}

impl Bench {
    async fn try_one(&mut self, number: usize) -> Result<(), String> {
        match number {
            0 => self.describes().await,
            1 => self.observes().await,
            2 => self.takes_a_first_shape().await,
            3 => self.takes_it_again().await,
            4 => self.refuses_a_used_key().await,
            5 => self.splits(100).await,
            6 => self.splits_finely().await,
            7 => self.routes().await,
            8 => self.mirrors().await,
            9 => self.refuses_beyond_capacity().await,
            10 => self.refuses_wrong_sums().await,
            11 => self.refuses_older().await,
            12 => self.is_as_it_was().await,
            13 => self.takes_another_release().await,
            14 => self.promotes().await,
            15 => self.ignores_unknown_fields().await,
            16 => self.refuses_what_it_does_not_know().await,
            _ => self.bears_much().await,
        }
    }
}
