//! Releases that a real Prometheus judges: it scrapes what the service counts, and is asked in every round.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use end_to_end::programs::Programs;
use end_to_end::run::Run;
use end_to_end::stage::{Release, Stage};
use tempfile::TempDir;

use crate::grounds::{PROMOTED, REFUSED, ROLLED_BACK, reasons};

/// Ended with the test.
struct Prometheus {
    child: Child,
    url: String,
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What each version of a service counts: v3 fails every second request, v4 never counted a failure.
fn service() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        let began = Instant::now();
        for stream in listener.incoming().filter_map(Result::ok) {
            let served = began.elapsed().as_millis();
            let mut page =
                String::from("# TYPE app_requests_total counter\n# TYPE app_errors_total counter\n");
            for (version, failed) in
                [("v1", Some(0)), ("v2", Some(0)), ("v3", Some(served / 2)), ("v4", None)]
            {
                page.push_str(&format!("app_requests_total{{version=\"{version}\"}} {served}\n"));
                let failed =
                    failed.map(|failed| format!("app_errors_total{{version=\"{version}\"}} {failed}\n"));
                page.push_str(&failed.unwrap_or_default());
            }
            answer(stream, &page);
        }
    });
    address
}

fn answer(mut stream: TcpStream, page: &str) {
    let (mut asked, mut bytes) = (Vec::new(), [0; 1024]);
    while !asked.windows(4).any(|end| end == b"\r\n\r\n") {
        match stream.read(&mut bytes) {
            Ok(0) | Err(_) => return,
            Ok(count) => asked.extend_from_slice(&bytes[..count]),
        }
    }
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/plain; version=0.0.4\r\nconnection: close";
    // Whoever hangs up asks again.
    let _ = write!(stream, "{head}\r\ncontent-length: {}\r\n\r\n{page}", page.len());
}

/// A Prometheus that scrapes a page every second; nothing where none is installed.
fn start(page: &str, folder: &Path) -> Option<Prometheus> {
    let config = folder.join("prometheus.yml");
    let targets = format!("scrape_configs: [{{job_name: app, static_configs: [{{targets: ['{page}']}}]}}]");
    std::fs::write(&config, format!("global: {{scrape_interval: 1s}}\n{targets}\n")).unwrap();
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let started = Command::new("prometheus")
        .arg(format!("--config.file={}", config.display()))
        .arg(format!("--storage.tsdb.path={}", folder.join("data").display()))
        .arg(format!("--web.listen-address={address}"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let found = started.ok().map(|child| Prometheus { child, url: format!("http://{address}") });
    assert!(
        found.is_some() || std::env::var_os("CI").is_none(),
        "`prometheus` is missing: see .ci/prometheus"
    );
    found
}

/// Waits until it has two samples of everything.
fn warmed(stage: &Stage, prometheus: &Prometheus) {
    for _ in 0..600 {
        let asked = Command::new(stage.sluice("metrics").as_std().get_program())
            .args(["metrics", "query", "min(count_over_time(app_requests_total[1m])) >= 3"])
            .args(["--prometheus", &prometheus.url])
            .output()
            .unwrap();
        if asked.status.success() {
            return;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("the server has no samples");
}

fn settings(version: &str, prometheus: &Prometheus) -> Vec<String> {
    let of = |name: &str| format!("sum(rate({name}{{version=\"{version}\"}}[5s]))");
    let ratio = format!("{} / {}", of("app_errors_total"), of("app_requests_total"));
    let queries = serde_json::json!([{ "name": "error-ratio", "expr": ratio, "max": 0.1 }]);
    let check =
        serde_json::json!([{ "name": "errors", "plugin": "threshold", "config": { "queries": queries } }]);
    vec![
        format!("checks={check}"),
        format!("metrics.prometheus.url={}", prometheus.url),
        "metrics.interval=200ms".to_owned(),
        "strategy.config.hold=300ms".to_owned(),
        "strategy.config.min-events=0".to_owned(),
        "first.min-time=100ms".to_owned(),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_prometheus_lets_a_good_release_pass_and_a_bad_one_go_back() {
    let (folder, state): (TempDir, TempDir) = (
        tempfile::tempdir().unwrap(),
        tempfile::Builder::new().prefix("sluice-").tempdir_in("/tmp").unwrap(),
    );
    let Some(prometheus) = start(&service(), folder.path()) else { return };
    let stage = Stage::new(Programs::of_this_build().unwrap(), state.path(), "demo/shop.yaml").unwrap();
    warmed(&stage, &prometheus);
    let run = async |version: &str, arguments: &[String]| {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let mut command = stage.run(&Release::of(version).with_settings(&arguments));
        command.args(["--output", "json"]);
        Run::of(command).await.unwrap()
    };
    for version in ["v1", "v2"] {
        let good = run(version, &settings(version, &prometheus)).await;
        assert_eq!(good.code, Some(PROMOTED), "{version}: {}", good.stderr);
    }
    let bad = run("v3", &settings("v3", &prometheus)).await;
    assert_eq!(bad.code, Some(ROLLED_BACK), "{}", bad.stderr);
    let back = bad.events("decided").into_iter().find(|one| one["decision"]["kind"] == "roll-back");
    let why = reasons(back.unwrap());
    assert!(why.contains("error-ratio is 0.5") || why.contains("error-ratio is 0.4"), "{why}");
    assert_eq!(stage.target().unwrap()["stable"], "v2");
    let without_errors = run("v4", &settings("v4", &prometheus)).await;
    assert_eq!(without_errors.code, Some(PROMOTED), "absent errors are none: {}", without_errors.stderr);
    let settings = settings("v5", &prometheus);
    drop(prometheus);
    let unasked = run("v5", &settings).await;
    assert_eq!(unasked.code, Some(REFUSED), "{}", unasked.stderr);
    assert_eq!(stage.target().unwrap()["stable"], "v4");
}
