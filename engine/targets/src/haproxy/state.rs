//! What HAProxy says that it has: its servers and the map of weights.

use std::collections::BTreeMap;
use std::net::SocketAddr;

/// One of the three backends that a service has in HAProxy.
pub type Slot = u8;

/// All slots: stable, candidate and baseline need no more.
pub const SLOTS: [Slot; 3] = [1, 2, 3];
/// Key of the slot that stands in for one without a server; the keys below it are places on the line of weights.
pub const STABLE_KEY: u16 = 1000;
/// Key of the candidate's slot.
pub const CANDIDATE_KEY: u16 = 1010;

/// What was read of one HAProxy.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct State {
    /// By name.
    pub servers: BTreeMap<String, Seen>,
    pub map: BTreeMap<u16, String>,
}

/// One server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    pub slot: Slot,
    pub address: String,
    pub admin: Admin,
    /// Whether somebody gave it another weight than it began with.
    pub reweighted: bool,
}

impl Seen {
    /// Whether requests go to it as they are to.
    pub fn serves(&self, slot: Slot, address: SocketAddr) -> bool {
        let as_given = !self.reweighted && self.address == address.to_string();
        self.slot == slot && self.admin == Admin::Ready && as_given
    }
}

/// What an administrator wants of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admin {
    Ready,
    /// Nothing new.
    Drain,
    Maintenance,
}

impl State {
    /// Reads `show servers state` of the backends `<prefix>-<slot>`, and `show map`.
    pub fn read(prefix: &str, servers: &str, map: &str) -> Result<Self, String> {
        let servers = servers.lines().filter_map(|line| server(prefix, line).transpose());
        let map = map.lines().filter_map(|line| {
            let mut words = line.split_whitespace().skip(1);
            Some((words.next()?.parse().ok()?, words.next()?.to_owned()))
        });
        Ok(Self { servers: servers.collect::<Result<_, _>>()?, map: map.collect() })
    }

    /// The revision that a slot was given to.
    pub fn owner(&self, slot: Slot) -> Option<&str> {
        self.map.get(&owner_key(slot)).map(String::as_str)
    }

    /// How many of the 1000 places lead to a slot.
    pub fn places(&self, slot: Slot) -> u16 {
        let slot = slot.to_string();
        let leads = self.map.range(..STABLE_KEY).filter(|(_, to)| **to == slot).count();
        u16::try_from(leads).unwrap_or(u16::MAX)
    }

    /// Whether requests may go to a slot by weight, or in the place of another.
    pub fn is_used(&self, slot: Slot) -> bool {
        self.places(slot) > 0 || self.map.get(&STABLE_KEY).is_some_and(|stable| *stable == slot.to_string())
    }
}

/// Key of the name of the revision that a slot was given to.
pub fn owner_key(slot: Slot) -> u16 {
    STABLE_KEY + u16::from(slot)
}

/// A line of `show servers state`, if it is about our backends.
fn server(prefix: &str, line: &str) -> Result<Option<(String, Seen)>, String> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let word = |at: usize| words.get(at).copied().unwrap_or_default();
    let slot = word(1).strip_prefix(prefix).and_then(|rest| rest.strip_prefix('-'));
    let Some(slot) = slot.and_then(|slot| slot.parse().ok()).filter(|slot| SLOTS.contains(slot)) else {
        return Ok(None);
    };
    let broken = || format!("HAProxy says of a server what can not be understood: `{line}`");
    let bits: u32 = word(6).parse().map_err(|_| broken())?;
    // From HAProxy's `enum srv_admin`: 0x01 to 0x04 and 0x20 are kinds of maintenance, 0x08 and 0x10 of drain.
    let admin = match bits {
        0 => Admin::Ready,
        bits if bits & 0x27 != 0 => Admin::Maintenance,
        _ => Admin::Drain,
    };
    let (address, port) = (word(4), word(18));
    if port.parse::<u16>().is_err() {
        return Err(broken());
    }
    let reweighted = word(7) != word(8);
    let address = format!("{address}:{port}");
    Ok(Some((word(3).to_owned(), Seen { slot, address, admin, reweighted })))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As HAProxy 2.6 writes it.
    const SERVERS: &str = "1\n\
        # be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight\n\
        4 shop-1 1 a-7 127.0.0.1 2 0 1 1 1 1 0 0 2 0 0 0 - 18881 - 0 0 - - 0\n\
        4 shop-2 1 a-8 127.0.0.1 2 8 1 1 1 1 0 0 2 0 0 0 - 18882 - 0 0 - - 0\n\
        4 shop-2 2 a-9 127.0.0.1 0 1 0 1 1 1 0 0 2 0 0 0 - 18883 - 0 0 - - 0\n\
        5 other 1 a-7 127.0.0.1 2 0 1 1 1 1 0 0 2 0 0 0 - 18884 - 0 0 - - 0\n\
        6 shop-12 1 b 127.0.0.1 2 0 1 1 1 1 0 0 2 0 0 0 - 18885 - 0 0 - - 0\n";

    #[test]
    fn servers_and_weights_are_read() {
        let map = "0x7f19d404e220 0 1\n0x7f19d404e330 1 2\n0x1 2 2\n0x2 1000 1\n0x3 1002 v2-abc\n";
        let state = State::read("shop", SERVERS, map).unwrap();
        let shown: Vec<String> = state
            .servers
            .iter()
            .map(|(name, one)| {
                format!("{name} {} {} {:?} {}", one.slot, one.address, one.admin, one.reweighted)
            })
            .collect();
        insta::assert_snapshot!(shown.join("\n"), @r"
        a-7 1 127.0.0.1:18881 Ready false
        a-8 2 127.0.0.1:18882 Drain false
        a-9 2 127.0.0.1:18883 Maintenance true
        ");
        assert_eq!((state.places(1), state.places(2), state.owner(2)), (1, 2, Some("v2-abc")));
        assert_eq!(SLOTS.map(|slot| state.is_used(slot)), [true, true, false]);
    }

    #[test]
    fn a_line_about_our_servers_that_is_none_is_told() {
        let broken = SERVERS.replace("18883", "-");
        assert!(State::read("shop", &broken, "").unwrap_err().contains("a-9"));
        assert_eq!(State::read("shop", "", "").unwrap(), State::default());
    }
}
