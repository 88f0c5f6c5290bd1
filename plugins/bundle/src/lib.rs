//! The shipped plugins, compiled to WebAssembly and embedded.
