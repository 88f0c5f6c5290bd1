//! Figures of policies, beside those of Rego and Cedar in the same run. `policy-figures` prints them, and ends with
//! 1 if one misses its bar.

#![allow(clippy::print_stdout, reason = "it prints what it measured")]

mod beside;
mod decision;
#[allow(dead_code, reason = "shared with the other figures")]
#[path = "../../src/figure.rs"]
mod figure;
#[path = "../../src/figures.rs"]
mod figures;
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

use figures::Measured;

const FIGURES: [Measured; 3] =
    [("decision", decision::measure), ("set", set::measure), ("memory", memory::measure)];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match arguments.first().and_then(|name| memory::Loader::named(name)) {
        Some(loader) => loader.print().map(|()| true),
        None => figures::print(&FIGURES, &arguments),
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
