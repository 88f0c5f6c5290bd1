//! `sluice completions`: for shells.

use clap::CommandFactory;
use clap_complete::Shell;

use crate::args::Arguments;
use crate::exit::{Exit, Failure};

pub fn run(shell: Shell) -> Result<Exit, Failure> {
    let mut command = Arguments::command();
    clap_complete::generate(shell, &mut command, "sluice", &mut std::io::stdout());
    Ok(Exit::Done)
}
