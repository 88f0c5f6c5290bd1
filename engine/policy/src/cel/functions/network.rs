//! Addresses and networks.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{Function, wrong};
use crate::cel::{EvaluationError, Value};

type Answer = Result<Value, EvaluationError>;

/// An address and the length of its prefix. The address keeps what is beyond the prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "cidr",
        signatures: &["cidr(string): cidr", "cidr(cidr): cidr"],
        run: |_, arguments| match arguments {
            [Value::String(text)] => network("cidr", text).map(Value::Network),
            [Value::Network(network)] => Ok(Value::Network(*network)),
            _ => wrong("cidr", arguments),
        },
    },
    Function {
        name: "containsCIDR",
        signatures: &["cidr.containsCIDR(cidr): bool", "cidr.containsCIDR(string): bool"],
        run: contains_network,
    },
    Function {
        name: "containsIP",
        signatures: &["cidr.containsIP(ip): bool", "cidr.containsIP(string): bool"],
        run: contains_address,
    },
    Function {
        name: "family",
        signatures: &["ip.family(): int"],
        run: |_, arguments| match arguments {
            [Value::Address(address)] => Ok(Value::Int(if address.is_ipv4() { 4 } else { 6 })),
            _ => wrong("family", arguments),
        },
    },
    Function {
        name: "ip",
        signatures: &["ip(string): ip", "ip(ip): ip", "cidr.ip(): ip"],
        run: |_, arguments| match arguments {
            [Value::String(text)] => address("ip", text).map(Value::Address),
            [Value::Address(address)] => Ok(Value::Address(*address)),
            [Value::Network(network)] => Ok(Value::Address(network.address)),
            _ => wrong("ip", arguments),
        },
    },
    Function {
        name: "ip.isCanonical",
        signatures: &["ip.isCanonical(string): bool"],
        run: |_, arguments| match arguments {
            [Value::String(text)] => {
                Ok(Value::Bool(address("ip.isCanonical", text)?.to_string() == text.as_ref()))
            }
            _ => wrong("ip.isCanonical", arguments),
        },
    },
    Function {
        name: "isCIDR",
        signatures: &["isCIDR(string): bool"],
        run: |_, arguments| match arguments {
            [Value::String(text)] => Ok(Value::Bool(network("isCIDR", text).is_ok())),
            _ => wrong("isCIDR", arguments),
        },
    },
    Function {
        name: "isGlobalUnicast",
        signatures: &["ip.isGlobalUnicast(): bool"],
        run: |_, arguments| asked("isGlobalUnicast", arguments, is_global_unicast),
    },
    Function {
        name: "isIP",
        signatures: &["isIP(string): bool"],
        run: |_, arguments| match arguments {
            [Value::String(text)] => Ok(Value::Bool(address("isIP", text).is_ok())),
            _ => wrong("isIP", arguments),
        },
    },
    Function {
        name: "isLinkLocalMulticast",
        signatures: &["ip.isLinkLocalMulticast(): bool"],
        run: |_, arguments| asked("isLinkLocalMulticast", arguments, is_link_local_multicast),
    },
    Function {
        name: "isLinkLocalUnicast",
        signatures: &["ip.isLinkLocalUnicast(): bool"],
        run: |_, arguments| asked("isLinkLocalUnicast", arguments, is_link_local_unicast),
    },
    Function {
        name: "isLoopback",
        signatures: &["ip.isLoopback(): bool"],
        run: |_, arguments| asked("isLoopback", arguments, |address| address.is_loopback()),
    },
    Function {
        name: "isUnspecified",
        signatures: &["ip.isUnspecified(): bool"],
        run: |_, arguments| asked("isUnspecified", arguments, |address| address.is_unspecified()),
    },
    Function {
        name: "masked",
        signatures: &["cidr.masked(): cidr"],
        run: |_, arguments| match arguments {
            [Value::Network(network)] => Ok(Value::Network(network.masked())),
            _ => wrong("masked", arguments),
        },
    },
    Function {
        name: "prefixLength",
        signatures: &["cidr.prefixLength(): int"],
        run: |_, arguments| match arguments {
            [Value::Network(network)] => Ok(Value::Int(network.prefix.into())),
            _ => wrong("prefixLength", arguments),
        },
    },
];

