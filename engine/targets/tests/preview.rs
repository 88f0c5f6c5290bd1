//! The candidate alone, before it has users; and what instances write.

use sluice_core::model::shape::Role;
use sluice_runner::ports::target::Target;
use sluice_targets::gateway::{GatewayClient, GatewayError, GatewayOptions};

use crate::bed::{Bed, desired, eventually, testbed};
use crate::http1::Connection;

fn with_preview() -> GatewayOptions {
    let any = "127.0.0.1:0".parse().unwrap();
    GatewayOptions { preview: Some(any), capacity: Some(3), ..GatewayOptions::on(any) }
}

#[tokio::test]
async fn the_preview_serves_the_candidate_alone_and_counts_as_no_user() {
    let bed = Bed::with(with_preview()).await;
    let capabilities = bed.target.capabilities();
    assert_eq!((capabilities.preview, capabilities.capacity), (true, Some(3)));
    let status = bed.settle(&desired(1, "v1", &[("v1", Role::Stable, 1, 1000)])).await;
    let preview = status.preview.unwrap().trim_start_matches("http://").to_owned();
    let mut client = Connection::open(&preview).await;
    let answer = client.get("/").await;
    assert_eq!((answer.status.as_u16(), answer.text.as_str()), (503, "sluice: there is no candidate\n"));

    bed.settle(&desired(2, "v1", &[("v1", Role::Stable, 1, 1000), ("v2", Role::Candidate, 1, 0)])).await;
    assert_eq!(client.answered_by("v2", 20).await, 20);
    assert_eq!(bed.client().await.answered_by("v1", 20).await, 20);
    let of = |name: &str| {
        format!(r#"sluice_gateway_{name}_total{{revision="v2",role="candidate",code="200",class="2xx"}}"#)
    };
    assert_eq!(bed.metric(&of("requests")).await, 0.0);
    assert_eq!(bed.metric(&of("preview_requests")).await, 20.0);

    bed.settle(&desired(3, "v2", &[("v2", Role::Stable, 1, 1000)])).await;
    assert_eq!(client.get("/").await.status.as_u16(), 503);
}

#[tokio::test]
async fn a_preview_comes_and_goes_with_the_settings() {
    let bed = Bed::with(with_preview()).await;
    let any = "127.0.0.1:0".parse().unwrap();
    let without =
        GatewayClient::ensure(bed.dir.path(), "shop", &GatewayOptions::on(any), testbed()).await.unwrap();
    assert_eq!(without.observe().await.unwrap().preview, None);
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let options = GatewayOptions { preview: Some(address), ..GatewayOptions::on(any) };
    let error = GatewayClient::ensure(bed.dir.path(), "shop", &options, testbed()).await.unwrap_err();
    assert!(matches!(error, GatewayError::Refused(_)), "{error:?}");
    let told = format!("the preview can not be served on `{address}`");
    assert!(error.to_string().contains(&told), "{error}");
    drop(taken);
    let target = GatewayClient::ensure(bed.dir.path(), "shop", &options, testbed()).await.unwrap();
    assert_eq!(target.observe().await.unwrap().preview, Some(format!("http://{address}")));
}

#[tokio::test]
async fn what_instances_write_is_counted_by_level() {
    let bed = Bed::serving_v1(2).await;
    let mut client = bed.client().await;
    for line in ["level=error+msg=a", "ERROR+b", "WARN+c", "d", "%22level%22:%22error%22"] {
        client.get(&format!("/log?{line}")).await;
    }
    let count = async |level: &str| {
        let labels = format!(r#"revision="v1",role="stable",level="{level}""#);
        bed.metric(&format!("sluice_gateway_log_lines_total{{{labels}}}")).await
    };
    // Each of the two instances has said that it listens.
    eventually("they are counted", async || count("other").await == 4.0).await;
    assert_eq!((count("error").await, count("warning").await), (2.0, 1.0));
}
