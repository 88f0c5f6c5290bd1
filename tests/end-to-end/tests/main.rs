//! The binary from outside: releases on real processes under real load, and the same with faults.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(clippy::print_stderr, reason = "a test that failed tells where its logs are")]

mod faults;
mod grounds;
mod nested;
mod prometheus;
mod rehearsals;
mod releases;
mod stages;
mod surroundings;
mod sweep;
mod thin;
mod under_load;
mod unwritable;
mod words;
