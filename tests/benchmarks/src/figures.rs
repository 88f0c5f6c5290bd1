//! What a program of figures does: measure those that were asked for, and print them.

use crate::figure::{Failure, Figure};
use crate::{machine, table};

/// A figure's name on the command line, and how it is measured.
pub type Measured = (&'static str, fn() -> Result<Figure, Failure>);

/// Measures and prints the figures of these names, or all. False if one misses its bar.
pub fn print(figures: &[Measured], names: &[String]) -> Result<bool, Failure> {
    if let Some(unknown) = names.iter().find(|name| figures.iter().all(|(known, _)| known != name)) {
        let known: Vec<&str> = figures.iter().map(|(known, _)| *known).collect();
        let known = known.join(", ");
        return Err(format!("there is no figure `{unknown}`: the figures are {known}").into());
    }
    println!("{}\n", machine::describe()?);
    let mut met = true;
    for (name, measure) in figures {
        if !names.is_empty() && names.iter().all(|wanted| wanted != *name) {
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
