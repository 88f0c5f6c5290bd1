//! From the guest's types to the core's: what a call answers, checked in every part.

use sluice_core::model::observation::Quality;
use sluice_core::model::verdict::{Measurement, Verdict};
use sluice_core::release::event::{Proposal, Retreat, RollbackAnswer};
use sluice_runner::ports::plugins::{Judged, WithState};

use super::bindings::{health_check_api, rollback_api, strategy_api, types};
use crate::config::Limits;
use crate::failure::Failure;
use crate::sandbox::{one_line, printable};

mod steps;

/// An output, or the error that the guest answered with.
pub(crate) fn answer<T>(output: Result<T, String>, limits: &Limits) -> Result<T, Failure> {
    output.map_err(|error| {
        let error: String = error.chars().take(limits.text).collect();
        Failure::Refused(one_line(&error))
    })
}

pub(crate) fn strategy(
    output: strategy_api::Output,
    limits: &Limits,
) -> Result<WithState<Proposal>, Failure> {
    use strategy_api::Proposal as Given;
    let state = state(output.state, limits)?;
    let answer = match output.proposal {
        Given::Step(step) => Proposal::Step(Box::new(steps::step(step, limits)?)),
        Given::Hold(reason) => Proposal::Hold(text("a reason", &reason, limits)?),
        Given::Complete(reason) => Proposal::Complete(text("a reason", &reason, limits)?),
        Given::Abort(reason) => Proposal::Abort(text("a reason", &reason, limits)?),
        Given::Other(what) => return Err(unknown("proposal", &what)),
    };
    Ok(WithState { answer, state })
}

pub(crate) fn health_check(output: health_check_api::Output, limits: &Limits) -> Result<Judged, Failure> {
    few("measurements", output.measurements.len(), limits)?;
    let measured = output.measurements.into_iter().map(|one| measurement(one, limits));
    Ok(Judged {
        verdict: verdict(&output.verdict)?,
        score: score(output.score)?,
        reason: text("a reason", &output.reason, limits)?,
        measurements: measured.collect::<Result<_, _>>()?,
        state: state(output.state, limits)?,
    })
}

pub(crate) fn rollback(
    output: rollback_api::Output,
    limits: &Limits,
) -> Result<WithState<RollbackAnswer>, Failure> {
    use rollback_api::Answer as Given;
    let state = state(output.state, limits)?;
    let answer = match output.answer {
        Given::Keep(reason) => RollbackAnswer::Keep(text("a reason", &reason, limits)?),
        Given::Hold(reason) => RollbackAnswer::Hold(text("a reason", &reason, limits)?),
        Given::RollBack((reason, by)) => {
            few("shapes on the way back", by.len(), limits)?;
            let by = by.into_iter().map(|one| retreat(one, limits)).collect::<Result<_, _>>()?;
            RollbackAnswer::RollBack { reason: text("a reason", &reason, limits)?, by }
        }
        Given::Other(what) => return Err(unknown("answer", &what)),
    };
    Ok(WithState { answer, state })
}

/// A text of the guest, bounded, and harmless on a terminal.
pub(crate) fn text(what: &str, given: &str, limits: &Limits) -> Result<String, Failure> {
    if given.len() > limits.text {
        return Err(too_long(what, given.len(), limits.text));
    }
    Ok(printable(given))
}

/// A text that is kept as it is, within a bound of its own.
pub(crate) fn bounded(what: &str, given: String, limit: usize) -> Result<String, Failure> {
    if given.len() > limit { Err(too_long(what, given.len(), limit)) } else { Ok(given) }
}

/// Checks the length of a list.
pub(crate) fn few(what: &str, count: usize, limits: &Limits) -> Result<(), Failure> {
    if count > limits.list {
        let limit = limits.list;
        return Err(Failure::BadOutput(format!("{count} {what}, more than the limit of {limit}")));
    }
    Ok(())
}

fn too_long(what: &str, size: usize, limit: usize) -> Failure {
    Failure::BadOutput(format!("{what} of {size} bytes, more than the limit of {limit}"))
}

/// A case that only a later version of the contract can name.
fn unknown(what: &str, name: &str) -> Failure {
    let name: String = name.chars().take(64).collect();
    Failure::BadOutput(format!(
        "the {what} `{}`, which this version of the contract does not have",
        one_line(&name)
    ))
}

fn state(given: Vec<u8>, limits: &Limits) -> Result<Vec<u8>, Failure> {
    if given.len() > limits.state {
        return Err(Failure::StateTooLarge { size: given.len(), limit: limits.state });
    }
    Ok(given)
}

fn score(given: Option<f64>) -> Result<Option<f64>, Failure> {
    match given {
        Some(score) if !(0.0..=1.0).contains(&score) => {
            Err(Failure::BadOutput(format!("the score {score}, which is not between 0 and 1")))
        }
        score => Ok(score),
    }
}

fn measurement(given: health_check_api::Measurement, limits: &Limits) -> Result<Measurement, Failure> {
    Ok(Measurement {
        name: text("the name of a measurement", &given.name, limits)?,
        value: given.value,
        quality: quality(&given.quality)?,
        bound: text("a bound", &given.bound, limits)?,
        verdict: verdict(&given.verdict)?,
    })
}

fn verdict(given: &types::Verdict) -> Result<Verdict, Failure> {
    Ok(match given {
        types::Verdict::Pass => Verdict::Pass,
        types::Verdict::Warn => Verdict::Warn,
        types::Verdict::Fail => Verdict::Fail,
        types::Verdict::Inconclusive => Verdict::Inconclusive,
        types::Verdict::Other(what) => return Err(unknown("verdict", what)),
    })
}

fn quality(given: &types::Quality) -> Result<Quality, Failure> {
    Ok(match given {
        types::Quality::Value => Quality::Value,
        types::Quality::NoData => Quality::NoData,
        types::Quality::Stale => Quality::Stale,
        types::Quality::Insufficient => Quality::Insufficient,
        types::Quality::Other(what) => return Err(unknown("quality", what)),
    })
}

fn retreat(given: rollback_api::Retreat, limits: &Limits) -> Result<Retreat, Failure> {
    let min_time_ms = steps::length_of_time("the time of a shape on the way back", given.min_time)?;
    Ok(Retreat { shape: steps::shape(given.shape, limits)?, min_time_ms })
}
