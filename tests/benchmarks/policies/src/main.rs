//! Figures of policies, beside those of Rego and Cedar in the same run. `policy-figures` prints them, and ends with
//! 1 if one misses its bar.

#![allow(clippy::print_stdout, reason = "it prints what it measured")]

mod beside;
mod decision;
#[allow(dead_code, reason = "shared with the other figures")]
#[path = "../../src/figure.rs"]
mod figure;
#[allow(dead_code, reason = "shared with the other figures")]
#[path = "../../src/machine.rs"]
mod machine;
mod memory;
mod ours;
mod set;
#[path = "../../src/table.rs"]
mod table;
#[path = "../../src/times.rs"]
mod times;

use std::process::ExitCode;

use figure::{Failure, Figure};

/// A figure's name on the command line, and how it is measured.
const FIGURES: [(&str, fn() -> Result<Figure, Failure>); 3] =
    [("decision", decision::measure), ("set", set::measure), ("memory", memory::measure)];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match arguments.first().and_then(|name| memory::Loader::named(name)) {
        Some(loader) => loader.print().map(|()| true),
        None => print(&arguments),
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
