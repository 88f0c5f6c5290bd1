//! Desired states that the unit tests share.

use std::collections::BTreeMap;

use sluice_core::model::shape::{Role, Weight};
use sluice_core::plan::{Port, Readiness, Revision, RevisionSpec};
use sluice_runner::ports::target::{Desired, DesiredRevision};

/// `v1` stable and `v2` candidate, two instances each.
pub fn split(release: &str, generation: u64, stable: u16, candidate: u16) -> Desired {
    Desired {
        release: release.to_owned(),
        generation,
        key: format!("{release}#{generation}"),
        revisions: vec![of("v1", Role::Stable, stable), of("v2", Role::Candidate, candidate)],
        routes: Vec::new(),
        mirror: None,
        stable: Some("v1".to_owned()),
    }
}

fn of(id: &str, role: Role, weight: u16) -> DesiredRevision {
    let readiness = Readiness { path: None, within_ms: 1000, interval_ms: 10 };
    let spec = RevisionSpec {
        command: vec!["serve".to_owned()],
        port: Port::Env("PORT".to_owned()),
        env: BTreeMap::new(),
        directory: "/".to_owned(),
        readiness,
        metrics_path: None,
        drain_ms: 1000,
        stop_ms: 1000,
    };
    let revision = Revision { id: id.to_owned(), version: id.to_owned(), spec, instances: 2 };
    DesiredRevision { revision, role, instances: 2, weight: Weight::per_mille(weight).unwrap_or_default() }
}
