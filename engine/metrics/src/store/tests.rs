//! What a scrape does to the store: ends, resets, restarts, first sights, limits.

use super::*;
use crate::exposition::{Format, Limits, decode};
use crate::series::{METRIC_NAME, Matcher, is_stale};

/// One endpoint, scraped with the text of a page.
fn scrape(store: &mut Store, endpoint: &str, at_ms: i64, text: &str) -> Result<Ingested, IngestError> {
    let page = decode(text.as_bytes(), Format::PrometheusText, &Limits::default()).unwrap();
    store.ingest(&Scrape {
        endpoint,
        labels: &[("instance", endpoint)],
        named: &Default::default(),
        at_ms,
        page: &page,
    })
}

/// All samples of a metric, `x` for a marker.
fn samples(store: &Store, name: &str) -> String {
    let selector = Selector::all_of(vec![Matcher::equal(METRIC_NAME, name)]);
    let listed = store.select(&selector).into_iter().map(|series| {
        let one = |(at, value): (&i64, &f64)| {
            if is_stale(*value) { format!(" x@{at}") } else { format!(" {value}@{at}") }
        };
        format!("{}{}", series.labels, series.at.iter().zip(series.value).map(one).collect::<String>())
    });
    listed.collect::<Vec<_>>().join("\n")
}

const HITS: &str = "# TYPE hits counter\n";

