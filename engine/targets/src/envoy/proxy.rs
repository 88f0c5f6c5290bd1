//! One round with Envoy: read, bring nearer by moving files into place, read again.
//!
//! The order keeps requests from going where nobody is: servers first, then clusters, then the routes to them once
//! Envoy has both; a server is drained, and is left out once its requests have ended.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use async_trait::async_trait;
use serde_json::Value;

use super::admin::{Admin, State};
use super::files::{self, Member, cluster_name};
use crate::gateway::external::{Goal, Proxy, Round};
use crate::gateway::replace_shared;

/// Envoy, as one service's data plane.
#[derive(Debug)]
pub struct Envoy {
    pub admin: Admin,
    pub directory: PathBuf,
    /// Servers by address, with the name that they were last told under.
    pub known: BTreeMap<String, String>,
    /// Files as they were last written.
    pub written: BTreeMap<String, String>,
}

#[async_trait]
impl Proxy for Envoy {
    async fn bring_about(&mut self, goal: &Goal) -> Result<Round, String> {
        for server in goal.servers() {
            self.known.insert(server.address.to_string(), server.name.clone());
        }
        // An Envoy that starts reads what lies there, so the files are kept right also while it is not there.
        let read = self.admin.read().await;
        let state = read.as_ref().ok().cloned().unwrap_or_default();
        let members = members(goal, &state);
        for (cluster, all) in &members {
            self.write(files::endpoints_file(cluster), files::endpoints(cluster, all)).await?;
        }
        let directory = self.directory.display().to_string();
        let clusters = files::clusters(members.keys().map(String::as_str), &directory);
        self.write("clusters.json".to_owned(), clusters).await?;
        self.forget(&members);
        let routes = files::routes(goal);
        // Routes lead only to servers that Envoy has.
        if read.is_err() || missing(goal, &state).is_empty() {
            self.write("routes.json".to_owned(), routes.clone()).await?;
            self.write("preview.json".to_owned(), files::preview(goal)).await?;
        }
        read?;
        let state = self.admin.read().await?;
        self.known.retain(|address, _| {
            state.clusters.values().any(|hosts| hosts.contains_key(address))
                || goal.servers().any(|server| server.address.to_string() == *address)
        });
        Ok(self.round(goal, &routes, &state))
    }
}

impl Envoy {
    /// Moves a file into place, if it is another than before.
    async fn write(&mut self, name: String, content: Value) -> Result<(), String> {
        let text = content.to_string();
        if self.written.get(&name) == Some(&text) && self.directory.join(&name).is_file() {
            return Ok(());
        }
        let (path, bytes) = (self.directory.join(&name), text.clone().into_bytes());
        let shown = path.display().to_string();
        let wrote = tokio::task::spawn_blocking(move || replace_shared(&path, &bytes)).await;
        let told = |error: &dyn std::fmt::Display| format!("`{shown}` can not be written: {error}");
        wrote.map_err(|error| told(&error))?.map_err(|error| told(&error))?;
        self.written.insert(name, text);
        Ok(())
    }

    /// Takes away the files of clusters that are no more.
    fn forget(&mut self, members: &BTreeMap<String, Vec<Member>>) {
        let is_of = |name: &str| members.keys().any(|cluster| files::endpoints_file(cluster) == name);
        let gone: Vec<String> = self
            .written
            .keys()
            .filter(|name| name.starts_with("endpoints-") && !is_of(name))
            .cloned()
            .collect();
        for name in gone {
            // One that stays does no harm.
            let _ = std::fs::remove_file(self.directory.join(&name));
            self.written.remove(&name);
        }
    }

    fn round(&self, goal: &Goal, routes: &Value, state: &State) -> Round {
        let mut waits = missing(goal, state);
        let version = state.routes.as_ref().map(|(version, _)| version.as_str());
        let has_routes = version.is_some() && version == routes["version_info"].as_str();
        if !has_routes {
            waits.push("the routes".to_owned());
        }
        let strange = strangers(goal, state);
        if strange > 0 {
            waits.push(format!("{strange} servers to be drained"));
        }
        let by_name = |name: &str| {
            let lane = goal.lanes.iter().find(|lane| cluster_name(&lane.id) == name);
            lane.map_or_else(|| name.to_owned(), |lane| lane.id.clone())
        };
        let seen = state.routes.iter().flat_map(|(_, routes)| files::weights(routes));
        let weights = match has_routes {
            // What stable gets in the place of a revision without servers is that revision's share all the same.
            true => goal.lanes.iter().map(|lane| (lane.id.clone(), lane.weight)).collect(),
            false => seen.map(|(name, weight)| (by_name(&name), weight)).collect(),
        };
        let there: BTreeSet<&String> = state.clusters.values().flat_map(BTreeMap::keys).collect();
        let holds = self.known.iter().filter(|(address, _)| there.contains(address));
        let holds = holds.map(|(_, name)| name.clone()).collect();
        Round { waits_for: (!waits.is_empty()).then(|| waits.join(", ")), weights, holds }
    }
}

/// The servers of each cluster: those of the goal, and those that still have requests, or may be sent some until the
/// routes lead elsewhere.
fn members(goal: &Goal, state: &State) -> BTreeMap<String, Vec<Member>> {
    let mut members: BTreeMap<String, Vec<Member>> = BTreeMap::new();
    for lane in &goal.lanes {
        let of_lane =
            lane.servers.iter().map(|one| Member { address: one.address.to_string(), draining: false });
        members.entry(cluster_name(&lane.id)).or_default().extend(of_lane);
    }
    let led_to: BTreeMap<String, _> =
        state.routes.iter().flat_map(|(_, routes)| files::weights(routes)).collect();
    for (cluster, hosts) in &state.clusters {
        let in_goal = members.contains_key(cluster);
        for (address, host) in hosts {
            let all = members.entry(cluster.clone()).or_default();
            if all.iter().any(|one| one.address == *address) {
                continue;
            }
            // A cluster that is on its way out serves on until no route leads to it.
            let needed = !in_goal && led_to.contains_key(cluster);
            let keep = needed || !host.draining || host.active > 0;
            if keep {
                all.push(Member { address: address.clone(), draining: !needed });
            }
        }
        if members.get(cluster).is_some_and(Vec::is_empty) && !in_goal {
            members.remove(cluster);
        }
    }
    members.values_mut().for_each(|all| all.sort());
    members
}

/// What Envoy does not have yet.
fn missing(goal: &Goal, state: &State) -> Vec<String> {
    let short = |lane: &crate::gateway::external::Lane| {
        let hosts = state.clusters.get(&cluster_name(&lane.id));
        let has =
            |address: &str| hosts.and_then(|hosts| hosts.get(address)).is_some_and(|host| !host.draining);
        let absent = lane.servers.iter().filter(|server| !has(&server.address.to_string())).count();
        (hosts.is_none() || absent > 0)
            .then(|| format!("{absent} of {} servers of {}", lane.servers.len(), lane.id))
    };
    goal.lanes.iter().filter_map(short).collect()
}

/// Servers that take requests and should not.
fn strangers(goal: &Goal, state: &State) -> usize {
    let wanted: BTreeSet<String> = goal.servers().map(|server| server.address.to_string()).collect();
    let hosts = state.clusters.values().flatten();
    hosts.filter(|(address, host)| !host.draining && !wanted.contains(*address)).count()
}
