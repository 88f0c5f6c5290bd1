//! Answers with their quality, and who asks.

use std::io::Write;

use sluice_core::model::observation::{Observation, Quality, Range};
use sluice_core::plan::{Auth, PrometheusPlan, Secret};

use super::server::{Server, json};
use super::{NOW, Prometheus, asked, plan, query};
use crate::scrape::TlsServer;

fn vector(result: &str) -> String {
    format!(r#"{{"status":"success","data":{{"resultType":"vector","result":[{result}]}}}}"#)
}

fn told(one: &Observation) -> String {
    let series =
        one.series.iter().map(|series| format!("{:?} {:?}@{:?}", series.labels, series.value, series.at));
    format!(
        "{:?} {} age {:?} {:?}",
        one.quality,
        series.collect::<Vec<_>>().join(" "),
        one.newest_age_ms,
        one.reason
    )
}

/// What a query answers, of a server that says these one after the other.
async fn answered(expr: &str, answers: &[&str]) -> String {
    let server = Server::json(answers).await;
    told(&asked(&plan(&server.url), expr).await)
}

const FRESH: &str = r#"{"value":[1700000000,"1699999990"]}"#;

#[tokio::test]
async fn answers_keep_their_quality() {
    let (fresh, none) = (vector(FRESH), vector(""));
    let old = vector(r#"{"value":[1700000000,"1699999000"]}"#);
    let one = vector(r#"{"metric":{"role":"candidate"},"value":[1700000000,"0.25"]}"#);
    let ahead = vector(r#"{"value":[1700000000,"1700003600"]}"#);
    let beside =
        vector(r#"{"metric":{},"value":[1700000000,"0"]},{"metric":{"a":"b"},"value":[1700000000,"+Inf"]}"#);
    let warned =
        one.replace("\"data\"", "\"warnings\":[\"PromQL warning: odd\"],\"infos\":[\"note\"],\"data\"");
    let scalar = r#"{"status":"success","data":{"resultType":"scalar","result":[1700000000,"+Inf"]}}"#;
    let reports = [
        answered("up", &[&one, &fresh]).await,
        answered("up", &[&one, &old]).await,
        answered("up", &[&warned, &fresh]).await,
        answered("up", &[&none, &none]).await,
        answered("up", &[&vector(r#"{"value":[1700000000,"NaN"]}"#), &fresh]).await,
        answered("up", &[&vector(r#"{"metric":{},"histogram":[1700000000,{"count":"1","sum":"0.3","buckets":[[0,"0.25","0.5","1"]]}]}"#), &fresh]).await,
        answered("scalar(vector(1))", &[scalar]).await,
        answered("up", &[&one, &none]).await,
        answered("up", &[&one, &ahead]).await,
        answered("up", &[&beside, &fresh]).await,
    ];
    insta::assert_snapshot!(reports.join("\n"), @r#"
    Value {"role": "candidate"} [0.25]@[1700000000000] age Some(10000) ""
    Stale {"role": "candidate"} [0.25]@[1700000000000] age Some(1000000) "the newest sample is 16 min old"
    Value {"role": "candidate"} [0.25]@[1700000000000] age Some(10000) "prometheus says: PromQL warning: odd; prometheus says: note"
    NoData  age None "the query has no result"
    NoData  age Some(10000) "the result is not a number, as of 0/0"
    NoData  age Some(10000) "the result is a native histogram; ask for a quantile, count or sum of it"
    NoData  age None "the result is infinite, as of 1/0"
    Stale {"role": "candidate"} [0.25]@[1700000000000] age None "nothing that the query reads has a sample of late"
    Stale {"role": "candidate"} [0.25]@[1700000000000] age None "the newest sample is 60 min in the future"
    NoData {} [0.0]@[1700000000000] age Some(10000) "the result is infinite, as of 1/0"
    "#);
}

#[tokio::test]
async fn native_histograms_are_kept_with_their_buckets() {
    let first = r#"{"metric":{"role":"candidate"},"histogram":[1700000000,{"count":"6","sum":"0.3","buckets":[[1,"-0.5","-0.25","1"],[3,"-0.001","0.001","2"],[0,"0.25","+Inf","3"]]}]}"#;
    let second = r#"{"metric":{},"histogram":[1700000000.5,{"count":"0","sum":"NaN"}]}"#;
    let beside = r#"{"metric":{"a":"b"},"value":[1700000000,"7"]}"#;
    let server = Server::json(&[&vector(&[first, second, beside].join(",")), &vector(FRESH)]).await;
    let one = asked(&plan(&server.url), "up").await;
    assert_eq!(one.quality, Quality::Value, "a number beside them counts: {}", one.reason);
    let kept: serde_json::Value = serde_json::to_value(&one.histograms).unwrap();
    insta::assert_snapshot!(kept.to_string(), @r#"[{"labels":{"role":"candidate"},"samples":[{"at":1700000000000,"count":6.0,"counts":[1.0,2.0,3.0],"lower":[-0.5,-0.001,0.25],"sum":0.3,"upper":[-0.25,0.001,"Inf"]}]},{"labels":{},"samples":[{"at":1700000000500,"count":0.0,"counts":[],"lower":[],"sum":"NaN","upper":[]}]}]"#);

    let range = r#"{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"histograms":[[1699999985,{"count":"1","sum":"2","buckets":[[0,"1","2","1"]]}],[1700000000,{"count":"3","sum":"5","buckets":[[0,"1","2","3"]]}]]}]}}"#;
    let server = Server::json(&[range, &vector(FRESH)]).await;
    let plan = plan(&server.url);
    let asked = query("up", Some(Range { window_ms: 60_000, step_ms: 15_000 }));
    let one = Prometheus::new(&plan).unwrap().answer(&plan, &asked, (NOW, NOW)).await;
    let samples =
        one.histograms[0].samples.iter().map(|sample| (sample.at, sample.count, &sample.counts[..]));
    let wanted = [(1_699_999_985_000, 1.0, &[1.0][..]), (NOW, 3.0, &[3.0][..])];
    assert_eq!(samples.collect::<Vec<_>>(), wanted);
}

#[tokio::test]
async fn histograms_that_can_not_be_read_are_no_answer() {
    for body in [r#"{"count":"x","sum":"1"}"#, r#"{"count":"1","sum":"1","buckets":[[0,"1","y","1"]]}"#] {
        let answer = vector(&format!(r#"{{"metric":{{}},"histogram":[1700000000,{body}]}}"#));
        let told = answered("up", &[&answer, &vector(FRESH)]).await;
        assert!(told.starts_with("Stale ") && told.contains("is no number"), "{told}");
    }
}

#[tokio::test]
async fn absent_errors_beside_a_present_total_are_zero_errors() {
    let (fresh, none, total) = (vector(FRESH), vector(""), vector(r#"{"value":[1700000000,"7"]}"#));
    let expr = "sum(rate(errors[1m])) / sum(rate(requests[1m]))";
    let zero = answered(expr, &[&none, &none, &none, &total, &fresh]).await;
    let why = "nothing matches `errors`, which counts as 0";
    assert_eq!(zero, format!("Value {{}} [0.0]@[1700000000000] age Some(10000) {why:?}"));
    let both_absent = answered(expr, &[&none]).await;
    assert!(both_absent.starts_with("NoData"), "{both_absent}");
    let idle = vector(r#"{"value":[1700000000,"0"]}"#);
    assert!(answered(expr, &[&none, &none, &none, &idle, &fresh]).await.starts_with("NoData"));
    let lost = answered(expr, &[&none, &none, &total, &fresh]).await;
    assert!(lost.starts_with("NoData"), "they were there a while ago: {lost}");
    assert!(answered(expr, &[&none, &total, &fresh]).await.starts_with("NoData"), "there are some");
}

#[tokio::test]
async fn a_range_is_open_on_the_left() {
    let matrix = r#"{"status":"success","data":{"resultType":"matrix","result":[
        {"metric":{"a":"b"},"values":[[1699999955,"1"],[1699999970.5,"NaN"],[1700000000,"3"]]}]}}"#;
    let server = Server::json(&[matrix, &vector(FRESH)]).await;
    let (plan, range) = (plan(&server.url), Range { window_ms: 60_000, step_ms: 15_000 });
    let client = Prometheus::new(&plan).unwrap();
    let one = client.answer(&plan, &query("up", Some(range)), (NOW, NOW)).await;
    assert_eq!(
        told(&one),
        "Value {\"a\": \"b\"} [1.0, 3.0]@[1699999955000, 1700000000000] age Some(10000) \"1 values are not a number, as of 0/0, and left out\""
    );
    let heard = server.heard();
    let wanted = "query=up&timeout=5000ms&start=1699999955.000&end=1700000000.000&step=15.000";
    assert!(heard[0].starts_with("POST /api/v1/query_range ") && heard[0].ends_with(wanted), "{}", heard[0]);
    let newest = "query=min%28label_replace%28max%28timestamp%28%7B__name__%3D%22up%22%7D%29%29";
    assert!(heard[1].contains(newest), "{}", heard[1]);
}

#[tokio::test]
async fn the_server_is_told_who_asks_and_nobody_else() {
    let server = Server::json(&[&vector(FRESH)]).await;
    let mut file = tempfile::NamedTempFile::new().unwrap();
    writeln!(file, "s3cret").unwrap();
    let secret = || Secret::File(file.path().display().to_string());
    let basic = Auth::Basic { username: "sluice".to_owned(), password: secret() };
    for (auth, wanted) in [(Auth::Bearer(secret()), "bearer s3cret"), (basic, "basic c2x1awnlonmzy3jlda==")] {
        let plan = PrometheusPlan { auth: Some(auth), ..plan(&server.url) };
        let one = asked(&plan, "up").await;
        let heard = server.heard().pop().unwrap().to_lowercase();
        assert!(heard.contains(&format!("authorization: {wanted}\r\n")), "{heard}");
        let kept = serde_json::to_string(&plan).unwrap() + &serde_json::to_string(&one).unwrap();
        assert!(!kept.contains("s3cret"), "{kept}");
    }
}

#[tokio::test]
async fn a_server_behind_tls_is_asked_where_its_certificate_is_trusted() {
    let body = vector(FRESH);
    let server = TlsServer::start(json("200 OK", &body)).await;
    let trusting = PrometheusPlan { ca: Some(TlsServer::CA.to_owned()), ..plan(&server.url) };
    assert_eq!(asked(&trusting, "vector(1)").await.quality, Quality::Value);
    assert!(server.heard()[0].starts_with("POST /api/v1/query "), "{:?}", server.heard());
    let untrusted = asked(&plan(&server.url), "vector(1)").await;
    assert_eq!(untrusted.quality, Quality::Stale);
    assert!(untrusted.reason.contains("can not be reached: "), "{}", untrusted.reason);
    assert_eq!(server.heard().len(), 1, "it gets no query, and no credentials");
    for (ca, told) in [("/none.pem", "`/none.pem`: No such file"), ("/dev/null", "has no certificate in it")]
    {
        let error =
            Prometheus::new(&PrometheusPlan { ca: Some(ca.to_owned()), ..plan(&server.url) }).unwrap_err();
        assert!(error.to_string().contains(told), "{error}");
    }
}
