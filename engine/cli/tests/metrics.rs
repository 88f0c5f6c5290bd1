//! `sluice metrics`: pages held to their rules, and queries tried out.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::PathBuf;

use insta::assert_snapshot;

use super::command::sluice;

/// A server that says one thing to everybody, as long as the test runs.
fn server(answer: impl Into<String>) -> String {
    let answer = answer.into();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    address
}

fn page(state: &tempfile::TempDir, text: &str) -> PathBuf {
    let path = state.path().join("page.txt");
    std::fs::write(&path, text).unwrap();
    path
}

#[test]
fn a_page_is_held_to_the_rules_with_line_and_column() {
    let state = tempfile::tempdir().unwrap();
    let path =
        page(&state, "# TYPE a histogram\na_bucket{le=\"1\"} 5\na_bucket{le=\"+Inf\"} 4\nb 1\n# EOF\n");
    let path = path.to_str().unwrap();
    let ended = sluice(state.path(), &["metrics", "lint", path]);
    assert_eq!(ended.code, 3);
    assert_snapshot!(ended.out.replace(path, "PAGE"), @r"
    PAGE:3:21: error a bucket of `a` has 4, fewer than the one before it [bucket-falls]
        a bucket counts all that is at or below its bound
    PAGE:4:1: warning `b` has no `# TYPE` [no-type]
        say what it is: queries and readers go by it
    ");
    assert_snapshot!(ended.err, @"read as openmetrics: 1 error, 1 warning");
    let json = sluice(state.path(), &["metrics", "lint", path, "--output", "json"]);
    assert_snapshot!(json.out.replace(path, "PAGE"), @r#"
    {"column":21,"grade":"error","help":"a bucket counts all that is at or below its bound","line":3,"message":"a bucket of `a` has 4, fewer than the one before it","page":"PAGE","rule":"bucket-falls","type":"page-remark","version":1}
    {"column":1,"grade":"warning","help":"say what it is: queries and readers go by it","line":4,"message":"`b` has no `# TYPE`","page":"PAGE","rule":"no-type","type":"page-remark","version":1}
    {"errors":1,"format":"openmetrics","page":"PAGE","type":"linted","version":1,"warnings":1}
    "#);
    let other = sluice(state.path(), &["metrics", "lint", path, "--format", "prometheus"]);
    assert_eq!(other.code, 3, "{}", other.out);
}

#[test]
fn only_strictness_makes_a_warning_a_failure() {
    let state = tempfile::tempdir().unwrap();
    let path = page(&state, "b 1\n");
    let path = path.to_str().unwrap();
    assert_eq!(sluice(state.path(), &["metrics", "lint", path]).code, 0);
    assert_eq!(sluice(state.path(), &["metrics", "lint", path, "--strict"]).code, 3);
}

#[test]
fn pages_that_can_not_be_had_are_told_apart() {
    let state = tempfile::tempdir().unwrap();
    let html = server("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>");
    let (gone, none) = ("http://127.0.0.1:1/metrics".to_owned(), "/none/at/all".to_owned());
    let told = [html, gone, none].map(|page| {
        let ended = sluice(state.path(), &["metrics", "lint", &page]);
        format!("{} {}", ended.code, ended.err.replace(&page, "PAGE"))
    });
    assert_snapshot!(told.join("\n"), @r"
    1   x `PAGE` says that its page is `text/html`, which is no metrics page
      help: see that the metrics path is right; `text/plain` and `application/openmetrics-text` are read

    1   x `PAGE` can not be reached: Connection refused (os error 111)
      help: see that the service listens there

    2   x `PAGE` can not be read: No such file or directory (os error 2)
      help: name a file with a metrics page in it, or the address of one: `http://host:port/path`
    ");
}

#[test]
fn a_query_is_answered_by_pages_and_their_quality_is_told() {
    let state = tempfile::tempdir().unwrap();
    let path = page(&state, "hits_total{code=\"200\"} 7\nhits_total{code=\"500\"} 3\n");
    let path = path.to_str().unwrap();
    let ask = |expr: &str, more: &[&str]| {
        let arguments = [&["metrics", "query", expr, "--page", path], more].concat();
        let ended = sluice(state.path(), &arguments);
        format!("{}\n{}{}", ended.code, ended.out, ended.err)
    };
    assert_snapshot!(ask("sum by (code) (hits_total)", &[]), @r#"
    0
    series        value
    {code="200"}  7
    {code="500"}  3
    "#);
    assert_snapshot!(ask("rate(hits_total[1m])", &[]), @r"
    6
    insufficient: a rate needs two samples in its window, and there is one
    pages are read once: `--range 1m` reads them for a minute
    ");
    assert_snapshot!(ask("rate(hits_total[1m]", &[]), @r"
    2
      x `rate(hits_total[1m]` is no PromQL: `(` is not closed
      help: see Prometheus' documentation of queries
    ");
    assert_snapshot!(ask("none", &[]), @r"
    6
    no data: no series match the query
    ");
    let plot = ask("sum by (code) (hits_total)", &["--range", "1s", "--step", "200ms"]);
    assert!(plot.starts_with("0\n") && plot.contains('*') && plot.contains('+'), "{plot}");
    let json = ask("sum(hits_total)", &["--output", "json"]);
    assert!(json.contains(r#""type":"answer""#) && json.contains(r#""value":[10.0]"#), "{json}");
}

#[test]
fn pages_may_stand_before_the_query() {
    let state = tempfile::tempdir().unwrap();
    let path = page(&state, "hits_total 7\n");
    let ended =
        sluice(state.path(), &["metrics", "query", "--page", path.to_str().unwrap(), "sum(hits_total)"]);
    assert_eq!((ended.code, ended.out.as_str()), (0, "series  value\n{}      7\n"), "{}", ended.err);
}

#[test]
fn native_histograms_are_shown_as_a_table() {
    let state = tempfile::tempdir().unwrap();
    let buckets: Vec<String> = (1..=14).map(|one| format!(r#"[0,"{one}","{}","{one}"]"#, one + 1)).collect();
    let result = format!(
        r#"[{{"metric":{{"role":"candidate"}},"histogram":[1700000000,{{"count":"3","sum":"0.75","buckets":[[3,"-0.001","0.001","1"],[0,"0.25","0.5","2"]]}}]}},
            {{"metric":{{"role":"stable"}},"histogram":[1700000000,{{"count":"105","sum":"900","buckets":[{}]}}]}}]"#,
        buckets.join(",")
    );
    let body = format!(r#"{{"status":"success","data":{{"resultType":"vector","result":{result}}}}}"#);
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close";
    let address = server(format!("{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len()));
    let ended = sluice(state.path(), &["metrics", "query", "seconds", "--prometheus", &address]);
    assert_eq!(ended.code, 6, "{}", ended.err);
    let table: Vec<&str> = ended.out.lines().take(3).map(str::trim_end).collect();
    assert_snapshot!(table.join("\n"), @r#"
    series              count  sum   buckets
    {role="candidate"}  3      0.75  -0.001..0.001: 1  0.25..0.5: 2
    {role="stable"}     105    900   1..2: 1  2..3: 2  3..4: 3  4..5: 4  5..6: 5  6..7: 6  7..8: 7  8..9: 8  9..10: 9  10..11: 10  11..12: 11  12..13: 12  and 2 more
    "#);
}

#[test]
fn a_query_is_answered_by_a_prometheus() {
    let state = tempfile::tempdir().unwrap();
    // It says this of the value and of how new it is.
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let result = format!(r#"[{{"metric":{{"a":"b"}},"value":[1700000000,"{now}"]}}]"#);
    let body = format!(r#"{{"status":"success","data":{{"resultType":"vector","result":{result}}}}}"#);
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close";
    let answer = format!("{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    let ended = sluice(state.path(), &["metrics", "query", "up", "--prometheus", &server(answer)]);
    assert_eq!(
        (ended.code, ended.out.as_str()),
        (0, format!("series   value\n{{a=\"b\"}}  {now}\n").as_str()),
        "{}",
        ended.err
    );
    let refusing = server("HTTP/1.1 503 Oh No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    let ended = sluice(state.path(), &["metrics", "query", "up", "--prometheus", &refusing]);
    assert_eq!(ended.code, 6);
    assert_eq!(ended.out.replace(&refusing, "URL"), "stale: `URL` answered 503 Service Unavailable\n");
}

#[test]
fn a_workflow_without_a_page_says_what_to_do() {
    let state = tempfile::tempdir().unwrap();
    let workflow = state.path().join("workflow.yaml");
    let text = "apiVersion: sluice/v1\nkind: Workflow\nservice: shop\ntarget: {gateway: {listen: 127.0.0.1:1}}\n\
        candidate: {version: v2, command: [./shop], port-env: PORT}\nstrategy: {plugin: canary, config: {}}\n\
        checks: [{name: a, plugin: threshold, config: {}}]\nrollback: {plugin: on-failure}\n";
    std::fs::write(&workflow, text).unwrap();
    let ended = sluice(state.path(), &["metrics", "query", "up", "-f", workflow.to_str().unwrap()]);
    assert_eq!(ended.code, 1, "{}{}", ended.out, ended.err);
    assert!(ended.err.contains("there is no page to ask"), "{}", ended.err);
}
