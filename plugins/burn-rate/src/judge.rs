//! Each pair of windows, then the worst.

use sluice_arms::{Silence, count, measurement, share, short};
use sluice_sdk::statistics::burn_rate;
use sluice_sdk::{Call, Duration, Judged, Measurement, Quality, Reading, Verdict};

use crate::config::{BurnRate, Pair, Then, name_of};

/// How one pair came out.
struct Outcome {
    verdict: Verdict,
    measurement: Measurement,
    /// How much of the factor is used up, 0 to 1.
    used: f64,
    told: String,
}

/// What one window has.
#[derive(Clone, Copy)]
struct Window {
    bad: f64,
    all: f64,
    burn: f64,
    /// How much of it has samples, in percent, where that is known.
    covered: Option<f64>,
}

/// From so much on a window is told as a whole.
const WHOLE: f64 = 90.0;

pub fn judged(config: &BurnRate, call: &Call) -> Result<Judged, String> {
    let outcomes: Vec<Outcome> = config.windows.iter().map(|pair| outcome(config, pair, call)).collect();
    let verdict = outcomes.iter().fold(Verdict::Pass, |worst, one| worst.worse(one.verdict.clone()));
    let deciding = outcomes.iter().filter(|one| one.verdict == verdict);
    let reason = deciding.map(|one| one.told.clone()).collect::<Vec<_>>().join("; ");
    let mut judged = Judged::new(verdict, reason);
    let score = outcomes.iter().fold(1.0, |least, one| f64::min(least, 1.0 - one.used));
    judged.score = (judged.verdict != Verdict::Inconclusive).then_some(score);
    judged.measurements = outcomes.into_iter().map(|one| one.measurement).collect();
    Ok(judged)
}

fn outcome(config: &BurnRate, pair: &Pair, call: &Call) -> Outcome {
    let name = format!("{} and {}", pair.long, pair.short);
    let bound = format!("< {} times", short(pair.factor));
    let measured = |value, quality, verdict| measurement(&name, value, quality, bound.clone(), verdict);
    let both = window(config, call, pair.long, config.min_events as f64).and_then(|long| {
        // A short window without events is one in which nothing burns.
        Ok((long, window(config, call, pair.short, 0.0)?))
    });
    let (long, short_one) = match both {
        Ok(both) => both,
        Err(Silence { quality, why }) => {
            let told = format!("{name} say nothing: {why}");
            let verdict = Verdict::Inconclusive;
            return Outcome {
                verdict: verdict.clone(),
                measurement: measured(None, quality, verdict),
                used: 0.0,
                told,
            };
        }
    };
    let burn = long.burn.min(short_one.burn);
    let verdict = match pair.then {
        _ if burn < pair.factor => Verdict::Pass,
        Then::Fail => Verdict::Fail,
        Then::Warn => Verdict::Warn,
    };
    let told = told(config, pair, (long, short_one));
    let measurement = measured(Some(burn), Quality::Value, verdict.clone());
    Outcome { verdict, measurement, used: (burn / pair.factor).min(1.0), told }
}

/// `14.4 times allowed for 99.9 %: 22 times in 1h (66 of 3000, 2.2 %), 18 times in 5m (9 of 500, 1.8 %)`
fn told(config: &BurnRate, pair: &Pair, both: (Window, Window)) -> String {
    let one = |length: Duration, window: Window| {
        let ratio = if window.all > 0.0 { window.bad / window.all } else { 0.0 };
        let (bad, all) = (count(window.bad), count(window.all));
        let part = window.covered.filter(|covered| *covered < WHOLE);
        let part = part.map_or_else(String::new, |part| format!("; {part:.0} % of it has samples"));
        format!("{} times in {length} ({bad} of {all}, {}{part})", short(window.burn), share(ratio))
    };
    let (factor, objective) = (short(pair.factor), share(config.objective));
    let (long, brief) = (one(pair.long, both.0), one(pair.short, both.1));
    format!("the budget of {objective} burns {long} and {brief}, held to {factor} times")
}

fn window(config: &BurnRate, call: &Call, length: Duration, least: f64) -> Result<Window, Silence> {
    let all = counted(call, &name_of("all", length))?;
    let bad = match counted(call, &name_of("bad", length)) {
        // Bad events that were never counted are none, where there are events at all.
        Err(Silence { quality: Quality::NoData, .. }) => 0.0,
        bad => bad?,
    };
    if all < least {
        let why = format!("{} of {} events in {length}", count(all), count(least));
        return Err(Silence { quality: Quality::Insufficient, why });
    }
    let attrs = call.observation(&name_of("all", length)).map(|one| one.attrs.as_slice());
    let covered = attrs.into_iter().flatten().find(|attr| attr.key == "coverage-percent");
    let covered = covered.and_then(|attr| attr.value.parse().ok());
    if all <= 0.0 {
        return Ok(Window { bad, all, burn: 0.0, covered });
    }
    // Counts over a window are estimates at its edges.
    let burn = burn_rate(bad.min(all), all, config.objective);
    let burn = burn.map_err(|why| Silence { quality: Quality::NoData, why })?;
    Ok(Window { bad, all, burn, covered })
}

fn counted(call: &Call, name: &str) -> Result<f64, Silence> {
    match call.reading(name) {
        Reading::Value(value) if value.is_finite() => Ok(value.max(0.0)),
        Reading::Value(_) => Err(Silence { quality: Quality::NoData, why: "a count is infinite".into() }),
        Reading::Missing { quality, reason } => Err(Silence { quality, why: reason.into_owned() }),
    }
}
