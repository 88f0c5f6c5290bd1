//! The project's figures, each beside something known in the same run. `benchmarks [figure...]` prints them, and
//! ends with 1 if one misses its bar.

#![allow(clippy::print_stdout, reason = "it prints what it measured")]

mod bundled;
mod decoder;
mod figure;
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

use figure::{Failure, Figure};

/// A figure's name on the command line, and how it is measured.
type Measured = (&'static str, fn() -> Result<Figure, Failure>);

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
        (None, None) => print(&arguments),
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

/// Measures and prints the figures of these names, or all. False if one misses its bar.
fn print(names: &[String]) -> Result<bool, Failure> {
    if let Some(unknown) = names.iter().find(|name| FIGURES.iter().all(|(known, _)| known != name)) {
        let known = FIGURES.map(|(name, _)| name).join(", ");
        return Err(format!("there is no figure `{unknown}`: the figures are {known}").into());
    }
    println!("{}\n", machine::describe()?);
    let mut met = true;
    for (name, measure) in FIGURES {
        if !names.is_empty() && names.iter().all(|wanted| wanted != name) {
            continue;
        }
        let figure = measure().map_err(|error| format!("`{name}` could not be measured: {error}"))?;
        println!("{}", table::of(&figure));
        met &= figure.is_met();
    }
    println!("{}", machine::load()?);
    println!("{}", if met { "every bar is met" } else { "a bar is MISSED" });
    Ok(met)
}
