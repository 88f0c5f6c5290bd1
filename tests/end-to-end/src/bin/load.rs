//! `load`: clients under load against any address, and what they saw.

#![allow(clippy::print_stdout, reason = "it prints what it measured")]

use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Parser;
use end_to_end::load::{Load, LoadError, Options, Tally};

/// Sends requests over keep-alive connections and counts what comes back, by version and status.
#[derive(Debug, Parser)]
struct Arguments {
    /// Where to: http://host:port/path
    #[arg(long)]
    url: String,
    /// Connections, each with one request under way.
    #[arg(long, default_value_t = 20)]
    clients: usize,
    #[arg(long, default_value_t = 5.0)]
    seconds: f64,
    /// Requests a second by all clients together; as many as they can without it.
    #[arg(long)]
    rate: Option<f64>,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(tally) if tally.lost() == 0 => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            println!("{error}");
            ExitCode::from(2)
        }
    }
}

/// Makes the load and prints what it did.
async fn run(arguments: Arguments) -> Result<Tally, LoadError> {
    let Arguments { url, clients, rate, seconds } = arguments;
    let started = Instant::now();
    let load = Load::start(&Options { url, clients, rate, ..Options::default() })?;
    tokio::time::sleep(Duration::from_secs_f64(seconds)).await;
    let tally = load.stop().await;
    let elapsed = started.elapsed().as_secs_f64();
    println!("{tally}");
    println!("{:.0} requests a second, {} reconnects", tally.answered() as f64 / elapsed, tally.reconnects);
    for (name, share) in [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("max", 1.0)] {
        if let Some(took) = tally.latencies.quantile(share) {
            println!("{name} {:.2} ms", took.as_secs_f64() * 1e3);
        }
    }
    Ok(tally)
}
