//! `make demo`: three releases of a small service under real load, on this terminal, with a summary at the end.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "it shows what happens")]

use std::io::{self, IsTerminal};
use std::path::Path;
use std::process::ExitCode;

use end_to_end::demo::{play, summary, wrong};
use end_to_end::programs::Programs;
use end_to_end::stage::Stage;

#[tokio::main]
async fn main() -> ExitCode {
    match demo().await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("the demo did not come to its end: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Plays it all; whether it came out as it should.
async fn demo() -> io::Result<bool> {
    // Short, as the gateway's socket is in it, and the path of a socket has about a hundred bytes.
    let state = tempfile::Builder::new().prefix("sluice-demo-").tempdir_in("/tmp")?;
    let stage = Stage::new(Programs::of_this_build()?, state.path(), "demo/shop.yaml")?;
    let played = tokio::select! {
        played = play(&stage, announce) => played,
        _ = tokio::signal::ctrl_c() => Err(io::Error::new(io::ErrorKind::Interrupted, "interrupted")),
    };
    let stopped = stage.stop_gateway().await;
    let good = match &played {
        Ok(parts) => {
            announce("the gateway and its instances are stopped");
            print!("{}", summary(parts));
            parts.iter().flat_map(wrong).next().is_none() && stopped.is_ok()
        }
        // Whoever ended it has seen enough.
        Err(error) => error.kind() == io::ErrorKind::Interrupted,
    };
    if !good {
        keep(state.keep().as_path());
    }
    stopped?;
    played.map(|_| good)
}

/// The state of a demo that failed is worth a look.
fn keep(state: &Path) {
    eprintln!("the journal and the logs of this demo are in {}", state.display());
}

fn announce(what: &str) {
    if io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none() {
        println!("\n\x1b[1m── {what}\x1b[0m\n");
    } else {
        println!("\n-- {what}\n");
    }
}
