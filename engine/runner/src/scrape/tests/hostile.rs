//! Answers that are no metrics page: each is discarded whole, told, and touches nobody else's series.

use std::time::Duration;

use miette::Diagnostic;

use super::server::{Server, Then, ok};
use super::{Desk, WITHIN, endpoint};
use crate::scrape::{ScrapeError, Scraper};

const TEXT: &str = "text/plain; version=0.0.4";

/// Scrapes a bad endpoint that was good before between two good ones; returns what was told of it.
async fn discarded(answer: Vec<u8>, then: Then, within: Duration) -> String {
    let desk = Desk::new();
    let before = Server::with_page("a 1\n").await;
    let bad = Server::start(answer, then).await;
    let after = Server::with_page("c 3\n").await;
    let endpoints = [&before, &bad, &after].map(|server| endpoint(&server.url, &[]));
    let failures = desk.scraper.scrape(&endpoints, within, 1000, &desk.store).await;
    let told: Vec<String> =
        failures.iter().map(|failure| failure.to_string().replace(&bad.url, "URL")).collect();
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(desk.kept(), ["a 1@1000", "c 3@1000"]);
    let help = failures[0].help().map(|help| help.to_string());
    assert_eq!(help, None, "the help is the reason's");
    assert!(failures[0].why.help().is_some());
    told.concat()
}

async fn closed(answer: &str) -> String {
    discarded(answer.as_bytes().to_vec(), Then::Close, WITHIN).await
}

async fn page(content_type: &str, page: &str) -> String {
    discarded(ok(content_type, page), Then::Close, WITHIN).await
}

