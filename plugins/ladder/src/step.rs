//! A step as it is written: a bare weight, or in full.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use sluice_sdk::{Duration, Pause, Watch, Weight};

/// One step. What it leaves out is as at the top level.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    pub weight: Weight,
    pub instances: Option<u32>,
    pub watch: Watch,
}

/// A step in full.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "FullStep")]
struct Full {
    /// The share of the traffic, above that of the step before.
    weight: Weight,
    /// How long the step is held at least.
    hold: Option<Duration>,
    /// How many events the candidate must have served in the step.
    min_events: Option<u64>,
    /// Names of the checks that must pass; empty for all.
    #[serde(default)]
    checks: Vec<String>,
    /// The least number of candidate instances. Without it there are as many as the weight needs.
    #[schemars(range(min = 1, max = 1000))]
    instances: Option<u32>,
    /// Waits for a person's approval before the next step.
    pause: Option<Pause>,
    /// How long the step may take before the release is rolled back.
    deadline: Option<Duration>,
}

struct Written;

impl Step {
    /// A step that says nothing but its weight.
    pub fn bare(weight: Weight) -> Self {
        Self { weight, instances: None, watch: Watch::default() }
    }
}

impl From<Full> for Step {
    fn from(full: Full) -> Self {
        let Full { weight, hold, min_events, checks, instances, pause, deadline } = full;
        Self { weight, instances, watch: Watch { hold, min_events, checks, pause, deadline } }
    }
}

// By hand, since an untagged enum would tell of a wrong step only that it is one.
impl<'de> Visitor<'de> for Written {
    type Value = Step;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a weight such as 5, or a step such as {weight: 5, hold: 2m}")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Step, A::Error> {
        Full::deserialize(MapAccessDeserializer::new(map)).map(Into::into)
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Step, E> {
        Weight::deserialize(de::value::F64Deserializer::new(value)).map(Step::bare)
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Step, E> {
        self.visit_f64(value as f64)
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Step, E> {
        self.visit_f64(value as f64)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Step, E> {
        Weight::deserialize(de::value::StrDeserializer::new(text)).map(Step::bare)
    }
}

impl<'de> Deserialize<'de> for Step {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Written)
    }
}

impl JsonSchema for Step {
    fn schema_name() -> Cow<'static, str> {
        "Step".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let bare = generator.subschema_for::<Weight>();
        let full = generator.subschema_for::<Full>();
        json_schema!({ "description": "A bare weight, or a step in full.", "anyOf": [bare, full] })
    }
}
