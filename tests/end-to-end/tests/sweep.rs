//! One release after another, each with the next fault, by several workers, until a fault comes too late.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use tokio::task::JoinSet;

use crate::grounds::Grounds;

/// Each has a stage of its own; releases mostly wait, so more of them than there are cores.
const WORKERS: u64 = 4;
/// No release of the tests has so many records; a sweep that gets here does not end.
const MOST: u64 = 2_000;

/// Whether a fault came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    Happened,
    /// The release had ended before it.
    TooLate,
}

#[derive(Debug, Default)]
struct Progress {
    next: AtomicU64,
    happened: AtomicU64,
    over: AtomicBool,
}

/// Calls `one` with 0, 1, 2 and so on until the fault of that number comes too late; gives how many happened.
///
/// Each worker has its own grounds, on which its releases follow each other.
pub async fn sweep<F, R>(one: F) -> u64
where
    F: Fn(Arc<Grounds>, u64) -> R + Clone + Send + Sync + 'static,
    R: Future<Output = Fault> + Send,
{
    let progress = Arc::new(Progress::default());
    let mut workers = JoinSet::new();
    for _ in 0..WORKERS {
        let (one, progress) = (one.clone(), Arc::clone(&progress));
        workers.spawn(async move {
            let grounds = Arc::new(Grounds::with_v1().await);
            while !progress.over.load(Ordering::Relaxed) {
                let number = progress.next.fetch_add(1, Ordering::Relaxed);
                assert!(number < MOST, "the release never ends");
                match one(Arc::clone(&grounds), number).await {
                    Fault::Happened => progress.happened.fetch_add(1, Ordering::Relaxed),
                    Fault::TooLate => return progress.over.store(true, Ordering::Relaxed),
                };
            }
        });
    }
    while let Some(ended) = workers.join_next().await {
        if let Err(panicked) = ended {
            std::panic::resume_unwind(panicked.into_panic());
        }
    }
    progress.happened.load(Ordering::Relaxed)
}
