//! The metrics that decide: whether each that a query names is on a page, before the release begins.
//!
//! As far as that can be known: what the gateway and stable show, and the pages of the surroundings. A series that
//! only the candidate's own page may have can not be there yet; its selector says so by its labels.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::{StreamExt, stream};
use reqwest::Client;
use sluice_core::document::problem::nearest;
use sluice_core::model::observation::{Observation, Quality, Query};
use sluice_core::plan::{Kind, Plan};
use sluice_core::release::prepared::{Finding, Grade};
use sluice_metrics::exposition::{Family, Limits, Page};
use sluice_metrics::promql::check;
use sluice_metrics::series::Selector;

use super::finding;
use crate::clock::{Clock, SystemClock};
use crate::ports::target::{Endpoint, TargetError, TargetStatus};
use crate::scrape::prometheus::{Prometheus, is_for_prometheus};
use crate::scrape::{could_have, endpoints_beside, read_page};

/// Pages under way at once.
const AT_ONCE: usize = 8;
/// What only the gateway counts.
const OURS: &str = "sluice_";

/// What there is to be asked for.
#[derive(Debug, Default)]
struct Known {
    names: BTreeSet<String>,
    /// The pages that could not be read, and why.
    unread: Vec<(Endpoint, String)>,
}

/// Looks at the pages there are beside those of the target, which was observed so.
pub(super) async fn look(
    client: &Client,
    plan: &Plan,
    observed: Result<TargetStatus, TargetError>,
) -> Vec<Finding> {
    let mut endpoints = endpoints_beside(&plan.metrics);
    match observed {
        Ok(status) => endpoints.extend(status.endpoints),
        Err(error) => return vec![finding("metrics", Grade::Bad, error.to_string())],
    }
    let known = read(client, plan, &endpoints).await;
    let unread = known.unread.iter().map(|(_, why)| finding("metrics", Grade::Doubtful, why.clone()));
    let mut found: Vec<Finding> = unread.collect();
    let mut asked = Vec::new();
    for place in plan.plugins() {
        for query in &place.queries {
            let of = format!("query {} of {}", query.name, place.name);
            if plan.metrics.prometheus.is_some() && is_for_prometheus(query) {
                asked.push((of, query.clone()));
                continue;
            }
            found.extend(judged(&of, &query.at_first().expr, plan, &known));
        }
    }
    found.extend(elsewhere(plan, asked).await);
    found.extend(judged("the counter of events", &plan.metrics.events, plan, &known));
    found
}

/// What a Prometheus says of the queries that are for one: that it answers is what can be known beforehand.
async fn elsewhere(plan: &Plan, asked: Vec<(String, Query)>) -> Vec<Finding> {
    let Some(source) = &plan.metrics.prometheus else { return Vec::new() };
    let client = match Prometheus::new(source) {
        Ok(client) => client,
        Err(error) => return vec![finding("prometheus", Grade::Bad, format!("`{}` {error}", source.url))],
    };
    let (names, queries): (Vec<String>, Vec<Query>) = asked.into_iter().unzip();
    let now = SystemClock::new().now_ms();
    let answers = client.answer_all(source, &queries, (now, now)).await;
    let judged = |(of, answer): (String, Observation)| match answer.quality {
        Quality::Value => finding(of, Grade::Good, "answered by Prometheus"),
        // It could not say, or what it has is old.
        Quality::Stale => finding(of, Grade::Bad, answer.reason),
        _ => finding(of, Grade::Doubtful, format!("Prometheus has nothing yet: {}", answer.reason)),
    };
    names.into_iter().zip(answers).map(judged).collect()
}

