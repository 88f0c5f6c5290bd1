//! The project's figures, each beside something known in the same run. `benchmarks [figure...]` prints them, and
//! ends with 1 if one misses its bar.

#![allow(clippy::print_stdout, reason = "it prints what it measured")]

mod bundled;
mod decoder;
mod figure;
mod figures;
mod health_check;
mod hostile;
mod journal;
mod machine;
mod plan_command;
mod promql;
mod proxies;
mod shadow;
mod table;
mod times;
mod traffic;

use std::process::ExitCode;

use figures::Measured;

const FIGURES: [Measured; 9] = [
    ("health-check", health_check::measure),
    ("decoder", decoder::measure),
    ("promql", promql::measure),
    ("traffic", traffic::measure),
    ("shadow", shadow::measure),
    ("proxies", proxies::measure),
    ("plan", plan_command::measure),
    ("journal", journal::measure),
    ("hostile", hostile::measure),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    machine::raise_open_files();
    let outcome = match (traffic::role(&arguments), hostile::role(&arguments)) {
        (Some(role), _) => role.run().map(|()| true),
        (None, Some(outcome)) => outcome.map(|()| true),
        (None, None) => figures::print(&FIGURES, &arguments),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            println!("{error}");
            ExitCode::from(2)
        }
    }
}
