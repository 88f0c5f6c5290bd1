//! All three stages on real processes: looked at, told, tested, tried before exposure, watched after, and recorded.

use std::path::Path;

use end_to_end::run::Run;
use end_to_end::stage::Release;
use serde_json::{Value, json};

use crate::grounds::{Grounds, PROMOTED, REFUSED, ROLLED_BACK, reasons};

/// A script as a job, with further keys.
fn job(name: &str, script: &str, more: &Value) -> Value {
    let mut job = json!({ "name": name, "command": ["sh", "-c", script], "timeout": "60s" });
    if let (Some(job), Some(more)) = (job.as_object_mut(), more.as_object()) {
        job.extend(more.clone());
    }
    job
}

/// Asks an address until somebody answers a version, by what every shell has.
const ASK: &str = "A=${URL#http://} && exec 3<>/dev/tcp/${A%:*}/${A##*:} && printf 'GET / HTTP/1.0\\r\\n\\r\\n' >&3 && cat <&3";

fn smoke(name: &str, address: &str, version: &str) -> Value {
    let script = format!("URL=${{{address}%/}}; ({ASK}) | tee /dev/stderr | grep -q {version}");
    json!({ "name": name, "command": ["bash", "-c", script], "timeout": "30s" })
}

/// A place of its own for the candidate alone.
fn preview() -> String {
    format!("target.gateway.preview=127.0.0.1:{}", end_to_end::port::free().unwrap())
}

fn staged(folder: &Path) -> Release {
    let told = folder.join("told").display().to_string();
    let suite = r#"<testsuite><testcase name="a"/><testcase name="b"/></testsuite>"#;
    let unit =
        format!("echo testing $SLUICE_VERSION; mkdir -p r; echo '{suite}' > r/unit.xml; echo ok > r/log.txt");
    let more = json!({ "directory": folder, "junit": ["r/*.xml"], "artefacts": ["r/*.txt"], "kind": "unit" });
    let settings = [
        format!(
            "prepare.notify={}",
            json!([{ "name": "log", "command": ["sh", "-c", format!("cat >> {told}; echo >> {told}")] }])
        ),
        format!(
            "prepare.tools={}",
            json!([{ "name": "bash", "command": ["bash", "--version"], "require": ">=3" }])
        ),
        format!(
            "prepare.environment={}",
            json!([{ "name": "room", "disk": { "path": folder, "free": "1KiB" } }])
        ),
        format!(
            "test={}",
            json!({ "parallel": 2, "jobs": [
            job("unit", &unit, &more),
            job("flaky", "test $SLUICE_ATTEMPT -gt 1", &json!({ "retries": 1 })),
            { "name": "uat", "accept": { "message": "please try it" }, "needs": ["unit", "flaky"] },
        ] })
        ),
        format!(
            "smoke={}",
            json!({
                "preview": [smoke("try", "SLUICE_PREVIEW_URL", "v2")],
                "promoted": [smoke("look", "SLUICE_URL", "v2")],
            })
        ),
        preview(),
        "monitor={for: 500ms, keep: 1}".to_owned(),
        "record={changelog: 'https://example.org/v2', tickets: [PAY-7]}".to_owned(),
    ];
    let settings: Vec<&str> = settings.iter().map(String::as_str).collect();
    Release::of("v2").with_settings(&settings)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_goes_through_all_three_stages() {
    let grounds = Grounds::with_v1().await;
    let folder = tempfile::tempdir().unwrap();
    let mut command = grounds.stage.run(&staged(folder.path()));
    command.args(["--output", "json", "--exit-on-wait"]);
    let waits = Run::of(command).await.unwrap();
    assert_eq!(waits.code, Some(5), "{}", waits.stderr);
    let release = waits.release().unwrap();
    let accepted = grounds.sluice("approve", &[release, "--job", "uat", "--who", "anna"]).await;
    assert_eq!(accepted.code, Some(0), "{}", accepted.stderr);
    let ended = grounds.sluice("resume", &[release]).await;
    assert_eq!(ended.code, Some(PROMOTED), "{}{}", ended.stderr, ended.stdout);
    grounds.assert_serves_only("v2").await;

    let journal = grounds.journal(release).await;
    let jobs: Vec<&str> = journal.events("job-ended").iter().filter_map(|one| one["job"].as_str()).collect();
    assert_eq!(jobs.iter().filter(|job| **job == "flaky").count(), 2);
    assert_eq!(jobs.iter().rev().take(2).rev().copied().collect::<Vec<_>>(), ["try", "look"]);
    let report = grounds.sluice("report", &[release]).await.stdout;
    for part in ["PAY-7", "https://example.org/v2", "2 tests passed", "log.txt", "bash", "uat"] {
        assert!(report.contains(part), "no `{part}` in the report:\n{report}");
    }
    let told = std::fs::read_to_string(folder.path().join("told")).unwrap();
    let occasions: Vec<Value> = told.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let occasions: Vec<&str> = occasions.iter().filter_map(|one| one["occasion"].as_str()).collect();
    assert_eq!(occasions, ["started", "waiting", "ended"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_test_and_a_missing_metric_leave_the_target_alone() {
    let grounds = Grounds::with_v1().await;
    let failing =
        format!("test={}", json!({ "jobs": [job("unit", "echo cart.rs:7 is wrong; exit 3", &json!({}))] }));
    let ended = grounds.release(&Release::of("v2").with_settings(&[&failing]), "").await;
    assert_eq!(ended.code, Some(REFUSED), "{}", ended.stderr);
    let why = reasons(ended.events("decided").last().unwrap());
    assert_eq!(why, "exited with status 3: cart.rs:7 is wrong");
    assert!(ended.lines.iter().any(|line| line["type"] == "said" && line["line"] == "cart.rs:7 is wrong"));

    let missing = "metrics.events=sluice_gateway_request_total{role=\"candidate\"}";
    let tools = format!("prepare.tools={}", json!([{ "name": "none", "command": ["./no-such-tool"] }]));
    let ended = grounds.release(&Release::of("v2").with_settings(&[missing, &tools]), "").await;
    assert_eq!(ended.code, Some(REFUSED), "{}", ended.stderr);
    let why = reasons(ended.events("decided").last().unwrap());
    assert!(
        why.contains("did you mean `sluice_gateway_requests_total`?") && why.contains("no-such-tool"),
        "{why}"
    );
    assert_eq!(ended.events("shape-intended").len(), 0);
    grounds.assert_serves_only("v1").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_smoke_test_exposes_nobody() {
    let grounds = Grounds::with_v1().await;
    let smoke = format!("smoke={}", json!({ "preview": [smoke("try", "SLUICE_PREVIEW_URL", "v9")] }));
    drop(grounds.seen());
    let ended = grounds.release(&Release::of("v2").with_settings(&[&smoke, &preview()]), "").await;
    assert_eq!(ended.code, Some(ROLLED_BACK), "{}", ended.stderr);
    let seen = grounds.seen();
    assert_eq!(seen.of_version("v1"), seen.answered(), "{seen}");
    // The job saw what no user did.
    assert!(ended.stdout.contains("v2"));
    grounds.assert_serves_only("v1").await;
}
