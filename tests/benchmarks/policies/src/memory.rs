//! What a loaded policy keeps in memory. Each engine loads two sets in a process of its own: the first takes what an
//! engine needs once, and what the second adds is counted.

use std::process::Command;

use crate::beside::{cedar, rego};
use crate::figure::{Failure, Figure, Row};
use crate::ours;

const POLICIES: usize = 1_000;
const SERVICES: usize = 100;

/// An engine that loads sets and tells what they took.
#[derive(Debug, Clone, Copy)]
pub enum Loader {
    Sluice,
    Rego,
    Cedar,
}

impl Loader {
    pub fn named(name: &str) -> Option<Self> {
        [Self::Sluice, Self::Rego, Self::Cedar].into_iter().find(|one| one.name() == name)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Sluice => "load-sluice",
            Self::Rego => "load-rego",
            Self::Cedar => "load-cedar",
        }
    }

    /// Loads, and prints the bytes of one policy.
    pub fn print(self) -> Result<(), Failure> {
        let bytes = match self {
            Self::Sluice => added(|from| ours::set(&texts(from, ours::numbered)))?,
            Self::Rego => added(|from| {
                let mut engine = rego::engine(texts(from, rego::numbered).iter().map(String::as_str))?;
                // It prepares what it loaded when it is first asked.
                rego::interpreted_set(&mut engine, rego::input(&ours::Facts::good()))?;
                Ok(engine)
            })?,
            Self::Cedar => added(|from| cedar::compiled(&texts(from, cedar::numbered).concat()))?,
        };
        println!("{}", bytes / POLICIES);
        Ok(())
    }

    fn measured(self) -> Result<f64, Failure> {
        let output = Command::new(std::env::current_exe()?).arg(self.name()).output()?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        text.trim().parse().map_err(|_| text.into())
    }
}

pub fn measure() -> Result<Figure, Failure> {
    let [sluice, rego, cedar] = [Loader::Sluice, Loader::Rego, Loader::Cedar].map(Loader::measured);
    let (sluice, rego, cedar) = (sluice?, rego?, cedar?);
    let shown = |bytes: f64| format!("{bytes:.0} bytes");
    let row = |name: &str, theirs: f64| {
        Row::ratio(&format!("a policy, by {name}"), (shown(sluice), shown(theirs)), sluice / theirs)
    };
    Ok(Figure {
        title: format!("policies: memory of {POLICIES} with five rules each"),
        beside: String::from("the same in `regorus` and `cedar-policy`"),
        rows: vec![row("Rego", rego), row("Cedar", cedar)],
        notes: vec![String::from(
            "Resident memory that the second thousand adds, so with what reading leaves behind.",
        )],
    })
}

fn texts(from: usize, numbered: fn(usize, usize) -> String) -> Vec<String> {
    (from..from + POLICIES).map(|number| numbered(number, SERVICES)).collect()
}

/// What the second of two sets adds, while the first is kept.
fn added<T>(mut load: impl FnMut(usize) -> Result<T, Failure>) -> Result<usize, Failure> {
    let first = load(0)?;
    let before = resident()?;
    let second = load(POLICIES)?;
    let after = resident()?;
    drop((first, second));
    Ok(after.saturating_sub(before))
}

fn resident() -> Result<usize, Failure> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("there is no VmRSS")?;
    let kilobytes: usize = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kilobytes * 1024)
}
