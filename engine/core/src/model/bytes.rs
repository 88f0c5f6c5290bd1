//! Bytes in JSON, as text where they are text (most plugin states are JSON), else as hex.

use serde::{Deserialize, Deserializer, Serializer, de};

/// Serialises bytes as `text:...` or `hex:...`.
pub fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    match std::str::from_utf8(bytes) {
        Ok(text) => serializer.serialize_str(&format!("text:{text}")),
        Err(_) => {
            let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            serializer.serialize_str(&format!("hex:{hex}"))
        }
    }
}

/// Reads what [`serialize`] wrote.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    let written = String::deserialize(deserializer)?;
    if let Some(text) = written.strip_prefix("text:") {
        return Ok(text.as_bytes().to_vec());
    }
    let hex = written.strip_prefix("hex:").ok_or_else(|| de::Error::custom("neither `text:` nor `hex:`"))?;
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    hex.as_bytes()
        .chunks(2)
        .map(|pair| match pair {
            [high, low] => Some(digit(*high)? * 16 + digit(*low)?),
            _ => None,
        })
        .collect::<Option<Vec<u8>>>()
        .ok_or_else(|| de::Error::custom("not hex"))
}
