//! Envoy as a data plane: the gateway's process owns the instances, Envoy splits the traffic.
//!
//! Clusters, their servers and the routes are files that Envoy watches, each moved into place as a whole; what it
//! made of them is read over its admin interface before it is believed. What a configuration must have for that is
//! written by [`bootstrap`].

mod admin;
mod bootstrap;
mod files;
mod proxy;

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use sluice_core::model::capabilities::Capabilities;
use sluice_runner::ports::target::Endpoint;

use crate::gateway::external::{External, Goal, Pages};

pub use bootstrap::bootstrap;

/// Envoy's part of a plan: `{"kind": "envoy", "config": ...}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct EnvoyOptions {
    /// The folder of the files that it watches.
    pub directory: PathBuf,
    /// Where users reach it.
    pub address: SocketAddr,
    /// Its admin interface: `http://127.0.0.1:9901`.
    pub admin: String,
    /// Where it listens for the candidate alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preview: Option<SocketAddr>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capacity: Option<u32>,
}

impl EnvoyOptions {
    pub fn capabilities(&self) -> Capabilities {
        let Self { preview, capacity, .. } = self;
        Capabilities {
            routes: true,
            mirror: true,
            compares: false,
            exact_weights: true,
            preview: preview.is_some(),
            capacity: *capacity,
        }
    }

    /// Begins to look after Envoy.
    pub(crate) fn start(&self, mark: String) -> External {
        let proxy = proxy::Envoy {
            admin: admin::Admin::new(&self.admin),
            directory: self.directory.clone(),
            known: Default::default(),
            written: Default::default(),
        };
        let pages: (Pages, Vec<String>) = (pages, vec![self.admin.trim_end_matches('/').to_owned()]);
        External::start(Box::new(proxy), mark, pages, self.capabilities()).with_preview(self.preview)
    }
}

/// What must lie in its folder before it starts: nothing is served.
pub(crate) fn first_files(options: &EnvoyOptions) -> Vec<(PathBuf, String)> {
    let at = |name: &str| options.directory.join(name);
    let files = [
        ("clusters.json", files::clusters(std::iter::empty(), "")),
        ("routes.json", files::routes(&Goal::default())),
        ("preview.json", files::preview(&Goal::default())),
    ];
    files.map(|(name, content)| (at(name), content.to_string())).to_vec()
}

/// Its statistics, one page for each revision's cluster.
fn pages(goal: &Goal, sources: &[String]) -> Vec<Endpoint> {
    let page = |source: &String, lane: &crate::gateway::external::Lane| {
        let labels =
            vec![("revision".to_owned(), lane.id.clone()), ("role".to_owned(), lane.role.to_string())];
        let cluster = files::cluster_name(&lane.id);
        // A regular expression: `^cluster\.<name>\.`.
        let url = format!("{source}/stats/prometheus?filter=%5Ecluster%5C.{cluster}%5C.");
        Endpoint { url, labels, named: Vec::new() }
    };
    sources.iter().flat_map(|source| goal.lanes.iter().map(move |lane| page(source, lane))).collect()
}
