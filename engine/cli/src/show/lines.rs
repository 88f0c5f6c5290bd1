//! Without a terminal: one plain line an event.

use sluice_core::release::event::Record;
use sluice_core::release::state::State;
use sluice_runner::engine::{Although, Left, Listener};

use super::{View, going_back_first, line, note, safe, tell};

#[derive(Debug, Default)]
pub struct Lines {
    noticed: tell::Noticed,
}

impl Listener for Lines {
    fn recorded(&mut self, record: &Record, state: &State) {
        tell::tell(&self.noticed.anew(record), state, true).iter().for_each(|one| line(one));
    }

    fn going_back_first(&mut self, although: Although) {
        note(going_back_first(although));
    }

    fn said(&mut self, job: &str, said: &str) {
        line(&tell::said(job, said));
    }

    fn ticked(&mut self, _state: &State, _now_ms: u64) {}
}

impl View for Lines {
    fn left(&mut self, left: Option<&Left>, state: &State) {
        farewell(left, state);
    }
}

/// What to do next with a release that was left open.
pub fn farewell(left: Option<&Left>, state: &State) {
    let resume = format!("sluice resume {}", state.release);
    match left {
        Some(Left::Waiting(waiting)) => {
            note(&format!("waits for {}; go on with `{resume}`", safe(&waiting.what)))
        }
        Some(Left::Stopped) => note(&format!("stopped; go on with `{resume}`")),
        None => note(&format!("the release is left as it is; go on with `{resume}`")),
        Some(Left::Ended { .. }) => {}
    }
}
