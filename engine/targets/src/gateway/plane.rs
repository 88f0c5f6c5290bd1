//! The data plane: what splits the traffic among the instances that this process owns.
//!
//! The gateway's own proxy is one; another proxy on the machine, told over its own interface, is another. All
//! that differs between them stands behind [`DataPlane`].

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use sluice_core::model::difference::Difference;
use sluice_core::model::shape::Weight;
use sluice_runner::ports::target::{Desired, Endpoint};
use tokio::sync::watch;

use super::config::Settings;
use super::preview::Preview;
use super::routing::Routing;
use super::stats::Board;
use super::table::Table;
use super::upstream::Upstream;

/// Told what is to be in force, says what was seen to be.
pub trait DataPlane: Send + Sync + fmt::Debug {
    /// Has this in force as soon as it can. It does not wait, and may be told the same again. What is seen to
    /// be in force is this from now on, and not what was put before.
    ///
    /// An instance that a plane may send requests to is kept under way by it ([`Upstream::begin`]), until the
    /// plane was seen to send it no more and all were answered: only then is the instance stopped.
    fn put(&self, wanted: Wanted<'_>);

    /// What was last seen; changes wake whoever watches.
    fn seen(&self) -> watch::Receiver<Seen>;

    /// Takes up settings that may be refused, such as an address that can not be listened on. They are told
    /// once before they are recorded and at each start; what is told to [`Self::put`] was told here before.
    fn configure(&self, settings: &Settings) -> Result<(), String> {
        let _ = settings;
        Ok(())
    }

    /// Where the candidate alone is served.
    fn preview(&self) -> Option<SocketAddr> {
        None
    }

    /// The last differences between stable's answers and the shadow's.
    fn differences(&self) -> Vec<Difference> {
        Vec::new()
    }

    /// Why it can not have this at all.
    fn refuses(&self, desired: &Desired) -> Option<String> {
        let _ = desired;
        None
    }

    /// Metrics pages of its own, beside the gateway's.
    fn endpoints(&self) -> Vec<Endpoint> {
        Vec::new()
    }
}

/// What is to be in force.
pub struct Wanted<'a> {
    /// Nothing is served without it.
    pub desired: Option<&'a Desired>,
    pub settings: &'a Settings,
    /// The instances of a revision, by its id, that may have traffic.
    pub ready: &'a dyn Fn(&str) -> Vec<Arc<Upstream>>,
}

/// What was seen of a data plane.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Seen {
    /// What keeps what was last put from being in force, for people.
    pub waits_for: Option<String>,
    /// The weights by revision id as the plane itself told them; none for a plane that is believed by its word.
    pub weights: Option<BTreeMap<String, Weight>>,
}

/// The gateway's own proxy, for which what is put is in force.
#[derive(Debug)]
pub struct BuiltIn {
    routing: Arc<Routing>,
    board: Arc<Board>,
    preview: Preview,
    seen: watch::Sender<Seen>,
}

impl BuiltIn {
    pub fn new(routing: Arc<Routing>, board: Arc<Board>) -> Self {
        let preview = Preview::new(Arc::clone(&routing));
        Self { routing, board, preview, seen: watch::Sender::new(Seen::default()) }
    }
}

impl DataPlane for BuiltIn {
    fn put(&self, wanted: Wanted<'_>) {
        let Wanted { desired, settings, ready } = wanted;
        self.routing.put(match desired {
            Some(desired) => Table::build(desired, settings, &self.board, ready),
            None => Table::empty(settings),
        });
    }

    fn configure(&self, settings: &Settings) -> Result<(), String> {
        self.preview.listen(settings.preview)
    }

    fn preview(&self) -> Option<SocketAddr> {
        self.preview.address()
    }

    fn differences(&self) -> Vec<Difference> {
        // Of what was mirrored before, another release may have told already.
        self.routing.table().mirror().map(|mirror| mirror.samples()).unwrap_or_default()
    }

    fn seen(&self) -> watch::Receiver<Seen> {
        self.seen.subscribe()
    }
}

impl fmt::Debug for Wanted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wanted").field("desired", &self.desired).finish_non_exhaustive()
    }
}
