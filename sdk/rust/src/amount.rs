//! Numbers of instances: `2` or `"25 %"` of a revision's full size in a config.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

use crate::Weight;

/// A number of instances, or a share of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Amount {
    Count(u32),
    Share(Weight),
}

struct Written;

/// The most instances that a revision may have.
const MOST: u64 = 1000;

impl Amount {
    /// So many of `full`, a share rounded up.
    pub fn up(self, full: u32) -> u32 {
        match self {
            Self::Count(count) => count,
            Self::Share(share) => share_of(share, full).div_ceil(1000) as u32,
        }
    }

    /// So many of `full`, a share rounded down.
    pub fn down(self, full: u32) -> u32 {
        match self {
            Self::Count(count) => count,
            Self::Share(share) => (share_of(share, full) / 1000) as u32,
        }
    }

    /// Whether it is none, of however many.
    pub fn is_zero(self) -> bool {
        matches!(self, Self::Count(0) | Self::Share(Weight::NONE))
    }
}

// A share is at most the whole, so what comes of it fits where `full` does.
fn share_of(share: Weight, full: u32) -> u64 {
    u64::from(full) * u64::from(share.get())
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(count) => write!(f, "{count}"),
            Self::Share(share) => write!(f, "{share}"),
        }
    }
}

impl de::Visitor<'_> for Written {
    type Value = Amount;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number of instances such as 2, or a share such as \"25 %\"")
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Amount, E> {
        match u32::try_from(value) {
            Ok(count) if value <= MOST => Ok(Amount::Count(count)),
            _ => Err(E::custom(format_args!("`{value}` instances are more than the limit of {MOST}"))),
        }
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Amount, E> {
        match u64::try_from(value) {
            Ok(value) => self.visit_u64(value),
            Err(_) => Err(E::invalid_value(de::Unexpected::Signed(value), &self)),
        }
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Amount, E> {
        if !text.trim_end().ends_with('%') {
            return Err(E::invalid_value(de::Unexpected::Str(text), &self));
        }
        Weight::deserialize(de::value::StrDeserializer::new(text)).map(Amount::Share)
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Written)
    }
}

impl JsonSchema for Amount {
    fn schema_name() -> Cow<'static, str> {
        "Amount".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A number of instances, or a share of them: 2 or \"25 %\".",
            "anyOf": [
                { "type": "integer", "minimum": 0, "maximum": MOST },
                { "type": "string", "pattern": "^\\s*[0-9]+(\\.[0-9])?\\s*%\\s*$" }
            ]
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Amount;

    fn read(json: &str) -> Result<Amount, String> {
        serde_json::from_str(json).map_err(|error| error.to_string())
    }

    #[test]
    fn a_share_is_rounded_as_it_is_asked_to_be() {
        let quarter = read("\"25 %\"").unwrap();
        assert_eq!([quarter.up(10), quarter.down(10), quarter.up(4), quarter.down(3)], [3, 2, 1, 0]);
        assert_eq!([read("3").unwrap().up(10), read("3").unwrap().down(10)], [3, 3]);
        assert!(read("0").unwrap().is_zero() && read("\"0%\"").unwrap().is_zero());
    }

    #[test]
    fn refuses_what_is_no_amount() {
        for json in ["-1", "1001", "\"2\"", "2.5", "\"101 %\"", "\"many\"", "true"] {
            assert!(read(json).is_err(), "{json}");
        }
    }
}