async fn read(client: &Client, plan: &Plan, endpoints: &[Endpoint]) -> Known {
    let within = Duration::from_millis(plan.metrics.scrape_timeout_ms);
    let limits = Limits::default();
    let pages: Vec<_> =
        endpoints.iter().map(|endpoint| read_page(client, &endpoint.url, within, &limits, names)).collect();
    let pages: Vec<_> = stream::iter(pages).buffered(AT_ONCE).collect().await;
    let mut known = Known::default();
    for (endpoint, page) in endpoints.iter().zip(pages) {
        match page {
            Ok(names) => known.names.extend(names),
            Err(why) => known.unread.push((endpoint.clone(), format!("`{}` {why}", endpoint.url))),
        }
    }
    known
}

/// Every name of a page: of its samples, and of what it declares and has no sample of yet.
fn names(page: &Page<'_>) -> BTreeSet<String> {
    let mut names: BTreeSet<String> = page.samples.iter().map(|sample| sample.name.to_string()).collect();
    names.extend(page.families.iter().flat_map(Family::series_names));
    names
}

/// One finding for a query: the worst metric that is not there, or that all are.
fn judged(of: &str, expr: &str, plan: &Plan, known: &Known) -> Option<Finding> {
    let checked = check(expr).ok()?;
    let absent = checked.may_be_absent();
    let mut doubtful = None;
    for selector in checked.selectors() {
        for name in selector.metric_names().unwrap_or_default() {
            if known.names.contains(name) {
                continue;
            }
            let may_be_absent = absent.iter().any(|one| std::ptr::eq(*one, selector));
            let (grade, why) = missing(name, selector, may_be_absent, plan, known);
            let near = nearest(name, known.names.iter().map(String::as_str));
            let near = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
            let found = finding(of, grade, format!("metric `{name}` {why}{near}"));
            if grade == Grade::Bad {
                return Some(found);
            }
            doubtful.get_or_insert(found);
        }
    }
    let text = checked.metric_names().join(", ");
    let good = || (!text.is_empty()).then(|| finding(of, Grade::Good, format!("{text} on a page")));
    doubtful.or_else(good)
}

/// How bad it is that a metric is on no page that was read.
fn missing(
    name: &str,
    selector: &Selector,
    may_be_absent: bool,
    plan: &Plan,
    known: &Known,
) -> (Grade, String) {
    // What the gateway counts is on its own page, which has no labels to give.
    let could = |endpoint: &Endpoint| {
        could_have(endpoint, selector) && (endpoint.labels.is_empty() || !name.starts_with(OURS))
    };
    let unread = known.unread.iter().find(|(endpoint, _)| could(endpoint));
    if may_be_absent {
        (Grade::Doubtful, "is on no page, and may be meant to be absent".to_owned())
    } else if let Some((endpoint, _)) = unread {
        (Grade::Doubtful, format!("is on no page that could be read; `{}` may have it", endpoint.url))
    } else if !name.starts_with(OURS) && may_be_the_candidates(selector, plan) {
        (Grade::Doubtful, "is on no page yet; the candidate's own page may have it".to_owned())
    } else {
        (Grade::Bad, "is on no page that is scraped".to_owned())
    }
}

/// Whether only the candidate's own page is asked, which is not there yet.
fn may_be_the_candidates(selector: &Selector, plan: &Plan) -> bool {
    // Other targets than the gateway show a revision's series only once it is there.
    let own = plan.candidate.spec.metrics_path.is_some() || plan.target.kind != "gateway";
    let stable = plan.stable.as_ref();
    let only = |label: &str, candidate: &str, stable: &str| {
        selector.alternatives.iter().all(|matchers| {
            let mut of_label = matchers.iter().filter(|matcher| matcher.label == label);
            of_label.any(|matcher| matcher.accepts(candidate) && !matcher.accepts(stable))
        })
    };
    let by_revision = stable.is_some_and(|stable| only("revision", &plan.candidate.id, &stable.id));
    own && (plan.kind == Kind::First || only("role", "candidate", "stable") || by_revision)
}

#[cfg(test)]
mod tests {
    use sluice_metrics::exposition::{Format, decode};

