//! Shares of traffic: `5`, `"5 %"` or `"0.5%"` in a config.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A share of traffic in tenths of a percent, at most 1000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Weight(u16);

struct Written;

impl Weight {
    pub const NONE: Self = Self(0);
    pub const ALL: Self = Self(1000);

    /// From tenths of a percent; what is over 1000 is cut to it.
    pub const fn per_mille(value: u16) -> Self {
        Self(if value > 1000 { 1000 } else { value })
    }

    /// From percent, to the tenth; nothing when it is no share of traffic or finer than that.
    pub fn percent(value: f64) -> Option<Self> {
        let tenths = value * 10.0;
        let rounded = tenths.round();
        let exact = (tenths - rounded).abs() < 1e-6;
        // Both ends are checked, so the cast can not cut anything.
        (exact && (0.0..=1000.0).contains(&rounded)).then_some(Self(rounded as u16))
    }

    /// In tenths of a percent.
    pub const fn get(self) -> u16 {
        self.0
    }

    /// What is left for the others.
    pub const fn rest(self) -> Self {
        Self(1000 - self.0)
    }

    /// This share of a number of instances, rounded up, at least 1.
    pub fn of(self, full: u32) -> u32 {
        let share = (u64::from(full) * u64::from(self.0)).div_ceil(1000);
        u32::try_from(share).unwrap_or(full).max(1)
    }
}

impl fmt::Display for Weight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, tenths) = (self.0 / 10, self.0 % 10);
        if tenths == 0 { write!(f, "{whole} %") } else { write!(f, "{whole}.{tenths} %") }
    }
}

impl de::Visitor<'_> for Written {
    type Value = Weight;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a share of traffic such as 5 or \"0.5 %\"")
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Weight, E> {
        Weight::percent(value).ok_or_else(|| {
            E::custom(format_args!("`{value}` is not a share of traffic: 0 to 100 %, to the tenth"))
        })
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Weight, E> {
        self.visit_f64(value as f64)
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Weight, E> {
        self.visit_f64(value as f64)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Weight, E> {
        let number = text.trim().trim_end_matches('%').trim_end();
        match number.parse() {
            Ok(value) => self.visit_f64(value),
            Err(_) => Err(E::invalid_value(de::Unexpected::Str(text), &self)),
        }
    }
}

impl<'de> Deserialize<'de> for Weight {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Written)
    }
}

impl Serialize for Weight {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(f64::from(self.0) / 10.0)
    }
}

impl JsonSchema for Weight {
    fn schema_name() -> Cow<'static, str> {
        "Weight".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A share of traffic in percent, to the tenth: 5 or \"0.5 %\".",
            "anyOf": [
                { "type": "number", "minimum": 0, "maximum": 100, "multipleOf": 0.1 },
                { "type": "string", "pattern": "^\\s*[0-9]+(\\.[0-9])?\\s*%?\\s*$" }
            ]
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Weight;

    fn read(json: &str) -> Result<Weight, String> {
        serde_json::from_str(json).map_err(|error| error.to_string())
    }

    #[test]
    fn reads_numbers_and_texts() {
        for (json, tenths) in
            [("5", 50), ("0.1", 1), ("33.3", 333), ("100", 1000), ("\"0.5%\"", 5), ("\" 7 % \"", 70)]
        {
            assert_eq!(read(json), Ok(Weight::per_mille(tenths)), "{json}");
        }
    }

    #[test]
    fn refuses_what_is_no_share() {
        for json in ["-1", "100.1", "0.05", "\"half\"", "\"NaN\"", "\"inf\"", "true", "1e400"] {
            assert!(read(json).is_err(), "{json}");
        }
    }

    #[test]
    fn a_share_of_instances_is_rounded_up_and_at_least_one() {
        let five = Weight::per_mille(50);
        assert_eq!([five.of(0), five.of(4), five.of(20), five.of(21), Weight::ALL.of(7)], [1, 1, 1, 2, 7]);
    }
}
