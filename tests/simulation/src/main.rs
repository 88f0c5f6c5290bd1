//! Prints how the checks fare, as a table.
#![allow(clippy::print_stdout, reason = "a program that prints a table")]

use std::thread;

use simulation::{CHECKS, Found, MINUTES, SCENARIOS, Scenario, run};

const TRIALS: u64 = 500;

fn main() {
    println!(
        "{TRIALS} trials each, looked at every minute for {MINUTES} minutes; 1 % of errors where nothing is wrong."
    );
    println!("The candidate has a tenth of the traffic: requests a minute are its own.");
    println!(
        "False alarms, and what was found: within 3 minutes, within {MINUTES}, and by when half were.\n"
    );
    print!("| {:<29} | {:>5} |", "the candidate", "req/m");
    CHECKS.iter().for_each(|check| print!(" {:>17} |", check.name));
    println!();
    print!("|{:-<31}|{:->7}|", "", ":");
    CHECKS.iter().for_each(|_| print!("{:->19}|", ":"));
    println!();
    for scenario in SCENARIOS {
        print!("| {:<29} | {:>5} |", scenario.name, scenario.rate);
        for found in all(&scenario) {
            print!(" {:>17} |", cell(&scenario, &found));
        }
        println!();
    }
}

/// Each check on a thread of its own.
fn all(scenario: &Scenario) -> Vec<Found> {
    thread::scope(|scope| {
        let started: Vec<_> =
            CHECKS.iter().map(|check| scope.spawn(move || run(check, scenario, TRIALS))).collect();
        started.into_iter().map(|one| one.join().unwrap_or(Found(Vec::new()))).collect()
    })
}

fn cell(scenario: &Scenario, found: &Found) -> String {
    let percent = |share: f64| format!("{:.1} %", share * 100.0);
    if scenario.is_fine() {
        return percent(found.by(MINUTES));
    }
    let half = found.half().map_or("-".to_owned(), |minute| format!("{minute} m"));
    format!("{:.0} / {:.0} %  {half}", found.by(3) * 100.0, found.by(MINUTES) * 100.0)
}
