//! Running cases, side by side on all cores.

use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use sluice_policy::testing::{CaseReport, Coverage, Mutation, run};

use super::shelf::{Shelf, Shelved};

/// A case that was run.
#[derive(Debug, Clone)]
pub struct Ran {
    pub shelved: Shelved,
    pub report: CaseReport,
    pub took: Duration,
}

/// Runs the cases whose `policy/case` has the filter in it, in the order of the shelf.
pub fn run_cases(shelf: &Shelf, filter: &str) -> Vec<Ran> {
    let chosen: Vec<&Shelved> = chosen(shelf, filter).collect();
    side_by_side(&chosen, |shelved| {
        let began = Instant::now();
        let report = run(&shelf.set, &shelved.policy, &shelved.case);
        Ran { shelved: (*shelved).clone(), report, took: began.elapsed() }
    })
}

/// What those cases reach of the rules of their policies.
pub fn coverage(shelf: &Shelf, filter: &str) -> Coverage {
    let mut coverage = Coverage::of(&shelf.set, pairs(shelf, filter));
    coverage.rules.retain(|one| is_chosen(shelf, filter, &one.policy));
    coverage.parts.retain(|one| is_chosen(shelf, filter, &one.policy));
    coverage
}

/// Which changes of rules those cases do not notice.
pub fn mutation(shelf: &Shelf, filter: &str) -> Mutation {
    let policies = shelf.set.policies().iter().filter(|policy| is_chosen(shelf, filter, &policy.name));
    let of_each = side_by_side(&policies.collect::<Vec<_>>(), |policy| {
        Mutation::of_policy(policy, pairs(shelf, filter).filter(|(name, _)| *name == policy.name))
    });
    of_each.into_iter().fold(Mutation::default(), Mutation::and)
}

fn chosen<'a>(shelf: &'a Shelf, filter: &'a str) -> impl Iterator<Item = &'a Shelved> + Clone {
    shelf.cases.iter().filter(move |one| format!("{}/{}", one.policy, one.case.name).contains(filter))
}

/// Whether a policy is asked about: where a filter leaves it no case, nothing is said of it.
fn is_chosen(shelf: &Shelf, filter: &str, policy: &str) -> bool {
    filter.is_empty() || chosen(shelf, filter).any(|one| one.policy == policy)
}

fn pairs<'a>(
    shelf: &'a Shelf,
    filter: &'a str,
) -> impl Iterator<Item = (&'a str, &'a sluice_policy::document::Case)> + Clone {
    chosen(shelf, filter).map(|one| (one.policy.as_str(), &one.case))
}

/// What a function makes of each item, in the order of the items.
fn side_by_side<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get).min(items.len().max(1));
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<(usize, R)>> = Mutex::new(Vec::with_capacity(items.len()));
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some((at, item)) = take(&next, items) {
                    let result = work(item);
                    done.lock().unwrap_or_else(PoisonError::into_inner).push((at, result));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, result)| result).collect()
}

fn take<'a, T>(next: &AtomicUsize, items: &'a [T]) -> Option<(usize, &'a T)> {
    let at = next.fetch_add(1, Ordering::Relaxed);
    Some((at, items.get(at)?))
}
