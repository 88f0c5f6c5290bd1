//! The statistics against numbers of scipy (`oracle/generate.py`), to nine digits; and what the sequential
//! ones promise, by simulation.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

use serde_json::Value;
use sluice_statistics::{
    Alternative, Buckets, Moments, RateRatio, Share, confidence_sequence, fisher, mann_whitney,
    quantile_interval, rate_ratio, ratio_evidence, two_proportion, welch, wilson,
};

const ORACLE: &str = include_str!("oracle/statistics.json");

fn cases(suite: &str) -> Vec<Value> {
    let all: Value = serde_json::from_str(ORACLE).unwrap();
    let cases = all[suite].as_array().unwrap().clone();
    assert!(!cases.is_empty());
    cases
}

#[track_caller]
fn same(found: f64, wanted: &Value) {
    let wanted = wanted.as_f64().unwrap();
    assert!((found - wanted).abs() <= 1e-9 * wanted.abs().max(1e-3), "{found}, not {wanted}");
}

/// Of a p-value also the smallest have nine digits.
#[track_caller]
fn same_p(found: f64, wanted: &Value) {
    let wanted = wanted.as_f64().unwrap();
    assert!(found == wanted || (found / wanted - 1.0).abs() <= 1e-9, "{found}, not {wanted}");
}

fn values(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|one| one.as_f64().unwrap()).collect()
}

fn alternative(case: &Value) -> Alternative {
    match case["alternative"].as_str().unwrap() {
        "different" => Alternative::Different,
        "less" => Alternative::Less,
        _ => Alternative::Greater,
    }
}

#[test]
fn ranks() {
    for case in cases("ranks") {
        let (first, second) = (values(&case["first"]), values(&case["second"]));
        let test = mann_whitney(&first, &second, alternative(&case), 0.95).unwrap();
        same(test.u, &case["u"]);
        same_p(test.p, &case["p"]);
        same(test.shift, &case["shift"]);
        match case["interval"].as_array() {
            None => assert!(test.interval.low == f64::NEG_INFINITY && test.interval.high == f64::INFINITY),
            Some(ends) => {
                same(test.interval.low, &ends[0]);
                same(test.interval.high, &ends[1]);
            }
        }
    }
}

#[test]
fn means() {
    for case in cases("means") {
        let moments = |name: &str| Moments::of(&values(&case[name])).unwrap();
        let test = welch(&moments("first"), &moments("second"), alternative(&case), 0.95).unwrap();
        same(test.t, &case["t"]);
        same(test.freedom, &case["freedom"]);
        same_p(test.p, &case["p"]);
        same(test.interval.low, &case["interval"][0]);
        same(test.interval.high, &case["interval"][1]);
    }
}

#[test]
fn shares() {
    for case in cases("tables") {
        let counts: Vec<u64> =
            case["table"].as_array().unwrap().iter().map(|one| one.as_u64().unwrap()).collect();
        let (first, second) =
            (Share { hits: counts[0], total: counts[1] }, Share { hits: counts[2], total: counts[3] });
        same_p(fisher(first, second, alternative(&case)).unwrap(), &case["fisher"]);
        let test = two_proportion(first, second, alternative(&case), 0.95).unwrap();
        same(test.z, &case["z"]);
        same_p(test.p, &case["p"]);
        same(test.interval.low, &case["interval"][0]);
        same(test.interval.high, &case["interval"][1]);
        let interval = wilson(first, 0.95).unwrap();
        same(interval.low, &case["wilson"][0]);
        same(interval.high, &case["wilson"][1]);
    }
}

#[test]
fn quantiles() {
    for case in cases("quantiles") {
        let upper: Vec<f64> = values(&case["upper"]).into_iter().chain([f64::INFINITY]).collect();
        let counts: Vec<u64> =
            case["counts"].as_array().unwrap().iter().map(|one| one.as_u64().unwrap()).collect();
        let buckets = Buckets { upper: &upper, counts: &counts };
        let interval = quantile_interval(buckets, case["quantile"].as_f64().unwrap(), 0.95).unwrap();
        same(interval.low, &case["low"]);
        match case["high"].as_f64() {
            Some(high) => assert_eq!(interval.high, high),
            None => assert_eq!(interval.high, f64::INFINITY),
        }
    }
}

#[test]
fn evidence() {
    for case in cases("evidence") {
        let count = |name: &str| case[name].as_u64().unwrap();
        let found = ratio_evidence(count("errors"), count("total"), case["limit"].as_f64().unwrap()).unwrap();
        same_p(found, &case["evidence"]);
    }
}

#[test]
fn sequences() {
    for case in cases("sequences") {
        let number = |name: &str| case[name].as_f64().unwrap();
        let count = |name: &str| case[name].as_u64().unwrap();
        let interval = confidence_sequence(
            count("count"),
            7.0,
            number("variance"),
            count("planned"),
            number("confidence"),
        );
        let interval = interval.unwrap();
        same(interval.high - 7.0, &case["reach"]);
        same(7.0 - interval.low, &case["reach"]);
    }
}

/// Reproducible randomness, good enough to simulate with.
struct Random(u64);

impl Random {
    fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }

    fn count(&mut self, of: u32, chance: f64) -> u64 {
        (0..of).filter(|_| self.unit() < chance).count() as u64
    }
}

/// The round in which the evidence reached 20, with a tenth of 1000 requests a round on the candidate.
fn alarm(random: &mut Random, candidate: f64, baseline: f64) -> Option<usize> {
    let mut test = RateRatio::new(1.0);
    (1..=30).find(|_| {
        let errors = (random.count(100, candidate), random.count(900, baseline));
        test = rate_ratio(&test, errors, (100.0, 900.0)).unwrap();
        test.p() <= 0.05
    })
}

#[test]
fn a_sequential_test_that_is_looked_at_every_round_keeps_its_budget() {
    let mut random = Random(1);
    let false_alarms = (0..500).filter(|_| alarm(&mut random, 0.01, 0.01).is_some()).count();
    assert!(false_alarms <= 25, "{false_alarms} of 500, and 5 % are 25");
    let found = (0..500).filter(|_| alarm(&mut random, 0.1, 0.01).is_some_and(|round| round <= 3)).count();
    assert!(found >= 495, "{found} of 500 in three rounds");
}

#[test]
fn an_error_ratio_that_is_looked_at_every_event_keeps_its_budget() {
    let mut random = Random(2);
    let trials = (0..300).filter(|_| {
        let mut errors = 0;
        (1..=500).any(|total| {
            errors += random.count(1, 0.02);
            ratio_evidence(errors, total, 0.02).unwrap() >= 20.0
        })
    });
    let false_alarms = trials.count();
    assert!(false_alarms <= 15, "{false_alarms} of 300, and 5 % are 15");
}

#[test]
fn a_confidence_sequence_holds_at_all_times_together() {
    let mut random = Random(3);
    let strays = (0..300).filter(|_| {
        let mut sum = 0.0;
        (1..=500).any(|count| {
            // The sum of twelve is nearly normal, with variance one.
            sum += (0..12).map(|_| random.unit()).sum::<f64>() - 6.0;
            let interval = confidence_sequence(count, sum / count as f64, 1.0, 200, 0.95).unwrap();
            !(interval.low <= 0.0 && 0.0 <= interval.high)
        })
    });
    let strays = strays.count();
    assert!(strays <= 15, "{strays} of 300, and 5 % are 15");
}
