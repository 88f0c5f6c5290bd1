//! One file per command.

mod compare;
mod completions;
mod gateway;
mod history;
mod interrupt;
mod metrics;
mod plan;
mod plugin;
mod policy;
mod rehearse;
mod report;
mod resume;
mod run;
mod schema;
mod show;
mod target;
mod word;

use std::future::Future;

use sluice_core::release::event::Signal;

use crate::args::{Arguments, Command};
use crate::exit::{Exit, Failure};
use crate::place::Place;

pub use word::now_ms;

/// Runs the command that was asked for.
pub fn run(arguments: Arguments) -> Result<Exit, Failure> {
    let place = Place::of(&arguments.global)?;
    let output = arguments.global.output;
    match arguments.command {
        Command::Run(run) => within_runtime(run::run(&place, run, output)),
        Command::Plan(plan) if plan.rehearse => within_runtime(rehearse::run(&place, plan, output)),
        Command::Plan(plan) => within_runtime(plan::run(&place, plan, output)),
        Command::Resume(resume) => within_runtime(resume::run(&place, resume, output)),
        Command::History(history) => history::run(&place, &history, output),
        Command::Show(one) => show::run(&place, &one, output),
        Command::Report(report) => report::run(&place, &report, output),
        Command::Compare(two) => compare::run(&place, &two, output),
        Command::Approve(approve) => {
            let signal = approve.job.map_or(Signal::Approve, |job| Signal::Accept { job });
            word::run(&place, approve.word, signal, output)
        }
        Command::Pause(word) => word::run(&place, word, Signal::Pause, output),
        Command::Abort(abort) => {
            let signal = if abort.abandon { Signal::Abandon } else { Signal::Abort };
            word::run(&place, abort.word, signal, output)
        }
        Command::Promote(promote) => {
            let signal = if promote.full { Signal::PromoteFull } else { Signal::Promote };
            word::run(&place, promote.word, signal, output)
        }
        Command::Plugin(plugin) => plugin::run(&place, plugin, output),
        Command::Policy(command) => policy::run(&place, command, output),
        Command::Metrics(command) => within_runtime(metrics::run(&place, command, output)),
        Command::Target(target) => within_runtime(target::run(target, output)),
        Command::Schema { document } => schema::run(document),
        Command::Completions { shell } => completions::run(shell),
        Command::Gateway(gateway) => gateway::run(&place, gateway, output),
    }
}

fn within_runtime<T>(command: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.map_err(|error| Failure::broken(error, "the machine may be out of threads"))?.block_on(command)
}
