//! The exports of each world, for any plugin of that kind.

use super::bindings::health_check::exports::sluice::plugin::health_check_api as health_check;
use super::bindings::rollback::exports::sluice::plugin::rollback_api as rollback;
use super::bindings::strategy::exports::sluice::plugin::strategy_api as strategy;
use super::bindings::wit;
use super::{Exported, query, report_panics};
use crate::{Call, HealthCheck, Plugin, Rollback, Strategy, entry};

impl<P: Strategy> strategy::Guest for Exported<P> {
    fn describe(config: String) -> Result<wit::Description, Vec<wit::ConfigError>> {
        describe::<P>(&config)
    }

    fn next(input: strategy::Input) -> Result<strategy::Output, String> {
        let call = call(input.snapshot, input.observations);
        let (answer, state) =
            entry::run(&input.config, &input.state, |plugin: &P, state| plugin.next(&call, state))?;
        Ok(strategy::Output { proposal: answer.into(), state })
    }
}

impl<P: HealthCheck> health_check::Guest for Exported<P> {
    fn describe(config: String) -> Result<wit::Description, Vec<wit::ConfigError>> {
        describe::<P>(&config)
    }

    fn judge(input: health_check::Input) -> Result<health_check::Output, String> {
        let call = call(input.snapshot, input.observations);
        let (answer, state) =
            entry::run(&input.config, &input.state, |plugin: &P, state| plugin.judge(&call, state))?;
        Ok(health_check::Output {
            verdict: answer.verdict.into(),
            score: answer.score,
            reason: answer.reason,
            measurements: answer.measurements.into_iter().map(Into::into).collect(),
            state,
        })
    }
}

impl<P: Rollback> rollback::Guest for Exported<P> {
    fn describe(config: String) -> Result<wit::Description, Vec<wit::ConfigError>> {
        describe::<P>(&config)
    }

    fn decide(input: rollback::Input) -> Result<rollback::Output, String> {
        let call = call(input.snapshot, input.observations);
        let (answer, state) =
            entry::run(&input.config, &input.state, |plugin: &P, state| plugin.decide(&call, state))?;
        Ok(rollback::Output { answer: answer.into(), state })
    }
}

fn describe<P: Plugin>(config: &str) -> Result<wit::Description, Vec<wit::ConfigError>> {
    report_panics();
    match entry::describe::<P>(config) {
        Ok(description) => Ok(description.into()),
        Err(problems) => Err(problems.into_iter().map(Into::into).collect()),
    }
}

fn call(snapshot: wit::Snapshot, observations: Vec<wit::Observation>) -> Call {
    report_panics();
    Call::new(snapshot.into(), observations.into_iter().map(Into::into).collect(), query)
}
