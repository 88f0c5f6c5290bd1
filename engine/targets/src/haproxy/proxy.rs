//! One round with HAProxy: read, bring nearer, read again.
//!
//! The order keeps requests from going where nobody is: servers are added before the map leads to them, the map is
//! changed as a whole by a transaction, and a server is taken away once the map leads elsewhere and its requests have
//! ended.

use std::collections::BTreeMap;
use std::path::PathBuf;

use async_trait::async_trait;

use super::layout;
use super::socket::Socket;
use super::state::{Admin, Slot, State};
use crate::gateway::external::{Goal, Proxy, Round, Server};

/// HAProxy, as one service's data plane.
#[derive(Debug)]
pub struct Haproxy {
    pub socket: Socket,
    /// What its backends' names begin with.
    pub prefix: String,
    /// The map's file, by which HAProxy knows the map.
    pub map: PathBuf,
}

#[async_trait]
impl Proxy for Haproxy {
    async fn bring_about(&mut self, goal: &Goal) -> Result<Round, String> {
        let before = self.read().await?;
        let slots = layout::slots(goal, &before);
        let said = self.add_missing(goal, &slots, &before).await?;
        let state = self.read().await?;
        let wanted = layout::map(goal, &slots);
        // A HAProxy that was restarted has no server: then nobody is sent wrong, and the map comes first.
        let is_safe = before.servers.is_empty()
            || (missing(goal, &slots, &state).is_empty() && !has_strangers(goal, &slots, &state));
        if let Some(map) = wanted.as_ref().filter(|map| is_safe && **map != state.map) {
            self.replace_map(map).await?;
        }
        let state = self.read().await?;
        let has_map = wanted.as_ref().is_none_or(|map| *map == state.map);
        self.let_go(goal, &state, has_map).await?;
        let state = self.read().await?;
        Ok(round(goal, &slots, &state, wanted.as_ref(), &said))
    }
}

impl Haproxy {
    async fn read(&self) -> Result<State, String> {
        let servers = self.socket.say("show servers state").await?;
        let map = self.socket.say(&format!("show map {}", self.map.display())).await?;
        if map.starts_with("Unknown map") {
            return Err(format!("HAProxy has no map `{}`: see `sluice target config`", self.map.display()));
        }
        State::read(&self.prefix, &servers, &map)
    }

    /// Adds servers, and makes ready those that somebody stopped. What HAProxy says is for people only: what it has
    /// is read.
    async fn add_missing(
        &self,
        goal: &Goal,
        slots: &BTreeMap<String, Slot>,
        state: &State,
    ) -> Result<String, String> {
        let mut said = String::new();
        for lane in &goal.lanes {
            let Some(slot) = slots.get(&lane.id) else { continue };
            for server in &lane.servers {
                let at = format!("{}-{slot}/{}", self.prefix, server.name);
                match state.servers.get(&server.name) {
                    Some(seen) if seen.serves(*slot, server.address) => {}
                    // Somebody else changed it.
                    Some(_) => {
                        let (ip, port) = (server.address.ip(), server.address.port());
                        self.socket.say(&format!("set server {at} addr {ip} port {port}")).await?;
                        self.socket.say(&format!("set server {at} weight 100%")).await?;
                        said = self.socket.say(&format!("set server {at} state ready")).await?;
                    }
                    None => {
                        said = self.socket.say(&format!("add server {at} {}", server.address)).await?;
                        self.socket.say(&format!("enable server {at}")).await?;
                    }
                }
            }
        }
        Ok(said)
    }

    /// As a whole: no request ever sees a part of it. The file is for a HAProxy that is started again.
    async fn replace_map(&self, map: &BTreeMap<u16, String>) -> Result<(), String> {
        let name = self.map.display();
        let said = self.socket.say(&format!("prepare map {name}")).await?;
        let version = said.rsplit(' ').next().and_then(|version| version.parse::<u64>().ok());
        let version =
            version.ok_or_else(|| format!("HAProxy prepared no version of the map `{name}`: {said}"))?;
        let lines: String = map.iter().map(|(key, value)| format!("{key} {value}\n")).collect();
        self.socket.say(&format!("add map @{version} {name} <<\n{lines}")).await?;
        self.socket.say(&format!("commit map @{version} {name}")).await?;
        let file = self.map.clone();
        let wrote =
            tokio::task::spawn_blocking(move || crate::gateway::replace_shared(&file, lines.as_bytes()));
        if let Ok(Err(error)) = wrote.await {
            tracing::warn!(%error, map = %name, "the map's file can not be written; HAProxy would start with another");
        }
        Ok(())
    }

