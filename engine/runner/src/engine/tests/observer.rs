//! What is measured, and what time it is: both follow the runtime's own time, which tests keep still.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use sluice_core::model::observation::{Observation, ObservationSet, Query};
use tokio::time::Instant;

use crate::clock::Clock;
use crate::ports::observer::{Look, Observer};
use crate::ports::plugins::Further;

/// Ready instances as the target tells them, and ten events a second.
#[derive(Debug)]
pub struct FakeObserver;

#[derive(Debug)]
struct NoFurther;

/// The runtime's time.
#[derive(Debug)]
pub struct RuntimeClock {
    began: Instant,
}

/// What the clock says at first.
pub const BEGAN_MS: u64 = 1_000_000;

impl RuntimeClock {
    pub fn new() -> Self {
        Self { began: Instant::now() }
    }
}

impl Clock for RuntimeClock {
    fn now_ms(&self) -> u64 {
        BEGAN_MS + u64::try_from(self.began.elapsed().as_millis()).unwrap()
    }
}

#[async_trait]
impl Observer for FakeObserver {
    async fn observe(&self, look: Look<'_>) -> ObservationSet {
        let mut set = ObservationSet {
            id: format!("obs-{}", look.now_ms),
            at: look.now_ms,
            events: None,
            ready: BTreeMap::new(),
            observations: BTreeMap::new(),
            found: Some(look.found.clone()),
            failures: Vec::new(),
            differences: Vec::new(),
        };
        match look.status {
            Ok(status) => {
                set.events = Some((look.now_ms - look.events_since_ms) / 100);
                let ready = |one: &crate::ports::target::RevisionStatus| {
                    (one.role.to_string(), u32::try_from(one.instances.len()).unwrap())
                };
                set.ready = status.revisions.iter().map(ready).collect();
            }
            Err(error) => set.failures.push(error.to_string()),
        }
        set
    }

    fn further(&self) -> Arc<dyn Further> {
        Arc::new(NoFurther)
    }
}

impl Further for NoFurther {
    fn query(&self, query: &Query) -> Result<Observation, String> {
        Err(format!("`{}` was not scripted", query.name))
    }
}
