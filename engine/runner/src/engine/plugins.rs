//! The plugins of one release, loaded once as its plan pins them.

use std::collections::BTreeMap;
use std::sync::Arc;

use sluice_core::plan::{Plan, PluginUse};

use super::EngineError;
use crate::ports::plugins::{Plugin, PluginKind, Plugins};

/// A plugin with the config it gets in every call.
#[derive(Debug, Clone)]
pub(super) struct Placed {
    pub plugin: Arc<dyn Plugin>,
    pub config: String,
}

/// The plugins of one release by their places.
#[derive(Debug)]
pub(super) struct Loaded {
    pub strategy: Placed,
    pub rollback: Placed,
    pub checks: BTreeMap<String, Placed>,
}

impl Loaded {
    pub fn new(plugins: &dyn Plugins, plan: &Plan) -> Result<Self, EngineError> {
        let place = |kind: PluginKind, used: &PluginUse| -> Result<Placed, EngineError> {
            let plugin = plugins.pinned(kind, &used.pin)?;
            Ok(Placed { plugin, config: used.config.to_string() })
        };
        let mut checks = BTreeMap::new();
        for check in &plan.checks {
            checks.insert(check.name.clone(), place(PluginKind::HealthCheck, check)?);
        }
        let strategy = place(PluginKind::Strategy, &plan.strategy)?;
        Ok(Self { strategy, rollback: place(PluginKind::Rollback, &plan.rollback)?, checks })
    }
}
