//! Tests of the loop: a real journal, fakes behind every other port, and a time that passes only where the loop waits.

mod approvals;
mod cases;
mod desk;
mod endings;
mod faults;
mod interrupts;
mod mishaps;
mod observer;
mod persons;
pub(crate) mod plan;
mod plugins;
mod policies;
mod stages;
mod target;
mod trouble;
mod workshop;
