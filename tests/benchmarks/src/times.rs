//! Lengths of time, and how two things are measured so that a busy machine is busy for both.

use std::time::{Duration, Instant};

use crate::figure::Failure;

/// What is measured: one call of it.
pub type Runner<'a> = &'a mut dyn FnMut() -> Result<(), Failure>;

/// How long many calls took.
#[derive(Debug, Clone)]
pub struct Times(Vec<Duration>);

impl Times {
    pub fn new(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        Self(times)
    }

    pub fn median(&self) -> Duration {
        self.quantile(0.5)
    }

    /// The time that this share of the calls (0 to 1) did not exceed.
    pub fn quantile(&self, share: f64) -> Duration {
        let rank = (share * self.0.len() as f64).ceil() as usize;
        self.0.get(rank.saturating_sub(1)).copied().unwrap_or_default()
    }
}

/// Measures by turns: in each, every runner is called so many times in a row. The first turn is not counted.
pub fn by_turns<const N: usize>(
    turns: usize,
    calls: usize,
    mut runners: [Runner<'_>; N],
) -> Result<[Times; N], Failure> {
    let mut times = [const { Vec::new() }; N];
    for turn in 0..=turns {
        for (runner, times) in runners.iter_mut().zip(&mut times) {
            for _ in 0..calls {
                let started = Instant::now();
                runner()?;
                let took = started.elapsed();
                if turn > 0 {
                    times.push(took);
                }
            }
        }
    }
    Ok(times.map(Times::new))
}

/// How many times longer than the other.
pub fn times_longer(ours: Duration, theirs: Duration) -> f64 {
    ours.as_secs_f64() / theirs.as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_read_off() {
        let times = Times::new((1..=20).rev().map(Duration::from_millis).collect());
        let read = [0.0, 0.5, 0.95, 1.0].map(|share| times.quantile(share).as_millis());
        assert_eq!(read, [1, 10, 19, 20]);
        assert_eq!(Times::new(Vec::new()).median(), Duration::ZERO);
    }

    #[test]
    fn runners_take_turns_and_the_first_is_not_counted() {
        let order = std::cell::RefCell::new(String::new());
        let mut a = || {
            order.borrow_mut().push('a');
            Ok(())
        };
        let mut b = || {
            order.borrow_mut().push('b');
            Ok(())
        };
        let [first, second] = by_turns(2, 3, [&mut a, &mut b]).unwrap();
        assert_eq!(order.into_inner(), "aaabbbaaabbbaaabbb");
        assert_eq!((first.0.len(), second.0.len()), (6, 6));
    }
}
