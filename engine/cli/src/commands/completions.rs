//! `sluice completions`: for shells.

use clap::CommandFactory;
use clap_complete::Shell;

use crate::args::Arguments;
use crate::exit::{Exit, Failure};
use crate::show;

pub fn run(shell: Shell) -> Result<Exit, Failure> {
    let (mut command, mut script) = (Arguments::command(), Vec::new());
    clap_complete::generate(shell, &mut command, "sluice", &mut script);
    show::text(&String::from_utf8_lossy(&script));
    Ok(Exit::Done)
}
