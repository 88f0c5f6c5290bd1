//! Puts a plugin in each place of a workflow, pinned, with its config judged by itself.

use std::sync::Arc;

use sluice_core::document::problem::{Problems, nearest};
use sluice_core::document::workflow::{PluginReference, Workflow};
use sluice_core::plan::{PluginPin, PluginUse};

use super::{Documents, queries};
use crate::ports::plugins::{DescribeError, Plugin, PluginError, PluginFailure, PluginKind, Plugins};

/// Every place, filled.
#[derive(Debug)]
pub(super) struct Places {
    pub strategy: PluginUse,
    pub strategy_plugin: Arc<dyn Plugin>,
    pub checks: Vec<PluginUse>,
    pub rollback: PluginUse,
}

/// Fills every place; nothing when a problem was found.
pub(super) fn all(documents: &Documents, plugins: &dyn Plugins, problems: &mut Problems) -> Option<Places> {
    let workflow = &documents.workflow;
    let mut place = |kind, reference| one(documents, plugins, kind, reference, problems);
    let strategy = place(PluginKind::Strategy, &workflow.strategy);
    let rollback = place(PluginKind::Rollback, &workflow.rollback);
    let checks: Vec<_> = workflow.checks.iter().map(|check| place(PluginKind::HealthCheck, check)).collect();
    let (strategy, strategy_plugin) = strategy?;
    let checks: Option<Vec<_>> = checks.into_iter().collect();
    let checks = checks?.into_iter().map(|(used, _)| used).collect();
    Some(Places { strategy, strategy_plugin, checks, rollback: rollback?.0 })
}

fn one(
    documents: &Documents,
    plugins: &dyn Plugins,
    kind: PluginKind,
    reference: &PluginReference,
    problems: &mut Problems,
) -> Option<(PluginUse, Arc<dyn Plugin>)> {
    let workflow = &documents.workflow;
    match plugins.load(kind, &reference.plugin.value, &documents.base) {
        Ok(plugin) => Some((described(workflow, reference, &plugin, problems)?, plugin)),
        Err(error) => {
            tell(workflow, reference, plugins, kind, &error, problems);
            None
        }
    }
}

fn described(
    workflow: &Workflow,
    reference: &PluginReference,
    plugin: &Arc<dyn Plugin>,
    problems: &mut Problems,
) -> Option<PluginUse> {
    let config = reference.config_json();
    let before = problems.len();
    match plugin.describe(&config.to_string()) {
        Ok(description) => {
            for query in &description.queries {
                queries::check(workflow, reference, query, problems);
            }
            // The version is the plugin's own word; the digest is what binds.
            let pin = PluginPin { version: description.version, ..plugin.pin().clone() };
            let (name, queries) = (reference.name.clone(), description.queries);
            (problems.len() == before).then_some(PluginUse { name, pin, config, queries })
        }
        Err(DescribeError::Config(found)) => {
            for one in found {
                problems.push(workflow.config_problem(reference, &one.path, &one.message));
            }
            None
        }
        Err(DescribeError::Plugin(error)) => {
            let problem = workflow.problem("plugin", reference.plugin.span, error.to_string(), "this plugin");
            problems.push(problem.with_help(error.help.clone()));
            None
        }
    }
}

fn tell(
    workflow: &Workflow,
    reference: &PluginReference,
    plugins: &dyn Plugins,
    kind: PluginKind,
    error: &PluginError,
    problems: &mut Problems,
) {
    let problem = workflow.problem("plugin", reference.plugin.span, error.to_string(), "named here");
    let bundled: Vec<String> =
        plugins.bundled().into_iter().filter(|(_, of)| *of == kind).map(|(name, _)| name).collect();
    let near = nearest(&reference.plugin.value, bundled.iter().map(String::as_str));
    let help = match (error.code, near) {
        (PluginFailure::NotFound, Some(name)) => format!("did you mean `{name}`?"),
        (PluginFailure::NotFound, None) if !reference.is_path() => {
            format!("write one of the bundled ones ({}), or a path that ends in `.wasm`", bundled.join(", "))
        }
        _ => error.help.clone(),
    };
    problems.push(problem.with_help(help));
}