impl Network {
    fn contains(&self, address: IpAddr) -> bool {
        let (one, other) = (bits(self.address), bits(address));
        let shift = if self.address.is_ipv4() { 32 } else { 128 } - u32::from(self.prefix);
        // A shift by all bits there are leaves none.
        let prefix = |bits: u128| bits.checked_shr(shift).unwrap_or(0);
        self.address.is_ipv4() == address.is_ipv4() && prefix(one) == prefix(other)
    }

    fn masked(self) -> Self {
        let length = if self.address.is_ipv4() { 32 } else { 128 };
        let shift = length - u32::from(self.prefix);
        let bits = bits(self.address).checked_shr(shift).unwrap_or(0).checked_shl(shift).unwrap_or(0);
        let address = match self.address {
            IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::from(u32::try_from(bits).unwrap_or(0))),
            IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::from(bits)),
        };
        Self { address, ..self }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u32::from(address).into(),
        IpAddr::V6(address) => u128::from(address),
    }
}

/// An address in plain notation: no zone, and none of one family dressed up as the other.
fn address(function: &'static str, text: &str) -> Result<IpAddr, EvaluationError> {
    let address: Option<IpAddr> = text.parse().ok();
    let mapped = |address: &IpAddr| matches!(address, IpAddr::V6(six) if six.to_ipv4_mapped().is_some());
    address
        .filter(|address| !mapped(address))
        .ok_or_else(|| EvaluationError::function(function, format!("`{text}` is no address")))
}

fn network(function: &'static str, text: &str) -> Result<Network, EvaluationError> {
    let failed = || EvaluationError::function(function, format!("`{text}` is no network"));
    let (before, prefix) = text.split_once('/').ok_or_else(failed)?;
    let address = address(function, before).map_err(|_| failed())?;
    let most = if address.is_ipv4() { 32 } else { 128 };
    let plain =
        prefix.bytes().all(|byte| byte.is_ascii_digit()) && (prefix == "0" || !prefix.starts_with('0'));
    let prefix: u8 = prefix.parse().map_err(|_| failed())?;
    if plain && prefix <= most { Ok(Network { address, prefix }) } else { Err(failed()) }
}

fn asked(name: &str, arguments: &[Value], ask: impl Fn(&IpAddr) -> bool) -> Answer {
    match arguments {
        [Value::Address(address)] => Ok(Value::Bool(ask(address))),
        _ => wrong(name, arguments),
    }
}

fn contains_address(_: &mut crate::cel::limits::Meter, arguments: &[Value]) -> Answer {
    let (network, address) = match arguments {
        [Value::Network(network), Value::Address(address)] => (network, *address),
        [Value::Network(network), Value::String(text)] => (network, address("containsIP", text)?),
        _ => return wrong("containsIP", arguments),
    };
    Ok(Value::Bool(network.contains(address)))
}

fn contains_network(_: &mut crate::cel::limits::Meter, arguments: &[Value]) -> Answer {
    let (outer, inner) = match arguments {
        [Value::Network(outer), Value::Network(inner)] => (outer, *inner),
        [Value::Network(outer), Value::String(text)] => (outer, network("containsCIDR", text)?),
        _ => return wrong("containsCIDR", arguments),
    };
    Ok(Value::Bool(outer.prefix <= inner.prefix && outer.contains(inner.address)))
}

fn is_link_local_unicast(address: &IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_link_local(),
        IpAddr::V6(address) => address.is_unicast_link_local(),
    }
}

fn is_link_local_multicast(address: &IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.octets()[..3] == [224, 0, 0],
        IpAddr::V6(address) => address.segments()[0] & 0xff0f == 0xff02,
    }
}

fn is_global_unicast(address: &IpAddr) -> bool {
    let broadcast = *address == IpAddr::V4(Ipv4Addr::BROADCAST);
    !broadcast
        && !address.is_unspecified()
        && !address.is_loopback()
        && !address.is_multicast()
        && !is_link_local_unicast(address)
}