#[tokio::test]
async fn heads_that_promise_no_metrics_page() {
    let compressed = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nb 1\n";
    let reports = [
        page("text/html; charset=utf-8", "<html><body>It works!</body></html>").await,
        page("application/json", "b 1\n").await,
        page("application/vnd.google.protobuf", "b 1\n").await,
        page(&"x".repeat(300), "b 1\n").await,
        closed("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nb 1\n").await,
        closed("HTTP/1.1 500 Internal Server Error\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\nb 1\n").await,
        closed("HTTP/1.1 204 No Content\r\nContent-Type: text/plain\r\n\r\n").await,
        closed("HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n").await,
        closed(compressed).await,
        closed("HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nb 1\n").await,
        closed("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 999999999999\r\n\r\nb 1\n").await,
    ];
    insta::assert_snapshot!(reports.join("\n"), @r"
    `URL` says that its page is `text/html; charset=utf-8`, which is no metrics page
    `URL` says that its page is `application/json`, which is no metrics page
    `URL` says that its page is `application/vnd.google.protobuf`, which is no metrics page
    `URL` says that its page is `xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…`, which is no metrics page
    `URL` does not say what its page is
    `URL` answered 500 Internal Server Error
    `URL` answered 204 No Content
    `URL` answered with a redirect to `http://169.254.169.254/`, which is not followed
    `URL` compressed its page (`gzip`), though it was asked not to
    `URL` does not say how long its page is, so one that was cut short could not be told
    `URL` has a page of more than 4096 bytes
    ");
}

#[tokio::test]
async fn bodies_that_are_no_metrics_page() {
    let invalid = [
        b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 12\r\n\r\nb{c=\"".as_slice(),
        b"\xff\xfe\"} 1\n",
    ];
    let reports = [
        page(TEXT, "<html><body>It works!</body></html>").await,
        page(TEXT, "b 1\nb{c=\"d} 2\n").await,
        page("application/openmetrics-text; version=1.0.0", "b 1\n").await,
        page(TEXT, "b 1\nb 2\n").await,
        discarded(invalid.concat(), Then::Close, WITHIN).await,
        page(TEXT, &"b 1\n".repeat(2000)).await,
        page(TEXT, "# TYPE b histogram\nb_bucket{le=\"1\"} -4\nb_bucket{le=\"+Inf\"} 4\n").await,
    ];
    insta::assert_snapshot!(reports.join("\n"), @r#"
    `URL` has a page that can not be read: line 1, column 1: expected a metric name, found `<html><body>It`
    `URL` has a page that can not be read: line 2, column 5: the quoted string does not end
    `URL` has a page that can not be read: line 2, column 1: the page does not end with `# EOF`, so it may have been cut short
    `URL` has a page that can not be kept: the series `b` is on the page twice, with different values
    `URL` has a page that can not be read: line 1, column 5: the label value is not valid UTF-8
    `URL` has a page of more than 4096 bytes
    `URL` has a page that can not be kept: the series `b_bucket{le="1.0"}` counts, and is -4
    "#);
}

#[tokio::test]
async fn bodies_that_end_too_early_or_never() {
    let promised = format!("HTTP/1.1 200 OK\r\nContent-Type: {TEXT}\r\nContent-Length: 400\r\n\r\nb 1\n");
    let chunked = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: {TEXT}\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nb 1\n\r\n"
    );
    let short = Duration::from_millis(300);
    let reports = [
        closed(&promised).await,
        closed(&chunked).await,
        discarded(chunked.clone().into_bytes(), Then::Repeat, WITHIN).await,
        discarded(promised.into_bytes(), Then::Hang, short).await,
        discarded(chunked.into_bytes(), Then::Hang, short).await,
        discarded(b"HTTP/1.1 200 OK\r\nContent-Ty".to_vec(), Then::Hang, short).await,
        discarded(Vec::new(), Then::Hang, short).await,
        discarded(ok(TEXT, "b 1\n"), Then::Drip, short).await,
        closed("").await,
        closed("SSH-2.0-OpenSSH_9.9\r\n").await,
    ];
    insta::assert_snapshot!(reports.join("\n"), @r"
    `URL` cut its page short: end of file before message length reached
    `URL` cut its page short: unexpected EOF during chunk size line
    `URL` has a page of more than 4096 bytes
    `URL` did not give its whole page within 300 ms
    `URL` did not give its whole page within 300 ms
    `URL` did not give its whole page within 300 ms
    `URL` did not give its whole page within 300 ms
    `URL` did not give its whole page within 300 ms
    `URL` did not speak HTTP: connection closed before message completed
    `URL` did not speak HTTP: invalid HTTP version parsed
    ");
}

#[tokio::test]
async fn addresses_that_lead_nowhere() {
    let desk = Desk::new();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let urls = [
        format!("http://{free}/metrics"),
        "ftp://127.0.0.1/metrics".into(),
        "file:///etc/passwd".into(),
        String::new(),
    ];
    let failures = desk.scrape(&urls.map(|url| endpoint(&url, &[])), 1000).await;
    let told: Vec<String> =
        failures.iter().map(|failure| failure.to_string().replace(&free.to_string(), "FREE")).collect();
    insta::assert_snapshot!(told.join("\n"), @r"
    `http://FREE/metrics` can not be reached: Connection refused (os error 111)
    `ftp://127.0.0.1/metrics` is not an http address
    `file:///etc/passwd` is not an http address
    `` is not an http address
    ");
}

#[tokio::test]
async fn a_full_store_refuses_the_page_whole() {
    let limits = sluice_metrics::store::StoreLimits { series: 2, ..Default::default() };
    let desk = Desk { store: super::SharedStore::new(limits), ..Desk::new() };
    let server = Server::with_page("a 1\nb 2\nc 3\n").await;
    let failures = desk.scrape(&[endpoint(&server.url, &[])], 1000).await;
    assert!(matches!(failures[0].why, ScrapeError::Store(_)), "{failures:?}");
    assert_eq!(desk.kept(), Vec::<String>::new());
}

#[tokio::test]
async fn a_page_as_long_as_the_limit_is_taken_and_a_longer_one_is_not() {
    for (more, failed) in [(0, 0), (1, 1)] {
        let scraper =
            Scraper::new(sluice_metrics::exposition::Limits { bytes: 8, ..Default::default() }).unwrap();
        let desk = Desk { scraper, ..Desk::new() };
        let server = Server::with_page(&format!("aaaa{} 1\n", "a".repeat(1 + more))).await;
        assert_eq!(desk.scrape(&[endpoint(&server.url, &[])], 1000).await.len(), failed);
    }
}

#[tokio::test]
async fn a_million_series_are_refused_and_take_no_room() {
    let scraper = Scraper::new(sluice_metrics::exposition::Limits::default()).unwrap();
    let desk = Desk { scraper, ..Desk::new() };
    let million: String = (0..1_000_000).map(|number| format!("b{{c=\"{number:06}\"}} 1\n")).collect();
    let (bad, good) = (Server::with_page(&million).await, Server::with_page("a 1\n").await);
    let endpoints = [&bad, &good].map(|server| endpoint(&server.url, &[]));
    let within = Duration::from_secs(30);
    let failures = desk.scraper.scrape(&endpoints, within, 1000, &desk.store).await;
    assert!(failures[0].to_string().ends_with("there are more than 200000 samples"), "{failures:?}");
    bad.say(ok(TEXT, &million.repeat(2)));
    let failures = desk.scraper.scrape(&endpoints, within, 2000, &desk.store).await;
    let told = failures.iter().map(|one| one.to_string().replace(&bad.url, "URL")).collect::<Vec<_>>();
    assert_eq!(told, ["`URL` has a page of more than 16777216 bytes"]);
    assert_eq!(desk.kept(), ["a 1@1000 1@2000"]);
}
