//! What a query must not be answered by: pages that nobody could read, and names that are a slip of the hand.

use sluice_core::model::observation::Quality;

use super::endpoint;
use super::observing::{ERRORS, Stage, told};
use super::server::{Server, ok};

#[tokio::test]
async fn a_page_that_was_never_read_is_covered_by_no_other() {
    let stage = Stage::new(&[("all", "sum(gateway_requests_total)"), ("own", "sum(sluice_gateway_x)")]).await;
    let page = Server::with_page("").await;
    page.say(ok("text/html", "<html>"));
    for (labels, now) in [(&[("page", "h")][..], 1000), (&[], 2000)] {
        let mut status = stage.status();
        status.endpoints.push(endpoint(&page.url, labels));
        let set = stage.observe_with(&Ok(status), now).await;
        let all = &set.observations["errors"];
        assert_eq!(all[0].quality, Quality::Stale, "{labels:?}: {}", told(&set));
        let why = "says that its page is `text/html`, which is no metrics page; it may have what the query asks for";
        assert!(all[0].reason.ends_with(why), "{}", all[0].reason);
        assert_eq!(all[1].quality, Quality::NoData, "only the gateway has it: {}", told(&set));
    }
}

#[tokio::test]
async fn a_slip_in_the_name_of_a_metric_is_not_free_of_errors() {
    let slip = ERRORS.replace("app_errors_total", "app_erors_total");
    let digits = ERRORS.replace("app_errors_total", "gateway_5requests_total");
    let label = ERRORS.replacen("candidate", "canditate", 1);
    let stage = Stage::new(&[("slip", &slip), ("digits", &digits), ("label", &label)]).await;
    stage.observe(1000).await;
    stage.serve(100, 50);
    let set = stage.observe(11_000).await;
    insta::assert_snapshot!(told(&set), @r#"
    slip NoData there is no metric `app_erors_total` on any page; did you mean `app_errors_total`?
    digits Value {} [0.0] nothing matches `gateway_5requests_total{role="candidate"}`, which counts as 0
    label Value {} [0.0] nothing matches `app_errors_total{role="canditate"}`, which counts as 0
    "#);
}
