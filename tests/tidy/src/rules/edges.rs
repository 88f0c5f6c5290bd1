//! Who may import what, read from `cargo metadata`.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, Metadata, Package, PackageId};

use crate::finding::Finding;

/// Which of the workspace's own crates a crate may import. A crate that is not listed may import none.
const OWN: [(&str, &[&str]); 9] = [
    ("sluice-core", &[]),
    ("sluice-metrics", &["sluice-core"]),
    ("sluice-statistics", &[]),
    ("sluice-policy", &["sluice-core"]),
    ("sluice-runner", &["sluice-core", "sluice-metrics", "sluice-policy"]),
    ("sluice-host", &["sluice-core", "sluice-runner", "sluice-statistics"]),
    ("sluice-targets", &["sluice-core", "sluice-runner"]),
    // Its types, and the same computation in native tests of a plugin as in the host.
    ("sluice-sdk", &["sluice-statistics"]),
    ("sluice-server", &["sluice-core", "sluice-runner"]),
];

/// Folders of plugins: each sees the SDK, the shipped ones also what they share, and nothing else.
const GUESTS: [(&str, &[&str]); 2] = [
    ("plugins/", &["sluice-sdk", "sluice-ladder", "sluice-batches", "sluice-arms"]),
    ("sdk/examples/", &["sluice-sdk"]),
];

/// These wire everything or test everything.
const FREE: [&str; 3] = ["sluice-cli", "benchmarks", "simulation"];

const PURE: [&str; 4] = ["sluice-core", "sluice-metrics", "sluice-statistics", "sluice-policy"];

/// What the pure crates reach by no path: an async runtime, the network, a file system, a clock of their own, the
/// sandbox, randomness.
const IMPURE: [&str; 18] = [
    "tokio",
    "hyper",
    "hyper-util",
    "reqwest",
    "rusqlite",
    "rustix",
    "wasmtime",
    "mio",
    "socket2",
    "rand",
    "tempfile",
    "async-std",
    "smol",
    "futures-executor",
    "ureq",
    "nix",
    "notify",
    "crossterm",
];

/// Crates with few owners: nobody else names them.
const OWNED: [(&str, &[&str]); 8] = [
    ("wasmtime", &["sluice-host", "benchmarks"]),
    ("anyhow", &["sluice-cli"]),
    ("clap", &["sluice-cli", "demo-service", "end-to-end"]),
    ("crossterm", &["sluice-cli"]),
    ("anstream", &["sluice-cli"]),
    ("rusqlite", &["sluice-runner", "benchmarks"]),
    ("cel", &["sluice-policy"]),
    ("promql-parser", &["sluice-metrics"]),
];

/// Every forbidden edge.
pub fn check(metadata: &Metadata) -> Vec<Finding> {
    let graph = Graph::new(metadata);
    let mut findings = Vec::new();
    for package in metadata.workspace_packages() {
        own_crates(metadata, package, &mut findings);
        owned_crates(metadata, package, &mut findings);
        if PURE.contains(&package.name.as_str()) {
            purity(metadata, &graph, package, &mut findings);
        }
    }
    findings
}

fn own_crates(metadata: &Metadata, package: &Package, findings: &mut Vec<Finding>) {
    let name = package.name.as_str();
    if FREE.contains(&name) {
        return;
    }
    let place = manifest(metadata, package);
    let guest = GUESTS.iter().find(|(folder, _)| place.starts_with(folder));
    let allowed = match OWN.iter().find(|(who, _)| *who == name) {
        Some((_, allowed)) => *allowed,
        None => guest.map_or(&[][..], |(_, allowed)| *allowed),
    };
    for dependency in &package.dependencies {
        let outside = !metadata.workspace_packages().iter().any(|own| *own.name == dependency.name);
        if outside
            || dependency.kind == DependencyKind::Development
            || allowed.contains(&dependency.name.as_str())
        {
            continue;
        }
        findings.push(Finding::new(
            &place,
            1,
            format!("`{name}` imports `{}`", dependency.name),
            "it may not: move the code to where the import is allowed, or have the runner define a port for it",
        ));
    }
}

fn owned_crates(metadata: &Metadata, package: &Package, findings: &mut Vec<Finding>) {
    for dependency in &package.dependencies {
        let Some((what, owners)) = OWNED.iter().find(|(what, _)| *what == dependency.name) else { continue };
        if dependency.kind == DependencyKind::Development || owners.contains(&package.name.as_str()) {
            continue;
        }
        findings.push(Finding::new(
            &manifest(metadata, package),
            1,
            format!("`{}` imports `{what}`", package.name),
            format!("only {} may: use what they offer", owners.join(" and ")),
        ));
    }
}

