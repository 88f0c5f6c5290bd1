//! For programs: one JSON object a record.

use sluice_core::release::event::Record;
use sluice_core::release::state::State;
use sluice_runner::engine::{Although, Left, Listener};

use super::{JSON_VERSION, View, going_back_first, json_line, note, record_json};

#[derive(Debug)]
pub struct Machine {
    release: String,
}

impl Machine {
    pub fn new(state: &State) -> Self {
        Self { release: state.release.clone() }
    }
}

impl Listener for Machine {
    fn recorded(&mut self, record: &Record, _state: &State) {
        json_line(&record_json(&self.release, record));
    }

    fn going_back_first(&mut self, although: Although) {
        note(going_back_first(although));
    }

    fn said(&mut self, job: &str, line: &str) {
        json_line(&serde_json::json!({
            "version": JSON_VERSION, "type": "said", "release": self.release, "job": job, "line": line,
        }));
    }

    fn ticked(&mut self, _state: &State, _now_ms: u64) {}
}

impl View for Machine {
    fn left(&mut self, left: Option<&Left>, state: &State) {
        let (how, waiting) = match left {
            Some(Left::Ended { .. }) => ("ended", None),
            Some(Left::Waiting(waiting)) => ("waiting", Some(waiting.what.as_str())),
            Some(Left::Stopped) => ("stopped", None),
            None => ("failed", None),
        };
        super::left(Some(&self.release), how, waiting, state.outcome());
    }
}
