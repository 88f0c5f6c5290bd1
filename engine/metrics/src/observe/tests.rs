//! Every rule of quality, on a store that is fed by scrapes.

use super::*;
use crate::exposition::{Format, Limits, decode};
use crate::promql::check;
use crate::store::{Scrape, Store};

const RATIO: &str = "sum(rate(errors_total[1m])) / sum(rate(requests_total[1m]))";

/// A store that is scraped every ten seconds, as instance `a` where nothing else is said.
#[derive(Default)]
struct Service {
    store: Store,
    now_ms: u64,
}

impl Service {
    fn scrape(&mut self, text: &str) -> &mut Self {
        self.now_ms += 10_000;
        self.also("a", text)
    }

    fn also(&mut self, instance: &str, text: &str) -> &mut Self {
        let typed = format!("# TYPE requests_total counter\n{text}");
        let page = decode(typed.as_bytes(), Format::PrometheusText, &Limits::default()).unwrap();
        let labels = [("instance", instance)];
        let scrape = Scrape {
            endpoint: instance,
            labels: &labels,
            named: &Default::default(),
            at_ms: self.now_ms as i64,
            page: &page,
        };
        self.store.ingest(&scrape).unwrap();
        self
    }

    fn fail(&mut self) -> &mut Self {
        self.now_ms += 10_000;
        self.store.mark_failed("a", self.now_ms as i64);
        self
    }

    fn observe(&self, expr: &str) -> Observed {
        observe(&self.store, &check(expr).unwrap(), None, self.now_ms, &Rules::default())
    }

    /// Quality, the one value if there is one, and the reason.
    fn told(&self, expr: &str) -> (Quality, Option<f64>, String) {
        let observed = self.observe(expr);
        let value = observed.series.first().and_then(|series| series.value.last().copied());
        (observed.quality, value, observed.reason)
    }
}

fn value(of: f64) -> (Quality, Option<f64>, String) {
    (Quality::Value, Some(of), String::new())
}

fn nothing(quality: Quality, reason: &str) -> (Quality, Option<f64>, String) {
    (quality, None, reason.to_owned())
}

#[test]
fn a_value_is_a_value() {
    let mut service = Service::default();
    service.scrape("requests_total 10\nerrors_total 1").scrape("requests_total 20\nerrors_total 2");
    assert_eq!(service.told(RATIO), value(0.1));
    assert_eq!(service.observe(RATIO).newest_age_ms, Some(0));
}

#[test]
fn absent_errors_are_zero_errors() {
    let mut service = Service::default();
    service.scrape("requests_total 10").scrape("requests_total 20");
    let (quality, zero, _) = service.told(RATIO);
    assert_eq!((quality, zero), (Quality::Value, Some(0.0)));
    let plain = instant(&check(RATIO).unwrap(), &service.store, 20_000, &Options::default());
    assert_eq!(plain.unwrap().0.series, [], "plain PromQL knows no such rule");
}

#[test]
fn a_first_error_counts_from_zero() {
    let mut service = Service::default();
    service
        .scrape("requests_total 0")
        .scrape("requests_total 10\n# TYPE errors_total counter\nerrors_total 5");
    assert_eq!(service.told(RATIO), value(0.5));
}

#[test]
fn both_absent_is_no_data() {
    let mut service = Service::default();
    service.scrape("other 1").scrape("other 1");
    assert_eq!(service.told(RATIO), nothing(Quality::NoData, "no series match the query"));
}

#[test]
fn nothing_of_nothing_is_no_data() {
    let mut service = Service::default();
    service.scrape("requests_total 10\nerrors_total 1").scrape("requests_total 10\nerrors_total 1");
    assert_eq!(service.told(RATIO), nothing(Quality::NoData, "the result is not a number, as of 0/0"));
    let mut idle = Service::default();
    idle.scrape("requests_total 10").scrape("requests_total 10");
    assert_eq!(idle.told(RATIO), nothing(Quality::NoData, "the result is not a number, as of 0/0"));
}

