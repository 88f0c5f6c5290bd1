//! The gateway's own metrics page, in the Prometheus text format 0.0.4.

mod mirrors;

use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sluice_core::model::shape::Role;
use sluice_runner::ports::target::TargetStatus;

use super::stats::{BOUNDS, Board, Histogram, LaneStats};

/// `Content-Type` of the page.
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Writes the page.
pub fn page(
    board: &Board,
    status: Option<&TargetStatus>,
    unserved: &AtomicU64,
    start_seconds: f64,
) -> String {
    let lanes = board.all();
    let mut page = String::with_capacity(4096);
    requests(&mut page, "sluice_gateway_requests_total", "Answered requests.", &lanes);
    durations(&mut page, &lanes);
    for (name, help, kind, read) in SIMPLE {
        family(&mut page, name, help, kind);
        for lane in &lanes {
            line(&mut page, name, &of(lane), read(lane).load(Ordering::Relaxed) as f64);
        }
    }
    mirrors::write(&mut page, &board.mirrors());
    let name = "sluice_gateway_preview_requests_total";
    requests(&mut page, name, "Answered requests through the preview.", &board.previews());
    if let Some(status) = status {
        instances(&mut page, status);
        log_lines(&mut page, board, status);
    }
    let unserved = unserved.load(Ordering::Relaxed) as f64;
    whole(
        &mut page,
        "sluice_gateway_unserved_total",
        "Requests while nothing was served.",
        "counter",
        unserved,
    );
    let help = "Start of the gateway since the epoch.";
    whole(&mut page, "process_start_time_seconds", help, "gauge", start_seconds);
    page
}

type Read = fn(&LaneStats) -> &AtomicU64;

const SIMPLE: [(&str, &str, &str, Read); 5] = [
    ("sluice_gateway_requests_in_flight", "Requests under way.", "gauge", |lane| &lane.in_flight),
    (
        "sluice_gateway_connect_errors_total",
        "Attempts that no instance took; the requests went elsewhere.",
        "counter",
        |lane| &lane.connect_errors,
    ),
    (
        "sluice_gateway_lost_total",
        "Requests that an instance took and did not answer; each counts as a 502 too.",
        "counter",
        |lane| &lane.lost,
    ),
    (
        "sluice_gateway_truncated_total",
        "Responses that broke off; each counts as a 502 too.",
        "counter",
        |lane| &lane.truncated,
    ),
    (
        "sluice_gateway_fallback_total",
        "Requests that went to stable, as the revision had no ready instance.",
        "counter",
        |lane| &lane.fallback,
    ),
];

fn requests(page: &mut String, name: &str, help: &str, lanes: &[Arc<LaneStats>]) {
    family(page, name, help, "counter");
    for lane in lanes {
        for (code, count) in lane.codes() {
            let labels = format!("{},code=\"{code}\",class=\"{}xx\"", of(lane), code / 100);
            line(page, name, &labels, count as f64);
        }
    }
}

fn durations(page: &mut String, lanes: &[Arc<LaneStats>]) {
    let name = "sluice_gateway_request_duration_seconds";
    family(page, name, "From handing over a request to the head of its response.", "histogram");
    for lane in lanes {
        histogram(page, name, &of(lane), &lane.durations);
    }
}

fn histogram(page: &mut String, name: &str, labels: &str, histogram: &Histogram) {
    let (buckets, sum) = histogram.cumulative();
    let bounds = BOUNDS.iter().map(f64::to_string).chain(["+Inf".to_owned()]);
    for (bound, count) in bounds.zip(&buckets) {
        line(page, &format!("{name}_bucket"), &format!("{labels},le=\"{bound}\""), *count as f64);
    }
    line(page, &format!("{name}_sum"), labels, sum);
    let count = buckets.last().copied().unwrap_or(0);
    line(page, &format!("{name}_count"), labels, count as f64);
}