    use super::*;
    use crate::engine::sample_plan;

    fn known(unread: bool) -> Known {
        let page = "# TYPE sluice_gateway_requests_total counter\n\
            # TYPE lat histogram\n# TYPE jobs gauge\njobs{queue=\"a\"} 1\n";
        let page = decode(page.as_bytes(), Format::PrometheusText, &Limits::default()).unwrap();
        let labels = vec![("host".to_owned(), "one".to_owned())];
        let lost = Endpoint { url: "http://x/".to_owned(), labels, named: Vec::new() };
        let unread = if unread { vec![(lost, "`http://x/` answered 503".to_owned())] } else { Vec::new() };
        Known { names: names(&page), unread }
    }

    fn told(expr: &str, unread: bool) -> String {
        let mut plan = sample_plan();
        plan.candidate.spec.metrics_path = Some("/metrics".to_owned());
        let found = judged("q", expr, &plan, &known(unread)).unwrap();
        format!("{:?}: {}", found.grade, found.text)
    }

    #[test]
    fn a_metric_that_is_on_no_page_is_found_before_the_release_begins() {
        let cases = [
            r#"sum(rate(sluice_gateway_requests_total{role="candidate"}[1m]))"#,
            r#"rate(sluice_gateway_request_total{role="candidate"}[1m])"#,
            "histogram_quantile(0.9, rate(lat_bucket[1m])) + job",
            r#"rate(own_total{role="candidate"}[1m])"#,
            r#"rate(own_total{role=~".*"}[1m])"#,
            "absent(gone)",
            "sum(gone or vector(0)) + absent_total",
            "sum(gone) or vector(0)",
        ];
        let all: Vec<String> = cases.iter().map(|expr| told(expr, false)).collect();
        insta::assert_snapshot!(all.join("\n"), @r"
        Good: sluice_gateway_requests_total on a page
        Bad: metric `sluice_gateway_request_total` is on no page that is scraped; did you mean `sluice_gateway_requests_total`?
        Bad: metric `job` is on no page that is scraped; did you mean `jobs`?
        Doubtful: metric `own_total` is on no page yet; the candidate's own page may have it
        Bad: metric `own_total` is on no page that is scraped
        Doubtful: metric `gone` is on no page, and may be meant to be absent
        Bad: metric `absent_total` is on no page that is scraped
        Doubtful: metric `gone` is on no page, and may be meant to be absent
        ");
    }

    #[test]
    fn a_page_that_could_not_be_read_excuses_only_what_it_may_have() {
        let cases = [
            "own_total",
            r#"own_total{host="one"}"#,
            r#"own_total{host="two"}"#,
            "sluice_gateway_none_total",
            r#"own_total + own_total{host="two"}"#,
        ];
        let all: Vec<String> = cases.iter().map(|expr| told(expr, true)).collect();
        insta::assert_snapshot!(all.join("\n"), @r"
        Doubtful: metric `own_total` is on no page that could be read; `http://x/` may have it
        Doubtful: metric `own_total` is on no page that could be read; `http://x/` may have it
        Bad: metric `own_total` is on no page that is scraped
        Bad: metric `sluice_gateway_none_total` is on no page that is scraped; did you mean `sluice_gateway_requests_total`?
        Bad: metric `own_total` is on no page that is scraped
        ");
    }

    #[test]
    fn a_platform_may_show_the_candidate_only_once_it_is_there() {
        let mut plan = sample_plan();
        plan.target.kind = "command".to_owned();
        let grade = |expr: &str| judged("q", expr, &plan, &known(false)).unwrap().grade;
        assert_eq!(grade(r#"requests_total{role="candidate"}"#), Grade::Doubtful);
        assert_eq!(grade("requests_total"), Grade::Bad);
    }

    #[test]
    fn a_query_without_a_metric_needs_none() {
        assert_eq!(judged("q", "vector(1)", &sample_plan(), &known(false)), None);
    }
}
