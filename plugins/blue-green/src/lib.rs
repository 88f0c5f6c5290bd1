//! The blue-green strategy: green at full size beside blue, tested with nobody on it, then all traffic at once.
//!
//! Blue is stable, green the candidate. After the switch blue stays at full size for a while, so that the way back
//! is one more switch.

mod steps;
#[cfg(test)]
mod tests;

use schemars::JsonSchema;
use serde::Deserialize;
use sluice_sdk::{Audience, Call, Duration, Plugin, Problem, Proposal, Strategy, Watch};

/// Brings green up at full size beside blue, and switches all traffic at once.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct BlueGreen {
    /// Green beside blue, without users: what is tested before the switch. Without named checks none is asked, as
    /// nothing is measured where nobody is.
    #[serde(default)]
    pub preview: Watch,
    /// Testers known by a header or cookie who reach green before the switch. Then every check is asked.
    #[serde(default)]
    pub testers: Option<Audience>,
    /// Green with all traffic, and blue kept at full size: how long the way back is one switch. Held for 10 minutes
    /// where it does not say.
    #[serde(default)]
    pub warm: Watch,
}

const WARM: Duration = Duration::minutes(10);

impl BlueGreen {
    pub(crate) fn warm(&self) -> Watch {
        self.warm.or(&Watch { hold: Some(WARM), ..Watch::default() })
    }
}

impl Plugin for BlueGreen {
    const NAME: &'static str = "blue-green";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const SUMMARY: &'static str =
        "Brings green up at full size beside blue, and switches all traffic at once";
    type State = ();

    fn validate(&self) -> Vec<Problem> {
        let mut problems = self.preview.problems("/preview");
        problems.extend(self.testers.iter().flat_map(|testers| testers.problems("/testers")));
        problems.extend(self.warm().problems("/warm"));
        problems
    }
}

impl Strategy for BlueGreen {
    fn next(&self, call: &Call, _: &mut ()) -> Result<Proposal, String> {
        steps::next(self, call)
    }
}

sluice_sdk::export!(BlueGreen: Strategy);
