//! The rules, one module each. A rule takes what it checks as an argument, so that its own tests can show it a breach.

pub mod absences;
pub mod edges;
pub mod functions;
pub mod generated;
pub mod headers;
pub mod invariants;
pub mod links;
pub mod manifests;
pub mod names;
pub mod sizes;
pub mod unsafety;
pub mod words;
