//! The component side: bindings of the contract, and the exports of each kind.

mod bindings;
mod exports;
mod from_wit;
pub mod statistics;
mod to_wit;

use std::marker::PhantomData;

pub use bindings::{health_check, rollback, strategy};

use bindings::wit;

use crate::log::Level;
use crate::{Observation, Query};

/// Stands in the exports of a component for its plugin.
#[derive(Debug)]
pub struct Exported<P>(PhantomData<P>);

/// Asks the engine a further query.
pub(crate) fn query(query: &Query) -> Result<Observation, String> {
    bindings::metrics::query(&query.into()).map(Into::into)
}

pub(crate) fn log(level: Level, message: &str) {
    let level = match level {
        Level::Debug => wit::Level::Debug,
        Level::Info => wit::Level::Info,
        Level::Warn => wit::Level::Warn,
        Level::Error => wit::Level::Error,
    };
    bindings::log::log(level, message);
}

/// Reports a panic as its message and place: the trap that follows says no more than `unreachable`.
fn report_panics() {
    std::panic::set_hook(Box::new(|info| {
        let message = info.payload_as_str().unwrap_or("a panic without a message");
        let text = match info.location() {
            Some(place) => format!("{message}, at {}:{}", place.file(), place.line()),
            None => message.to_owned(),
        };
        bindings::log::log(wit::Level::Panic, &text);
    }));
}
