//! The same queries, asked of a real Prometheus and of our own evaluator over the same samples.

use std::net::TcpListener as Port;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use sluice_core::model::enough::{Enough, Extent};
use sluice_core::model::observation::{Observation, Quality, Query};
use sluice_core::plan::PrometheusPlan;
use sluice_metrics::promql::{Options, check, instant};
use sluice_metrics::series::{Labels, Selector, SeriesView, Source, Standing};

use super::server::{Server, Then};
use super::{Prometheus, plan, query};

/// Ended with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What gates ask. `$W` is a window that has samples and whose edges have none.
const QUERIES: [&str; 14] = [
    "requests_total",
    "sum(requests_total)",
    "sum by (role) (requests_total)",
    "sum(rate(requests_total{role=\"candidate\",code=\"500\"}[$W])) / sum(rate(requests_total{role=\"candidate\"}[$W]))",
    "sum by (role) (increase(requests_total[$W]))",
    "histogram_quantile(0.95, sum by (le, role) (rate(seconds_bucket[$W])))",
    "histogram_quantile(0.5, sum by (le) (seconds_bucket))",
    "max_over_time(temperature[$W]) - min_over_time(temperature[$W])",
    "avg_over_time(temperature[$W]) > bool 20",
    "topk(1, requests_total)",
    "temperature offset 2s",
    "changes(requests_total[$W])",
    "requests_total{code=\"500\"} / on (role) group_left () sum by (role) (requests_total)",
    "quantile(0.9, requests_total)",
];
const METRICS: [&str; 3] = ["requests_total", "seconds_bucket", "temperature"];

/// A page whose counters have risen with each time that it was asked.
fn page(round: usize) -> Vec<u8> {
    let mut text =
        String::from("# TYPE requests_total counter\n# TYPE seconds histogram\n# TYPE temperature gauge\n");
    let mut line = |name: String, value: usize| text.push_str(&format!("{name} {value}\n"));
    for (index, role) in ["stable", "candidate"].iter().enumerate() {
        line(format!("requests_total{{role=\"{role}\",code=\"200\"}}"), 100 + round * (9 - index));
        line(format!("requests_total{{role=\"{role}\",code=\"500\"}}"), round * index);
        for (bucket, share) in [("0.1", 1), ("0.5", 3), ("+Inf", 4)] {
            line(format!("seconds_bucket{{role=\"{role}\",le=\"{bucket}\"}}"), round * (share + index));
        }
        line(format!("seconds_sum{{role=\"{role}\"}}"), round);
        line(format!("seconds_count{{role=\"{role}\"}}"), round * (4 + index));
    }
    line("temperature".to_owned(), 20 + round % 3);
    let head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\nConnection: close\r\n";
    format!("{head}Content-Length: {}\r\n\r\n{text}", text.len()).into_bytes()
}

/// A Prometheus that scrapes a page every second; nothing where none is installed.
fn start(scraped: &str, folder: &std::path::Path) -> Option<(Running, PrometheusPlan)> {
    let config = format!(
        "global: {{scrape_interval: 1s}}\nscrape_configs:\n  - {{job_name: page, static_configs: [{{targets: ['{scraped}']}}]}}\n"
    );
    std::fs::write(folder.join("prometheus.yml"), config).unwrap();
    let address = Port::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let started = Command::new("prometheus")
        .arg(format!("--config.file={}", folder.join("prometheus.yml").display()))
        .arg(format!("--storage.tsdb.path={}", folder.join("data").display()))
        .arg(format!("--web.listen-address={address}"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let found = match started {
        Ok(child) => Some((Running(child), plan(&format!("http://{address}")))),
        Err(_) => None,
    };
    assert!(
        found.is_some() || std::env::var_os("CI").is_none(),
        "`prometheus` is missing: see .ci/prometheus"
    );
    found
}

/// Series of a matrix.
#[derive(Debug)]
struct Kept(Vec<(Labels, Vec<i64>, Vec<f64>)>);

impl Source for Kept {
    fn select<'a>(&'a self, selector: &Selector) -> Vec<SeriesView<'a>> {
        let accepted = self.0.iter().filter(|one| selector.accepts(&one.0));
        let view = |(labels, at, value): &'a (Labels, Vec<i64>, Vec<f64>)| SeriesView {
            labels,
            at,
            value,
            histograms: &[],
            standing: Standing::Live,
            process: 0,
            restarts: &[],
        };
        accepted.map(view).collect()
    }
}

