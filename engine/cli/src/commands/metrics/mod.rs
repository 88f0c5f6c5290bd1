//! `sluice metrics`: pages and queries, tried out before a release depends on them. One file per command.

mod lint;
mod query;

use crate::args::{MetricsCommand, Output};
use crate::exit::{Exit, Failure};
use crate::place::Place;

pub async fn run(place: &Place, command: MetricsCommand, output: Output) -> Result<Exit, Failure> {
    match command {
        MetricsCommand::Lint(lint) => lint::run(&lint, output).await,
        MetricsCommand::Query(query) => query::run(place, &query, output).await,
    }
}
