//! The gateway as a process, with real instances and real sockets.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking, in what it calls too")]

mod bed;
mod changes;
mod command;
mod failures;
mod http1;
mod load;
mod mirror;
mod preview;
mod proxied;
mod proxies;
mod restart;
mod split;
mod streams;
