//! The demo's workflow that judges the host too: by the page of a node exporter, here one of a test's own.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use end_to_end::programs::Programs;
use end_to_end::run::Run;
use end_to_end::stage::{Release, Stage};

use crate::grounds::{PROMOTED, ROLLED_BACK, reasons};

/// A host with half of its processor idle, whose memory may run short.
struct Host {
    address: String,
    short: Arc<AtomicBool>,
}

impl Host {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (address, short) = (listener.local_addr().unwrap().to_string(), Arc::new(AtomicBool::new(false)));
        let is_short = Arc::clone(&short);
        std::thread::spawn(move || {
            let began = Instant::now();
            for stream in listener.incoming().filter_map(Result::ok) {
                let idle = began.elapsed().as_secs_f64() / 2.0;
                answer(stream, &page(idle, is_short.load(Ordering::Relaxed)));
            }
        });
        Self { address, short }
    }
}

fn page(idle: f64, short: bool) -> String {
    let available = if short { 1 } else { 600 };
    format!(
        "# TYPE node_cpu_seconds_total counter\nnode_cpu_seconds_total{{cpu=\"0\",mode=\"idle\"}} {idle}\n\
         node_cpu_seconds_total{{cpu=\"0\",mode=\"user\"}} {idle}\n\
         # TYPE node_memory_MemAvailable_bytes gauge\nnode_memory_MemAvailable_bytes {available}\n\
         # TYPE node_memory_MemTotal_bytes gauge\nnode_memory_MemTotal_bytes 1000\n\
         # TYPE node_filesystem_avail_bytes gauge\n\
         node_filesystem_avail_bytes{{fstype=\"ext4\",mountpoint=\"/\"}} 500\n\
         node_filesystem_avail_bytes{{fstype=\"tmpfs\",mountpoint=\"/run\"}} 0\n\
         # TYPE node_filesystem_size_bytes gauge\n\
         node_filesystem_size_bytes{{fstype=\"ext4\",mountpoint=\"/\"}} 1000\n\
         node_filesystem_size_bytes{{fstype=\"tmpfs\",mountpoint=\"/run\"}} 1000\n"
    )
}

fn answer(mut stream: TcpStream, page: &str) {
    let (mut asked, mut bytes) = (Vec::new(), [0; 1024]);
    while !asked.windows(4).any(|end| end == b"\r\n\r\n") {
        match stream.read(&mut bytes) {
            Ok(0) | Err(_) => return,
            Ok(count) => asked.extend_from_slice(&bytes[..count]),
        }
    }
    // Whoever hangs up asks again.
    let _ = write!(
        stream,
        "HTTP/1.1 200 OK\r\ncontent-type: text/plain; version=0.0.4\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{page}",
        page.len()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_goes_back_as_its_host_runs_short_of_memory() {
    let (host, state) =
        (Host::start(), tempfile::Builder::new().prefix("sluice-").tempdir_in("/tmp").unwrap());
    let stage = Stage::new(Programs::of_this_build().unwrap(), state.path(), "demo/health.yaml").unwrap();
    let pages =
        format!("metrics.pages=[{{url: \"http://{}/metrics\", labels: {{host: one}}}}]", host.address);
    let quick = [
        "metrics.interval=200ms",
        "metrics.stale-after=10s",
        "strategy.config.hold=300ms",
        "first.min-time=100ms",
        &pages,
    ];
    let run = async |version: &str| {
        let mut command = stage.run(&Release::of(version).with_settings(&quick));
        command.args(["--output", "json"]);
        Run::of(command).await.unwrap()
    };
    for version in ["v1", "v2"] {
        let good = run(version).await;
        assert_eq!(good.code, Some(PROMOTED), "{}", good.stderr);
    }
    host.short.store(true, Ordering::Relaxed);
    let bad = run("v3").await;
    assert_eq!(bad.code, Some(ROLLED_BACK), "{}", bad.stderr);
    let back = bad.events("decided").into_iter().find(|one| one["decision"]["kind"] == "roll-back");
    let why = reasons(back.unwrap());
    assert!(why.contains("memory-used is 0.999, above 0.9"), "{why}");
    assert_eq!(stage.target().unwrap()["stable"], "v2");
}