fn purity(metadata: &Metadata, graph: &Graph<'_>, package: &Package, findings: &mut Vec<Finding>) {
    for (reached, path) in graph.reach(&package.id) {
        if !IMPURE.contains(&reached) {
            continue;
        }
        findings.push(Finding::new(
            &manifest(metadata, package),
            1,
            format!("`{}` reaches `{reached}` by {}", package.name, path.join(" -> ")),
            "a pure crate gets time, bytes and seeds as arguments: turn the feature off or do it in the runner",
        ));
    }
}

fn manifest(metadata: &Metadata, package: &Package) -> String {
    let path = &package.manifest_path;
    path.strip_prefix(&metadata.workspace_root).unwrap_or(path).to_string()
}

/// Normal edges as cargo resolved them.
struct Graph<'a> {
    names: BTreeMap<&'a PackageId, &'a str>,
    edges: BTreeMap<&'a PackageId, Vec<&'a PackageId>>,
}

impl<'a> Graph<'a> {
    fn new(metadata: &'a Metadata) -> Self {
        let names = metadata.packages.iter().map(|package| (&package.id, package.name.as_str())).collect();
        let nodes = metadata.resolve.iter().flat_map(|resolve| &resolve.nodes);
        let edges = nodes
            .map(|node| {
                let normal = node.deps.iter().filter(|dep| {
                    dep.dep_kinds
                        .iter()
                        .any(|kind| kind.kind == DependencyKind::Normal && kind.target.is_none())
                });
                (&node.id, normal.map(|dep| &dep.pkg).collect())
            })
            .collect();
        Self { names, edges }
    }

    /// Every package that is reached, with a shortest path of names.
    fn reach(&self, from: &'a PackageId) -> Vec<(&'a str, Vec<&'a str>)> {
        let mut seen = BTreeSet::from([from]);
        let mut queue = std::collections::VecDeque::from([(from, vec![self.name(from)])]);
        let mut reached = Vec::new();
        while let Some((at, path)) = queue.pop_front() {
            for next in self.edges.get(at).into_iter().flatten() {
                if seen.insert(next) {
                    let path: Vec<_> = path.iter().copied().chain([self.name(next)]).collect();
                    reached.push((self.name(next), path.clone()));
                    queue.push_back((next, path));
                }
            }
        }
        reached
    }

    fn name(&self, id: &PackageId) -> &'a str {
        self.names.get(id).copied().unwrap_or("?")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Metadata of two crates, `sluice-core` and one that it depends on.
    fn with_edge(to: &str) -> Metadata {
        let package = |name: &str, dependencies: &str| {
            format!(
                r#"{{"name":"{name}","version":"0.1.0","id":"{name}","dependencies":[{dependencies}],"targets":[],
                "features":{{}},"manifest_path":"/repo/{name}/Cargo.toml"}}"#
            )
        };
        let dependency = format!(
            r#"{{"name":"{to}","req":"*","kind":null,"optional":false,"uses_default_features":true,"features":[]}}"#
        );
        let text = format!(
            r#"{{"packages":[{},{}],"workspace_members":["sluice-core","{to}"],"target_directory":"/repo/target",
            "resolve":{{"root":null,"nodes":[
              {{"id":"sluice-core","dependencies":["{to}"],"features":[],
                "deps":[{{"name":"x","pkg":"{to}","dep_kinds":[{{"kind":null,"target":null}}]}}]}},
              {{"id":"{to}","dependencies":[],"features":[],"deps":[]}}]}},
            "workspace_root":"/repo","version":1}}"#,
            package("sluice-core", &dependency),
            package(to, ""),
        );
        cargo_metadata::MetadataCommand::parse(text).unwrap()
    }

    fn found(to: &str) -> Vec<String> {
        check(&with_edge(to)).iter().map(|finding| finding.what.clone()).collect()
    }

    #[test]
    fn the_core_may_not_import_the_runner() {
        assert_eq!(found("sluice-runner"), ["`sluice-core` imports `sluice-runner`"]);
    }

    #[test]
    fn the_core_may_not_reach_a_runtime() {
        assert!(found("tokio").contains(&"`sluice-core` reaches `tokio` by sluice-core -> tokio".to_owned()));
    }

    #[test]
    fn only_the_host_imports_the_sandbox() {
        assert!(found("wasmtime").contains(&"`sluice-core` imports `wasmtime`".to_owned()));
    }
}
