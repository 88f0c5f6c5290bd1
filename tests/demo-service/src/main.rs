//! A small HTTP service with real metrics and a settable fault rate.

fn main() {}