#[test]
fn a_series_that_is_gone_ends_with_a_marker() {
    let mut store = Store::default();
    scrape(&mut store, "a", 1000, "up 1\nload{cpu=\"1\"} 3").unwrap();
    let second = scrape(&mut store, "a", 2000, "up 1").unwrap();
    assert_eq!((second.samples, second.ended), (1, 1));
    assert_eq!(samples(&store, "load"), r#"load{cpu="1",instance="a"} 3@1000 x@2000"#);
}

#[test]
fn series_with_a_named_label_get_more_labels() {
    let mut store = Store::default();
    let text = "hits{server=\"i1\"} 1\nhits{server=\"i2\"} 2\n";
    let page = decode(text.as_bytes(), Format::PrometheusText, &Limits::default()).unwrap();
    let named = [(("server", "i1"), vec![("role", "candidate")])].into();
    store.ingest(&Scrape { endpoint: "a", labels: &[], named: &named, at_ms: 1000, page: &page }).unwrap();
    let expected = "hits{role=\"candidate\",server=\"i1\"} 1@1000\nhits{server=\"i2\"} 2@1000";
    let mut found: Vec<String> = samples(&store, "hits").lines().map(str::to_owned).collect();
    found.sort();
    assert_eq!(found.join("\n").replace("__name__=\"hits\",", ""), expected);
}

#[test]
fn a_failed_scrape_ends_all_series_of_its_endpoint_only() {
    let mut store = Store::default();
    scrape(&mut store, "a", 1000, "up 1").unwrap();
    scrape(&mut store, "b", 1000, "up 1").unwrap();
    assert_eq!(store.mark_failed("a", 2000), 1);
    assert_eq!(store.mark_failed("a", 3000), 0);
    assert_eq!(samples(&store, "up"), "up{instance=\"a\"} 1@1000 x@2000\nup{instance=\"b\"} 1@1000");
    let standings: Vec<_> = store.series.iter().flatten().map(|series| series.standing).collect();
    assert_eq!(standings, [Standing::Lost, Standing::Live]);
    store.forget("a", 4000);
    assert_eq!(store.series[0].as_ref().unwrap().standing, Standing::Gone);
}

#[test]
fn a_counter_that_appears_later_counted_from_zero() {
    let mut store = Store::default();
    let first = scrape(&mut store, "a", 1000, &format!("{HITS}hits{{code=\"200\"}} 9\n")).unwrap();
    assert_eq!(first.zeroed, 0);
    let page = format!(
        "{HITS}hits{{code=\"200\"}} 10\nhits{{code=\"500\"}} 5\n# TYPE temperature gauge\ntemperature 3"
    );
    assert_eq!(scrape(&mut store, "a", 2000, &page).unwrap().zeroed, 1);
    assert_eq!(
        samples(&store, "hits"),
        "hits{code=\"200\",instance=\"a\"} 9@1000 10@2000\nhits{code=\"500\",instance=\"a\"} 0@1000 5@2000"
    );
    assert_eq!(samples(&store, "temperature"), r#"temperature{instance="a"} 3@2000"#);
}

#[test]
fn resets_and_restarts_are_reported() {
    let mut store = Store::default();
    let page = |start: f64, hits: u32, more: &str| {
        format!("{HITS}hits {hits}\n{more}process_start_time_seconds {start}\n")
    };
    scrape(&mut store, "a", 10_000, &page(1.0, 9, "")).unwrap();
    let same = scrape(&mut store, "a", 20_000, &page(1.0, 12, "")).unwrap();
    assert_eq!((same.resets, same.restarted), (0, false));
    let restarted = scrape(&mut store, "a", 30_000, &page(25.0, 2, "hits{code=\"500\"} 1\n")).unwrap();
    assert_eq!((restarted.resets, restarted.restarted, restarted.zeroed), (1, true, 1));
    // Another process, which has been running for long: what it counted is not of this interval.
    let other = scrape(&mut store, "a", 40_000, &page(3.0, 700, "hits{code=\"404\"} 50\n")).unwrap();
    assert_eq!((other.restarted, other.zeroed), (true, 0));
}

#[test]
fn a_page_at_odds_with_itself_or_another_endpoint_is_refused_whole() {
    let mut store = Store::default();
    scrape(&mut store, "a", 1000, "up 1").unwrap();
    assert_eq!(scrape(&mut store, "a", 1000, "up 1").unwrap_err(), IngestError::NotLater);
    assert_eq!(
        scrape(&mut store, "a", 2000, "up 1\nnew 1\nnew 2").unwrap_err().to_string(),
        "the series `new{instance=\"a\"}` is on the page twice, with different values"
    );
    assert_eq!(
        scrape(&mut store, "a", 2000, "up{b=\"1\",b=\"2\"} 1").unwrap_err().to_string(),
        "the series `up` has the label `b` twice"
    );
    let page = decode(b"up 1", Format::PrometheusText, &Limits::default()).unwrap();
    let claim = store.ingest(&Scrape {
        endpoint: "b",
        labels: &[("instance", "a")],
        named: &Default::default(),
        at_ms: 2000,
        page: &page,
    });
    assert_eq!(
        claim.unwrap_err().to_string(),
        "the series `up{instance=\"a\"}` is also exposed by `a`, and nothing tells the two apart"
    );
    assert_eq!(samples(&store, "up"), r#"up{instance="a"} 1@1000"#);
    assert_eq!(store.stats().series, 1);
    assert_eq!(scrape(&mut store, "a", 2000, "up 1\nup 1").unwrap().samples, 1);
}

#[test]
fn a_label_of_the_page_gives_way_to_that_of_the_scrape() {
    let mut store = Store::default();
    scrape(&mut store, "a", 1000, "up{instance=\"lie\"} 1").unwrap();
    assert_eq!(samples(&store, "up"), r#"up{exported_instance="lie",instance="a"} 1@1000"#);
}

#[test]
fn ended_series_make_room_and_live_ones_never_do() {
    let mut store = Store::new(StoreLimits { series: 2, ..StoreLimits::default() });
    scrape(&mut store, "a", 1000, "one 1\ntwo 1").unwrap();
    scrape(&mut store, "a", 2000, "one 1").unwrap();
    scrape(&mut store, "a", 3000, "one 1\nthree 1").unwrap();
    assert_eq!(
        (store.stats().series, store.stats().evicted_series, store.stats().evicted_samples),
        (2, 1, 2)
    );
    assert_eq!(samples(&store, "two"), "");
    let full = scrape(&mut store, "a", 4000, "one 1\nthree 1\nfour 1").unwrap_err();
    assert_eq!(full.to_string(), "the store is full: more than 2 series");
    assert_eq!(samples(&store, "one"), r#"one{instance="a"} 1@1000 1@2000 1@3000"#);
}

#[test]
fn bytes_are_bounded_and_come_back() {
    let mut store = Store::new(StoreLimits { bytes: 4000, retention_ms: 10_000, ..StoreLimits::default() });
    let page: String =
        (0..50).map(|number| format!("a_long_enough_name{{number=\"{number}\"}} 1\n")).collect();
    let refusal = scrape(&mut store, "a", 1000, &page).unwrap_err();
    assert_eq!(refusal, IngestError::TooManyBytes { limit: 4000 });
    assert_eq!((store.stats().series, store.stats().bytes, store.symbols.len()), (0, 0, 0));
    scrape(&mut store, "a", 1000, "short 1").unwrap();
    assert!(store.stats().bytes > 0);
    store.mark_failed("a", 2000);
    scrape(&mut store, "b", 100_000, "up 1").unwrap();
    assert_eq!((store.stats().series, store.stats().samples, store.stats().evicted_series), (1, 1, 1));
    // The name, `up`, the label of the scrape and its value.
    assert_eq!(store.symbols.len(), 4);
}

#[test]
fn samples_over_the_retention_are_dropped_and_counted() {
    let mut store = Store::new(StoreLimits { retention_ms: 10_000, ..StoreLimits::default() });
    for second in 0..100 {
        scrape(&mut store, "a", second * 1000, "up 1").unwrap();
    }
    let stats = store.stats();
    assert_eq!(stats.samples as u64 + stats.evicted_samples, 100);
    assert!((11..=13).contains(&stats.samples), "{stats:?}");
}

#[test]
fn a_restart_shows_in_when_counters_were_created() {
    let mut store = Store::default();
    let mut openmetrics = |at_ms, created: f64| {
        let text = format!("# TYPE hits counter\nhits_total 3\nhits_created {created}\n# EOF\n");
        let page = decode(text.as_bytes(), Format::OpenMetrics, &Limits::default()).unwrap();
        store
            .ingest(&Scrape { endpoint: "a", labels: &[], named: &Default::default(), at_ms, page: &page })
            .unwrap()
            .restarted
    };
    assert!(!openmetrics(10_000, 1.0));
    assert!(!openmetrics(20_000, 1.0));
    assert!(!openmetrics(30_000, 15.0), "its oldest counter is gone, and that is all that is known");
    assert!(openmetrics(40_000, 35.0));
}

#[test]
fn samples_are_bounded_too() {
    let mut store = Store::new(StoreLimits { samples: 5, ..StoreLimits::default() });
    scrape(&mut store, "a", 1000, "one 1\ntwo 1").unwrap();
    scrape(&mut store, "a", 2000, "one 1\ntwo 1").unwrap();
    let full = scrape(&mut store, "a", 3000, "one 1\ntwo 1").unwrap_err();
    assert_eq!(full, IngestError::TooManySamples { limit: 5 });
    assert_eq!((store.stats().samples, store.stats().refused_scrapes), (4, 1));
}

#[test]
fn what_was_dropped_is_told_as_metrics() {
    let mut store = Store::new(StoreLimits { series: 2, ..StoreLimits::default() });
    scrape(&mut store, "a", 1000, "one 1\ntwo 1").unwrap();
    scrape(&mut store, "a", 2000, "one 1").unwrap();
    scrape(&mut store, "a", 3000, "one 1\nthree 1").unwrap();
    let page = store.stats().to_string();
    let page = decode(page.as_bytes(), Format::PrometheusText, &Limits::default()).unwrap();
    let value = |name: &str| page.samples.iter().find(|sample| sample.name == name).unwrap().value;
    assert_eq!((value("sluice_store_series"), value("sluice_store_evicted_series_total")), (2.0, 1.0));
    assert_eq!(value("sluice_store_evicted_samples_total"), 2.0);
}

#[test]
fn a_sample_takes_some_twenty_bytes() {
    let mut store = Store::default();
    let series = 100;
    let page: String = (0..series).map(|number| format!("hits{{number=\"{number}\"}} 1\n")).collect();
    scrape(&mut store, "a", 0, &page).unwrap();
    let empty = store.stats().bytes;
    let rounds = 1000;
    for round in 1..=rounds {
        scrape(&mut store, "a", round * 5000, &page).unwrap();
    }
    let each = (store.stats().bytes - empty) as f64 / f64::from(series * rounds as i32);
    assert!(each <= 20.0, "{each} bytes a sample");
}

#[test]
fn histograms_are_kept_with_their_zero_their_resets_and_their_end() {
    use crate::exposition::{HistogramSample, Page};
    use crate::histogram::{Layout, NativeHistogram};
    let histogram = |count: f64| {
        let layout = Layout::Exponential { schema: 0, zero_threshold: 0.001 };
        NativeHistogram { count, positive: vec![(1, count)], ..NativeHistogram::empty(layout) }
    };
    let page = |count: f64| {
        let mut page = Page::default();
        page.histograms.push(HistogramSample::plain("took", histogram(count)));
        page
    };
    let mut store = Store::default();
    let ingest = |store: &mut Store, at_ms, page: &Page<'_>| {
        store
            .ingest(&Scrape {
                endpoint: "a",
                labels: &[("instance", "a")],
                named: &Default::default(),
                at_ms,
                page,
            })
            .unwrap()
    };
    ingest(&mut store, 1000, &Page::default());
    assert_eq!(ingest(&mut store, 2000, &page(5.0)).zeroed, 1);
    assert_eq!(ingest(&mut store, 3000, &page(3.0)).resets, 1);
    assert_eq!(ingest(&mut store, 4000, &Page::default()).ended, 1);
    ingest(&mut store, 5000, &page(4.0));
    let selector = Selector::all_of(vec![Matcher::equal(METRIC_NAME, "took")]);
    let series = store.select(&selector)[0];
    let counts: Vec<(i64, f64)> = series.histograms.iter().map(|(at, one)| (*at, one.count)).collect();
    assert_eq!(counts, [(1000, 0.0), (2000, 5.0), (3000, 3.0), (5000, 4.0)]);
    assert_eq!(series.at, [4000]);
    assert_eq!(store.stats().samples, 5);
}
