//! The engine's side of a compilation in a child: it feeds, bounds, waits and kills.

use std::borrow::Cow;
use std::ffi::OsString;
use std::io::{Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use super::child::{Allowance, COMPILE_COMMAND, REFUSED, arguments};
use super::shorten;
use crate::config::Limits;
use crate::failure::Failure;

const MAX_COMPLAINT: u64 = 8 << 10;
/// Between the closing of its output and its end a child has little left to do.
const POLL: Duration = Duration::from_millis(1);

/// Compiles a component in a process of its own, which has ended when this returns.
pub(super) fn compile(
    program: &Path,
    args: &[OsString],
    component: &[u8],
    limits: &Limits,
) -> Result<Vec<u8>, Failure> {
    let until = Instant::now() + limits.compile_time;
    let mut child = start(program, args, limits)?;
    let outcome = exchange(&mut child, component, limits, until);
    let patience = if outcome.is_ok() { until } else { Instant::now() };
    let status =
        end(&mut child, patience).map_err(|error| Failure::NoCompiler { reason: error.to_string() })?;
    let (code, complaint) = outcome?;
    if status.success() { Ok(code) } else { Err(blame(status, &complaint, limits)) }
}

fn start(program: &Path, args: &[OsString], limits: &Limits) -> Result<Child, Failure> {
    let seconds = limits.compile_time.as_secs() + 1;
    let memory = limits.compile_memory;
    let allowance = Allowance { memory, seconds, component: limits.component };
    Command::new(program)
        .args(args)
        .arg(COMPILE_COMMAND)
        .args(arguments(allowance))
        // It reads what strangers wrote, and needs no secrets.
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| Failure::NoCompiler { reason: format!("`{}`: {error}", program.display()) })
}

/// Feeds the component and reads what comes back, until the child has closed its ends or time is up.
fn exchange(
    child: &mut Child,
    component: &[u8],
    limits: &Limits,
    until: Instant,
) -> Result<(Vec<u8>, String), Failure> {
    let (Some(mut input), Some(output), Some(errors)) =
        (child.stdin.take(), child.stdout.take(), child.stderr.take())
    else {
        return Err(Failure::NoCompiler { reason: "it has no standard streams".to_owned() });
    };
    let component = component.to_vec();
    // A child that no longer reads is killed by the caller, which ends this thread.
    std::thread::spawn(move || input.write_all(&component));
    let code = read(output, limits.compiled + 1);
    let complaint = read(errors, MAX_COMPLAINT);
    let left = || until.saturating_duration_since(Instant::now());
    let late = |_| Failure::CompileLimit(format!("{} s", limits.compile_time.as_secs_f64()));
    let code = code.recv_timeout(left()).map_err(late)?;
    if code.len() as u64 > limits.compiled {
        return Err(Failure::CompileLimit(format!("{} bytes of compiled code", limits.compiled)));
    }
    let complaint = complaint.recv_timeout(left()).map_err(late)?;
    Ok((code, String::from_utf8_lossy(&complaint).into_owned()))
}

/// Reads on a thread of its own, up to a limit.
fn read(from: impl Read + Send + 'static, limit: u64) -> Receiver<Vec<u8>> {
    let (done, waiting) = mpsc::channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = from.take(limit).read_to_end(&mut bytes);
        let _ = done.send(bytes);
    });
    waiting
}

/// Waits until the child has ended, and kills it when time is up.
fn end(child: &mut Child, until: Instant) -> std::io::Result<ExitStatus> {
    while Instant::now() < until {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        std::thread::sleep(POLL);
    }
    child.kill()?;
    child.wait()
}

/// Why a child ended as it did. One that was killed by a signal ran into a limit of its own: an allocation
/// that fails aborts the process, and so does the kernel's count of processor time.
fn blame(status: ExitStatus, complaint: &str, limits: &Limits) -> Failure {
    let no_memory = complaint.contains("os error 12") || complaint.contains("memory allocation");
    match status.code() {
        Some(REFUSED) if !no_memory => {
            let reason = complaint.trim().trim_start_matches("does not compile: ");
            Failure::DoesNotCompile { reason: shorten(Cow::Borrowed(reason)) }
        }
        _ if no_memory => Failure::CompileLimit(format!("{} MiB of memory", limits.compile_memory >> 20)),
        _ if status.signal().is_some() => Failure::CompileLimit(format!("it may have: {status}")),
        _ => Failure::NoCompiler { reason: shorten(Cow::Owned(format!("{status}: {complaint}"))) },
    }
}
