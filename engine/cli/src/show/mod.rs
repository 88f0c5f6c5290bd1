//! Showing: the only place that writes to standard output. Every view is a fold over the same events.

mod bar;
mod behind;
pub mod compare;
mod frame;
#[cfg(test)]
mod hostile;
mod lines;
mod live;
mod machine;
mod outline;
pub mod plan;
mod plot;
pub mod policy;
pub mod problem;
pub mod query;
pub mod rehearsal;
mod stages;
pub mod style;
mod table;
mod tell;
pub mod time;

use std::io::{IsTerminal, Write};

use sluice_core::release::decision::Outcome;
use sluice_core::release::event::{Record, Signal};
use sluice_core::release::state::State;
use sluice_runner::engine::{Although, Left, Listener};
use sluice_targets::gateway::Stopped;
use tracing_subscriber::EnvFilter;

use crate::args::Output;

pub use behind::Behind;
pub use sluice_core::one_line::one_line as safe;
pub use table::table;

/// The version of every JSON form that is printed.
pub const JSON_VERSION: u32 = 1;

/// What whoever would leave a way back is told.
fn going_back_first(although: Although) -> &'static str {
    match although {
        Although::Interrupted => {
            "it is on its way back, which goes on; interrupt once more to leave it where it is"
        }
        Although::OutOfTime => {
            "its time is over, and it is on its way back, which goes on while the target takes it; interrupt twice to \
             leave it where it is"
        }
    }
}

/// Somebody who watches a release, and is told how it was left; nothing where the engine failed.
pub trait View: Listener {
    fn left(&mut self, left: Option<&Left>, state: &State);
}

/// Sets up what is told on standard error.
pub fn set_up() {
    let filter = EnvFilter::try_from_env("SLUICE_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // Where a line can not be written, as on a full disk, nobody could be told of that either; the try would panic.
    let subscriber = subscriber.log_internal_errors(false);
    // A second subscriber would be a fault in the tests, never here.
    let _ = subscriber.with_ansi(std::io::stderr().is_terminal()).try_init();
}

/// How a release under way is watched.
pub fn view(output: Output, state: &State) -> Box<dyn View> {
    match output {
        Output::Json => Box::new(machine::Machine::new(state)),
        Output::Human
            if std::io::stdout().is_terminal()
                && std::env::var_os("TERM").is_none_or(|term| term != "dumb") =>
        {
            Box::new(live::Live::default())
        }
        Output::Human => Box::new(lines::Lines::default()),
    }
}

/// How a release is watched that is only told of.
pub fn plain(output: Output, state: &State) -> Box<dyn View> {
    match output {
        Output::Json => Box::new(machine::Machine::new(state)),
        Output::Human => Box::new(lines::Lines::default()),
    }
}

/// Where a release stands, in a few lines.
pub fn stands(state: &State) {
    for line in frame::frame(state, &frame::Seen::default(), state.at, 100) {
        self::line(&line);
    }
}

/// That the candidate is what is served.
pub fn nothing_to_do(output: Output, plan: &sluice_core::plan::Plan) {
    let (service, version) = (&plan.about.service, &plan.candidate.version);
    match output {
        Output::Human => line(&format!("`{version}` is what `{service}` serves already: nothing to release")),
        Output::Json => left(None, "nothing-to-release", None, None),
    }
}

/// That a person's word was left for a release.
pub fn told(output: Output, release: &str, signal: &Signal) {
    match output {
        Output::Human => line(&format!("told release `{release}`")),
        Output::Json => json_line(&serde_json::json!({
            "version": JSON_VERSION, "type": "told", "release": release, "signal": signal,
        })),
    }
}

/// What `sluice gateway --stop` found and ended.
pub fn gateway_stopped(output: Output, service: &str, stopped: &Stopped) {
    let (word, orphans) = match stopped {
        Stopped::Ended => ("ended", 0),
        Stopped::Orphans(left) => ("not-running", *left),
        Stopped::Nothing => ("not-running", 0),
    };
    let told = match stopped {
        Stopped::Ended => "drained and ended".to_owned(),
        Stopped::Orphans(1) => "was not running; one instance that it had left was ended".to_owned(),
        Stopped::Orphans(left) => format!("was not running; {left} instances that it had left were ended"),
        Stopped::Nothing => "was not running".to_owned(),
    };
    match output {
        Output::Human => line(&format!("the gateway of `{service}` {told}")),
        Output::Json => json_line(&serde_json::json!({
            "version": JSON_VERSION, "type": "gateway-stopped", "service": service, "found": word,
            "instances-ended": orphans,
        })),
    }
}

/// How a release was left, for programs.
pub fn left(release: Option<&str>, how: &str, waiting: Option<&str>, outcome: Option<Outcome>) {
    json_line(&serde_json::json!({
        "version": JSON_VERSION, "type": "left", "release": release, "how": how,
        "waiting-for": waiting, "outcome": outcome,
    }));
}

/// A text in so many characters, the sign that it was cut included.
pub fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}

/// `1 case`, `3 cases`.
pub fn counted(count: usize, one: &str, several: &str) -> String {
    let word = if count == 1 { one } else { several };
    format!("{count} {word}")
}

/// One line of results. A reader that went away is no error of ours.
pub fn line(line: &str) {
    // Colours are ours; whatever else is in it came with somebody's text.
    let _ = writeln!(anstream::stdout(), "{}", style::coloured(line));
}

/// A text as it is.
pub fn text(text: &str) {
    let _ = anstream::stdout().write_all(text.as_bytes());
}

/// A remark that is no result.
pub fn note(note: &str) {
    let _ = writeln!(anstream::stderr(), "{}", safe(note));
}

/// A JSON value over several lines.
pub fn json(value: &serde_json::Value) {
    serde_json::to_string_pretty(value).unwrap_or_default().lines().for_each(line);
}

/// A JSON value in one line.
pub fn json_line(value: &serde_json::Value) {
    line(&value.to_string());
}

/// A record as one JSON object.
fn record_json(release: &str, record: &Record) -> serde_json::Value {
    serde_json::json!({
        "version": JSON_VERSION, "type": "record", "release": release,
        "seq": record.seq, "at": record.at, "event": record.event,
    })
}
