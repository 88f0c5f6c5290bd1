//! What the demo and the end-to-end tests are made of: clients under load, and the binaries as processes.

pub mod demo;
pub mod load;
pub mod port;
pub mod programs;
pub mod proxy;
pub mod run;
pub mod stage;
