//! What is no answer: each is stale, with the reason, within its time and its bytes.

use sluice_core::model::observation::Quality;
use sluice_core::plan::{Auth, PrometheusPlan, Secret};

use super::server::{Server, Then, json};
use super::{asked, plan};

/// Why there is no answer, of a server that says this.
async fn told(bytes: &[u8], then: Then) -> String {
    let server = Server::start(vec![(bytes.to_vec(), then)]).await;
    reason(&plan(&server.url)).await
}

async fn reason(plan: &PrometheusPlan) -> String {
    let observation = asked(plan, "sum(up)").await;
    // What the server refuses, or answers otherwise than with numbers, it will again.
    let answered = ["refused the query", "the result is the text"];
    let answered = answered.iter().any(|told| observation.reason.contains(told));
    let quality = if answered { Quality::NoData } else { Quality::Stale };
    assert_eq!((observation.quality, observation.series.len()), (quality, 0), "{}", observation.reason);
    observation.reason.replace(&plan.url, "URL")
}

#[tokio::test]
async fn heads_that_promise_no_answer() {
    let head = |head: &str| format!("HTTP/1.1 {head}\r\nContent-Length: 2\r\n\r\n{{}}").into_bytes();
    let refused = r#"{"status":"error","errorType":"execution","error":"query processing would load too many samples"}"#;
    let reports = [
        told(&head("503 Service Unavailable\r\nContent-Type: text/plain"), Then::Close).await,
        told(&json("503 Service Unavailable", &refused.replace("execution", "timeout")), Then::Close).await,
        told(&json("422 Unprocessable Entity", refused), Then::Close).await,
        told(&json("400 Bad Request", "{}"), Then::Close).await,
        told(&head("401 Unauthorized"), Then::Close).await,
        told(&head("302 Found\r\nLocation: http://elsewhere.example/"), Then::Close).await,
        told(&head("200 OK\r\nContent-Type: text/html"), Then::Close).await,
        told(&head("200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip"), Then::Close).await,
        told(&head("204 No Content"), Then::Close).await,
    ];
    insta::assert_snapshot!(reports.join("\n"), @"
    `URL` answered 503 Service Unavailable
    `URL` answered 503 Service Unavailable: timeout: query processing would load too many samples
    `URL` refused the query: execution: query processing would load too many samples
    `URL` answered 400 Bad Request
    `URL` answered 401 Unauthorized
    `URL` answered with a redirect to `http://elsewhere.example/`, which is not followed
    `URL` answered with `text/html`, which is no answer of Prometheus
    `URL` compressed its answer (`gzip`), though it was asked not to
    `URL` answered 204 No Content
    ");
}

#[tokio::test]
async fn bodies_that_are_no_answer() {
    let body = |body: &str| json("200 OK", body);
    let reports = [
        told(&body("{}"), Then::Close).await,
        told(&body("[[[["), Then::Close).await,
        told(&body(&"[".repeat(100_000)), Then::Close).await,
        told(&body(r#"{"status":"success"}"#), Then::Close).await,
        told(&body(r#"{"status":"success","data":{"resultType":"string","result":[1,"x"]}}"#), Then::Close)
            .await,
        told(
            &body(r#"{"status":"success","data":{"resultType":"vector","result":[{"value":[1,"x"]}]}}"#),
            Then::Close,
        )
        .await,
        told(
            &body(r#"{"status":"success","data":{"resultType":"vector","result":[{"value":[-1,"1"]}]}}"#),
            Then::Close,
        )
        .await,
        told(&body(r#"{"status":"error","errorType":"bad_data","error":"\u001b[31mno"}"#), Then::Close).await,
    ];
    insta::assert_snapshot!(reports.join("\n"), @"
    `URL` gave an answer that can not be read: missing field `status` at line 1 column 2
    `URL` gave an answer that can not be read: invalid type: sequence, expected a string at line 1 column 1
    `URL` gave an answer that can not be read: invalid type: sequence, expected a string at line 1 column 1
    `URL` gave an answer that can not be read: its status is `success`, without data
    the result is the text `x`, and no number
    `URL` gave an answer that can not be read: `x` is no number
    `URL` gave an answer that can not be read: -1 is no time
    `URL` refused the query: bad_data: �[31mno
    ");
}

#[tokio::test]
async fn answers_that_do_not_end_are_bounded() {
    let half = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"status\"";
    let endless = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
    assert!(told(half, Then::Close).await.starts_with("`URL` cut its answer short: "));
    assert_eq!(told(endless, Then::Repeat).await, "`URL` has an answer of more than 4194304 bytes");
    let slow = Server::start(vec![(half.to_vec(), Then::Hang)]).await;
    let hasty = PrometheusPlan { timeout_ms: 200, ..plan(&slow.url) };
    assert_eq!(reason(&hasty).await, "`URL` did not answer within 200 ms");
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_gets_no_credentials() {
    let other = Server::json(&["{}"]).await;
    let to =
        format!("HTTP/1.1 307 Temporary Redirect\r\nLocation: {}/\r\nContent-Length: 0\r\n\r\n", other.url);
    let server = Server::start(vec![(to.into_bytes(), Then::Close)]).await;
    assert!(reason(&plan(&server.url)).await.contains("redirect"));
    assert_eq!((server.heard().len(), other.heard().len()), (1, 0));
}

#[tokio::test]
async fn only_what_failed_for_the_moment_is_asked_again() {
    let empty = r#"{"status":"success","data":{"resultType":"vector","result":[]}}"#;
    let busy = (json("503 Service Unavailable", "{}"), Then::Close);
    let server = Server::start(vec![busy.clone(), busy.clone(), (json("200 OK", empty), Then::Close)]).await;
    let patient = PrometheusPlan { retries: 2, ..plan(&server.url) };
    assert_eq!(asked(&patient, "vector(1)").await.quality, Quality::NoData);
    assert_eq!(server.heard().len(), 3);
    let wrong = Server::start(vec![(json("422 Unprocessable Entity", "{}"), Then::Close)]).await;
    reason(&PrometheusPlan { retries: 2, ..plan(&wrong.url) }).await;
    assert_eq!(wrong.heard().len(), 1);
}

#[tokio::test]
async fn a_secret_that_is_not_there_is_told_without_asking() {
    let server = Server::json(&["{}"]).await;
    let auth = Some(Auth::Bearer(Secret::Env("SLUICE_TEST_NO_SUCH_TOKEN".to_owned())));
    let told = reason(&PrometheusPlan { auth, ..plan(&server.url) }).await;
    assert_eq!(told, "`URL` can not be told who asks: the variable `SLUICE_TEST_NO_SUCH_TOKEN` is not set");
    let auth = Some(Auth::Bearer(Secret::File("/dev/null".to_owned())));
    let told = reason(&PrometheusPlan { auth, ..plan(&server.url) }).await;
    assert_eq!(told, "`URL` can not be told who asks: the secret is empty, or has more than one line");
    assert!(server.heard().is_empty());
}
