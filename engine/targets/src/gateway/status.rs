//! What the gateway says of itself: the revisions as they are now, and where metrics are found.

use std::collections::BTreeMap;
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

/// What the status is made of.
#[derive(Debug)]
pub struct Whole<'a> {
    pub record: &'a Record,
    pub goal: Option<&'a Accepted>,
    pub fleet: &'a Fleet,
    pub addresses: &'a Addresses,
    /// As the data plane tells them, where it is not believed by its word.
    pub weights: Option<BTreeMap<String, Weight>>,
    /// The data plane's own metrics pages.
    pub pages: Vec<Endpoint>,
    /// Where the candidate alone is served.
    pub preview: Option<SocketAddr>,
}

impl Whole<'_> {
    pub fn status(self, progress: Progress) -> TargetStatus {
        let accepted = self.record.accepted.as_ref().map(|accepted| &accepted.desired);
        let mut revisions = revisions(self.record, self.goal, self.fleet);
        if let Some(weights) = &self.weights {
            for one in &mut revisions {
                one.weight = weights.get(&one.revision.id).copied().unwrap_or(Weight::NONE);
            }
        }
        TargetStatus {
            release: accepted.map(|desired| desired.release.clone()).unwrap_or_default(),
            generation: accepted.map_or(0, |desired| desired.generation),
            key: accepted.map(|desired| desired.key.clone()).unwrap_or_default(),
            progress,
            stable: self.record.in_effect.as_ref().and_then(|now| now.stable.clone()),
            endpoints: endpoints(&revisions, self.addresses.admin).chain(self.pages).collect(),
            revisions,
            address: format!("http://{}", reachable(self.addresses.service)),
            preview: self.preview.map(|preview| format!("http://{}", reachable(preview))),
            // They change with every request: whoever asks for the status is given them anew.
            differences: Vec::new(),
            // Whoever starts it counts.
            started_again: 0,
        }
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

fn endpoints(revisions: &[RevisionStatus], admin: SocketAddr) -> impl Iterator<Item = Endpoint> {
    let url = format!("http://{admin}/metrics");
    let own = Endpoint { url, labels: Vec::new(), named: Vec::new() };
    let of_instances = revisions.iter().flat_map(|one| {
        let path = one.revision.spec.metrics_path.as_ref();
        let ready = one.instances.iter().filter(|instance| instance.ready);
        ready.filter_map(move |instance| {
            let labels = vec![
                ("revision".to_owned(), one.revision.id.clone()),
                ("role".to_owned(), one.role.to_string()),
                ("instance".to_owned(), instance.id.clone()),
            ];
            let url = format!("http://{}{}", instance.address, path?);
            Some(Endpoint { url, labels, named: Vec::new() })
        })
    });
    let all: Vec<Endpoint> = std::iter::once(own).chain(of_instances).collect();
    all.into_iter()
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
