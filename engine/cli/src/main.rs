//! The `sluice` command: parses arguments, wires the parts, shows what happens. It holds no rules.

mod args;
mod commands;
mod exit;
mod place;
mod show;
mod usage;
mod wiring;

use std::process::ExitCode;

use clap::Parser;

use args::Arguments;
use exit::{Exit, Failure};

fn main() -> ExitCode {
    // The compiler of foreign plugins is this very binary, in a process of its own with limits.
    let mut words = std::env::args_os().skip(1);
    if words.next().is_some_and(|word| word == sluice_host::COMPILE_COMMAND) {
        std::process::exit(sluice_host::compile_child(words));
    }
    match Arguments::try_parse() {
        Ok(arguments) => run(arguments),
        Err(error) => {
            let error = usage::shortened(error);
            usage::tell(&error);
            if error.use_stderr() { Exit::Invalid.into() } else { Exit::Done.into() }
        }
    }
}

fn run(arguments: Arguments) -> ExitCode {
    show::set_up();
    let output = arguments.global.output;
    match commands::run(arguments) {
        Ok(exit) => exit.into(),
        Err(failure) => {
            show::problem::tell(&failure, output);
            failure.exit().into()
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

impl Failure {
    fn exit(&self) -> Exit {
        match self {
            Self::Invalid(_) => Exit::Invalid,
            Self::Internal(_) => Exit::Internal,
        }
    }
}
