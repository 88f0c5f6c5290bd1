//! The plugin host: the only crate that imports wasmtime.
