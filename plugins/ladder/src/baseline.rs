//! A fresh copy of stable with as much traffic as the candidate: both are young, so they can be compared.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use sluice_sdk::{Problem, Weight};

/// The third arm.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Baseline {
    /// As many as the candidate has, where it is not said.
    pub instances: Option<u32>,
    /// The candidate's share from which on there is no baseline any more.
    pub below: Weight,
}

/// A baseline in full.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "FullBaseline")]
struct Full {
    /// How many instances it has. Without it as many as the candidate.
    #[schemars(range(min = 1, max = 1000))]
    instances: Option<u32>,
    /// From this share of the candidate on there is no baseline, and stable itself is compared with; at most 50 %,
    /// as both arms together would be all traffic.
    #[serde(default = "half")]
    below: Weight,
}

struct Written;

const HALF: Weight = Weight::per_mille(500);

fn half() -> Weight {
    HALF
}

impl Baseline {
    /// Its share beside this one of the candidate.
    pub(crate) fn beside(&self, candidate: Weight) -> Option<Weight> {
        (candidate < self.below).then_some(candidate)
    }

    pub(crate) fn problems(&self, place: &str) -> Vec<Problem> {
        let mut problems = Vec::new();
        if self.below > HALF || self.below == Weight::NONE {
            let message = format!(
                "{} is not above 0 and at most 50 %: candidate and baseline have equal shares",
                self.below
            );
            problems.push(Problem::new(format!("{place}/below"), message));
        }
        problems
    }
}

impl<'de> Visitor<'de> for Written {
    type Value = Option<Baseline>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("`true`, or a baseline such as {instances: 2, below: 50}")
    }

    fn visit_bool<E: de::Error>(self, wanted: bool) -> Result<Self::Value, E> {
        Ok(wanted.then_some(Baseline { instances: None, below: HALF }))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        let Full { instances, below } = Full::deserialize(MapAccessDeserializer::new(map))?;
        Ok(Some(Baseline { instances, below }))
    }
}

/// Reads `true`, `false`, or a baseline in full.
pub(crate) fn written<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Baseline>, D::Error> {
    deserializer.deserialize_any(Written)
}

impl JsonSchema for Baseline {
    fn schema_name() -> Cow<'static, str> {
        "Baseline".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let full = generator.subschema_for::<Full>();
        json_schema!({ "description": "Whether there is one, or a baseline in full.", "anyOf": [{ "type": "boolean" }, full] })
    }
}
