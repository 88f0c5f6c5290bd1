//! What was counted of a revision between two looks, from counters that only rise.

use serde::{Deserialize, Serialize};
use sluice_sdk::{Call, Quality, Reading, Role};

use crate::{Silence, name_of};

/// Bad events and all events of one revision.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Tally {
    pub bad: f64,
    pub all: f64,
}

/// The candidate, and what it is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Pair {
    pub candidate: Tally,
    pub reference: Tally,
}

/// Counters as they stood at the last look, and what was counted since the first one.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Followed {
    /// Whose counters the last ones were, beside the candidate's; none before the first look.
    against: Option<String>,
    last: Pair,
    /// All that was counted.
    pub total: Pair,
}

/// What a query's `NAME.bad` and `NAME.all` say of one revision now. Bad events that were never counted are none
/// where there are events at all.
pub fn tallies(call: &Call, name: &str, role: &Role) -> Result<Tally, Silence> {
    let all = number(call, &name_of(&format!("{name}.all"), role))?;
    let bad = match number(call, &name_of(&format!("{name}.bad"), role)) {
        Err(Silence { quality: Quality::NoData, .. }) => 0.0,
        bad => bad?,
    };
    if all.is_finite() && bad.is_finite() && bad >= 0.0 && all >= 0.0 {
        return Ok(Tally { bad, all });
    }
    Err(Silence { quality: Quality::NoData, why: "a count is negative or infinite".into() })
}

impl Followed {
    /// Takes in the counters of now, and gives what was counted since the last look. After a reset, and where
    /// another revision is compared with, what happened in between is not known and left out.
    pub fn look(&mut self, against: &Role, now: Pair) -> Pair {
        let is_same = self.against.as_deref() == Some(against.name());
        let before = std::mem::replace(&mut self.last, now);
        self.against = Some(against.name().to_owned());
        let Some(since) = Pair::since(now, before).filter(|_| is_same) else { return Pair::default() };
        self.total = self.total.plus(since);
        since
    }
}

impl Pair {
    fn since(now: Self, before: Self) -> Option<Self> {
        let candidate = Tally::since(now.candidate, before.candidate)?;
        Some(Self { candidate, reference: Tally::since(now.reference, before.reference)? })
    }

    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        let candidate = self.candidate.plus(other.candidate);
        Self { candidate, reference: self.reference.plus(other.reference) }
    }
}

impl Tally {
    /// Whole events; none can be said where a counter fell.
    fn since(now: Self, before: Self) -> Option<Self> {
        let (bad, all) = ((now.bad - before.bad).round(), (now.all - before.all).round());
        (bad >= 0.0 && all >= 0.0).then(|| Self { bad: bad.min(all), all })
    }

    fn plus(self, other: Self) -> Self {
        Self { bad: self.bad + other.bad, all: self.all + other.all }
    }

    pub fn share(self) -> f64 {
        if self.all > 0.0 { self.bad / self.all } else { 0.0 }
    }

    /// `12 of 340 (3.53 %)`
    pub fn told(self) -> String {
        format!("{} of {} ({})", crate::count(self.bad), crate::count(self.all), crate::share(self.share()))
    }
}

fn number(call: &Call, name: &str) -> Result<f64, Silence> {
    match call.reading(name) {
        Reading::Value(value) => Ok(value),
        Reading::Missing { quality, reason } => {
            let why = if reason.is_empty() { quality.name().to_owned() } else { reason.into_owned() };
            Err(Silence { quality, why })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(bad: f64, all: f64) -> Pair {
        Pair { candidate: Tally { bad, all }, reference: Tally { bad: 0.0, all } }
    }

    #[test]
    fn what_was_counted_is_the_rise_between_looks() {
        let mut followed = Followed::default();
        assert_eq!(
            followed.look(&Role::Stable, pair(5.0, 100.0)),
            Pair::default(),
            "nobody knows since when"
        );
        assert_eq!(followed.look(&Role::Stable, pair(7.0, 150.0)), pair(2.0, 50.0));
        assert_eq!(followed.look(&Role::Stable, pair(1.0, 20.0)), Pair::default(), "a reset");
        assert_eq!(followed.look(&Role::Stable, pair(1.0, 30.0)), pair(0.0, 10.0));
        assert_eq!(followed.look(&Role::Baseline, pair(9.0, 90.0)), Pair::default(), "another's counters");
        assert_eq!(followed.total, pair(2.0, 60.0));
    }

    #[test]
    fn there_are_never_more_bad_events_than_events() {
        let mut followed = Followed::default();
        followed.look(&Role::Stable, pair(0.0, 0.0));
        assert_eq!(followed.look(&Role::Stable, pair(3.0, 2.0)).candidate, Tally { bad: 2.0, all: 2.0 });
    }
}