fn now_ms() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    u64::try_from(now.as_millis()).unwrap()
}

/// Waits until there are so many samples of each metric.
async fn samples(client: &Prometheus, plan: &PrometheusPlan, wanted: usize) -> (Kept, u64) {
    for _ in 0..600 {
        let now = now_ms();
        let mut kept = Vec::new();
        for metric in METRICS {
            let raw = client.answer(plan, &query(&format!("{metric}[1h]"), None), (now, now)).await;
            let labels = |one: &std::collections::BTreeMap<String, String>| {
                Labels::from_strs(one.iter().map(|(name, value)| (name.as_str(), value.as_str())))
            };
            kept.extend(raw.series.into_iter().map(|one| {
                (labels(&one.labels), one.at.iter().map(|at| *at as i64).collect::<Vec<_>>(), one.value)
            }));
        }
        if kept.len() == 11 && kept.iter().all(|one| one.1.len() >= wanted) {
            return (Kept(kept), now);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the server has no samples");
}

/// A whole window before a time, off the edges: no sample lies within a tenth of a second of where it begins.
fn window(kept: &Kept, now: u64) -> u64 {
    let clear = |window: &u64| {
        let from = now as i64 - *window as i64;
        kept.0.iter().flat_map(|one| &one.1).all(|at| (at - from).abs() > 100)
    };
    (4_000..6_000).step_by(10).find(clear).unwrap()
}

fn told(one: &Observation) -> Vec<String> {
    let mut all: Vec<String> =
        one.series.iter().map(|series| format!("{:?} {:.9e}", series.labels, series.value[0])).collect();
    all.sort();
    all
}

fn ours(kept: &Kept, expr: &str, now: u64) -> Vec<String> {
    let answer =
        instant(&check(expr).unwrap(), kept, i64::try_from(now).unwrap(), &Options::default()).unwrap();
    let mut all: Vec<String> = answer
        .0
        .series
        .iter()
        .filter(|one| !one.value[0].is_nan())
        .map(|one| {
            let labels: std::collections::BTreeMap<String, String> =
                one.labels.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
            format!("{labels:?} {:.9e}", one.value[0])
        })
        .collect();
    all.sort();
    all
}

#[tokio::test]
async fn a_real_prometheus_and_our_evaluator_give_the_same_answers() {
    let scraped = Server::start((0..200).map(|round| (page(round), Then::Close)).collect()).await;
    let folder = tempfile::tempdir().unwrap();
    let Some((_running, plan)) = start(scraped.url.trim_start_matches("http://"), folder.path()) else {
        return;
    };
    let client = Prometheus::new(&plan).unwrap();
    let (kept, now) = samples(&client, &plan, 6).await;
    let window = window(&kept, now);
    for expr in QUERIES {
        let expr = expr.replace("$W", &format!("{window}ms"));
        let theirs = client.answer(&plan, &query(&expr, None), (now, now)).await;
        assert_eq!(theirs.quality, Quality::Value, "{expr}: {}", theirs.reason);
        assert!(theirs.newest_age_ms.is_some_and(|age| age < 30_000), "{expr}: {:?}", theirs.newest_age_ms);
        assert_eq!(told(&theirs), ours(&kept, &expr, now), "{expr}");
    }
    let events = "sum(count_over_time(requests_total[$window]))";
    let growing = |least, most_ms| {
        let extent = Some(Extent { window_ms: 1000, most_ms });
        let enough = Some(Enough { events: events.to_owned(), least, extent });
        Query { enough, ..query("sum(rate(requests_total[$window]))", None) }
    };
    let grown = client.answer(&plan, &growing(16, 60_000), (now, 0)).await;
    assert_eq!(grown.quality, Quality::Value, "{}", grown.reason);
    assert!(grown.evidence.events >= Some(16) && grown.evidence.window_ms > Some(1000), "{grown:?}");
    let least = client.answer(&plan, &growing(1_000_000, 2000), (now, 0)).await;
    assert_eq!(least.quality, Quality::Insufficient);
    assert!(least.reason.ends_with("of 1000000 events in 2s, the longest window"), "{}", least.reason);
    let absent =
        client.answer(&plan, &query("sum(no_such_total) / sum(requests_total)", None), (now, now)).await;
    assert_eq!((absent.quality, absent.series[0].value[0]), (Quality::Value, 0.0), "absent errors are none");
    let refused = client.answer(&plan, &query("no_such_function(up)", None), (now, now)).await;
    assert!(refused.reason.contains("unknown function"), "{}", refused.reason);
}