    /// Drains and deletes what is not in the goal.
    async fn let_go(&self, goal: &Goal, state: &State, has_map: bool) -> Result<(), String> {
        let foreign = state.servers.iter().filter(|(name, _)| !goal.servers().any(|one| one.name == **name));
        let foreign: Vec<_> = foreign.collect();
        if foreign.is_empty() {
            return Ok(());
        }
        let connections = self.socket.say("show servers conn").await?;
        for (name, seen) in foreign {
            // As long as the map leads to a slot, it keeps what it has, unless others are there or none will be.
            let lane = state.owner(seen.slot).and_then(|owner| goal.lane(owner));
            let others = |lane: &crate::gateway::external::Lane| {
                lane.servers.is_empty()
                    || lane.servers.iter().any(|one| state.servers.contains_key(&one.name))
            };
            if !has_map && state.is_used(seen.slot) && !lane.is_some_and(others) {
                continue;
            }
            let at = format!("{}-{}/{name}", self.prefix, seen.slot);
            match seen.admin {
                Admin::Ready => self.socket.say(&format!("set server {at} state drain")).await?,
                Admin::Drain if is_quiet(&connections, &at) => {
                    self.socket.say(&format!("set server {at} state maint")).await?
                }
                Admin::Drain => continue,
                Admin::Maintenance => self.socket.say(&format!("del server {at}")).await?,
            };
        }
        Ok(())
    }
}

/// Whether a server has no connection in use, by `show servers conn`.
fn is_quiet(connections: &str, at: &str) -> bool {
    let line = connections.lines().find(|line| line.split_whitespace().next() == Some(at));
    let used = line.and_then(|line| line.split_whitespace().nth(6)).and_then(|used| used.parse::<u64>().ok());
    used == Some(0)
}

/// Lanes that are to have traffic, have instances, and have no server that is ready yet.
fn missing(goal: &Goal, slots: &BTreeMap<String, Slot>, state: &State) -> Vec<String> {
    let serves = |server: &Server, slot: Slot| {
        state.servers.get(&server.name).is_some_and(|seen| seen.serves(slot, server.address))
    };
    let mut missing = Vec::new();
    for lane in &goal.lanes {
        let Some(slot) = slots.get(&lane.id) else {
            missing.push(format!("a backend for {}", lane.id));
            continue;
        };
        let absent = lane.servers.iter().filter(|server| !serves(server, *slot)).count();
        if absent > 0 {
            missing.push(format!("{absent} of {} servers of {}", lane.servers.len(), lane.id));
        }
    }
    missing
}

/// Whether a slot that gets another revision still has a server of the one before that takes requests.
fn has_strangers(goal: &Goal, slots: &BTreeMap<String, Slot>, state: &State) -> bool {
    slots.iter().filter(|(id, slot)| state.owner(**slot) != Some(id.as_str())).any(|(_, slot)| {
        let in_slot =
            state.servers.iter().filter(|(_, seen)| seen.slot == *slot && seen.admin == Admin::Ready);
        in_slot.into_iter().any(|(name, _)| !goal.servers().any(|one| one.name == *name))
    })
}

fn round(
    goal: &Goal,
    slots: &BTreeMap<String, Slot>,
    state: &State,
    wanted: Option<&BTreeMap<u16, String>>,
    said: &str,
) -> Round {
    let mut waits: Vec<String> = missing(goal, slots, state);
    if wanted.is_some_and(|wanted| *wanted != state.map) {
        waits.push("the map of weights".to_owned());
    }
    if wanted.is_none() && !goal.lanes.is_empty() {
        waits.push("a backend for the stable revision".to_owned());
    }
    let too_many = state
        .servers
        .iter()
        .filter(|(name, seen)| seen.admin == Admin::Ready && !goal.servers().any(|one| one.name == **name));
    let too_many = too_many.count();
    if too_many > 0 {
        waits.push(format!("{too_many} servers to be drained"));
    }
    let waits_for = (!waits.is_empty()).then(|| {
        let said = if said.is_empty() { String::new() } else { format!(" (HAProxy said: {said})") };
        format!("{}{said}", waits.join(", "))
    });
    Round { waits_for, weights: layout::weights(state), holds: state.servers.keys().cloned().collect() }
}
