//! What can not be compared is told, and the smaller parts by hand.

use super::*;

#[test]
fn what_can_not_be_compared_is_told() {
    let one = Share { hits: 1, total: 2 };
    let told = [
        mann_whitney(&[], &[1.0], Alternative::Less, 0.95).unwrap_err(),
        mann_whitney(&[f64::NAN], &[1.0], Alternative::Less, 0.95).unwrap_err(),
        mann_whitney(&[1.0], &[1.0], Alternative::Less, 1.0).unwrap_err(),
        mann_whitney(&[1.0; 3000], &[1.0; 3000], Alternative::Less, 0.95).unwrap_err(),
        Moments::of(&[1.0]).unwrap_err(),
        welch(&Moments::of(&[1.0; 3]).unwrap(), &Moments::of(&[2.0; 3]).unwrap(), Alternative::Less, 0.9)
            .unwrap_err(),
        fisher(Share { hits: 0, total: 0 }, one, Alternative::Less).unwrap_err(),
        fisher(Share { hits: 3, total: 2 }, one, Alternative::Less).unwrap_err(),
        fisher(Share { hits: 3, total: 1 << 50 }, one, Alternative::Less).unwrap_err(),
        quantile_interval(Buckets { upper: &[1.0], counts: &[1] }, 0.5, 0.95).unwrap_err(),
        quantile_interval(Buckets { upper: &[f64::INFINITY], counts: &[0] }, 0.5, 0.95).unwrap_err(),
        ratio_evidence(1, 2, 0.0).unwrap_err(),
        rate_ratio(&RateRatio::new(0.0), (0, 0), (1.0, 1.0)).unwrap_err(),
        burn_rate((0.0, 0.0), 0.99).unwrap_err(),
    ];
    let told: Vec<String> = told.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(told.join("\n"), @r"
    1 values are needed in each sample, and there are 0
    a value is not a number, or infinite
    the confidence `1` is not between 0 and 1
    the comparison takes 9000000 pairs of values, more than 4000000
    2 values are needed in each sample, and there are 1
    the values do not vary, so there is nothing to judge a difference by
    there are no events
    a count is negative, not whole, or more than its total
    1125899906842626 events are more than 268435456; compare them as two proportions
    the buckets of the two histograms are not the same, or do not end at infinity
    there are no events
    the limit `0` is not between 0 and 1
    the tolerated ratio `0` must be more than 0
    there are no events
    ");
}

#[test]
fn values_that_are_all_equal_are_nothing_remarkable() {
    let test = mann_whitney(&[1.0; 10], &[1.0; 12], Alternative::Different, 0.95).unwrap();
    assert_eq!((test.u, test.p, test.shift), (60.0, 1.0, 0.0));
    let none =
        two_proportion(Share { hits: 0, total: 9 }, Share { hits: 0, total: 5 }, Alternative::Greater, 0.95);
    assert_eq!(none.unwrap().p, 0.5);
}

#[test]
fn quantiles_of_the_same_histogram_are_not_apart() {
    let upper = [0.1, 1.0, f64::INFINITY];
    let buckets = Buckets { upper: &upper, counts: &[900, 90, 10] };
    let same = compare_quantiles(buckets, buckets, 0.95, 0.95).unwrap();
    assert!(same.ratio.low <= 1.0 && same.ratio.high >= 1.0);
    let slower = Buckets { upper: &upper, counts: &[10, 900, 90] };
    let apart =
        compare_quantiles(slower, Buckets { upper: &upper, counts: &[9900, 90, 10] }, 0.5, 0.95).unwrap();
    assert_eq!((apart.first.low, apart.second.high, apart.ratio.low), (0.1, 0.1, 1.0));
}

#[test]
fn budgets_burn_in_both_windows() {
    let rule = BurnRule { objective: 0.999, factor: 14.4 };
    let burn = rule.judge((20.0, 1000.0), (2.0, 100.0)).unwrap();
    assert!(burn.fires && (burn.long - 20.0).abs() < 1e-9, "{burn:?}");
    assert!(!rule.judge((20.0, 1000.0), (0.0, 100.0)).unwrap().fires, "it is over");
}

#[test]
fn several_tests_are_corrected_for_their_number() {
    let corrected = holm(&[0.01, 0.04, 0.03, f64::NAN]);
    let wanted = [0.04, 0.09, 0.09, 1.0];
    assert!(corrected.iter().zip(wanted).all(|(a, b)| (a - b).abs() < 1e-12), "{corrected:?}");
    assert_eq!(holm(&[]), [0.0; 0]);
}

#[test]
fn evidence_is_kept_between_rounds_and_idle_traffic_says_nothing() {
    let test = RateRatio::new(2.0);
    let idle = rate_ratio(&test, (5, 0), (0.0, 10.0)).unwrap();
    assert!((idle.evidence - 1.0).abs() < 1e-12);
    let found = rate_ratio(&idle, (30, 3), (100.0, 100.0)).unwrap();
    assert!(found.evidence > 20.0, "{found:?}");
    let after = rate_ratio(&found, (0, 60), (100.0, 100.0)).unwrap();
    assert!(after.evidence < found.evidence && after.highest >= found.evidence);
    assert_eq!(rate_ratio(&test, (0, 0), (f64::NAN, 1.0)), Err(StatisticsError::BadCount));
}

#[test]
fn a_test_is_taken_up_only_as_it_was_left() {
    let left = rate_ratio(&RateRatio::new(1.0), (3, 1), (10.0, 10.0)).unwrap();
    let kept: RateRatio = serde_json::from_str(&serde_json::to_string(&left).unwrap()).unwrap();
    assert_eq!(kept, left);
    let endless = rate_ratio(&left, (u64::MAX, 0), (1.0, 1e9)).unwrap();
    assert!(endless.evidence.is_finite() && endless.wagers.iter().all(|wager| wager.is_finite()));
    for bad in [
        RateRatio { wagers: vec![0.0; 3], ..left.clone() },
        RateRatio { wagers: vec![f64::NAN; 24], ..left.clone() },
        RateRatio { highest: f64::INFINITY, ..left.clone() },
        RateRatio { highest: 0.5, ..left },
    ] {
        assert_eq!(rate_ratio(&bad, (0, 0), (1.0, 1.0)), Err(StatisticsError::BadTest));
    }
}
