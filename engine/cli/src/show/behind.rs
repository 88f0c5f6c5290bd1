//! Shows a release from a thread of its own: judging never waits for whoever reads, a pipe that nobody drains or a
//! terminal that was stopped included.

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::time::Duration;

use sluice_core::release::event::Record;
use sluice_core::release::state::State;
use sluice_runner::engine::{Left, Listener};

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
    Ticked(Box<State>, u64),
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

    fn ticked(&mut self, state: &State, now_ms: u64) {
        // Where the reader is behind, the next tick is as good.
        let _ = self.queue.try_send(Told::Ticked(Box::new(state.clone()), now_ms));
    }
}