#[test]
fn errors_that_were_seen_and_have_no_value_now_are_not_zero() {
    let mut service = Service::default();
    service.scrape("requests_total 10\nerrors_total 1");
    service.scrape("requests_total 20").scrape("requests_total 30");
    assert_eq!(service.told(RATIO).0, Quality::Insufficient);
}

#[test]
fn absence_is_told_for_each_revision_on_its_own() {
    let page = |count: u32, errors: u32| {
        format!(
            "requests_total{{revision=\"stable\"}} {count}\nrequests_total{{revision=\"candidate\"}} {count}\n\
             errors_total{{revision=\"stable\"}} {errors}\n"
        )
    };
    let mut service = Service::default();
    service.scrape(&page(10, 1)).scrape(&page(20, 2));
    let expr = "sum by (revision) (rate(errors_total[1m])) / sum by (revision) (rate(requests_total[1m]))";
    let shown = |expr: &str| {
        let told =
            service.observe(expr).series.into_iter().map(|one| format!("{} {}", one.labels, one.value[0]));
        told.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(shown(expr), r#"{revision="stable"} 0.1 {revision="candidate"} 0"#);
    assert_eq!(
        shown("errors_total / on (revision) group_right () requests_total"),
        r#"{instance="a",revision="stable"} 0.1 {instance="a",revision="candidate"} 0"#
    );
    let renamed =
        r#"label_replace(errors_total, "revision", "other", "", "") / on (revision) requests_total"#;
    assert_eq!(shown(renamed), "", "labels that were made up tell nothing of absence");
    assert_eq!(shown("vector(1) / on (revision) requests_total"), "");
}

#[test]
fn a_failed_scrape_is_stale_until_the_next_good_one() {
    let mut service = Service::default();
    service.scrape("requests_total 10\nerrors_total 1").scrape("requests_total 20\nerrors_total 2").fail();
    let (quality, _, reason) = service.told(RATIO);
    assert_eq!(
        (quality, reason.as_str()),
        (Quality::Stale, "the last scrape of the source of 2 series failed")
    );
    assert_eq!(service.told("requests_total").0, Quality::Stale);
    service.now_ms += 3_600_000;
    assert_eq!(service.told("requests_total").0, Quality::Stale, "not no-data, however long it lasts");
    service.scrape("requests_total 30");
    assert_eq!(service.told("requests_total"), value(30.0));
    assert_eq!(service.told("errors_total"), nothing(Quality::NoData, "the query has no result"));
}

#[test]
fn one_lost_source_among_many_is_stale_and_a_forgotten_one_is_not() {
    let mut service = Service::default();
    service.scrape("requests_total 10").also("b", "requests_total 10").fail().also("b", "requests_total 20");
    let (quality, sum, _) = service.told("sum(requests_total)");
    assert_eq!((quality, sum), (Quality::Stale, Some(20.0)));
    service.store.forget("a", service.now_ms as i64);
    assert_eq!(service.told("sum(requests_total)"), value(20.0));
}

#[test]
fn an_old_sample_is_stale() {
    let mut service = Service::default();
    service.scrape("requests_total 10");
    service.now_ms += 60_000;
    assert_eq!(service.told("requests_total"), value(10.0));
    service.now_ms += 1;
    let told = service.told("requests_total");
    assert_eq!(told, (Quality::Stale, Some(10.0), "the newest sample is 60 s old".into()));
    // Asking for what was then is not asking for something old.
    assert_eq!(service.told("requests_total offset 1m").0, Quality::Value);
}

#[test]
fn one_sample_is_insufficient_for_a_rate() {
    let mut service = Service::default();
    service.scrape("requests_total 10");
    let told = service.told("rate(requests_total[1m])");
    assert_eq!(
        told,
        nothing(Quality::Insufficient, "a rate needs two samples in its window, and there is one")
    );
}

#[test]
fn a_series_that_is_no_number_is_left_out() {
    let mut service = Service::default();
    service.scrape("requests_total 0\nbusy 0").also("b", "requests_total 4\nbusy 2");
    let observed = service.observe("busy / requests_total");
    assert_eq!(
        (observed.quality, observed.series.len(), observed.series[0].value[0]),
        (Quality::Value, 1, 0.5)
    );
    assert_eq!(observed.reason, "1 of 2 series are not a number, as of 0/0, and left out");
}

#[test]
fn an_evaluation_error_is_no_data_with_its_reason() {
    let mut service = Service::default();
    service.scrape("requests_total 10");
    let rules = Rules { options: Options { max_samples: 1, ..Options::default() }, ..Rules::default() };
    let observed =
        observe(&service.store, &check("sum(requests_total)").unwrap(), None, service.now_ms, &rules);
    assert_eq!(observed.quality, Quality::NoData);
    assert_eq!(observed.reason, "the query touches more than 1 samples; narrow its selectors or its range");
}

#[test]
fn a_range_ends_now_and_is_open_on_the_left() {
    let mut service = Service::default();
    for count in 1..=6 {
        service.scrape(&format!("requests_total {count}"));
    }
    let query = check("requests_total").unwrap();
    let observed = observe(&service.store, &query, Some((30_000, 10_000)), service.now_ms, &Rules::default());
    assert_eq!(observed.series[0].at, [40_000, 50_000, 60_000]);
    assert_eq!(observed.series[0].value, [4.0, 5.0, 6.0]);
    service.now_ms += 120_000;
    let later = observe(&service.store, &query, Some((300_000, 10_000)), service.now_ms, &Rules::default());
    assert_eq!((later.quality, later.newest_age_ms), (Quality::Stale, Some(120_000)));
    let none = observe(&service.store, &query, Some((0, 10_000)), service.now_ms, &Rules::default());
    assert_eq!(none.quality, Quality::NoData);
}

#[test]
fn events_are_counted_across_resets_without_extrapolation() {
    let mut service = Service::default();
    service
        .scrape("requests_total 10")
        .scrape("requests_total 25")
        .scrape("requests_total 3")
        .scrape("requests_total 9");
    let since =
        |selector: &str, from, now| increase_since(&service.store, &check(selector).unwrap(), from, now);
    assert_eq!(since("requests_total", 10_000, 40_000), Some(24.0));
    assert_eq!(since("requests_total", 15_000, 40_000), Some(24.0), "from the last sample before");
    assert_eq!(since("requests_total", 20_000, 30_000), Some(3.0));
    assert_eq!(since("requests_total", 0, 40_000), Some(24.0), "from the first sample");
    assert_eq!(since("requests_total", 40_000, 50_000), None);
    assert_eq!(since("absent_total", 0, 50_000), None);
    assert_eq!(since("sum(requests_total)", 0, 50_000), None);
    assert!(check("requests_total{a=\"b\"}").unwrap().is_plain_selector());
    assert!(!check("requests_total offset 1m").unwrap().is_plain_selector());
}

#[test]
fn buckets_that_fall_or_are_below_zero_give_no_quantile() {
    let told = |lines: &str| Service::default().scrape(lines).told("histogram_quantile(0.9, b_bucket)");
    let why = "the buckets of a histogram fall or are below 0, so that what is made of them means nothing";
    let bad = nothing(Quality::NoData, why);
    assert_eq!(told("b_bucket{le=\"1\"} 5\nb_bucket{le=\"2\"} 4\nb_bucket{le=\"+Inf\"} 6\n"), bad);
    assert_eq!(told("b_bucket{le=\"1\"} -5\nb_bucket{le=\"+Inf\"} 6\n"), bad);
    let rounded = "b_bucket{le=\"1\"} 5.000000000000001\nb_bucket{le=\"2\"} 5\nb_bucket{le=\"+Inf\"} 6\n";
    assert_eq!(told(rounded).0, Quality::Value);
}

#[test]
fn what_is_infinite_is_no_value() {
    let told = Service::default().scrape("a 1\nb 0\n").told("a / b");
    assert_eq!(told, nothing(Quality::NoData, "the result is infinite, as of 1/0"));
}

#[test]
fn a_service_whose_clock_jumps_moves_no_sample() {
    let mut service = Service::default();
    service.scrape("a 1 9999999999999\nb 1 1\n").scrape("a 2 1\nb 2 9999999999999\n");
    assert_eq!(service.told("a + b"), value(4.0));
    assert_eq!(service.observe("a + b").newest_age_ms, Some(0));
}

#[test]
fn it_is_told_how_much_an_answer_rests_on() {
    let mut service = Service::default();
    for count in [0, 10, 20, 5, 15] {
        service.scrape(&format!("requests_total {count}\n"));
    }
    let told = |expr: &str| {
        let observed = service.observe(expr);
        (observed.samples, observed.coverage, observed.resets)
    };
    assert_eq!(told("requests_total"), (1, None, 0));
    assert_eq!(told("rate(requests_total[1m])"), (5, Some(67), 1));
    assert_eq!(told("sum(rate(requests_total[50s])) / max_over_time(requests_total[10s])"), (6, Some(0), 1));
    assert_eq!(told("none"), (0, None, 0));
}

#[test]
fn restarts_within_the_windows_are_told_once_for_each_process() {
    let mut service = Service::default();
    let page = |began: u32, count: u32| {
        format!(
            "process_start_time_seconds {began}\nrequests_total{{code=\"200\"}} {count}\nrequests_total{{code=\"500\"}} {count}"
        )
    };
    service.scrape(&page(5, 10)).scrape(&page(5, 20)).scrape(&page(25, 3));
    let told = |service: &Service, window: &str| {
        let observed = service.observe(&format!("sum(rate(requests_total[{window}]))"));
        (observed.quality, observed.resets, observed.restarts)
    };
    assert_eq!(told(&service, "1m"), (Quality::Value, 2, 1));
    service.scrape(&page(25, 9)).scrape(&page(25, 12));
    assert_eq!(told(&service, "15s"), (Quality::Value, 0, 0), "it was before");
}

#[test]
fn one_infinite_value_is_enough_for_none() {
    let mut service = Service::default();
    service.scrape("errs{i=\"a\"} 5\nreqs{i=\"a\"} 0\nerrs{i=\"b\"} 0\nreqs{i=\"b\"} 100");
    let (quality, _, reason) = service.told("errs / reqs");
    assert_eq!(quality, Quality::NoData);
    assert_eq!(reason, "the result is infinite for {i=\"a\",instance=\"a\"}, as of 1/0");
    let mut turns = Service::default();
    turns.scrape("m 1").scrape("m 0").scrape("m 1");
    let range = |expr: &str| {
        let (store, expr) = (&turns.store, check(expr).unwrap());
        observe(store, &expr, Some((30_000, 10_000)), turns.now_ms, &Rules::default())
    };
    assert_eq!(range("1 / m").quality, Quality::NoData);
    let gaps = range("m / m");
    let told = "1 values are not a number, as of 0/0, and left out";
    assert_eq!((gaps.quality, gaps.reason.as_str()), (Quality::Value, told));
}

#[test]
fn what_counts_as_zero_is_said() {
    let mut service = Service::default();
    service.scrape("requests_total 10").scrape("requests_total 20");
    let told = service.told("sum(rate(errors_total{role=\"b\"}[1m])) / sum(rate(requests_total[1m]))");
    let why = "nothing matches `errors_total{role=\"b\"}`, which counts as 0";
    assert_eq!(told, (Quality::Value, Some(0.0), why.to_owned()));
}
