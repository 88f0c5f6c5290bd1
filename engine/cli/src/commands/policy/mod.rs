//! `sluice policy`: what a platform team does with its policies. One file per command.

mod check;
mod context;
mod eval;
mod explain;
mod list;
mod new;
mod record;
mod replay;
mod test;

use sluice_runner::engine::EngineError;

use crate::args::{Output, PolicyCommand};
use crate::exit::{Exit, Failure};
use crate::place::Place;

pub fn run(place: &Place, command: PolicyCommand, output: Output) -> Result<Exit, Failure> {
    match command {
        PolicyCommand::Check(check) => check::run(&check, output),
        PolicyCommand::Eval(eval) => eval::run(&eval, output),
        PolicyCommand::Test(test) => test::run(&test, output),
        PolicyCommand::List(paths) => list::run(&paths, output),
        PolicyCommand::Context => context::run(output),
        PolicyCommand::New(new) => new::run(&new),
        PolicyCommand::Explain(explain) => explain::run(place, &explain, output),
        PolicyCommand::Record(record) => record::run(place, &record),
        PolicyCommand::Replay(replay) => replay::run(place, &replay, output),
    }
}

/// What journals and their policies say can not be taken up.
fn damaged(error: EngineError) -> Failure {
    Failure::internal(error)
}
