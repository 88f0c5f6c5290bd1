//! Which requests fail: an exact share of them, spread evenly, the same on every run.

use std::str::FromStr;

/// A share in millionths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share(u32);

const WHOLE: u128 = 1_000_000;

impl Share {
    /// Whether the request with this number, from 0, is one of the share.
    ///
    /// The line `n × share` crosses a whole number there, so any run of requests holds the share to within one.
    pub fn takes(self, number: u64) -> bool {
        let share = u128::from(self.0);
        let before = u128::from(number) * share / WHOLE;
        let after = (u128::from(number) + 1) * share / WHOLE;
        after > before
    }
}

impl FromStr for Share {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let percent: f64 =
            text.parse().map_err(|_| format!("expected a percentage such as 8, found `{text}`"))?;
        if !(0.0..=100.0).contains(&percent) {
            return Err(format!("expected a percentage from 0 to 100, found `{text}`"));
        }
        Ok(Self((percent * 10_000.0).round() as u32))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(percent: &str, requests: std::ops::Range<u64>) -> usize {
        let share: Share = percent.parse().unwrap();
        requests.filter(|number| share.takes(*number)).count()
    }

    #[test]
    fn the_share_is_exact() {
        assert_eq!(taken("8", 0..1_000), 80);
        assert_eq!(taken("0.1", 0..10_000), 10);
        assert_eq!(taken("0", 0..1_000), 0);
        assert_eq!(taken("100", 0..1_000), 1_000);
    }

    #[test]
    fn any_run_holds_the_share_to_within_one() {
        for start in 0..500 {
            let found = taken("8", start..start + 100);
            assert!((7..=9).contains(&found), "{found} of 100 from request {start}");
        }
    }

    #[test]
    fn nonsense_is_refused() {
        for text in ["", "x", "-1", "101", "NaN"] {
            assert!(text.parse::<Share>().is_err(), "`{text}` was taken");
        }
    }
}
