//! What interrupts an engine: Ctrl-C, SIGTERM, and a terminal that goes away.

use sluice_runner::engine::Interrupt;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

use crate::args::OnInterrupt;

/// The bit of SIGHUP in a mask of signals.
const HANGUP: u64 = 1;

/// Once pauses or aborts, twice stops.
pub async fn listen(sender: watch::Sender<Interrupt>, first: OnInterrupt) {
    let Ok(mut terminate) = signal(SignalKind::terminate()) else { return };
    // Whoever began this with `nohup` wants it to go on without a terminal.
    let mut hangup = if ignores_hangup() { None } else { signal(SignalKind::hangup()).ok() };
    let first = match first {
        OnInterrupt::Pause => Interrupt::Pause,
        OnInterrupt::Abort => Interrupt::Abort,
    };
    for interrupt in [first, Interrupt::Stop] {
        tokio::select! {
            pressed = tokio::signal::ctrl_c() => if pressed.is_err() { return },
            _ = terminate.recv() => {}
            () = received(hangup.as_mut()) => {}
        }
        if sender.send(interrupt).is_err() {
            return;
        }
    }
    // Nobody is asked a third time.
    std::future::pending::<()>().await;
}

async fn received(signal: Option<&mut Signal>) {
    match signal {
        Some(signal) => {
            signal.recv().await;
        }
        None => std::future::pending().await,
    }
}

/// Whether this process was started so that it ignores the end of its terminal.
fn ignores_hangup() -> bool {
    std::fs::read_to_string("/proc/self/status").is_ok_and(|status| ignores(&status))
}

fn ignores(status: &str) -> bool {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & HANGUP != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nohup_leaves_is_seen() {
        assert!(ignores("Name:\tsluice\nSigIgn:\t0000000000001001\nSigCgt:\t0\n"));
        assert!(!ignores("Name:\tsluice\nSigIgn:\t0000000000001000\nSigCgt:\t1\n"));
        assert!(!ignores("Name:\tsluice\n"));
    }
}
