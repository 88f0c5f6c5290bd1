//! One release: its facts, its state, and what to do next.

pub mod approval;
pub mod decision;
mod due;
pub mod effect;
pub mod event;
mod first;
pub mod fold;
pub mod gate;
pub mod instances;
pub mod jobs;
pub mod next;
pub mod outline;
pub mod overrides;
pub mod prepared;
mod rehearsal;
mod repair;
pub mod replay;
mod rounds;
mod shapes;
mod snapshot;
mod stages;
pub mod state;
#[cfg(test)]
mod tests;
pub mod waiting;
