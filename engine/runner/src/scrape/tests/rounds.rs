//! Rounds of scraping: labels, formats, series that end.

use super::server::{Server, Then, ok};
use super::{Desk, endpoint};

#[tokio::test]
async fn pages_are_kept_with_the_labels_of_their_endpoints() {
    let desk = Desk::new();
    let page = "# TYPE hits_total counter\nhits_total{role=\"admin\",path=\"/\"} 3\n";
    let (own, instance) = (Server::with_page(page).await, Server::with_page(page).await);
    let labels = [("role", "candidate"), ("instance", "v2-00/0")];
    let failures = desk.scrape(&[endpoint(&own.url, &[]), endpoint(&instance.url, &labels)], 1000).await;
    assert!(failures.is_empty(), "{failures:?}");
    insta::assert_snapshot!(desk.kept().join("\n"), @r#"
    hits_total{exported_role="admin",instance="v2-00/0",path="/",role="candidate"} 3@1000
    hits_total{path="/",role="admin"} 3@1000
    "#);
}

#[tokio::test]
async fn the_request_says_what_is_read_and_nothing_of_compression() {
    let desk = Desk::new();
    let server = Server::with_page("a 1\n").await;
    desk.scrape(&[endpoint(&server.url, &[])], 1000).await;
    let heard = server.heard().concat();
    let port = server.url.rsplit_once(':').unwrap().1.trim_end_matches("/metrics");
    let version = env!("CARGO_PKG_VERSION");
    insta::assert_snapshot!(heard.replace(port, "PORT").replace(version, "VERSION").replace('\r', ""), @r"
    get /metrics http/1.1
    accept: application/vnd.google.protobuf;proto=io.prometheus.client.metricfamily;encoding=delimited;q=0.6,application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2
    accept-encoding: identity
    x-prometheus-scrape-timeout-seconds: 2
    user-agent: sluice/VERSION
    host: 127.0.0.1:PORT
    ");
}

#[tokio::test]
async fn the_content_type_decides_how_a_page_is_read() {
    let desk = Desk::new();
    let page = "# TYPE hits counter\nhits_total 3\n# EOF\n";
    let open =
        Server::start(ok("application/openmetrics-text; version=1.0.0; charset=utf-8", page), Then::Close)
            .await;
    let text =
        Server::start(ok("text/plain;version=1.0.0", "{\"hits.total\",a=\"b\"} 4\n"), Then::Close).await;
    let failures = desk.scrape(&[open, text].map(|server| endpoint(&server.url, &[])), 1000).await;
    assert!(failures.is_empty(), "{failures:?}");
    assert_eq!(desk.kept(), ["hits.total{a=\"b\"} 4@1000", "hits_total 3@1000"]);
}

#[tokio::test]
async fn a_content_type_is_read_as_a_whole_however_little_of_it_is_shown() {
    let desk = Desk::new();
    // Envoy's, with its spaces; the shortest page has no family.
    let kind = "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited";
    let server = Server::start(ok(kind, ""), Then::Close).await;
    let failures = desk.scrape(&[endpoint(&server.url, &[])], 1000).await;
    assert!(failures.is_empty(), "{failures:?}");
}

#[tokio::test]
async fn a_page_in_chunks_without_a_length_is_whole() {
    let desk = Desk::new();
    let head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n";
    let server = Server::start(format!("{head}2\r\na \r\n2\r\n1\n\r\n0\r\n\r\n"), Then::Close).await;
    assert!(desk.scrape(&[endpoint(&server.url, &[])], 1000).await.is_empty());
    assert_eq!(desk.kept(), ["a 1@1000"]);
}

#[tokio::test]
async fn an_openmetrics_page_without_a_length_is_whole_by_its_end_mark() {
    let desk = Desk::new();
    let head = "HTTP/1.0 200 OK\r\nContent-Type: application/openmetrics-text\r\n\r\n";
    let whole = Server::start(format!("{head}a 1\n# EOF\n"), Then::Close).await;
    let cut = Server::start(format!("{head}b 1\n"), Then::Close).await;
    let failures = desk.scrape(&[endpoint(&whole.url, &[]), endpoint(&cut.url, &[])], 1000).await;
    assert_eq!(failures.len(), 1);
    assert!(failures[0].to_string().contains("may have been cut short"), "{failures:?}");
    assert_eq!(desk.kept(), ["a 1@1000"]);
}

#[tokio::test]
async fn a_failed_page_ends_the_series_of_its_endpoint_alone() {
    let desk = Desk::new();
    let (good, failing) = (Server::with_page("a 1\n").await, Server::with_page("b 1\n").await);
    let endpoints = [endpoint(&good.url, &[]), endpoint(&failing.url, &[])];
    desk.scrape(&endpoints, 1000).await;
    failing.say("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n");
    let failures = desk.scrape(&endpoints, 2000).await;
    assert_eq!(failures[0].to_string(), format!("`{}` answered 503 Service Unavailable", failing.url));
    assert_eq!(desk.kept(), ["a 1@1000 1@2000", "b 1@1000 stale@2000"]);
    failing.say(ok("text/plain", "b 2\n"));
    assert!(desk.scrape(&endpoints, 3000).await.is_empty());
    assert_eq!(desk.kept(), ["a 1@1000 1@2000 1@3000", "b 1@1000 stale@2000 2@3000"]);
}

#[tokio::test]
async fn endpoints_that_are_gone_or_lost_end_their_series() {
    let desk = Desk::new();
    let (staying, leaving) = (Server::with_page("a 1\n").await, Server::with_page("b 1\n").await);
    desk.scrape(&[endpoint(&staying.url, &[]), endpoint(&leaving.url, &[])], 1000).await;
    desk.scrape(&[endpoint(&staying.url, &[])], 2000).await;
    assert_eq!(desk.kept(), ["a 1@1000 1@2000", "b 1@1000 stale@2000"]);
    desk.store.lose_all(3000);
    assert_eq!(desk.kept(), ["a 1@1000 1@2000 stale@3000", "b 1@1000 stale@2000"]);
}

#[tokio::test]
async fn more_endpoints_than_are_scraped_at_once_all_get_their_turn() {
    let desk = Desk::new();
    let mut endpoints = Vec::new();
    for number in 0..50 {
        let server = Server::with_page("a 1\n").await;
        endpoints.push(endpoint(&server.url, &[("instance", &number.to_string())]));
    }
    assert!(desk.scrape(&endpoints, 1000).await.is_empty());
    assert_eq!(desk.store.stats().series, 50);
}
