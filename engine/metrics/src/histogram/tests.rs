//! Histograms by hand: what Prometheus' documentation says of them, worked out on small ones.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;

fn exponential(
    schema: i8,
    zero: (f64, f64),
    negative: &[(i32, f64)],
    positive: &[(i32, f64)],
) -> NativeHistogram {
    let layout = Layout::Exponential { schema, zero_threshold: zero.0 };
    let all = negative.iter().chain(positive).map(|(_, count)| count);
    NativeHistogram {
        count: zero.1 + all.sum::<f64>(),
        zero_count: zero.1,
        positive: positive.to_vec(),
        negative: negative.to_vec(),
        ..NativeHistogram::empty(layout)
    }
}

fn custom(bounds: &[f64], counts: &[f64]) -> NativeHistogram {
    let positive: Vec<(i32, f64)> =
        counts.iter().enumerate().map(|(at, count)| (at as i32, *count)).collect();
    NativeHistogram {
        count: counts.iter().sum(),
        positive,
        ..NativeHistogram::empty(Layout::Custom { bounds: Arc::from(bounds) })
    }
}

fn close(a: f64, b: f64) -> bool {
    a == b || (a - b).abs() < 1e-12 * a.abs().max(b.abs())
}

#[test]
fn bounds_are_powers_of_two_by_the_schema() {
    let bounds = |schema, index| Layout::Exponential { schema, zero_threshold: 0.0 }.bounds_of(index);
    assert_eq!(bounds(0, 1), (1.0, 2.0));
    assert_eq!(bounds(0, -1), (0.25, 0.5));
    assert_eq!(bounds(-1, 1), (1.0, 4.0));
    assert_eq!(bounds(1, 1), (1.0, std::f64::consts::SQRT_2));
    assert_eq!(bounds(3, 1024 << 3).1, f64::MAX, "the last bucket of finite values");
    assert_eq!(bounds(3, (1024 << 3) + 1), (f64::MAX, f64::INFINITY));
    assert_eq!(bounds(0, i32::MIN), (0.0, 0.0), "hostile indices do no harm");
    let custom = Layout::Custom { bounds: Arc::from([1.0, 2.0]) };
    assert_eq!((custom.bounds_of(0), custom.bounds_of(2)), ((f64::NEG_INFINITY, 1.0), (2.0, f64::INFINITY)));
}

#[test]
fn quantiles_are_exponential_within_a_bucket_and_linear_at_zero() {
    let one = exponential(0, (0.001, 0.0), &[], &[(1, 10.0)]);
    assert!(close(one.quantile(0.5), std::f64::consts::SQRT_2));
    assert!(close(one.quantile(0.0), 1.0) && close(one.quantile(1.0), 2.0));
    let mirrored = exponential(0, (0.001, 0.0), &[(1, 10.0)], &[]);
    assert!(close(mirrored.quantile(0.5), -std::f64::consts::SQRT_2));
    let zero = exponential(0, (0.5, 10.0), &[], &[(1, 10.0)]);
    assert!(close(zero.quantile(0.25), 0.25), "with no negative values the zero bucket begins at zero");
    let both = exponential(0, (0.5, 10.0), &[(1, 5.0)], &[(1, 5.0)]);
    assert!(close(both.quantile(0.5), 0.0));
    assert_eq!((one.quantile(-0.1), one.quantile(1.1)), (f64::NEG_INFINITY, f64::INFINITY));
    assert!(one.quantile(f64::NAN).is_nan() && exponential(0, (0.0, 0.0), &[], &[]).quantile(0.5).is_nan());
}

#[test]
fn custom_buckets_are_linear_and_open_at_the_ends() {
    let histogram = custom(&[1.0, 2.0, 4.0], &[1.0, 2.0, 2.0, 5.0]);
    assert!(close(histogram.quantile(0.05), 0.5), "the first bucket begins at zero");
    assert!(close(histogram.quantile(0.2), 1.5));
    assert_eq!(histogram.quantile(0.9), 4.0, "the last has no end to interpolate to");
    assert!(close(histogram.fraction(1.0, 3.0), 0.3));
    assert_eq!(histogram.fraction(4.0, f64::INFINITY), 0.5);
}

#[test]
fn observations_of_nan_are_in_no_bucket() {
    let mut histogram = exponential(0, (0.0, 0.0), &[], &[(1, 8.0)]);
    histogram.count = 10.0;
    histogram.sum = f64::NAN;
    assert!(histogram.quantile(0.9).is_nan() && close(histogram.quantile(0.4), std::f64::consts::SQRT_2));
    assert!(close(histogram.fraction(f64::NEG_INFINITY, f64::INFINITY), 0.8));
}

#[test]
fn fractions_and_spread() {
    let histogram = exponential(0, (0.5, 4.0), &[(2, 4.0)], &[(2, 4.0)]);
    assert!(close(histogram.fraction(-0.5, 0.5), 1.0 / 3.0));
    assert!(close(histogram.fraction(0.0, f64::INFINITY), 0.5));
    assert!(close(histogram.fraction(8f64.sqrt(), f64::INFINITY), 2.0 / 12.0));
    assert_eq!((histogram.fraction(2.0, 2.0), histogram.fraction(3.0, 2.0)), (0.0, 0.0));
    // Four values near 8^(1/2), four near the opposite, four near zero.
    assert!(close(histogram.variance(), 8.0 * 8.0 / 12.0));
}

