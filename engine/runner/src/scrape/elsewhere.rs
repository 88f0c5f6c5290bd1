//! Answers that come from elsewhere: which queries a Prometheus is asked, and the client that is kept between rounds.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use sluice_core::model::observation::{Observation, Query};
use sluice_core::plan::{Plan, PrometheusPlan};
use tokio::runtime::{Handle, RuntimeFlavor};

use super::prometheus::{Prometheus, is_for_prometheus, stale};

/// Answers by their question, without its name.
pub type Given = HashMap<Query, Observation>;

/// A Prometheus as it was last asked.
#[derive(Debug, Default)]
pub(super) struct Elsewhere {
    kept: Mutex<Option<(PrometheusPlan, Prometheus)>>,
}

impl Elsewhere {
    /// Answers every query of a plan that is for a Prometheus, each question once.
    pub async fn answers(&self, plan: &Plan, times: (u64, u64)) -> Given {
        let Some(source) = &plan.metrics.prometheus else { return Given::new() };
        let mut queries: Vec<Query> = Vec::new();
        for query in plan.plugins().flat_map(|place| &place.queries) {
            let question = query.unnamed();
            if is_for_prometheus(query) && !queries.contains(&question) {
                queries.push(question);
            }
        }
        let answers = match self.client(source) {
            Ok(client) => client.answer_all(source, &queries, times).await,
            Err(why) => queries.iter().map(|query| stale(query, why.clone())).collect(),
        };
        queries.into_iter().zip(answers).collect()
    }

    /// The client, made where there is none for this source yet.
    pub fn client(&self, source: &PrometheusPlan) -> Result<Prometheus, String> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, client)) = kept.as_ref().filter(|(of, _)| of == source) {
            return Ok(client.clone());
        }
        let client = Prometheus::new(source).map_err(|error| format!("`{}` {error}", source.url))?;
        *kept = Some((source.clone(), client.clone()));
        Ok(client)
    }
}

/// A Prometheus for queries that a plugin asks while it is called.
#[derive(Debug, Clone)]
pub(super) struct Within {
    pub source: PrometheusPlan,
    pub client: Result<Prometheus, String>,
}

impl Within {
    /// Waits for the answer; a call of a plugin holds up its thread anyway.
    pub fn answer(&self, query: &Query, times: (u64, u64)) -> Result<Observation, String> {
        let client = match &self.client {
            Ok(client) => client,
            Err(why) => return Ok(stale(query, why.clone())),
        };
        match Handle::try_current() {
            Ok(handle) if handle.runtime_flavor() == RuntimeFlavor::MultiThread => {
                Ok(handle.block_on(client.answer(&self.source, query, times)))
            }
            _ => Err("a Prometheus can not be asked from here".to_owned()),
        }
    }
}
