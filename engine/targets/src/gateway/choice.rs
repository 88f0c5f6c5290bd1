//! Which revision a request goes to: the line of weights, and places on it.
//!
//! The line has 1000 places, one for each tenth of a percent. The candidate has the places at its head, a
//! baseline those at its end, the stable revision those between. A request without a cookie takes the next place of a sequence that
//! visits each place once in 1000 requests, in leaps of 367. So any 1000 such requests are split exactly, any
//! 100 are off by 2.4 at most, and a new line is in force at once. Of all leaps, this one is among the best
//! in both that and in not falling into step with clients that repeat a pattern, whose candidate request
//! would be the same one each time (one of 21 places would have nearly all with 619, the golden ratio's).
//!
//! A sticky client's cookie holds its place, not a revision. So the candidate's part of the clients is its
//! weight at any time: when the weight rises, only the clients on the places that it gains move to it; when
//! it falls, only those on the places that it loses move away, at their next request. The line is turned by
//! the release's name, so that not the same clients go first in every release. Behind its place the cookie has
//! the number of the instance that the client had: it is kept as long as that instance takes requests.

use sluice_core::model::shape::{Role, Weight};

/// Places on the line.
pub const PLACES: u16 = 1000;

/// Which lane each place belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    lanes: Vec<u8>,
    turn: u16,
}

const STRIDE: u64 = 367;

impl Line {
    /// Lays out the lanes by role; none if the weights do not fill the line.
    pub fn lay(weights: &[(Role, Weight)], release: &str) -> Option<Self> {
        let mut lanes = Vec::with_capacity(usize::from(PLACES));
        for role in [Role::Candidate, Role::Stable, Role::Baseline] {
            for (index, (_, weight)) in weights.iter().enumerate().filter(|(_, (of, _))| *of == role) {
                let index = u8::try_from(index).ok()?;
                lanes.extend(std::iter::repeat_n(index, usize::from(weight.get())));
            }
        }
        let turn = u16::try_from(name_hash(release) % u64::from(PLACES)).ok()?;
        (lanes.len() == usize::from(PLACES)).then_some(Self { lanes, turn })
    }

    /// The lane at a place.
    pub fn lane(&self, place: u16) -> usize {
        let index = usize::from((place % PLACES + self.turn) % PLACES);
        self.lanes.get(index).copied().map_or(0, usize::from)
    }
}

/// The place of the nth request.
pub fn place(sequence: u64) -> u16 {
    let place = (sequence % u64::from(PLACES)) * STRIDE % u64::from(PLACES);
    u16::try_from(place).unwrap_or(0)
}

/// The place that a cookie's value names; none if it is not one of ours.
fn parse_place(value: &str) -> Option<u16> {
    let digits = value.len() <= 3 && value.bytes().all(|byte| byte.is_ascii_digit());
    if digits { value.parse().ok().filter(|place| *place < PLACES) } else { None }
}

/// The place that a cookie's value names, and the instance behind the point, if there is one.
pub fn parse_seat(value: &str) -> Option<(u16, Option<u64>)> {
    let Some((place, instance)) = value.split_once('.') else { return Some((parse_place(value)?, None)) };
    let digits = !instance.is_empty() && instance.bytes().all(|byte| byte.is_ascii_digit());
    let instance = if digits { instance.parse().ok() } else { None };
    Some((parse_place(place)?, Some(instance?)))
}

/// FNV-1a: the same on every machine and in every version, as clients keep their places.
fn name_hash(name: &str) -> u64 {
    name.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn line(candidate: u16, release: &str) -> Line {
        let weight = Weight::per_mille(candidate).unwrap();
        let lanes = [(Role::Stable, weight.rest()), (Role::Candidate, weight)];
        Line::lay(&lanes, release).unwrap()
    }

    proptest! {
        #[test]
        fn any_thousand_requests_are_split_exactly(from in 0..1_000_000u64, weight in 0..=1000u16, release in "[a-z]{0,8}") {
            let line = line(weight, &release);
            let hits = (from..from + 1000).filter(|n| line.lane(place(*n)) == 1).count();
            prop_assert_eq!(hits, usize::from(weight));
        }

        #[test]
        fn any_hundred_requests_are_near_the_weight(from in 0..1_000_000u64, weight in 0..=1000u16) {
            let line = line(weight, "r");
            let hits = (from..from + 100).filter(|n| line.lane(place(*n)) == 1).count();
            let expected = f64::from(weight) / 10.0;
            prop_assert!((hits as f64 - expected).abs() <= 2.41, "{} of 100 at {} %", hits, expected);
        }

        #[test]
        fn three_arms_are_split_exactly_and_take_only_from_stable(from in 0..1_000_000u64, arm in 0..=500u16, less in 0..=500u16) {
            let arms = |arm: u16| {
                let weight = |value| Weight::per_mille(value).unwrap();
                let lanes = [(Role::Stable, weight(1000 - 2 * arm)), (Role::Candidate, weight(arm)), (Role::Baseline, weight(arm))];
                Line::lay(&lanes, "r").unwrap()
            };
            let (now, before) = (arms(arm), arms(arm.min(less)));
            for (lane, weight) in [(1, arm), (2, arm), (0, 1000 - 2 * arm)] {
                let hits = (from..from + 1000).filter(|n| now.lane(place(*n)) == lane).count();
                prop_assert_eq!(hits, usize::from(weight));
            }
            prop_assert!((0..PLACES).all(|at| before.lane(at) == 0 || before.lane(at) == now.lane(at)));
        }

        #[test]
        fn sticky_clients_move_only_as_the_weights_do(low in 0..=1000u16, high in 0..=1000u16) {
            let (low, high) = (low.min(high), low.max(high));
            let (before, after) = (line(low, "r"), line(high, "r"));
            let moved = (0..PLACES).filter(|at| before.lane(*at) != after.lane(*at)).count();
            prop_assert_eq!(moved, usize::from(high - low));
            prop_assert!((0..PLACES).all(|at| before.lane(at) == 0 || after.lane(at) == 1));
        }
    }

    #[test]
    fn no_repeated_pattern_puts_the_same_request_to_the_candidate_each_time() {
        let line = line(50, "r");
        for length in 2..=40 {
            let mut hits = vec![0; length];
            for request in (0..1000).filter(|n| line.lane(place(*n)) == 1) {
                hits[usize::try_from(request).unwrap() % length] += 1;
            }
            let (most, fair) = (hits.iter().max().unwrap(), 50.0 / length as f64);
            assert!(f64::from(*most) <= 3.2 * fair, "{most} of 50 on one request of {length}");
        }
    }

    #[test]
    fn releases_begin_with_different_clients() {
        let firsts: std::collections::BTreeSet<u16> = ["r-1", "r-2", "r-3", "r-4"]
            .iter()
            .filter_map(|release| (0..PLACES).find(|at| line(10, release).lane(*at) == 1))
            .collect();
        assert_eq!(firsts.len(), 4);
    }

    #[test]
    fn weights_that_do_not_fill_the_line_make_none() {
        let half = Weight::per_mille(500).unwrap();
        assert_eq!(Line::lay(&[(Role::Stable, half)], "r"), None);
    }

    #[test]
    fn only_places_are_read_from_cookies() {
        assert_eq!(parse_place("7"), Some(7));
        for value in ["", "1000", "-1", "+1", "0x1", "99999999999999999999", "v1-abc"] {
            assert_eq!(parse_place(value), None, "{value}");
        }
    }
}
