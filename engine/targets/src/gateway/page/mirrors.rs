//! The families of mirrored requests, with the labels of the revision that they are mirrored to.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::super::mirror::MirrorStats;
use super::{family, histogram, labels, line};

pub(super) fn write(page: &mut String, mirrors: &[Arc<MirrorStats>]) {
    let name = "sluice_gateway_mirror_requests_total";
    family(page, name, "Mirrored requests, by what came of them.", "counter");
    for mirror in mirrors {
        let outcomes = [("answered", &mirror.answered), ("failed", &mirror.failed), ("shed", &mirror.shed)];
        for (outcome, count) in outcomes {
            let labels = format!("{},outcome=\"{outcome}\"", of(mirror));
            line(page, name, &labels, count.load(Ordering::Relaxed) as f64);
        }
    }
    let name = "sluice_gateway_mirror_compared_total";
    family(page, name, "Mirrored requests whose answer was compared with the user's.", "counter");
    for mirror in mirrors {
        line(page, name, &of(mirror), mirror.compared.load(Ordering::Relaxed) as f64);
    }
    let name = "sluice_gateway_mirror_differences_total";
    family(page, name, "Compared requests that were answered otherwise, by what differs.", "counter");
    for mirror in mirrors {
        for (kind, count) in mirror.differing() {
            line(page, name, &format!("{},kind=\"{kind}\"", of(mirror)), count as f64);
        }
    }
    let name = "sluice_gateway_mirror_duration_seconds";
    family(page, name, "From handing over a mirrored request to the head of its response.", "histogram");
    for mirror in mirrors {
        histogram(page, name, &of(mirror), &mirror.durations);
    }
}

fn of(mirror: &MirrorStats) -> String {
    labels(&mirror.revision, mirror.role)
}
