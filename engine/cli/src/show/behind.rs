//! Shows a release from a thread of its own: judging never waits for whoever reads, a pipe that nobody drains or a
//! terminal that was stopped included.

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::time::Duration;

use sluice_core::release::event::Record;
use sluice_core::release::state::State;
use sluice_runner::engine::{Although, Left, Listener};

use super::{View, note};

/// What waits to be shown at the most; a reader so far behind misses what comes then.
const MOST_WAITING: usize = 4_096;
/// How long the end waits for a reader who takes nothing more.
const PATIENCE: Duration = Duration::from_secs(5);

/// A view behind a queue.
#[derive(Debug)]
pub struct Behind {
    queue: SyncSender<Told>,
    /// A sign for each thing shown.
    shown: Receiver<()>,
    missed: u64,
}

#[derive(Debug)]
enum Told {
    Recorded(Box<Record>, Box<State>),
    Looked(BTreeMap<String, u32>),
    Said(String, String),
    Ticked(Box<State>, u64),
    GoingBackFirst(Although),
    Left(Option<Left>, Box<State>),
}

impl Behind {
    /// Puts a view, which is made in its thread, behind a queue.
    pub fn new(view: impl FnOnce() -> Box<dyn View> + Send + 'static) -> Self {
        let (queue, waiting) = sync_channel(MOST_WAITING);
        let (sign, shown) = sync_channel(1);
        std::thread::spawn(move || {
            let mut view = view();
            for told in waiting {
                match told {
                    Told::Recorded(record, state) => view.recorded(&record, &state),
                    Told::GoingBackFirst(although) => view.going_back_first(although),
                    Told::Looked(ready) => view.looked(&ready),
                    Told::Said(job, line) => view.said(&job, &line),
                    Told::Ticked(state, now_ms) => view.ticked(&state, now_ms),
                    Told::Left(left, state) => view.left(left.as_ref(), &state),
                }
                // A full sign is sign enough.
                let _ = sign.try_send(());
            }
        });
        Self { queue, shown, missed: 0 }
    }

    /// Says how the release was left, and waits until all is shown, or nobody takes any more.
    pub fn end(self, left: Option<Left>, state: &State) {
        let Self { queue, shown, mut missed } = self;
        if queue.try_send(Told::Left(left, Box::new(state.clone()))).is_err() {
            missed += 1;
        }
        drop(queue);
        loop {
            match shown.recv_timeout(PATIENCE) {
                Ok(()) => {}
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {
                    missed += 1;
                    break;
                }
            }
        }
        if missed > 0 {
            note(&format!("not all of it was shown, as nobody read it: see `sluice show {}`", state.release));
        }
    }
}

impl Listener for Behind {
    fn recorded(&mut self, record: &Record, state: &State) {
        let told = Told::Recorded(Box::new(record.clone()), Box::new(state.clone()));
        if let Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) = self.queue.try_send(told) {
            self.missed += 1;
        }
    }

    fn going_back_first(&mut self, although: Although) {
        let _ = self.queue.try_send(Told::GoingBackFirst(although));
    }

    fn looked(&mut self, ready: &BTreeMap<String, u32>) {
        let _ = self.queue.try_send(Told::Looked(ready.clone()));
    }

    fn said(&mut self, job: &str, line: &str) {
        // What a job writes is in its file in any case.
        let _ = self.queue.try_send(Told::Said(job.to_owned(), line.to_owned()));
    }

    fn ticked(&mut self, state: &State, now_ms: u64) {
        // Where the reader is behind, the next tick is as good.
        let _ = self.queue.try_send(Told::Ticked(Box::new(state.clone()), now_ms));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Sender, channel};

    use sluice_core::release::event::Event;

    use super::*;

    /// Shows nothing until it may, as a pipe that nobody drains.
    struct Stuck {
        may_go_on: Receiver<()>,
        shown: Sender<u64>,
    }

    impl Listener for Stuck {
        fn recorded(&mut self, record: &Record, _: &State) {
            let _ = self.may_go_on.recv();
            let _ = self.shown.send(record.seq);
        }

        fn ticked(&mut self, _: &State, _: u64) {}
    }

    impl View for Stuck {
        fn left(&mut self, _: Option<&Left>, _: &State) {}
    }

    fn planned() -> (Record, State) {
        let plan = sluice_core::sample::plan();
        let event = Event::Planned { release: "shop-1".to_owned(), plan: Box::new(plan) };
        let record = Record { seq: 0, at: 1, event };
        let state = State::begin(&record).unwrap();
        (record, state)
    }

    #[test]
    fn a_reader_who_takes_nothing_never_keeps_the_engine_waiting() {
        let (go_on, may_go_on) = channel();
        let (shown, seen) = channel();
        let (record, state) = planned();
        let mut view = Behind::new(move || Box::new(Stuck { may_go_on, shown }));
        // More than the queue holds: each call returns although the view is stuck in the first.
        let all = 2 * MOST_WAITING as u64;
        for seq in 0..all {
            view.recorded(&Record { seq, ..record.clone() }, &state);
            view.ticked(&state, seq);
        }
        assert!(view.missed >= MOST_WAITING as u64, "only {} were missed", view.missed);
        // Whoever reads again sees all that was kept, in its order.
        drop(go_on);
        view.end(None, &state);
        let seen: Vec<u64> = seen.iter().collect();
        assert!(!seen.is_empty() && seen.is_sorted() && seen.len() < all as usize);
    }
}
