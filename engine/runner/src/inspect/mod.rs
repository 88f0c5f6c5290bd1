//! Looking before a release begins: tools, environment, and whether every query names metrics that there are.
//!
//! Everything is looked at, side by side and each within a bound, and all that is wrong is told at once.

mod environment;
mod metrics;
mod tools;

use std::sync::Arc;

use async_trait::async_trait;
use futures_util::{StreamExt, stream};
use reqwest::Client;
use sluice_core::plan::Plan;
use sluice_core::release::prepared::{Finding, Grade};

use crate::ports::stages::Inspector;
use crate::ports::target::Target;
use crate::scrape::{ScrapeError, http_client};

/// Looks at this machine and what it reaches.
#[derive(Debug)]
pub struct WorldInspector {
    client: Client,
}

/// Things that are looked at side by side.
const AT_ONCE: usize = 8;

impl WorldInspector {
    pub fn new() -> Result<Self, ScrapeError> {
        Ok(Self { client: http_client()? })
    }
}

#[async_trait]
impl Inspector for WorldInspector {
    async fn inspect(&self, plan: Arc<Plan>, target: Arc<dyn Target>) -> Vec<Finding> {
        let prepare = &plan.stages.prepare;
        let tools: Vec<_> = prepare.tools.iter().map(tools::look).collect();
        let around: Vec<_> =
            prepare.environment.iter().map(|one| environment::look(&self.client, one)).collect();
        let tools = stream::iter(tools).buffered(AT_ONCE).collect::<Vec<_>>();
        let around = stream::iter(around).buffered(AT_ONCE).collect::<Vec<_>>();
        let metrics = async {
            match prepare.metrics {
                true => metrics::look(&self.client, &plan, target.as_ref()).await,
                false => Vec::new(),
            }
        };
        let (tools, around, metrics) = tokio::join!(tools, around, metrics);
        tools.into_iter().chain(around).chain(metrics).collect()
    }
}

fn finding(of: impl Into<String>, grade: Grade, text: impl Into<String>) -> Finding {
    Finding { of: of.into(), grade, text: text.into() }
}
