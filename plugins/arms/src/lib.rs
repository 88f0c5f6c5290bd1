//! Two revisions side by side: which of them a check compares, how one query asks for each, what was counted of each
//! between two looks, and how numbers are written for people.

mod against;
mod asked;
mod counted;
mod numbers;
mod samples;

pub use against::Against;
pub use asked::{
    ROLE, asked, budget_problem, counter_problem, in_query, label_problem, name_of, name_problem,
    role_problem,
};
pub use counted::{Followed, Pair, Tally, tallies};
pub use numbers::{count, share, short};
pub use samples::{Compared, Worse, compared, samples, unsure};

use sluice_sdk::{Attr, Measurement, Quality, Verdict};

/// Why something could not be measured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Silence {
    pub quality: Quality,
    pub why: String,
}

/// A value that a verdict rests on, as it is journaled.
pub fn measurement(
    name: &str,
    value: Option<f64>,
    quality: Quality,
    bound: String,
    verdict: Verdict,
) -> Measurement {
    Measurement { name: name.into(), value, quality, bound, verdict, attrs: Vec::<Attr>::new() }
}
