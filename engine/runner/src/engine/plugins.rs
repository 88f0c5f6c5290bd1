//! The plugins of one release, loaded once as its plan pins them.

use std::collections::BTreeMap;
use std::sync::Arc;

use sluice_core::plan::{Plan, PluginUse};

use crate::ports::plugins::{Plugin, PluginError, PluginKind, Plugins};

/// A plugin with the config it gets in every call.
#[derive(Debug, Clone)]
pub(super) struct Placed {
    pub plugin: Arc<dyn Plugin>,
    pub config: String,
}

/// A plugin, or why it is not there.
pub(super) type Place = Result<Placed, PluginError>;

/// The plugins of one release by their places.
#[derive(Debug)]
pub(super) struct Loaded {
    pub strategy: Place,
    pub rollback: Place,
    pub checks: BTreeMap<String, Place>,
}

impl Loaded {
    pub fn new(plugins: &dyn Plugins, plan: &Plan) -> Self {
        let place = |kind: PluginKind, used: &PluginUse| -> Place {
            let plugin = plugins.pinned(kind, &used.pin)?;
            Ok(Placed { plugin, config: used.config.to_string() })
        };
        let check = |used: &PluginUse| (used.name.clone(), place(PluginKind::HealthCheck, used));
        Self {
            strategy: place(PluginKind::Strategy, &plan.strategy),
            rollback: place(PluginKind::Rollback, &plan.rollback),
            checks: plan.checks.iter().map(check).collect(),
        }
    }

    /// The first that is not there.
    pub fn missing(&self) -> Option<&PluginError> {
        let all = [&self.strategy, &self.rollback].into_iter().chain(self.checks.values());
        all.into_iter().find_map(|place| place.as_ref().err())
    }
}
