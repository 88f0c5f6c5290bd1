//! Lengths of time: `"30s"`, `"1h30m"`, `"500ms"` in a config.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A length of time, to the millisecond.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Duration(u64);

struct Written;

/// The units, longest first, in milliseconds.
const UNITS: [(&str, u64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)];

impl Duration {
    pub const ZERO: Self = Self(0);

    pub const fn millis(value: u64) -> Self {
        Self(value)
    }

    pub const fn seconds(value: u64) -> Self {
        Self(value.saturating_mul(1000))
    }

    pub const fn minutes(value: u64) -> Self {
        Self::seconds(value.saturating_mul(60))
    }

    pub const fn hours(value: u64) -> Self {
        Self::minutes(value.saturating_mul(60))
    }

    pub const fn as_millis(self) -> u64 {
        self.0
    }

    pub const fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    pub const fn times(self, factor: u64) -> Self {
        Self(self.0.saturating_mul(factor))
    }

    /// Reads `1h30m` and the like: whole numbers with a unit, longer units first.
    pub fn parse(text: &str) -> Option<Self> {
        let mut rest = text.trim();
        let mut total = 0_u64;
        let mut units = UNITS.iter();
        if rest.is_empty() {
            return None;
        }
        while !rest.is_empty() {
            let digits = rest.find(|c: char| !c.is_ascii_digit())?;
            let (number, after) = rest.split_at(digits);
            let length = after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len());
            let (unit, after) = after.split_at(length);
            let (_, factor) = units.find(|(name, _)| *name == unit)?;
            total = total.checked_add(number.parse::<u64>().ok()?.checked_mul(*factor)?)?;
            rest = after;
        }
        Some(Self(total))
    }
}

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0;
        if rest == 0 {
            return f.write_str("0s");
        }
        for (name, factor) in UNITS {
            if rest >= factor {
                write!(f, "{}{name}", rest / factor)?;
                rest %= factor;
            }
        }
        Ok(())
    }
}

impl de::Visitor<'_> for Written {
    type Value = Duration;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a duration such as \"30s\" or \"1h30m\"")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Duration, E> {
        Duration::parse(text).ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self))
    }
}

impl<'de> Deserialize<'de> for Duration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Written)
    }
}

impl Serialize for Duration {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl JsonSchema for Duration {
    fn schema_name() -> Cow<'static, str> {
        "Duration".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A length of time: \"30s\", \"5m\", \"1h30m\", \"500ms\".",
            "type": "string",
            "pattern": "^\\s*(?=[0-9])([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?\\s*$"
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Duration;

    #[test]
    fn reads_what_it_prints() {
        for text in ["0s", "1ms", "30s", "5m", "1h30m", "2d1ms", "90m"] {
            let duration = Duration::parse(text).expect(text);
            assert_eq!(Duration::parse(&duration.to_string()), Some(duration), "{text}");
        }
        assert_eq!(Duration::parse("1h30m"), Some(Duration::minutes(90)));
        assert_eq!(Duration::minutes(90).to_string(), "1h30m");
    }

    #[test]
    fn refuses_what_is_no_duration() {
        for text in
            ["", "5", "s", "1.5s", "-1s", "1m1h", "1s1s", "5 m", "99999999999999999999s", "300000000000d"]
        {
            assert_eq!(Duration::parse(text), None, "{text}");
        }
    }
}
