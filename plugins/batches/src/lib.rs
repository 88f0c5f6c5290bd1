//! Replacing instances in batches within bounds: what the rolling strategy does forwards, and the way back backwards.
//!
//! A batch is two moves: its new instances are started first, then old ones are let go. So before the second there
//! are never more than `high` instances, and after it never fewer than `low`.

use schemars::JsonSchema;
use serde::Deserialize;
use sluice_sdk::{Amount, Problem, Weight};

/// How many instances are replaced at a time, and what is allowed meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Bounds {
    /// How many instances a batch replaces at most; a share is rounded up.
    #[serde(default = "quarter")]
    pub window: Amount,
    /// How many instances more than the full size there may be at once; a share is rounded up.
    #[serde(default = "quarter")]
    pub max_surge: Amount,
    /// How many instances fewer than the full size there may be at once; a share is rounded down.
    #[serde(default = "none")]
    pub max_unavailable: Amount,
}

/// Bounds in instances, for revisions of these sizes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    pub window: u32,
    /// Fewer there never are.
    pub low: u32,
    /// More there never are.
    pub high: u32,
}

/// Instances of both revisions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pair {
    pub old: u32,
    pub new: u32,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { window: quarter(), max_surge: quarter(), max_unavailable: none() }
    }
}

impl Bounds {
    /// What is wrong with them, where they stand.
    pub fn problems(&self, place: &str) -> Vec<Problem> {
        let mut problems = Vec::new();
        if self.window.is_zero() {
            problems.push(Problem::new(format!("{place}/window"), "a batch must replace something"));
        }
        if self.max_surge.is_zero() && self.max_unavailable.is_zero() {
            let message = "without surge and without unavailable instances nothing can be replaced";
            problems.push(Problem::new(format!("{place}/max-surge"), message));
        }
        problems
    }

    /// In instances. Where shares are rounded to no surge and nothing unavailable, one may be unavailable.
    pub fn limits(&self, stable: u32, candidate: u32) -> Limits {
        let (least, most) = (stable.min(candidate), stable.max(candidate));
        let surge = self.max_surge.up(most);
        let unavailable = self.max_unavailable.down(least).max(u32::from(surge == 0));
        // Somebody always serves: a single instance is replaced by starting the next beside it.
        let low = least.saturating_sub(unavailable).max(1);
        let high = most.saturating_add(surge).max(low + 1);
        Limits { window: self.window.up(candidate).max(1), low, high }
    }
}

impl Limits {
    /// From this pair to `full` new instances and no old ones: the pair after each batch. A first batch may only
    /// make room, where nothing can be started before something is let go.
    pub fn batches(self, from: Pair, full: u32) -> Vec<Pair> {
        let mut batches = Vec::new();
        let mut now = from;
        while now.new < full || now.old > 0 {
            let next = self.after(now, full);
            if next == now {
                // Bounds that were checked always leave a way; without one there is nothing to wait for.
                break;
            }
            batches.push(next);
            now = next;
        }
        batches
    }

    fn after(self, now: Pair, full: u32) -> Pair {
        let grown = |new: u32| new.saturating_add(self.window).min(full.max(new));
        let new = grown(now.new).min(self.high.saturating_sub(now.old)).max(now.new);
        if new >= full {
            return Pair { old: 0, new };
        }
        // As many old ones stay as leave room for the batch after.
        let room = self.high.saturating_sub(grown(new));
        let old = room.max(self.low.saturating_sub(new)).min(now.old);
        Pair { old, new }
    }
}

impl Pair {
    /// The new ones' share of the traffic: in proportion, and none or all only where there are none or all.
    pub fn share(self) -> Weight {
        let (new, all) = (u64::from(self.new), u64::from(self.new) + u64::from(self.old));
        match (self.new, self.old) {
            (0, _) => Weight::NONE,
            (_, 0) => Weight::ALL,
            // Rounded to the nearest tenth of a percent.
            _ => Weight::per_mille((2000 * new / all).div_ceil(2).clamp(1, 999) as u16),
        }
    }
}

