//! HAProxy as a data plane: the gateway's process owns the instances, HAProxy splits the traffic.
//!
//! Weights are a map of 1000 places that is replaced at run time, so that steps of 0.1 % are steps; servers are added
//! and deleted at run time. All of it is read back before it is believed. What a configuration must have for that is
//! written by [`fragment`].

mod fragment;
mod layout;
mod proxy;
mod socket;
mod state;

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use sluice_core::model::capabilities::Capabilities;
use sluice_runner::ports::target::{Endpoint, Named};

use crate::gateway::external::{External, Goal, Pages};

pub use fragment::fragment;

/// HAProxy's part of a plan: `{"kind": "haproxy", "config": ...}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct HaproxyOptions {
    /// Its runtime socket.
    pub socket: PathBuf,
    /// Where users reach it.
    pub address: SocketAddr,
    /// What its backends' names begin with.
    pub backend: String,
    pub map: PathBuf,
    /// Page of its exporter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metrics: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capacity: Option<u32>,
}

impl HaproxyOptions {
    pub fn capabilities(&self) -> Capabilities {
        Capabilities { exact_weights: true, capacity: self.capacity, ..Capabilities::default() }
    }

    /// Begins to look after HAProxy.
    pub(crate) fn start(&self, mark: String) -> External {
        let socket = socket::Socket::new(self.socket.clone());
        let proxy = proxy::Haproxy { socket, prefix: self.backend.clone(), map: self.map.clone() };
        let pages: (Pages, Vec<String>) = (pages, self.metrics.iter().cloned().collect());
        External::start(Box::new(proxy), mark, pages, self.capabilities())
    }
}

/// Its exporter's page, on which each server's series are named after its revision.
fn pages(goal: &Goal, sources: &[String]) -> Vec<Endpoint> {
    let of_lane = |lane: &crate::gateway::external::Lane| {
        let labels =
            vec![("revision".to_owned(), lane.id.clone()), ("role".to_owned(), lane.role.to_string())];
        let named = move |server: &crate::gateway::external::Server| Named {
            label: "server".to_owned(),
            value: server.name.clone(),
            labels: labels.clone(),
        };
        lane.servers.iter().map(named).collect::<Vec<_>>()
    };
    let named: Vec<Named> = goal.lanes.iter().flat_map(of_lane).collect();
    let page = |url: &String| Endpoint { url: url.clone(), labels: Vec::new(), named: named.clone() };
    sources.iter().map(page).collect()
}
