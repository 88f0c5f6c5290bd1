//! The child's side: compiles one component under limits that it sets itself, and can not lift again.

use std::ffi::OsString;
use std::io::{self, Read, Write};

use rustix::process::{Resource, Rlimit, setrlimit};

use super::in_process;

/// The hidden argument on which the binary calls [`compile_child`].
pub const COMPILE_COMMAND: &str = "__compile-plugin";

/// The component does not compile; the reason is on standard error.
pub(super) const REFUSED: i32 = 65;
/// A limit was reached, or the arguments are not those of [`arguments`].
pub(super) const FAILED: i32 = 70;

/// What one compilation may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Allowance {
    pub(super) memory: u64,
    pub(super) seconds: u64,
    pub(super) component: u64,
}

/// Compiles the component on standard input to standard output, and returns the exit code of the process.
/// `args` are those that follow [`COMPILE_COMMAND`].
pub fn compile_child(args: impl IntoIterator<Item = OsString>) -> i32 {
    let Some(allowance) = parse(args) else { return complain("the arguments are not a compiler's", FAILED) };
    match compile(allowance) {
        Ok(code) => match io::stdout().lock().write_all(&code) {
            Ok(()) => 0,
            Err(error) => complain(&error.to_string(), FAILED),
        },
        Err((reason, exit)) => complain(&reason, exit),
    }
}

/// The arguments that follow [`COMPILE_COMMAND`].
pub(super) fn arguments(allowance: Allowance) -> [String; 3] {
    [allowance.memory.to_string(), allowance.seconds.to_string(), allowance.component.to_string()]
}

fn parse(args: impl IntoIterator<Item = OsString>) -> Option<Allowance> {
    let numbers: Vec<u64> = args.into_iter().map(|arg| arg.to_str()?.parse().ok()).collect::<Option<_>>()?;
    match numbers.as_slice() {
        [memory, seconds, component] => {
            Some(Allowance { memory: *memory, seconds: *seconds, component: *component })
        }
        _ => None,
    }
}

fn compile(allowance: Allowance) -> Result<Vec<u8>, (String, i32)> {
    confine(allowance).map_err(|error| (error.to_string(), FAILED))?;
    let mut component = Vec::new();
    let mut input = io::stdin().lock().take(allowance.component + 1);
    input.read_to_end(&mut component).map_err(|error| (error.to_string(), FAILED))?;
    in_process(&component).map_err(|failure| (failure.to_string(), REFUSED))
}

/// Memory, processor time, no files, no core dumps: each hard, so that no exploit of the compiler raises it.
fn confine(allowance: Allowance) -> io::Result<()> {
    let hard = |limit: u64| Rlimit { current: Some(limit), maximum: Some(limit) };
    setrlimit(Resource::As, hard(allowance.memory))?;
    setrlimit(Resource::Data, hard(allowance.memory))?;
    setrlimit(Resource::Cpu, hard(allowance.seconds.max(1)))?;
    setrlimit(Resource::Fsize, hard(0))?;
    setrlimit(Resource::Core, hard(0))?;
    Ok(())
}

fn complain(reason: &str, exit: i32) -> i32 {
    let _ = writeln!(io::stderr().lock(), "{reason}");
    exit
}
