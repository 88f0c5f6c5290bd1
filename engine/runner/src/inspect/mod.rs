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
use crate::ports::target::{Progress, Target};
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
        let of_target = async {
            let observed = target.observe().await;
            let standing = observed.as_ref().ok().and_then(|status| standing(&status.progress));
            let metrics = match prepare.metrics {
                true => metrics::look(&self.client, &plan, observed).await,
                false => Vec::new(),
            };
            (standing, metrics)
        };
        let ((standing, metrics), tools, around) = tokio::join!(of_target, tools, around);
        standing.into_iter().chain(tools).chain(around).chain(metrics).collect()
    }
}

/// A target that is not what it was last asked to be has trouble of its own, which the release may be there to mend.
fn standing(progress: &Progress) -> Option<Finding> {
    let text = match progress {
        Progress::Settled => return None,
        Progress::Settling { waiting_for } => {
            format!("waits for {waiting_for}, although nothing was asked of it yet")
        }
        Progress::Failed { error } => error.clone(),
    };
    Some(finding("target", Grade::Doubtful, text))
}

fn finding(of: impl Into<String>, grade: Grade, text: impl Into<String>) -> Finding {
    Finding { of: of.into(), grade, text: text.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_in_trouble_is_told_and_keeps_nobody_from_mending_it() {
        assert_eq!(standing(&Progress::Settled), None);
        let waiting = Progress::Settling { waiting_for: "the proxy to answer".to_owned() };
        let failed = Progress::Failed { error: "no port is free".to_owned() };
        let told = [waiting, failed].map(|one| standing(&one).unwrap());
        assert!(told.iter().all(|one| (one.of.as_str(), one.grade) == ("target", Grade::Doubtful)));
        assert_eq!(
            told.map(|one| one.text),
            ["waits for the proxy to answer, although nothing was asked of it yet", "no port is free"]
        );
    }
}
