//! How fast an error budget is used up, by the rule of two windows: the long one says that it matters, the
//! short one that it still goes on.

use super::StatisticsError;

/// Fires when both windows burn at least so many times as fast as the objective allows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BurnRule {
    /// The share of good events that is promised, as 0.999.
    pub objective: f64,
    pub factor: f64,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Burn {
    pub long: f64,
    pub short: f64,
    pub fires: bool,
}

impl BurnRule {
    /// Of bad and all events in the long window, and in the short one.
    pub fn judge(&self, long: (f64, f64), short: (f64, f64)) -> Result<Burn, StatisticsError> {
        let (long, short) = (burn_rate(long, self.objective)?, burn_rate(short, self.objective)?);
        Ok(Burn { long, short, fires: long >= self.factor && short >= self.factor })
    }
}

/// The share of bad events over that which the objective allows. Without events nothing is known.
pub fn burn_rate((bad, all): (f64, f64), objective: f64) -> Result<f64, StatisticsError> {
    if !(objective > 0.0 && objective < 1.0) {
        return Err(StatisticsError::NotAShare { what: "objective", value: objective });
    }
    if all == 0.0 {
        return Err(StatisticsError::NoEvents);
    }
    if !(bad >= 0.0 && bad <= all && all.is_finite()) {
        return Err(StatisticsError::BadCount);
    }
    Ok(bad / all / (1.0 - objective))
}