const fn quarter() -> Amount {
    Amount::Share(Weight::per_mille(250))
}

const fn none() -> Amount {
    Amount::Count(0)
}

#[cfg(test)]
mod tests {
    use super::{Bounds, Pair};

    fn read(json: &str) -> Bounds {
        serde_json::from_str(json).expect(json)
    }

    fn shown(bounds: &str, stable: u32, candidate: u32) -> String {
        let limits = read(bounds).limits(stable, candidate);
        let batches = limits.batches(Pair { old: stable, new: 0 }, candidate);
        let pair = |one: &Pair| format!("{}+{}={}", one.old, one.new, one.share());
        batches.iter().map(pair).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn shares_are_rounded_for_safety_and_never_both_to_nothing() {
        let limits = read(r#"{"window": "25 %", "max-surge": "25 %", "max-unavailable": "25 %"}"#);
        let limits = limits.limits(10, 10);
        assert_eq!((limits.window, limits.low, limits.high), (3, 8, 13));
        let tiny = read(r#"{"max-surge": 0, "max-unavailable": "25 %"}"#).limits(3, 3);
        assert_eq!((tiny.low, tiny.high), (2, 3));
    }

    #[test]
    fn a_surge_keeps_the_full_size() {
        insta::assert_snapshot!(shown(r#"{"window": 2, "max-surge": 2}"#, 6, 6), @"4+2=33.3 % 2+4=66.7 % 0+6=100 %");
        insta::assert_snapshot!(shown("{}", 4, 4), @"3+1=25 % 2+2=50 % 1+3=75 % 0+4=100 %");
        insta::assert_snapshot!(shown("{}", 1, 1), @"0+1=100 %");
    }

    #[test]
    fn without_a_surge_room_is_made_first() {
        let bounds = r#"{"window": 2, "max-surge": 0, "max-unavailable": 2}"#;
        insta::assert_snapshot!(shown(bounds, 6, 6), @"4+0=0 % 2+2=50 % 0+4=100 % 0+6=100 %");
    }

    #[test]
    fn sizes_may_differ() {
        insta::assert_snapshot!(shown(r#"{"window": 2, "max-surge": 1}"#, 2, 6), @"2+2=50 % 1+4=80 % 0+6=100 %");
        insta::assert_snapshot!(shown(r#"{"window": 2, "max-surge": 1}"#, 6, 2), @"5+1=16.7 % 0+2=100 %");
    }

    #[test]
    fn bounds_hold_and_there_is_always_an_end() {
        for (stable, candidate) in
            (1..=9).flat_map(|stable| (1..=9).map(move |candidate| (stable, candidate)))
        {
            for numbers in 0..64_u32 {
                let (window, surge, unavailable) = (numbers % 4 + 1, numbers / 4 % 4, numbers / 16);
                let bounds = format!(
                    r#"{{"window": {window}, "max-surge": {surge}, "max-unavailable": {unavailable}}}"#
                );
                let limits = read(&bounds).limits(stable, candidate);
                let mut now = Pair { old: stable, new: 0 };
                for next in limits.batches(now, candidate) {
                    assert!(now.old + next.new <= limits.high, "{bounds} {stable} {candidate}");
                    assert!(next.old + next.new >= limits.low, "{bounds} {stable} {candidate}");
                    assert!(next.old <= now.old && next.new >= now.new && next.new - now.new <= window);
                    assert!(next.share() >= now.share());
                    now = next;
                }
                assert_eq!((now.old, now.new), (0, candidate), "{bounds} {stable} {candidate}");
            }
        }
    }

    #[test]
    fn bounds_that_leave_no_way_are_told() {
        let wrong = read(r#"{"window": "0 %", "max-surge": 0, "max-unavailable": 0}"#).problems("/how");
        let places: Vec<_> = wrong.into_iter().map(|one| one.path).collect();
        assert_eq!(places, ["/how/window", "/how/max-surge"]);
    }
}
