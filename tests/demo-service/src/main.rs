//! A small HTTP service with real metrics and a settable fault rate: what the demo and the tests release.

use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;

mod faults;
mod metrics;
mod options;
mod serve;
mod service;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let service = Arc::new(service::Service::new(options::Options::parse()));
    match serve::serve(service).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            serve::tell(&format!("stopped: {error}"));
            ExitCode::FAILURE
        }
    }
}
