//! What the runner needs of the world, as traits. `host` and `targets` implement them.

pub mod observer;
pub mod plugins;
pub mod rules;
pub mod stages;
pub mod target;
