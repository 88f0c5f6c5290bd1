//! The plugin host: the only crate that imports wasmtime.
//!
//! It implements the runner's `Plugins` port. A component is compiled once per digest, checked and
//! test-instantiated when it is loaded, and every call runs in a fresh store with fresh limits. No type of
//! wasmtime leaves this crate.

mod cache;
mod compile;
mod config;
mod contract;
mod engine;
mod failure;
mod host;
mod imports;
mod plugin;
mod sandbox;
mod shelf;
mod slots;
mod source;

pub use compile::child::{COMPILE_COMMAND, compile_child};
pub use config::{BundledPlugin, Compiler, HostConfig, Limits};
pub use host::{Host, HostError};
