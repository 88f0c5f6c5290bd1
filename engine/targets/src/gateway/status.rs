//! What the gateway says of itself: the revisions as they are now, and where metrics are found.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use sluice_core::model::shape::Weight;
use sluice_runner::ports::target::{Endpoint, Progress, RevisionStatus, TargetStatus};

use super::fleet::Fleet;
use super::record::{Accepted, Record};

/// Where the gateway listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Addresses {
    pub service: SocketAddr,
    pub admin: SocketAddr,
}

/// Builds the status.
pub fn build(
    record: &Record,
    goal: Option<&Accepted>,
    fleet: &Fleet,
    addresses: &Addresses,
    progress: Progress,
) -> TargetStatus {
    let revisions = revisions(record, goal, fleet);
    let accepted = record.accepted.as_ref().map(|accepted| &accepted.desired);
    TargetStatus {
        release: accepted.map(|desired| desired.release.clone()).unwrap_or_default(),
        generation: accepted.map_or(0, |desired| desired.generation),
        key: accepted.map(|desired| desired.key.clone()).unwrap_or_default(),
        progress,
        stable: record.in_effect.as_ref().and_then(|now| now.stable.clone()),
        endpoints: endpoints(&revisions, addresses.admin),
        revisions,
        address: format!("http://{}", reachable(addresses.service)),
    }
}

/// What is in effect with its weights, then what is on its way, without any.
fn revisions(record: &Record, goal: Option<&Accepted>, fleet: &Fleet) -> Vec<RevisionStatus> {
    let mut shown: Vec<RevisionStatus> = Vec::new();
    for (accepted, in_effect) in [(record.in_effect.as_ref(), true), (goal, false)] {
        for one in accepted.into_iter().flat_map(|accepted| &accepted.desired.revisions) {
            if shown.iter().any(|earlier| earlier.revision.id == one.revision.id) {
                continue;
            }
            shown.push(RevisionStatus {
                revision: one.revision.clone(),
                role: one.role,
                weight: if in_effect { one.weight } else { Weight::NONE },
                instances: fleet.status(&one.revision.id),
            });
        }
    }
    shown
}

fn endpoints(revisions: &[RevisionStatus], admin: SocketAddr) -> Vec<Endpoint> {
    let own = Endpoint { url: format!("http://{admin}/metrics"), labels: Vec::new() };
    let of_instances = revisions.iter().flat_map(|one| {
        let path = one.revision.spec.metrics_path.as_ref();
        let ready = one.instances.iter().filter(|instance| instance.ready);
        ready.filter_map(move |instance| {
            let labels = vec![
                ("revision".to_owned(), one.revision.id.clone()),
                ("role".to_owned(), one.role.to_string()),
                ("instance".to_owned(), instance.id.clone()),
            ];
            Some(Endpoint { url: format!("http://{}{}", instance.address, path?), labels })
        })
    });
    std::iter::once(own).chain(of_instances).collect()
}

/// An address to speak to, where all of the machine's are listened on.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}
