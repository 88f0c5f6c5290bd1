//! The compiler child by itself, for programs that are not `sluice`: tests and benchmarks.

use std::process::ExitCode;

fn main() -> ExitCode {
    let args = std::env::args_os().skip(1).skip_while(|arg| arg != sluice_host::COMPILE_COMMAND).skip(1);
    ExitCode::from(u8::try_from(sluice_host::compile_child(args)).unwrap_or(u8::MAX))
}
