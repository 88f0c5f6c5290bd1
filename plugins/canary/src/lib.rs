//! The canary strategy: raises the candidate's share of the traffic step by step, each under its own gate.

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;
use sluice_ladder::{Ladder, Ramped};
use sluice_sdk::{Call, Plugin, Problem, Proposal, Strategy};

/// A ladder and nothing else.
#[derive(Debug, Clone, Deserialize)]
#[serde(transparent)]
pub struct Canary(Ladder);

impl JsonSchema for Canary {
    fn schema_name() -> Cow<'static, str> {
        "Canary".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Ladder::json_schema(generator)
    }
}

impl Plugin for Canary {
    const NAME: &'static str = "canary";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const SUMMARY: &'static str =
        "Raises the candidate's share of the traffic step by step, each under a gate";
    type State = Ramped;

    fn validate(&self) -> Vec<Problem> {
        self.0.problems("")
    }
}

impl Strategy for Canary {
    fn next(&self, call: &Call, ramped: &mut Ramped) -> Result<Proposal, String> {
        self.0.next(call.completed(), call, ramped)
    }
}

sluice_sdk::export!(Canary: Strategy);
