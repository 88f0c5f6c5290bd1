//! What a release acts on: the gateway and its processes.

pub mod gateway;
