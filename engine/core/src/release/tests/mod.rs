//! Tests of the transition function: cases by hand, and properties over random worlds.

mod cases;
mod comparison;
mod differences;
mod graph;
mod losses;
mod orders;
mod overrides;
mod properties;
mod rehearsal;
mod stages;
mod steps;
mod world;