/// A revision has the role that it has now: its lines are counted over all of its life.
fn log_lines(page: &mut String, board: &Board, status: &TargetStatus) {
    let name = "sluice_gateway_log_lines_total";
    family(page, name, "Lines that instances wrote, by the level that they name.", "counter");
    for one in &status.revisions {
        for (level, count) in board.lines(&one.revision.id).counts() {
            let labels = labels(&one.revision.id, one.role);
            line(page, name, &format!("{labels},level=\"{}\"", level.name()), count as f64);
        }
    }
}

fn instances(page: &mut String, status: &TargetStatus) {
    let all = || {
        status.revisions.iter().flat_map(|revision| {
            revision.instances.iter().map(move |instance| {
                let instance_label = escape(&instance.id);
                let id = escape(&revision.revision.id);
                let labels =
                    format!("revision=\"{id}\",role=\"{}\",instance=\"{instance_label}\"", revision.role);
                (labels, instance)
            })
        })
    };
    let name = "sluice_gateway_instance_up";
    family(page, name, "Whether an instance is ready.", "gauge");
    for (labels, instance) in all() {
        line(page, name, &labels, if instance.ready { 1.0 } else { 0.0 });
    }
    let name = "sluice_gateway_instance_restarts_total";
    family(page, name, "How often an instance was started again.", "counter");
    for (labels, instance) in all() {
        line(page, name, &labels, f64::from(instance.restarts));
    }
}

fn of(lane: &LaneStats) -> String {
    labels(&lane.revision, lane.role)
}

fn labels(revision: &str, role: Role) -> String {
    format!("revision=\"{}\",role=\"{role}\"", escape(revision))
}

fn family(page: &mut String, name: &str, help: &str, kind: &str) {
    let _ = writeln!(page, "# HELP {name} {help}\n# TYPE {name} {kind}");
}

fn line(page: &mut String, name: &str, labels: &str, value: f64) {
    let _ = writeln!(page, "{name}{{{labels}}} {value}");
}

fn whole(page: &mut String, name: &str, help: &str, kind: &str, value: f64) {
    family(page, name, help, kind);
    let _ = writeln!(page, "{name} {value}");
}

fn escape(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_page_says_what_was_counted_and_starts_at_zero() {
        let board = Board::default();
        board.lane("v2-\"ab", Role::Candidate).record(418, Duration::from_millis(3));
        let page = page(&board, None, &AtomicU64::new(2), 1.5);
        let shown =
            |part: &str| page.lines().filter(|line| line.contains(part)).collect::<Vec<_>>().join("\n");
        insta::assert_snapshot!(shown("class=\"4xx\""), @r#"
        sluice_gateway_requests_total{revision="v2-\"ab",role="candidate",code="400",class="4xx"} 0
        sluice_gateway_requests_total{revision="v2-\"ab",role="candidate",code="401",class="4xx"} 0
        sluice_gateway_requests_total{revision="v2-\"ab",role="candidate",code="403",class="4xx"} 0
        sluice_gateway_requests_total{revision="v2-\"ab",role="candidate",code="404",class="4xx"} 0
        sluice_gateway_requests_total{revision="v2-\"ab",role="candidate",code="408",class="4xx"} 0
        sluice_gateway_requests_total{revision="v2-\"ab",role="candidate",code="409",class="4xx"} 0
        sluice_gateway_requests_total{revision="v2-\"ab",role="candidate",code="418",class="4xx"} 1
        sluice_gateway_requests_total{revision="v2-\"ab",role="candidate",code="422",class="4xx"} 0
        sluice_gateway_requests_total{revision="v2-\"ab",role="candidate",code="429",class="4xx"} 0
        sluice_gateway_requests_total{revision="v2-\"ab",role="candidate",code="499",class="4xx"} 0
        "#);
        assert!(shown("code=\"500\"").ends_with(" 0") && shown("code=\"200\"").ends_with(" 0"));
        assert!(shown("le=\"0.0025\"").ends_with(" 0") && shown("le=\"0.005\"").ends_with(" 1"));
        assert!(shown("unserved_total").ends_with(" 2"));
        assert!(shown("process_start_time_seconds").ends_with(" 1.5"));
    }
}
