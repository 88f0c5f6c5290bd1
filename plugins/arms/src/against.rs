//! What the candidate is compared with.

use schemars::JsonSchema;
use serde::Deserialize;
use sluice_sdk::{Call, Role};

/// What the candidate is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Against {
    /// The baseline in steps that have one, and stable in others.
    #[default]
    BaselineOrStable,
    /// The baseline alone.
    Baseline,
    /// Stable alone.
    Stable,
}

impl Against {
    /// All that may be asked for, the one to prefer first.
    pub fn roles(self) -> &'static [Role] {
        match self {
            Self::BaselineOrStable => &[Role::Baseline, Role::Stable],
            Self::Baseline => &[Role::Baseline],
            Self::Stable => &[Role::Stable],
        }
    }

    /// What there is to compare with in the step in effect: a revision that serves somebody.
    pub fn reference(self, call: &Call) -> Result<Role, String> {
        let shape = &call.snapshot.shape;
        let serves = |role: &&Role| shape.instances(role) > 0 && shape.weight(role).get() > 0;
        self.roles().iter().find(serves).cloned().ok_or_else(|| {
            let nobody = match self {
                Self::BaselineOrStable => "neither baseline nor stable serves anybody",
                Self::Baseline => "baseline serves nobody",
                Self::Stable => "stable serves nobody",
            };
            format!("{nobody} in this step: there is nothing to compare with, name other checks for it")
        })
    }
}
