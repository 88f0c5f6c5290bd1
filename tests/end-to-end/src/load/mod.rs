//! Clients that send requests as fast as they may, and count what came back.

use std::sync::{Arc, Mutex, PoisonError};

use thiserror::Error;
use tokio::sync::watch;
use tokio::task::JoinHandle;

mod address;
mod client;
mod latencies;
mod pace;
mod tally;

pub use latencies::Latencies;
pub use tally::{Answers, Failure, Sighting, Tally};

/// How much load, and where to.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// `http://host:port/path`.
    pub url: String,
    /// Each has one connection and one request under way at a time.
    pub clients: usize,
    /// Requests a second by all clients together; none is as fast as they can.
    pub rate: Option<f64>,
    /// A header of every request, by name and value.
    pub header: Option<(&'static str, &'static str)>,
    /// Keeps when each answer was asked for and when it came, which takes memory for each.
    pub sightings: bool,
}

/// Why no load can be made.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LoadError {
    #[error("`{0}` is not an address to send requests to: expected http://host:port/path")]
    Address(String),
}

/// Clients at work. Dropping it stops them in the middle of what they do.
#[derive(Debug)]
pub struct Load {
    clients: Vec<(Arc<Mutex<Tally>>, JoinHandle<()>)>,
    stop: watch::Sender<bool>,
}

impl Load {
    /// Starts the clients on the current runtime.
    pub fn start(options: &Options) -> Result<Self, LoadError> {
        let address = address::Address::parse(&options.url)?;
        let (stop, stopped) = watch::channel(false);
        let pace = Arc::new(pace::Pace::new(options.rate));
        let clients = (0..options.clients).map(|_| {
            let tally = Arc::new(Mutex::new(Tally::default()));
            let client = client::Client::new(options, address.clone(), Arc::clone(&pace), Arc::clone(&tally));
            (tally, tokio::spawn(client.run(stopped.clone())))
        });
        Ok(Self { clients: clients.collect(), stop })
    }

    /// What came back since the last time this was asked.
    pub fn take(&self) -> Tally {
        let mut all = Tally::default();
        for (tally, _) in &self.clients {
            all.add(std::mem::take(&mut *tally.lock().unwrap_or_else(PoisonError::into_inner)));
        }
        all
    }

    /// Lets every client finish the request it is at; gives what came back since the last `take`.
    pub async fn stop(mut self) -> Tally {
        let _ = self.stop.send(true);
        for (_, task) in &mut self.clients {
            let _ = task.await;
        }
        self.take()
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        for (_, task) in &self.clients {
            task.abort();
        }
    }
}
