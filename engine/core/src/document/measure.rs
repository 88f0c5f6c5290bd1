//! Durations and shares of traffic, as people write them.

use crate::model::shape::Weight;

/// The units of a duration in the order in which they are written.
const UNITS: [(&str, u64); 4] = [("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

const BYTES: [(&str, u64); 5] =
    [("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1)];

/// Reads `30s`, `5m`, `1h30m` or `500ms` as milliseconds.
pub fn parse_duration(text: &str) -> Option<u64> {
    if text == "0" {
        return Some(0);
    }
    let (mut rest, mut total, mut next_unit) = (text, 0_u64, 0);
    while next_unit == 0 || !rest.is_empty() {
        let unit_at = rest.find(|character: char| !character.is_ascii_digit())?;
        let (amount, after) = rest.split_at(unit_at);
        let unit_end = after.find(|character: char| character.is_ascii_digit()).unwrap_or(after.len());
        let (unit, after) = after.split_at(unit_end);
        let index = UNITS.iter().position(|(name, _)| *name == unit)?;
        // Each unit once and the larger one first: `30m1h` is more likely a mistake than a wish.
        if index < next_unit {
            return None;
        }
        total = total.checked_add(amount.parse::<u64>().ok()?.checked_mul(UNITS.get(index)?.1)?)?;
        (rest, next_unit) = (after, index + 1);
    }
    Some(total)
}

/// Writes milliseconds as [`parse_duration`] reads them.
pub fn show_duration(mut milliseconds: u64) -> String {
    if milliseconds == 0 {
        return "0s".to_owned();
    }
    let mut text = String::new();
    for (name, factor) in UNITS {
        let amount = milliseconds / factor;
        milliseconds %= factor;
        if amount > 0 {
            text.push_str(&format!("{amount}{name}"));
        }
    }
    text
}

/// Reads `500MiB` or `5GiB` as bytes.
pub fn parse_bytes(text: &str) -> Option<u64> {
    let unit_at = text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len());
    let (amount, unit) = text.split_at(unit_at);
    let factor = BYTES.iter().find(|(name, _)| *name == unit)?.1;
    amount.parse::<u64>().ok()?.checked_mul(factor)
}

/// Writes bytes in the largest unit that there is one of.
pub fn show_bytes(bytes: u64) -> String {
    let (name, factor) = BYTES.iter().find(|(_, factor)| bytes >= *factor).unwrap_or(&("B", 1));
    let whole = bytes / factor;
    match bytes % factor * 10 / factor {
        0 => format!("{whole}{name}"),
        tenth => format!("{whole}.{tenth}{name}"),
    }
}

/// Reads `5`, `5 %`, `5%` or `0.5%` as a share of traffic; at most one decimal.
pub fn parse_weight(text: &str) -> Option<Weight> {
    let number = text.strip_suffix('%').map_or(text, |number| number.strip_suffix(' ').unwrap_or(number));
    let (whole, tenths) = number.split_once('.').unwrap_or((number, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(tenths) {
        return None;
    }
    let (tenth, nothing) = tenths.split_at(1);
    if nothing.bytes().any(|byte| byte != b'0') {
        return None;
    }
    let per_mille = whole.parse::<u16>().ok()?.checked_mul(10)?.checked_add(tenth.parse().ok()?)?;
    Weight::per_mille(per_mille).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn durations_are_read() {
        let read = |text| parse_duration(text);
        assert_eq!(read("30s"), Some(30_000));
        assert_eq!(read("1h30m"), Some(5_400_000));
        assert_eq!(read("500ms"), Some(500));
        assert_eq!(read("1m500ms"), Some(60_500));
        assert_eq!(read("0"), Some(0));
        for wrong in [
            "",
            "s",
            "30",
            "30 s",
            "30S",
            "-1s",
            "1.5s",
            "30m1h",
            "1s1s",
            "1sm",
            "99999999999999999999h",
            "١s",
        ] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn weights_are_read() {
        let read = |text| parse_weight(text).map(Weight::get);
        assert_eq!(read("5"), Some(50));
        assert_eq!(read("5 %"), Some(50));
        assert_eq!(read("0.5%"), Some(5));
        assert_eq!(read("100.0%"), Some(1000));
        for wrong in ["", "%", "101", "0.55", "-5", "5 %%", "5  %", ".5", "5.", "99999", "1e1", "٥"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn bytes_are_read_and_shown() {
        assert_eq!(parse_bytes("5GiB"), Some(5 << 30));
        assert_eq!(parse_bytes("0B"), Some(0));
        for wrong in ["", "5", "GiB", "5 GiB", "5GB", "-1B", "99999999999TiB"] {
            assert_eq!(parse_bytes(wrong), None, "{wrong}");
        }
        assert_eq!(show_bytes(5 << 30), "5GiB");
        assert_eq!(show_bytes(1_600), "1.5KiB");
        assert_eq!(show_bytes(0), "0B");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(milliseconds: u64) {
            prop_assert_eq!(parse_duration(&show_duration(milliseconds)), Some(milliseconds));
        }

        #[test]
        fn every_weight_is_read_as_it_is_shown(tenths in 0_u16..=1000) {
            let weight = Weight::per_mille(tenths).unwrap();
            prop_assert_eq!(parse_weight(&weight.to_string()), Some(weight));
        }
    }
}