#[test]
fn sums_take_the_coarser_resolution_and_the_wider_zero() {
    let fine = exponential(1, (0.001, 1.0), &[], &[(-1, 3.0), (1, 1.0), (2, 2.0), (3, 4.0)]);
    let coarse = exponential(0, (0.6, 2.0), &[], &[(0, 1.0), (1, 8.0)]);
    let sum = NativeHistogram::sum([&fine, &coarse].into_iter()).unwrap();
    // The threshold 0.6 lies within a populated bucket of the one, whose end lies within one of the other.
    assert_eq!(sum.layout, Layout::Exponential { schema: 0, zero_threshold: 1.0 });
    assert_eq!((sum.zero_count, sum.positive.clone(), sum.count), (7.0, vec![(1, 11.0), (2, 4.0)], 22.0));
    assert_eq!(NativeHistogram::sum([&fine, &custom(&[1.0], &[1.0])].into_iter()), None);
    let bounds = NativeHistogram::sum(
        [&custom(&[1.0, 2.0, 3.0], &[1.0, 2.0, 3.0, 4.0]), &custom(&[1.0, 3.0], &[1.0, 1.0, 1.0])]
            .into_iter(),
    );
    assert_eq!(bounds.unwrap(), custom(&[1.0, 3.0], &[2.0, 6.0, 5.0]));
}

#[test]
fn resets_are_any_count_that_fell() {
    let before = exponential(0, (0.001, 1.0), &[], &[(1, 2.0), (2, 2.0)]);
    assert!(!before.was_reset_since(&before));
    assert!(exponential(0, (0.001, 0.0), &[], &[(1, 9.0), (2, 9.0)]).was_reset_since(&before), "zero count");
    assert!(exponential(0, (0.001, 1.0), &[], &[(1, 9.0), (2, 1.0)]).was_reset_since(&before), "one bucket");
    assert!(exponential(1, (0.001, 1.0), &[], &[(2, 9.0)]).was_reset_since(&before), "a finer schema");
    assert!(!exponential(-1, (0.001, 1.0), &[], &[(1, 5.0)]).was_reset_since(&before), "a coarser schema");
    let told = NativeHistogram { reset: ResetHint::Reset, ..before.times(2.0) };
    assert!(told.was_reset_since(&before));
    let denied = NativeHistogram { reset: ResetHint::NotReset, ..before.times(0.5) };
    assert!(!denied.was_reset_since(&before));
}

#[test]
fn shown_as_a_label() {
    let mut histogram = exponential(0, (0.001, 2.0), &[(1, 2.0), (0, 1.0)], &[(0, 1.0), (1, 2.5e-7)]);
    histogram.negative.sort_unstable_by_key(|(index, _)| *index);
    histogram.count = 20.0;
    histogram.sum = 1e21;
    assert_eq!(
        histogram.to_string(),
        "{count:20, sum:1e+21, [-2,-1):2, [-1,-0.5):1, [-0.001,0.001]:2, (0.5,1]:1, (1,2]:2.5e-07}"
    );
    assert_eq!(custom(&[1.0], &[1.0, 2.0]).to_string(), "{count:3, sum:0, (-Inf,1]:1, (1,+Inf]:2}");
}

fn any_histogram() -> impl Strategy<Value = NativeHistogram> {
    let buckets = || proptest::collection::btree_map(-20i32..20, 0u32..50, 0..8);
    (-2i8..4, prop_oneof![Just(0.0), Just(0.001), 0.01f64..3.0], 0u32..20, buckets(), buckets()).prop_map(
        |(schema, threshold, zero, negative, positive)| {
            let counts = |buckets: std::collections::BTreeMap<i32, u32>| -> Vec<(i32, f64)> {
                let outside = |(index, _): &(i32, u32)| exponential_bound(schema, *index) > threshold;
                let outside = buckets.into_iter().filter(outside);
                outside.map(|(index, count)| (index, f64::from(count))).collect()
            };
            let zero = if threshold == 0.0 { 0 } else { zero };
            exponential(schema, (threshold, f64::from(zero)), &counts(negative), &counts(positive))
        },
    )
}

fn observations(histogram: &NativeHistogram) -> f64 {
    histogram.zero_count
        + histogram.positive.iter().chain(&histogram.negative).map(|(_, count)| count).sum::<f64>()
}

proptest! {
    #[test]
    fn a_sum_keeps_every_observation(all in proptest::collection::vec(any_histogram(), 1..6)) {
        let sum = NativeHistogram::sum(all.iter()).unwrap();
        prop_assert_eq!(observations(&sum), all.iter().map(observations).sum::<f64>());
        let backwards = NativeHistogram::sum(all.iter().rev()).unwrap();
        prop_assert_eq!(sum, backwards);
    }

    #[test]
    fn a_difference_undoes_a_sum(a in any_histogram(), b in any_histogram()) {
        let sum = NativeHistogram::sum([&a, &b].into_iter()).unwrap();
        let layout = sum.layout.clone();
        let rest = sum.minus(&b).unwrap();
        prop_assert!(rest.same_as(&a.in_layout(&layout).compact()), "{rest} {a}");
    }

    #[test]
    fn a_sum_is_no_reset_and_its_part_is(a in any_histogram(), b in any_histogram()) {
        let sum = NativeHistogram::sum([&a, &b].into_iter()).unwrap();
        prop_assert!(!sum.was_reset_since(&a));
        prop_assert!(a.was_reset_since(&sum) || observations(&b) == 0.0);
    }

    #[test]
    fn quantiles_rise_and_leave_their_share_below(histogram in any_histogram(), phi in 0.0f64..1.0, more in 0.0f64..1.0) {
        if histogram.count > 0.0 {
            let (low, high) = (phi.min(more), phi.max(more));
            let (a, b) = (histogram.quantile(low), histogram.quantile(high));
            prop_assert!(a <= b + 1e-9 * b.abs(), "{a} {b}");
            if histogram.zero_count == 0.0 && b.is_finite() {
                let share = histogram.fraction(f64::NEG_INFINITY, b);
                prop_assert!(share >= high - 1e-6, "{share} {high}");
            }
        }
    }
}
