//! What a release acts on: the gateway and its processes, or any platform behind a command.

pub mod command;
pub mod envoy;
pub mod factory;
pub mod gateway;
pub mod haproxy;
